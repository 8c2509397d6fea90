"""The cable and its plug: the resistor that codes what it may carry (IEC 61851-1 Table B.2), and the lock that holds it."""

from micropython import const

from hal.sim.world.part import Part
from hal.sim.world.prng import Prng

CODING_OHM = {13: 1500, 20: 680, 32: 220, 63: 100}
OPEN_OHM = const(100000)

_TOLERANCE_PERMILLE = const(10)
_TRAVEL_US = const(250000)
_CLOSED_US = const(225000)              # where the lock's feedback switch changes


class Cable(Part):
    """What the proximity contact of a socket measures."""

    kept = ("amps", "short", "open")

    def __init__(self, seed, stream):
        self.amps = None                # of the cable that is in, None: none
        self.short = False
        self.open = False
        self._prng = Prng(seed, stream)

    def ohm(self):
        """One reading, with the resistor's tolerance and the converter's noise."""
        if self.short:
            return 0
        if self.open or self.amps not in CODING_OHM:
            return OPEN_OHM
        ohm = CODING_OHM[self.amps]
        return ohm + (self._prng.below(2 * _TOLERANCE_PERMILLE + 1) - _TOLERANCE_PERMILLE) * ohm // 1000

    def dump(self):
        state = super().dump()
        state["prng"] = self._prng.state
        return state

    def load(self, state):
        super().load(state)
        self._prng.state = state["prng"]


class Lock(Part):
    """A motor drives the bolt over its travel in 250 ms; it stays where it is without current."""

    kept = ("direction", "jammed", "_bolt_us", "_since_us")

    def __init__(self):
        self.direction = 0
        self.jammed = False
        self._bolt_us = 0               # travel, in time at full speed
        self._since_us = 0

    def _bolt(self, now_us):
        if self.jammed:
            return self._bolt_us
        return min(_TRAVEL_US, max(0, self._bolt_us + self.direction * (now_us - self._since_us)))

    def drive(self, direction, now_us):
        """+1 locks, -1 unlocks, 0 stops."""
        self._bolt_us = self._bolt(now_us)
        self._since_us = now_us
        self.direction = direction

    def jam(self, jammed, now_us):
        """The bolt is stuck where it is, or free."""
        self.drive(self.direction, now_us)
        self.jammed = jammed

    def closed(self, now_us):
        """The feedback switch."""
        return self._bolt(now_us) >= _CLOSED_US
