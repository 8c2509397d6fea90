"""The plug lock of a socket: closed before energy is offered, never opened over live contacts."""
from micropython import const

from firmware.safety import events, faults, limits

_LOCK = faults.bit("lock")
_REST, _DRIVING, _PAUSE = const(0), const(1), const(2)


class Lock:
    """Facts: `closed` (feedback), `failed` (five tries in vain; a new plug-in clears it)."""

    def __init__(self, io, connector, ring):
        self.closed = io.closed()
        self.failed = False
        self._want = self.closed
        self._step = _REST
        self._tries = 0
        self._ms = 0
        self._io = io
        self._connector = connector
        self._ring = ring

    def tick(self, dt_ms, want, proven_open):
        """TICK. `want`: should be locked; opening also needs `proven_open` contacts. Returns the mask of what is wrong."""
        closed = self._io.closed()
        if closed != self.closed:
            self.closed = closed
            self._ring.put(events.LOCK, self._connector, 1 if closed else 0, 0)
        if not want and not proven_open:
            want = True
        if want != self._want:
            self._want = want
            self._tries = 0
            self.failed = False
            self._step = _REST
        if closed == want:
            if self._step != _REST:
                self._io.drive(0)
                self._step = _REST
            self._tries = 0
            self.failed = False
        elif not self.failed:
            self._drive(dt_ms, want)
        return _LOCK if self.failed and want else 0

    def _drive(self, dt_ms, want):
        self._ms += dt_ms
        if self._step == _REST:
            self._step = _DRIVING
            self._ms = 0
            self._io.drive(1 if want else -1)
        elif self._step == _DRIVING:
            if self._ms > limits.LOCK_TIME_MS:
                self._io.drive(0)
                self._ms = 0
                self._step = _PAUSE
        elif self._ms > limits.LOCK_RETRY_MS[self._tries]:
            self._tries += 1
            if self._tries == len(limits.LOCK_RETRY_MS):
                self.failed = True
            self._step = _REST
