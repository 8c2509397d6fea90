"""The residual-current monitor: its trip, and its self-test before each session (IEC 62955)."""
from micropython import const

from firmware.safety import events, faults, limits

_IDLE = const(0)
_TRIPPING = const(1)
_RELEASING = const(2)


class Residual:
    """Facts: `passed` (tested since `due()` was called), `trip_ms` of the last test, `trips` of all time (the
    unit counts them, the application keeps them over power cuts).

    `tick` never blocks: a test takes some hundred milliseconds and needs the contactor proven open.
    """

    def __init__(self, io, connector, ring):
        self.passed = io is None        # not fitted: the installation has a type B device, commissioning asks for it
        self.trip_ms = 0
        self.tripped = False
        self.trips = 0
        self._failed = False
        self._step = _IDLE
        self._ms = 0
        self._since_ms = 0
        self._io = io
        self._connector = connector
        self._ring = ring

    def due(self):
        """TICK. Ask for a new test before the next offer."""
        if self._io is not None:
            self.passed = False

    def again(self):
        """An authorised person cleared a failed test: try once more."""
        self._failed = False
        self.due()

    def read(self):
        """TICK, first of all: the monitor's output now. True only for a trip that no test of ours asked for."""
        if self._io is None:
            return False
        self.tripped = self._io.tripped()
        return self.tripped and self._step == _IDLE

    def tick(self, dt_ms, may_test):
        """TICK, after `read`. `may_test`: the contactor is proven open. Returns the mask of what is wrong."""
        if self._io is None:
            return 0
        if self._step != _IDLE:         # what counts on for weeks ends as an object on the heap
            self._ms += dt_ms
        if self._since_ms < limits.TEST_AGE_MS:
            self._since_ms += dt_ms
        elif may_test:
            self.passed = False
        if self._step == _IDLE:
            if self.tripped:
                return faults.RESIDUAL | (faults.RESIDUAL_TEST if self._failed else 0)
            if not self.passed and not self._failed and may_test:
                self._begin()
        elif self._step == _TRIPPING:
            self._await_trip()
        else:
            self._await_release()
        return faults.RESIDUAL_TEST if self._failed else 0

    def _begin(self):
        self._step = _TRIPPING
        self._ms = 0
        self._io.test(True)

    def _await_trip(self):
        if self.tripped:
            self.trip_ms = self._ms
            self._io.test(False)
            self._step = _RELEASING
            self._ms = 0
            if self.trip_ms < limits.TEST_TRIP_MIN_MS:
                self._end(False)
        elif self._ms > limits.TEST_TRIP_MAX_MS:
            self._end(False)

    def _await_release(self):
        if not self.tripped:
            self._end(True)
        elif self._ms > limits.TEST_RELEASE_MS:
            self._end(False)

    def _end(self, passed):
        self._io.test(False)
        self._step = _IDLE
        self.passed = passed
        self._failed = not passed
        self._since_ms = 0
        self._ring.put(events.SELF_TEST, self._connector, 1 if passed else 0, self.trip_ms)
