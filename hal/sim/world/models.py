"""Models of vehicle: the ordinary car, and those that public trackers of chargers tell odd things of.

A model is a row of quirks; a vehicle plays one quirk in time (pulses, a glitch, sleep) at most.
"""

from micropython import const

from hal.sim.world.part import NEVER
from hal.sim.world.vehicle import GONE, X1, F, Vehicle

_AWAKE_US = const(2000000)              # a pilot that is off, or at F, for so long wakes a sleeper
_PULSE_US = const(300000)               # of a vehicle that wakes its charger (61851 sequence 11: 200 to 400 ms)
_EVER = const(1000000000)


class Quirks:
    """blind      shows C whenever it is ready: it cannot read the pilot
    most_ma    what it draws at most, None: what its charger bears
    stays      its S2 stays closed at x1, though it draws nothing
    diode      False: a resistor alone
    least_ma   with less on offer it does not charge
    earthed    without protective earth it does not charge
    edge       it asks only at the change from x1 to x2
    patience   after so many interruptions it asks no more until it is plugged in anew; 0: no such limit
    sleep_us   without an offer for so long it sleeps, until the pilot is off or at F for two seconds
    glitch_us  so long after each change of the offer it shows B, S2 closed
    beats      pulses of C before it asks for good: how many, length, pause; and whether it pulses at x1
    """

    def __init__(self, blind=False, most_ma=None, stays=False, diode=True, least_ma=0, earthed=False, edge=False, patience=0,
                 sleep_us=0, glitch_us=0, beats=(0, 0, 0, False)):
        self.blind = blind
        self.most_ma = most_ma
        self.stays = stays
        self.diode = diode
        self.least_ma = least_ma
        self.earthed = earthed
        self.edge = edge
        self.patience = patience
        self.sleep_us = sleep_us
        self.glitch_us = glitch_us
        self.beats, self.on_us, self.off_us, self.at_x1 = beats


MODELS = {
    "car": Quirks(),
    "simplified": Quirks(blind=True, most_ma=10000),
    "resistor_box": Quirks(blind=True, most_ma=0, diode=False),
    "kona": Quirks(stays=True),
    "zoe": Quirks(least_ma=8000, earthed=True),
    "bmw_phev": Quirks(glitch_us=500000),
    "bmw_ix3": Quirks(beats=(3, 250000, 250000, False)),
    "e_golf": Quirks(sleep_us=60000000),
    "edge": Quirks(edge=True),
    "tesla": Quirks(patience=3),
    "waker": Quirks(beats=(3, _PULSE_US, _PULSE_US, True)),
    "flutter_1hz": Quirks(beats=(_EVER, 500000, 500000, False)),
    "flutter_20hz": Quirks(beats=(_EVER, 25000, 25000, False)),
}


