"""The plug lock of a socket: closed before energy is offered, never opened over live contacts."""
from micropython import const

from firmware.safety import events, faults, limits

_REST = const(0)
_BACKING = const(1)
_DRIVING = const(2)
_PAUSE = const(3)
_FREE_AT = const(2)                     # the third try begins with a pulse the other way: it may free a jam


class Lock:
    """Facts: `closed` (feedback), `secure` (closed, meant to be, and at rest), `failed` (five tries in vain; a new plug-in
    or a person who asks again clears it).
    """

    def __init__(self, io, connector, ring):
        self.closed = io.closed()
        self.secure = False
        self.failed = False
        self._want = self.closed
        self._step = _REST
        self._tries = 0
        self._ms = 0
        self._warm_ms = 0               # of the motor: each pulse adds to it, time takes away
        self._io = io
        self._connector = connector
        self._ring = ring

    def tick(self, dt_ms, want, proven_open):
        """TICK. `want`: should be locked; opening also needs `proven_open` contacts. Returns the mask of what is wrong."""
        closed = self._io.closed()
        self._warm_ms = max(self._warm_ms - dt_ms, 0)
        if closed != self.closed:
            self.closed = closed
            self._ring.put(events.LOCK, self._connector, 1 if closed else 0, 0)
        if not want and not proven_open:
            want = closed               # stay as it is: neither let go nor move
        if want != self._want:
            self._want = want
            self.again()
            self._rest()
        if closed == want:
            self._rest()
            self.again()
        elif not self.failed:
            self._move(dt_ms, want, proven_open)
        self.secure = closed and want and self._step == _REST
        return faults.LOCK if self.failed and want else 0

    def again(self):
        """TICK. Begin again with five tries; a person may ask for that too."""
        self.failed = False
        self._tries = 0

    def _rest(self):
        """The motor has no current at rest, whatever it was doing."""
        if self._step != _REST:
            self._io.drive(0)
            self._step = _REST

    def _move(self, dt_ms, want, may_back):
        self._ms += dt_ms
        if self._step == _REST:
            if self._warm_ms + limits.LOCK_PULSE_MS > limits.LOCK_WARM_MS:
                return                  # too warm to move, however often it is asked
            self._start(want, may_back and self._tries == _FREE_AT)
        elif self._step == _PAUSE:
            if self._ms > limits.LOCK_RETRY_MS[self._tries]:
                self._next()
        elif self._ms > limits.LOCK_TIME_MS:
            backing = self._step == _BACKING
            self._rest()
            if backing:
                self._start(want, False)
            else:
                self._ms = 0
                self._step = _PAUSE

    def _start(self, want, back):
        self._ms = 0
        self._warm_ms += limits.LOCK_PULSE_MS
        self._step = _BACKING if back else _DRIVING
        self._io.drive(1 if want != back else -1)

    def _next(self):
        self._tries += 1
        self.failed = self._tries == len(limits.LOCK_RETRY_MS)
        self._step = _REST
