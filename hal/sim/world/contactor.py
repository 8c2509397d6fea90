"""The contactor: coil, moving contacts with their delays and bounce, and the poles they make."""

from micropython import const

from hal.sim.world.part import NEVER, Part
from hal.sim.world.prng import Prng

_CLOSE_US, _CLOSE_REACH_US = const(20000), const(4000)
_OPEN_US, _OPEN_REACH_US = const(14000), const(3000)
_BOUNCES = const(2)
_BOUNCE_US, _BOUNCE_REACH_US = const(700), const(300)

# The live-line detectors see mains edges: half a cycle to believe in voltage, a whole one to give it up.
_SEEN_US = const(10000)
_LOST_US = const(20000)

UNDER_LOAD_MA = const(500)


class Contactor(Part):
    """`command` is the charger's wish, `coil` what the guard and the supply let through, `made` the contacts' position.

    `poles` has a bit for each pole that carries current now, welded ones included; `closed` ignores the bounce.
    """

    kept = ("command", "coil", "made", "touching", "welded", "stuck_open", "operations", "under_load", "_move_us", "_bounces",
            "_bounce_us", "_live", "_was_live", "_live_us", "close_us", "open_us", "lies", "due_us")

    def __init__(self, seed, stream, poles):
        self.command = False
        self.coil = False
        self.made = False
        self.touching = False
        self.welded = 0                 # bit mask of poles
        self.stuck_open = False
        self.operations = 0
        self.under_load = 0             # openings that broke a current
        self.close_us, self.open_us = _CLOSE_US, _OPEN_US
        self.lies = None                # what the detectors say instead, bits of poles
        self._all = (1 << poles) - 1
        self._move_us = NEVER
        self._bounces = 0
        self._bounce_us = NEVER
        self._live = 0
        self._was_live = 0
        self._live_us = 0
        self._prng = Prng(seed, stream)

    @property
    def poles(self):
        return (self._all if self.touching else 0) | self.welded

    @property
    def closed(self):
        return self.made or self.welded != 0

    def energise(self, coil, now_us):
        """The coil gets or loses its current."""
        if coil != self.coil:
            self.coil = coil
            self._start(now_us)

    def stick(self, stuck, now_us):
        """The armature is jammed open, or free again."""
        if stuck != self.stuck_open:
            self.stuck_open = stuck
            self._start(now_us)

    def _start(self, now_us):
        self._bounces = 0
        self._bounce_us = NEVER
        self.touching = self.made
        wanted = self.coil and not self.stuck_open
        if wanted == self.made:
            self._move_us = NEVER
        elif wanted:
            self._move_us = now_us + self._prng.about(self.close_us, _CLOSE_REACH_US)
        else:
            self._move_us = now_us + self._prng.about(self.open_us, _OPEN_REACH_US)
        self.due_us = self._move_us

    def step(self, now_us):
        if self._move_us <= now_us:
            self._move_us = NEVER
            self.made = self.touching = not self.made
            self.operations += self.made
            self._bounces = _BOUNCES if self.made else 0
        elif self._bounce_us <= now_us:
            self.touching = not self.touching
            self._bounces -= self.touching
        self._bounce_us = now_us + self._prng.about(_BOUNCE_US, _BOUNCE_REACH_US) if self._bounces else NEVER
        self.due_us = min(self._move_us, self._bounce_us)

    def lines(self, live, now_us):
        """The load side of these poles has voltage from now on."""
        if live != self._live:
            self._was_live = self.feedback(now_us)
            self._live = live
            self._live_us = now_us

    def steady_lines(self):
        """What the detectors say when it has long been the same, -1 while they may be changing."""
        if self.lies is not None:
            return self.lies
        return self._live if self._live == self._was_live else -1

    def feedback(self, now_us):
        """Bits of the poles whose detector says live on the load side."""
        age_us = now_us - self._live_us
        if age_us >= _LOST_US:
            self._was_live = self._live
            return self._live
        if age_us >= _SEEN_US:
            return self._live | self._was_live
        return self._was_live

    def dump(self):
        state = super().dump()
        state["prng"] = self._prng.state
        return state

    def load(self, state):
        super().load(state)
        self._prng.state = state["prng"]