class ModelVehicle(Vehicle):
    """A vehicle with the quirks of its model. `asleep`, `interruptions`: see Quirks; `earth`: the protective earth is whole."""

    kept = Vehicle.kept + ("asleep", "interruptions", "beats", "_missed", "_quirk_us")

    def __init__(self, max_ma, phases, plain):
        self.quirks = MODELS["car"]
        self.asleep = False
        self.interruptions = 0
        self.beats = 0
        self.earth = True
        self._missed = False            # an offer has stood while it wanted nothing
        self._quirk_us = NEVER
        super().__init__(max_ma, phases, plain)

    def plug(self, model, now_us):
        quirks = self.quirks = MODELS[model]
        super().plug(model, now_us)
        self.asleep = self._missed = False
        self.interruptions = 0
        self.beats = quirks.beats
        self.diode = self.diode and quirks.diode
        self._quirk_us = now_us + quirks.sleep_us if quirks.sleep_us else NEVER

    def unplug(self, now_us):
        super().unplug(now_us)
        self.diode = self.diode or not self.quirks.diode
        self.hides = False
        self._quirk_us = NEVER

    def see(self, offer, now_us):
        before = self.offer
        if offer == before:
            return
        quirks = self.quirks
        if quirks.sleep_us:
            self._drowse(offer, now_us)
        if quirks.blind:
            self.offer = offer
            return
        if self.asking and before > 0 >= offer:
            self.interruptions += 1
        super().see(offer, now_us)
        if offer > 0 >= before:
            self._missed = False
        if self.asking and 0 < offer < quirks.least_ma:
            self._stop_us = now_us + self.reaction_us
        if self.asking and offer > 0 and before > 0 and quirks.glitch_us:
            self.hides = True
            self._quirk_us = now_us + quirks.glitch_us
        if quirks.stays and offer == X1 and self.asking:
            self._open_us = NEVER

    def supply(self, live, now_us):
        if self.live and not live and self.asking:
            self.interruptions += 1
        super().supply(live, now_us)

    def consider(self, now_us):
        quirks = self.quirks
        if self.plugged and self.offer > 0 and not self.ready:
            self._missed = True
        if not self.plugged or self.plain:
            super().consider(now_us)
        elif quirks.blind:
            self._consider_blind(now_us)
        elif self.beats and self.ready and (self.offer > 0 or quirks.at_x1 and self.offer == X1):
            if self._quirk_us == NEVER:
                self._quirk_us = now_us if quirks.at_x1 else now_us + self.reaction_us
            self._set_due(now_us)
        elif quirks.beats and self._quirk_us != NEVER and self.ready:
            self._set_due(now_us)       # a pause between two pulses
        elif self._refuses():
            self._ask_us = NEVER
            if self.asking and not self.ready:
                self._stop_asking(now_us)
            self._set_due(now_us)
        else:
            super().consider(now_us)

    def _refuses(self):
        quirks = self.quirks
        if self.asking:
            return False
        if self.asleep or self.offer < quirks.least_ma or (quirks.earthed and not self.earth):
            return True
        return (quirks.edge and self._missed) or 0 < quirks.patience <= self.interruptions

    def _consider_blind(self, now_us):
        wants = self.ready and not self.full
        if wants and not self.asking:
            self._ask(now_us)
            self.limit_ma = self.quirks.most_ma
        elif self.asking and not wants:
            self._stop_asking(now_us)
        self._set_due(now_us)

    def _drowse(self, offer, now_us):
        """Asleep after a time without an offer; awake again after a time without a pilot."""
        if self.asleep:
            self._quirk_us = now_us + _AWAKE_US if offer in (F, GONE) else NEVER
        else:
            self._quirk_us = NEVER if offer > 0 else now_us + self.quirks.sleep_us

    def step(self, now_us):
        if self._quirk_us <= now_us:
            self._quirk_us = NEVER
            self._play(now_us)
        stays = self.quirks.stays and self._stop_us <= now_us and self.offer == X1
        super().step(now_us)
        if stays:
            self._open_us = NEVER
            self._set_due(now_us)

    def _play(self, now_us):
        quirks = self.quirks
        if quirks.sleep_us:
            self.asleep = not self.asleep
        elif quirks.glitch_us:
            self.hides = False
        elif quirks.beats:
            self._beat(now_us)

    def _beat(self, now_us):
        quirks = self.quirks
        if self.asking:
            self._stop_asking(now_us)
            self._quirk_us = now_us + quirks.off_us
        elif self.beats and self.ready:
            self.beats -= 1
            self._ask(now_us)
            self._quirk_us = now_us + quirks.on_us

    def _target_ma(self):
        target_ma = super()._target_ma()
        most_ma = self.quirks.most_ma
        return target_ma if most_ma is None else min(target_ma, most_ma)

    def _set_due(self, now_us):
        super()._set_due(now_us)
        if self._quirk_us < self.due_us:
            self.due_us = self._quirk_us

    def load(self, state):
        super().load(state)
        self.quirks = MODELS[self.model or "car"]
