"""Ventilation of the room for vehicles that ask for it (letter D): a relay turns the fan on, and the fan must prove it."""
from firmware.safety import limits


class Ventilation:
    """`wanted` is set by the policy `relay`. Fact: `running` (commanded, and its feedback came). `io` is what the hal has:
    drive(on), running() -> bool; None where no relay is fitted, and nothing ever runs.
    """

    def __init__(self, io):
        self.wanted = False
        self.running = False
        self._io = io
        self._on = False
        self._late_ms = 0

    def tick(self, dt_ms, asked):
        """TICK. `asked`: a vehicle shows D. Feedback that stays away for three seconds counts as no fan."""
        if self._io is None:
            return
        on = self.wanted and asked
        if on != self._on:
            self._on = on
            self._late_ms = 0
            self._io.drive(on)
        turning = self._io.running()
        self._late_ms = 0 if turning else min(self._late_ms + dt_ms, limits.FAN_MS)
        self.running = on and (turning if not self.running else self._late_ms < limits.FAN_MS)
