"""The vehicle: what it shows on the pilot, when it answers, and the current it draws (IEC 61851-1 Annex A, EV side)."""

from micropython import const

from hal.sim.world.energy import Energy
from hal.sim.world.part import NEVER, Part

# What the vehicle's inlet sees on the pilot wire, where it is not a current in milliamperes.
X1 = const(0)                           # steady +12 V: no energy offered
F = const(-1)                           # steady -12 V: charger not available
GONE = const(-2)                        # no pilot: wire cut, shorted to earth, or the charger without supply

OHM = {"B": 2740, "C": 882, "D": 246}

_GONE_US = const(50000)                 # loss of the pilot needs no thinking
_RAMP_DOWN_US = const(100000)           # from zero current to S2 open
_PRECHARGE_US = const(500000)           # from voltage at the inlet to the first ampere
_RAMP_STEP_US = const(100000)
_RAMP_STEPS = const(20)                 # full current 2 s after the first ampere
_TAPER_US = const(30000000)             # a nearly full battery takes a fifth less each half minute
_TAPER_END_MA = const(2000)


def decode_ma(duty):
    """Milliamperes a duty (1/65536 of the period) allows, as a vehicle reads it; 0 where it must not charge."""
    permille = duty * 1000 // 65536
    if permille < 80 or permille > 970:
        return 0
    if permille < 100:
        return 6000
    if duty <= 55705:                   # 85 %
        return duty * 60000 // 65536
    if permille >= 960:
        return 80000
    return duty * 250000 // 65536 - 160000


