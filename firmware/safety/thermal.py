"""Temperature: less current when hot, none when too hot, little when nobody can tell."""
from firmware.safety import faults, limits

_DERATE = faults.bit("temperature_derate")
_HOT = faults.bit("temperature")
_SENSOR = faults.bit("temperature_sensor")
_PERIOD_MS = 1000


class Thermal:
    """All sensors of the board. Facts: `limit_ma`, `hottest_dc` (None: one does not answer), `board_dc`, `open_now`, `bad`."""

    def __init__(self, sensors, rating_ma):
        self.limit_ma = rating_ma
        self.hottest_dc = None
        self.board_dc = None
        self.open_now = False
        self.bad = 0
        self._rating_ma = rating_ma
        self._board = sensors.get("board")
        self._sensors = [sensors[name] for name in sorted(sensors)]
        self._ms = 0
        self._dead_ms = 0

    def tick(self, dt_ms):
        """TICK. Reads the sensors each second."""
        self._ms -= dt_ms
        if self._ms > 0 or not self._sensors:
            return
        self._ms = _PERIOD_MS
        self._read()
        if self.hottest_dc is None:
            self.limit_ma = min(limits.SENSOR_DEAD_MA, self._rating_ma)
            self.bad = _SENSOR | (self.bad & _HOT)
        else:
            self._judge(self.hottest_dc)

    def _read(self):
        hottest = None
        lost = False
        for sensor in self._sensors:
            dc = sensor.read_dc()
            if sensor is self._board:
                self.board_dc = dc
            if dc is None or dc < limits.SENSOR_LOW_DC or dc > limits.SENSOR_HIGH_DC:
                lost = True
            elif hottest is None or dc > hottest:
                hottest = dc
        if lost:
            self._dead_ms += _PERIOD_MS
            if self._dead_ms < limits.SENSOR_DEAD_MS:
                return                  # one missing answer keeps the last reading
            hottest = None
        else:
            self._dead_ms = 0
        self.hottest_dc = hottest

    def _judge(self, dc):
        bad = 0
        if dc >= limits.STOP_DC or (self.bad & _HOT and dc > limits.RESUME_DC):
            bad = _HOT
        self.open_now = dc >= limits.OPEN_DC
        rating_ma = self._rating_ma
        if dc <= limits.DERATE_FROM_DC:
            self.limit_ma = rating_ma
        else:
            bad |= _DERATE
            span_ma = rating_ma - limits.OFFER_MIN_MA
            left_dc = max(limits.DERATE_TO_DC - dc, 0)
            self.limit_ma = limits.OFFER_MIN_MA + span_ma * left_dc // (limits.DERATE_TO_DC - limits.DERATE_FROM_DC)
        self.bad = bad
