"""The permit: how the charging logic lets the safety core offer a current, for two seconds at a time."""
from firmware.safety import limits


class Permit:
    """Granted by `charging`, read by the tick. Facts: `live`, `current_ma`, `by` (which limit rules), `why` (if none)."""

    def __init__(self):
        self.live = False
        self.lapsed = False
        self.current_ma = 0
        self.by = "lease"
        self.why = "waiting for authorisation"
        self._left_ms = 0

    def grant(self, current_ma, by="board", ttl_ms=limits.LEASE_MS):
        """Allow `current_ma` (0 pauses) for `ttl_ms` (at most 2 s) from now on. Renew it every 500 ms."""
        self.current_ma = current_ma
        self.by = by
        self._left_ms = min(ttl_ms, limits.LEASE_MS)
        self.lapsed = False
        self.live = True

    def revoke(self, why="waiting for authorisation"):
        """End it now; `why` is what a person reads who asks why nothing charges."""
        self.live = False
        self.lapsed = False
        self.current_ma = 0
        self.by = "lease"
        self.why = why

    def tick(self, dt_ms):
        """TICK. A permit nobody renews ends and says so."""
        if self.live:
            self._left_ms -= dt_ms
            if self._left_ms < 0:
                self.live = False
                self.lapsed = True
                self.current_ma = 0
                self.by = "lease"
                self.why = "charging logic does not answer"
