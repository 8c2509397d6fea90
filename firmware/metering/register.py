"""Judges the readings of an energy register: which may be believed, and why not."""

from micropython import const

_MOST_WH = const(0xFFFFFFFF)  # what the journal keeps, 4,294,967 kWh: a hundred years of the largest charger
_CONFIRM = const(3)  # readings in a row that must agree before a new count is believed
_FROZEN_WH = const(50)  # as much must have flowed past a register that stands still
_MOST_WS = const(1_000_000_000)


class Register:
    """One energy register. `wh` is the last believed reading (None until the first), `reason` why the newest is not.

    `step_wh` is how coarse the meter counts, `most_w` the highest power the connector can give. A count that has truly
    changed (a new meter, a register set by its maker) is believed again after three readings that agree; `rebased_wh`
    adds up by how much, so that a session can leave it out of what it bills; what flowed from the first of the three on is
    not left out.
    """

    def __init__(self, step_wh, most_w):
        self.wh = None
        self.reason = None
        self.rebased_wh = 0
        self._step_wh = step_wh
        self._most_w = most_w + most_w // 5
        self._may_ws = 0  # most that can have flowed since the register last moved
        self._flowed_ws = 0  # what the meter's own power says has flowed since
        self._candidate = None
        self._first = 0
        self._agreed = 0

    def take(self, wh, power_w, ms):
        """Judges a reading, `ms` after the last one judged. True when it is believed; otherwise `reason` says why not."""
        # Whether the meter shows a current or not: one that was stuck at zero has the energy that flowed meanwhile.
        seconds = min((ms + 999) // 1000, _MOST_WS // self._most_w)
        self._may_ws = min(self._may_ws + self._most_w * seconds, _MOST_WS)
        if wh is None or not 0 <= wh <= _MOST_WH:
            self.reason = "energy is no number" if wh is None else "energy of %d Wh" % wh
            return False
        if self.wh is None:
            return self._believe(wh)
        if wh < self.wh:
            return self._doubt(wh, ms, "energy went back from %d to %d Wh" % (self.wh, wh))
        if wh - self.wh > self._may_ws // 3600 + self._slack_wh(wh):
            return self._doubt(wh, ms, "energy jumped from %d to %d Wh" % (self.wh, wh))
        if wh > self.wh:
            return self._believe(wh)
        self._candidate = None
        self._flowed_ws = min(self._flowed_ws + max(power_w, 0) * min(ms, 10000) // 1000, _MOST_WS)
        frozen = self._flowed_ws > 3600 * max(_FROZEN_WH, self._slack_wh(wh))
        self.reason = "energy stands at %d Wh while %d W flow" % (wh, power_w) if frozen else None
        return not frozen

    def _slack_wh(self, wh):
        # Two steps of the register; of a float that has grown large, two of the float's (24 bits of mantissa).
        return 2 * self._step_wh + (wh >> 22)

    def _believe(self, wh):
        self.wh = wh
        self.reason = None
        self._may_ws = self._flowed_ws = 0
        self._candidate = None
        return True

    def _doubt(self, wh, ms, reason):
        most = self._candidate
        if most is not None:
            most += self._most_w * min((ms + 999) // 1000, 3600) // 3600 + self._slack_wh(wh)
        if most is not None and self._candidate <= wh <= most:
            self._agreed += 1
        else:
            self._agreed = 1
            self._first = wh
        self._candidate = wh
        if self._agreed >= _CONFIRM:
            self.rebased_wh += self._first - self.wh
            return self._believe(wh)
        self.reason = reason
        return False
