"""Temperature: less current when hot, none when too hot, little when nobody can tell; and terminals that come loose."""
from array import array

from micropython import const

from firmware.safety import faults, limits

_PERIOD_MS = const(1000)
_FROM = const(0)
_TO = const(1)
_STOP = const(2)
_OPEN = const(3)
_RESUME = const(4)
_NONE_DC = const(-10000)                # no reading


class _Probe:
    """One sensor: its last reading `dc` (None once it is dead), `frozen`, `loose`, and the limits of its place."""

    def __init__(self, sensor, name):
        self.dc = None
        self.frozen = False
        self.loose = False
        self.name = name
        self.offset_dc = 0
        self.contact = name != "board"
        self.table = limits.CONTACT_DC if self.contact else limits.BOARD_DC
        self._sensor = sensor
        self._silent_ms = limits.SENSOR_DEAD_MS
        self._still_ms = 0
        self._armed = False
        self._began_dc = _NONE_DC
        self._window_ms = 0
        self._low_ma = self._high_ma = 0

    def read(self):
        """TICK, each second. One missing answer keeps the last reading; three in a row and it is dead."""
        dc = self._sensor.read_dc()
        if dc is None or dc < limits.SENSOR_LOW_DC or dc > limits.SENSOR_HIGH_DC:
            self._silent_ms = min(self._silent_ms + _PERIOD_MS, limits.SENSOR_DEAD_MS)
            if self._silent_ms >= limits.SENSOR_DEAD_MS:
                self.dc = None
                self.loose = False
            return
        self._silent_ms = 0
        dc += self.offset_dc
        if dc != self.dc:
            self._armed = False
            self.frozen = False
        self.dc = dc

    def watch(self, load_ma, rested):
        """TICK, after `read`. `rested`: current begins now, after a rest in which the box has cooled."""
        if rested:
            self._armed = True
            self._still_ms = 0
        if self._armed and load_ma >= limits.FROZEN_LOAD_MA:
            self._still_ms += _PERIOD_MS
            if self._still_ms >= limits.FROZEN_MS:
                self.frozen = True
                self._armed = False
        if self.contact and self.dc is not None:
            self._rise(load_ma)

    def _rise(self, load_ma):
        """More than 5 K in a minute of constant current comes from a bad contact, not from the load."""
        self._low_ma = min(self._low_ma, load_ma)
        self._high_ma = max(self._high_ma, load_ma)
        self._window_ms += _PERIOD_MS
        if self._began_dc != _NONE_DC and self._window_ms < limits.LOOSE_MS:
            return
        if self._began_dc != _NONE_DC:
            steady = self._low_ma >= limits.OFFER_MIN_MA and self._high_ma - self._low_ma < limits.LOOSE_STEADY_MA
            self.loose = steady and self.dc - self._began_dc > limits.LOOSE_RISE_DC
        self._began_dc = self.dc
        self._window_ms = 0
        self._low_ma = self._high_ma = load_ma


class Thermal:
    """All sensors of the board. Facts: `limit_ma`, `hottest_dc` (None: one does not answer), `board_dc`, `open_now`, `bad`.

    The board's own sensor and those at contacts (contactor, socket) have limits of their own.
    """

    def __init__(self, sensors, rating_ma):
        self.limit_ma = rating_ma
        self.hottest_dc = None
        self.board_dc = None
        self.open_now = False
        self.bad = 0
        self._rating_ma = rating_ma
        self._probes = [_Probe(sensors[name], name) for name in sorted(sensors)]
        self._count = len(self._probes)
        self._ms = 0
        self._rest_ms = limits.FROZEN_REST_MS
        self._found = array("i", [0] * 2)   # limit in mA, mask: of the pass under way

    def trim(self, offsets_dc):
        """Correct the sensors' readings by {name: tenths of a degree}; those not named as they are. Not for the tick."""
        for probe in self._probes:
            probe.offset_dc = offsets_dc.get(probe.name, 0)

    def tick(self, dt_ms, load_ma):
        """TICK. Reads the sensors each second. `load_ma`: the largest current known to flow."""
        self._ms -= dt_ms
        if self._ms <= 0 and self._count:
            self._ms = _PERIOD_MS
            self._pass(load_ma, self._rested(load_ma))

    def _rested(self, load_ma):
        """True at the second in which current begins after a long rest."""
        if load_ma < limits.FROZEN_LOAD_MA:
            self._rest_ms = min(self._rest_ms + _PERIOD_MS, limits.FROZEN_REST_MS)
            return False
        rested = self._rest_ms >= limits.FROZEN_REST_MS
        self._rest_ms = 0
        return rested

    def _pass(self, load_ma, rested):
        self._found[0] = self._rating_ma
        self._found[1] = 0
        self.open_now = False
        self.hottest_dc = _NONE_DC
        i = 0
        while i < self._count:
            probe = self._probes[i]
            probe.read()
            probe.watch(load_ma, rested)
            self._judge(probe)
            i += 1
        if self.hottest_dc == _NONE_DC:
            self.hottest_dc = None
        self.limit_ma = self._found[0]
        self.bad = self._found[1]

    def _judge(self, probe):
        dc = probe.dc
        if not probe.contact:
            self.board_dc = dc
        if dc is None or probe.frozen:
            self._doubt(0 if dc is None and probe.contact else limits.SENSOR_DEAD_MA)
        if dc is None:
            self.hottest_dc = None
            return
        if probe.loose:
            self._found[1] |= faults.LOOSE_TERMINAL
        if self.hottest_dc is not None and dc > self.hottest_dc:
            self.hottest_dc = dc
        self._weigh(dc, probe.table)

    def _doubt(self, limit_ma):
        """Nobody knows how hot it is there: what was too hot stays so."""
        self._found[0] = min(self._found[0], limit_ma)
        self._found[1] |= faults.TEMPERATURE_SENSOR | (self.bad & faults.TEMPERATURE)

    def _weigh(self, dc, table):
        if dc >= table[_STOP] or (self.bad & faults.TEMPERATURE and dc > table[_RESUME]):
            self._found[1] |= faults.TEMPERATURE
        if dc >= table[_OPEN]:
            self.open_now = True
        if dc > table[_FROM]:
            self._found[1] |= faults.TEMPERATURE_DERATE
            left_dc = max(table[_TO] - dc, 0)
            span_ma = self._rating_ma - limits.OFFER_MIN_MA
            limit_ma = limits.OFFER_MIN_MA + span_ma * left_dc // (table[_TO] - table[_FROM])
            self._found[0] = min(self._found[0], limit_ma)
