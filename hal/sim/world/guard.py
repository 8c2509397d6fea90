"""What stands under the interpreter: the guard that lets the coil go when tokens stop, and the watchdog that resets.

make        between tokens                      when the chip resets
pump        a capacitor holds the coil          its pins fall, and the coil with them
mcu, ulp    it drives the relay itself          it goes on driving it until the token time is over, or the new program
                                                says otherwise
watchdog    nothing: the pin stays as it was    its pins fall; that is the only way in which this make opens
"""

from micropython import const

from hal.sim.world.part import NEVER, Part

# From the last token to a coil without current. A pump or a coprocessor rides out a collection, not a crash; a board
# with only the watchdog opens by the reset, at the latest by the end of its promise.
TOKEN_US = {"pump": 100000, "mcu": 100000, "ulp": 100000, "watchdog": 1500000}

_DRIVES = ("mcu", "ulp")
_WATCHDOG_US = const(1000000)


class Guard(Part):
    """`holds` says whether the coil may have current."""

    kept = ("holds", "due_us")

    def __init__(self, make):
        self.holds = False
        self.drives = make in _DRIVES   # the relay is its own: a reset of the chip does not let it fall
        self._token_us = TOKEN_US[make]

    def token(self, now_us):
        """A complete tick. True when this one lets the coil on again."""
        self.due_us = now_us + self._token_us
        if self.holds:
            return False
        self.holds = True
        return True

    def step(self, now_us):
        self.drop()

    def drop(self):
        """No token counts any more."""
        self.holds = False
        self.due_us = NEVER


class Watchdog(Part):
    """Runs from the first feed; `due_us` is when it resets the chip."""

    kept = ("due_us", "barked")

    def __init__(self):
        self.barked = False
        self.timeout_us = _WATCHDOG_US

    def feed(self, now_us):
        self.due_us = now_us + self.timeout_us

    def rest(self):
        """A reset stops it until it is fed again."""
        self.due_us = NEVER
        self.barked = False
        self.timeout_us = _WATCHDOG_US

    def step(self, now_us):
        self.due_us = NEVER
        self.barked = True
