"""The residual-current monitor: 30 mA AC, 6 mA smooth DC, with a test line (IEC 62955)."""

from micropython import const

from hal.sim.world.part import NEVER, Part

_AC_MA = const(30)
_DC_MA = const(6)
_SLOWEST_US = const(500000)
_FASTEST_US = const(10000)
_MA_US = const(3000000)                 # the more current the faster: 6 mA in 500 ms, 60 mA in 50 ms, 300 mA in 10 ms
_HOLD_US = const(400000)                # the output stays so long after the current is gone
_TEST_TRIP_US = const(40000)
_TEST_RELEASE_US = const(300000)


def trip_us(leak_ma):
    """From a residual current beyond the threshold to the monitor's output; well inside the standard's times."""
    return max(_FASTEST_US, min(_SLOWEST_US, _MA_US // leak_ma))


class Residual(Part):
    """`output` is the monitor's output. It holds while the current flows and for 0.4 s more, then releases by itself."""

    kept = ("output", "dead", "stuck", "testing", "leak_ma", "_trip_us", "_release_us", "due_us")

    def __init__(self):
        self.output = False
        self.dead = False               # never trips, not even by the test line
        self.stuck = False              # its output says tripped for ever
        self.testing = False
        self.leak_ma = 0                # what is beyond a threshold, the larger of AC and DC
        self._trip_us = NEVER
        self._release_us = NEVER

    @property
    def tripped(self):
        return self.output or self.stuck

    def leak(self, ma_ac, ma_dc, now_us):
        """The residual current through the sensor is this from now on, in milliamperes."""
        leak_ma = max(ma_ac if ma_ac >= _AC_MA else 0, ma_dc if ma_dc >= _DC_MA else 0)
        if leak_ma != self.leak_ma:
            self.leak_ma = leak_ma
            self._sense(now_us, trip_us(leak_ma) if leak_ma else NEVER, _HOLD_US)

    def test(self, on, now_us):
        """The test line sends a current of its own through the sensor."""
        if on != self.testing:
            self.testing = on
            self._sense(now_us, _TEST_TRIP_US if on else NEVER, _TEST_RELEASE_US)

    def kill(self, dead, now_us):
        """The sensor stops working, or works again."""
        self.dead = dead
        self.output = self.output and not dead
        sensed = self.testing or self.leak_ma
        self._sense(now_us, _TEST_TRIP_US if sensed else NEVER, _HOLD_US)

    def _sense(self, now_us, after_us, hold_us):
        if self.dead:
            self._trip_us = self._release_us = NEVER
        elif self.testing or self.leak_ma:
            self._release_us = NEVER
            if not self.output and after_us != NEVER:
                self._trip_us = min(self._trip_us, now_us + after_us)
        else:
            self._trip_us = NEVER
            if self.output:
                self._release_us = now_us + hold_us
        self.due_us = min(self._trip_us, self._release_us)

    def step(self, now_us):
        if self._trip_us <= now_us:
            self._trip_us = NEVER
            self.output = True
        if self._release_us <= now_us:
            self._release_us = NEVER
            self.output = False
        self.due_us = min(self._trip_us, self._release_us)
