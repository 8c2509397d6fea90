"""One connector's contactor: what it was told, what its poles say, and whether the two agree."""
from micropython import const

from firmware.safety import events, faults, limits
from firmware.safety.ages import Ages

_HOUR_MS = const(3600000)
_EDGE = const(0)
_LIVE = const(1)
_DEAD = const(2)
_HOUR = const(3)


class Contactor:
    """Facts: `command`, `closed` (every pole live, or the command where there is no feedback), `poles` (bits live),
    `closings`, `under_load` (openings that broke a current), `faulty` (bits of the poles that stayed live, or did not
    close, when that was last found). `open` and `close` are the only places that switch it.
    """

    def __init__(self, io, spec, connector, ring):
        self.command = False
        self.closed = False
        self.poles = 0
        self.faulty = 0
        self.closings = 0
        self.under_load = 0
        self._hour = 0
        self._io = io
        self._all = (1 << len(spec.poles)) - 1
        self._fitted = spec.feedback
        self._connector = connector
        self._ring = ring
        self._ages = Ages(4)
        self._ages.restart(_EDGE)       # a reset may just have dropped it
        self._ages.restart(_LIVE)
        self._ages.restart(_HOUR)
        io.command(False)

    def open(self, reason):
        """TICK. Open now. `reason` goes into the event (milliseconds, see events.CONTACTOR)."""
        self._io.command(False)
        if self.command:
            self.command = False
            self._ages.restart(_EDGE)
            self._ring.put(events.CONTACTOR, self._connector, 0, reason)

    def close(self, reason):
        """TICK. Close; only the unit's conjunction of proofs calls this."""
        self._io.command(True)
        self.command = True
        self.closings += 1
        self._hour += 1
        self._ages.restart(_EDGE)
        self._ring.put(events.CONTACTOR, self._connector, 1, reason)

    def begin_count(self):
        """TICK. Another vehicle: its closings are counted anew."""
        self._hour = 0

    def excuse(self):
        """TICK. What opens it now is the vehicle's answer to our own offer: no sign that something chatters."""
        self._hour -= 1

    def since_edge_ms(self):
        """TICK. How long ago it was told to open or to close."""
        return self._ages.ms[_EDGE]

    def proven_open(self):
        """TICK. True once it was told to open, and every pole was dead, for 200 ms: contacts that were just told to close may
        still meet after that, before a pole shows it.
        """
        ms = self._ages.ms
        if self.command or ms[_EDGE] < limits.DEAD_BEFORE_MS:
            return False
        return not self._fitted or ms[_LIVE] >= limits.DEAD_BEFORE_MS

    def tick(self, dt_ms, meter_ma):
        """TICK. Returns the mask of what is wrong. `meter_ma`: the largest current the meter saw since the last switching."""
        ages = self._ages
        ages.grow(dt_ms)
        if ages.ms[_HOUR] >= _HOUR_MS:
            ages.restart(_HOUR)
            self._hour = 0
        bad = faults.CHATTER if self._hour > limits.CLOSINGS_PER_HOUR else 0
        if not self._fitted:
            self.closed = self.command
            if not self.command and ages.ms[_EDGE] >= limits.WELD_AFTER_MS and meter_ma > limits.WELD_CURRENT_MA:
                bad |= faults.WELDED
            return bad
        self.poles = self._io.feedback()
        self.closed = self.poles == self._all
        if self.poles:
            ages.restart(_LIVE)
        if self.closed:
            ages.restart(_DEAD)
        return bad | self._compare(ages.ms)

    def _compare(self, ms):
        if self.command:
            if not self.closed and ms[_EDGE] >= limits.ALIVE_MS and ms[_DEAD] >= limits.ALIVE_MS:
                self.faulty = self._all & ~self.poles
                return faults.NOT_CLOSED
        elif self.poles and ms[_EDGE] >= limits.DEAD_MS:
            self.faulty = self.poles
            return faults.WELDED
        return 0
