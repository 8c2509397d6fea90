"""The energy meter: a register that counts volts times amperes, and what its display would show."""

from micropython import const

from hal.sim.world.energy import Energy
from hal.sim.world.part import NEVER, Part

_STEP_WH = const(10)                    # a meter event at least so often
_POWER_STEP_MW = const(250000)          # and whenever the power has changed by so much, or begins or ends
_POWER_FACTOR_MILLI = const(1000)  # on-board chargers correct it


class Meter(Part):
    """One connector's meter. `wh` grows with the power it sees; `override_mw` replaces that power while current can flow.

    `due_us` is when the register reaches the next event; `told` says whether there is one to tell.
    """

    kept = ("override_mw", "mv", "ma", "mhz", "frozen", "told_wh", "told_mw", "due_us")

    def __init__(self):
        self.override_mw = None
        self.mv = [0, 0, 0]
        self.ma = [0, 0, 0]
        self.mhz = 50000
        self.frozen = None              # the reading it is stuck at
        self.told_wh = 0
        self.told_mw = 0
        self.energy = Energy()

    @property
    def power_mw(self):
        return self.energy.power_mw

    def wh(self, now_us):
        """The register, whole watt-hours."""
        return self.energy.at(now_us)

    def measure(self, mv, ma, mhz, closed, now_us):
        """From now on these millivolts and milliamperes flow in the three lines."""
        self.mhz = mhz
        power_mw = (mv[0] * ma[0] + mv[1] * ma[1] + mv[2] * ma[2]) // 1000
        if self.override_mw is not None:
            power_mw = self.override_mw if closed else 0
            ma = self._carrying(mv, power_mw)
        self.mv = list(mv)
        self.ma = list(ma)
        if power_mw != self.energy.power_mw:
            self.energy.flow(power_mw, now_us)
        self._set_due()

    def _carrying(self, mv, power_mw):
        """The currents that carry an imposed power: shared by the live lines."""
        live = [line for line in range(3) if mv[line] > 0]
        ma = [0, 0, 0]
        for line in live:
            ma[line] = power_mw * 1000 // (mv[line] * len(live))
        return ma

    def put(self, wh, now_us):
        """Set the register."""
        self.energy.put(wh, now_us)
        self.told_wh = wh
        self._set_due()

    def news(self, now_us):
        """True when an event is due: every 10 Wh, and at a marked change of power. Taking note of it."""
        wh = self.energy.at(now_us)
        power_mw = self.energy.power_mw
        if power_mw == self.told_mw:
            due = wh >= self.told_wh + _STEP_WH
        else:
            due = not power_mw or not self.told_mw or abs(power_mw - self.told_mw) >= _POWER_STEP_MW or wh >= self.told_wh + _STEP_WH
        if due:
            self.told_wh = wh
            self.told_mw = power_mw
            self._set_due()
        return due

    def _set_due(self):
        self.due_us = self.energy.reaches(self.told_wh + _STEP_WH) if self.energy.power_mw else NEVER

    def step(self, now_us):
        pass                            # the connector asks for `news` after every step and that sets `due_us`

    def freeze(self, frozen, now_us):
        """Its display stops (the register below goes on), or shows the truth again."""
        self.frozen = self._read(now_us) if frozen else None

    def reading(self, now_us):
        """What the meter shows: a list [mv1, mv2, mv3, ma1, ma2, ma3, mhz, power factor in 1/1000, wh]."""
        return self.frozen or self._read(now_us)

    def _read(self, now_us):
        return self.mv + self.ma + [self.mhz, _POWER_FACTOR_MILLI, self.energy.at(now_us)]

    def dump(self):
        state = super().dump()
        state["energy"] = self.energy.dump()
        return state

    def load(self, state):
        super().load(state)
        self.energy.load(state["energy"])