class Vehicle(Part):
    """State A, B, C or D is `letter`. A plain load (outlet without pilot) takes any voltage as an offer.

    ready           the vehicle wants energy
    reaction_us     from a valid offer to state C, from a lower offer to less current, from x1 to no current
    follows_limit   False: draws `max_ma` whatever it is offered
    taper_wh        after so much energy since plug-in the current falls, then the vehicle stops asking
    """

    kept = ("plugged", "model", "ready", "ventilation", "max_ma", "phases", "diode", "follows_limit", "reaction_us", "taper_wh",
            "leak_ma_ac", "leak_ma_dc", "asking", "hides", "stopped_us", "full", "offer", "offer_us", "limit_ma", "ceiling_ma", "amps_ma",
            "live", "_ask_us", "_stop_us", "_open_us", "_follow_us", "_ramp_us", "_taper_us", "due_us")

    def __init__(self, max_ma, phases, plain):
        self.plain = plain
        self.plugged = False
        self.model = None
        self.ready = False
        self.ventilation = False
        self.max_ma = max_ma
        self.phases = phases
        self.diode = True
        self.follows_limit = True
        self.reaction_us = 500000
        self.taper_wh = None
        self.leak_ma_ac = 0
        self.leak_ma_dc = 0
        self.asking = False             # S2 closed (a plain load: switched on)
        self.hides = False              # it shows B though S2 is closed
        self.stopped_us = 0             # when it last stopped asking
        self.full = False
        self.offer = GONE
        self.offer_us = 0
        self.limit_ma = 0               # the offer it acts on by now
        self.ceiling_ma = None          # what the battery still takes, None: anything
        self.amps_ma = 0                # in each phase used
        self.live = 0                   # phases with voltage
        self.taken = Energy()
        self._rest()

    def _rest(self):
        self._ask_us = self._stop_us = self._open_us = self._follow_us = self._ramp_us = self._taper_us = NEVER
        self.due_us = NEVER

    @property
    def letter(self):
        if not self.plugged:
            return "A"
        if not self.asking or self.hides:
            return "B"
        return "D" if self.ventilation else "C"

    def plug(self, model, now_us):
        """The cable goes in: state B."""
        self.plugged = True
        self.model = model
        self.asking = False
        self.full = False
        self.ceiling_ma = None
        self.offer = GONE
        self.offer_us = now_us
        self.taken.flow(0, now_us)
        self.taken.put(0, now_us)

    def unplug(self, now_us):
        """The cable comes out; whoever drives away is not ready any more."""
        self._stop_asking(now_us)
        self.plugged = False
        self.ready = False
        self.offer = GONE
        self._rest()

    def see(self, offer, now_us):
        """What the pilot says now: milliamperes, X1, F or GONE."""
        if offer == self.offer:
            return
        before, self.offer = self.offer, offer
        if offer > 0:
            if before <= 0:
                self.offer_us = now_us
                self._stop_us = self._open_us = NEVER
            if self.asking and self._follow_us == NEVER:
                self._follow_us = now_us + self.reaction_us
        else:
            self._follow_us = NEVER
            if before > 0:
                self.offer_us = now_us
            if self.asking:
                patience_us = min(self.reaction_us, _GONE_US) if offer == GONE else self.reaction_us
                self._stop_us = min(self._stop_us, now_us + patience_us)

    def supply(self, live, now_us):
        """So many phases have voltage at the inlet."""
        if live == self.live:
            return
        if not live or not self.live:
            self.amps_ma = 0
            self._ramp_us = now_us + (0 if self.plain else _PRECHARGE_US) if live else NEVER
        self.live = live

    def consider(self, now_us):
        """Set every timer from what it wants and what it sees; call after any change."""
        if not self.plugged:
            return
        wants = self.ready and not self.full
        if self.asking:
            self._ask_us = NEVER
            if not wants:
                self._stop_asking(now_us)
        elif not wants or (self.offer <= 0 and not self.plain):
            self._ask_us = NEVER
        elif self._ask_us == NEVER:
            self._ask_us = now_us if self.plain else max(now_us, self.offer_us + self.reaction_us)
        if self._ask_us <= now_us:
            self._ask(now_us)
        self._set_due(now_us)

    def retarget(self, now_us):
        """The vehicle's own wishes changed: another current, at once."""
        if self.amps_ma:
            self._ramp_us = now_us
            self.due_us = now_us

    def draw(self, power_mw, now_us):
        """The power it takes from now on; tells when the battery will begin to taper."""
        if power_mw != self.taken.power_mw:
            self.taken.flow(power_mw, now_us)
        self._set_due(now_us)

    def step(self, now_us):
        if self._ask_us <= now_us:
            self._ask(now_us)
        if self._follow_us <= now_us:
            self._follow_us = NEVER
            self.limit_ma = self.offer
            self._ramp_us = now_us
        if self._stop_us <= now_us:
            self._stop_us = NEVER
            self.limit_ma = 0
            self.amps_ma = 0
            self._ramp_us = NEVER
            self._open_us = now_us if self.offer == GONE else now_us + _RAMP_DOWN_US
        if self._open_us <= now_us:
            self._stop_asking(now_us)
        if self._taper_us <= now_us:
            self._taper(now_us)
        if self._ramp_us <= now_us:
            self._ramp(now_us)
        self._set_due(now_us)

    def _ask(self, now_us):
        self._ask_us = NEVER
        self.asking = True
        self.limit_ma = self.max_ma if self.plain else self.offer
        if self.live:
            self._ramp_us = now_us + (0 if self.plain else _PRECHARGE_US)

    def _stop_asking(self, now_us):
        if self.asking:
            self.asking = False
            self.stopped_us = now_us
        self.amps_ma = 0
        self._stop_us = self._open_us = self._follow_us = self._ramp_us = NEVER

    def _target_ma(self):
        target_ma = self.max_ma
        if self.follows_limit:
            target_ma = min(target_ma, self.limit_ma)
        if self.ceiling_ma is not None:
            target_ma = min(target_ma, self.ceiling_ma)
        return target_ma

    def _ramp(self, now_us):
        self._ramp_us = NEVER
        if not self.asking or not self.live:
            return
        target_ma = self._target_ma()
        if self.plain or self.amps_ma >= target_ma:
            self.amps_ma = target_ma
            return
        self.amps_ma = min(target_ma, self.amps_ma + max(1, self.max_ma // _RAMP_STEPS))
        if self.amps_ma < target_ma:
            self._ramp_us = now_us + _RAMP_STEP_US

    def _taper(self, now_us):
        self._taper_us = now_us + _TAPER_US
        self.ceiling_ma = self.amps_ma * 4 // 5
        if self.ceiling_ma < _TAPER_END_MA:
            self.full = True
            self._stop_asking(now_us)
        else:
            self.amps_ma = min(self.amps_ma, self.ceiling_ma)

    def _set_due(self, now_us):
        if self.taper_wh is None or not self.asking or self.amps_ma == 0:
            self._taper_us = NEVER
        elif self.ceiling_ma is None or self._taper_us == NEVER:
            self._taper_us = max(now_us, self.taken.reaches(self.taper_wh))
        self.due_us = min(self._ask_us, self._stop_us, self._open_us, self._follow_us, self._ramp_us, self._taper_us)

    def dump(self):
        state = super().dump()
        state["taken"] = self.taken.dump()
        return state

    def load(self, state):
        super().load(state)
        self.taken.load(state["taken"])
