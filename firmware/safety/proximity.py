"""The proximity pilot of a socket: which cable is in, so what it may carry (IEC 61851-1 Table B.2)."""
from array import array

from firmware.safety import faults, limits


def cable_ma(ohm):
    """Milliamperes the coding allows; 0 for a short, no plug, or anything outside the table."""
    for low, high, current_ma in limits.PROXIMITY:
        if low <= ohm < high:
            return current_ma
    return 0


class Proximity:
    """Fact `cable_ma`: None until eight readings were taken since the plug went in; the lower of two values wins."""

    def __init__(self, io):
        self.cable_ma = None
        self._reads = array("i", [0] * limits.PROXIMITY_READS)
        self._count = 0
        self._ms = 0
        self._changed = False
        self._io = io

    def forget(self):
        """TICK. The plug is out."""
        self.cable_ma = None
        self._count = 0
        self._ms = 0
        self._changed = False

    def tick(self, dt_ms, plugged):
        """TICK. One reading a tick until eight, then a pause of a second. Returns the mask of what is wrong."""
        if not plugged:
            return 0
        self._ms -= dt_ms
        if self._ms <= 0:
            self._insert(self._io.ohm())
            if self._count == limits.PROXIMITY_READS:
                self._judge(cable_ma(self._reads[limits.PROXIMITY_READS // 2]))
        return faults.CABLE if self._changed else 0

    def _insert(self, ohm):
        reads = self._reads
        i = self._count
        while i > 0 and reads[i - 1] > ohm:
            reads[i] = reads[i - 1]
            i -= 1
        reads[i] = ohm
        self._count += 1

    def _judge(self, current_ma):
        self._count = 0
        self._ms = limits.PROXIMITY_PERIOD_MS
        if self.cable_ma is None:
            self.cable_ma = current_ma
            self._changed = current_ma == 0
        elif current_ma < self.cable_ma:
            self.cable_ma = current_ma
            self._changed = True
