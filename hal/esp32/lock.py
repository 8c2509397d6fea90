"""The socket's lock: a motor behind a bridge with an input for each direction, and the switch that says it is closed."""


class Lock:
    def __init__(self, lock, unlock, closed):
        self._lock = lock
        self._unlock = unlock
        self._closed = closed

    def drive(self, direction):
        """TICK. +1 locks, -1 unlocks, 0 stops. Never both inputs at once: one is dropped before the other is raised."""
        if direction <= 0:
            self._lock.off()
        if direction >= 0:
            self._unlock.off()
        if direction > 0:
            self._lock.on()
        elif direction < 0:
            self._unlock.on()

    def closed(self):
        """TICK."""
        return self._closed.value() == 1
