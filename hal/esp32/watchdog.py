"""The task watchdog: it resets the chip when a complete tick has not been made for a second. Nothing stops it again."""

from machine import WDT
from micropython import const

_TIMEOUT_MS = const(1000)
_START_MS = const(10000)                # the program is being put together: the first tick comes when it comes


class Watchdog:
    """Runs from the moment it is made, and strictly from the first `widen` on."""

    def __init__(self):
        self.widen(_START_MS)

    def feed(self):
        """TICK."""
        self._wdt.feed()

    def widen(self, timeout_ms=_TIMEOUT_MS):
        """Another time, for a step that is known to block longer (contactors open); without one the usual time again."""
        self._wdt = WDT(timeout=timeout_ms)     # the port takes a second one as a new setting of the first
