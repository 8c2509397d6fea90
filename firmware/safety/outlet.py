"""An outlet without a pilot (Bharat AC-001): nobody asks and nobody can be told, so a plug, a lock and a meter decide.

Energy is on or off: an outlet that may not give its full rating gives nothing. A plug that leaves opens at once; a
vehicle that has stopped drawing is an open circuit, which only the meter sees.
"""
from micropython import const

from firmware.safety import events, limits, reasons, unit

# Ages of its own, from unit.OWN_AGES on
_IDLE = const(3)
_LIVE = const(4)
_AGES = const(2)


class OutletUnit(unit.Unit):
    """See `unit.Unit`. `energy_wanted`: current has flowed within `idle_ms`, or the outlet became live as lately."""

    def __init__(self, core, io, spec, ring):
        super().__init__(core, io, spec, ring, _AGES)
        self.floor_ma = spec.rating_ma
        self._switch = io.plug_switch
        self._pressed = False
        self.ages.restart(unit.PLUG)

    @property
    def energy_wanted(self):
        ms = self.ages.ms
        return self.plugged and (ms[_IDLE] < self.idle_ms or (self.offered and ms[_LIVE] < self.idle_ms))

    def look(self):
        """The plug switch: out is believed at once, in after half a second."""
        pressed = self._switch is None or self._switch.pressed()
        if pressed != self._pressed:
            self._pressed = pressed
            self.ages.restart(unit.PLUG)
        if not pressed:
            self.open(reasons.UNPLUGGED)
            if self.plugged:
                self.leave()
        elif not self.plugged and self.ages.ms[unit.PLUG] >= limits.OUTLET_PLUG_MS:
            self.arrive()
        if self.contactor.command and self.supply.peak_ma >= self.idle_ma:
            self.ages.restart(_IDLE)
        return 0

    def may_offer(self):
        if self.contactor.command:
            return reasons.NONE
        if not self.residual.passed:
            return reasons.SELF_TEST
        ms = self.ages.ms
        if ms[unit.FAULT] < limits.FAULT_PAUSE_MS:
            return reasons.FAULT_PAUSE
        return reasons.PAUSE if ms[unit.OPENED] < limits.REOPEN_PAUSE_MS else reasons.NONE

    def switch(self):
        """No pilot, no courtesy: what withdraws the offer opens."""
        if self.cause != reasons.NONE:
            self.open(self.cause)
        elif not self.contactor.command:
            if not self.contactor.proven_open():
                self.cause = reasons.NOT_OPEN
            elif self.core.may_close:
                self.ages.restart(_LIVE)
                self.contactor.close(reasons.NONE)

    def drive(self):
        """Nothing to say; the facts and the event are the same as a pilot's."""
        offered = self.contactor.command
        if offered != self.offered:
            self.offered = offered
            self.offered_ma = self.spec.rating_ma if offered else 0
            self.ring.put(events.OFFER, self.id, 0, self.offered_ma)
