"""A ring of events that the tick can write without allocating and that ordinary code reads later."""
from array import array


class Ring:
    """`size` events of five small integers: kind, connector, a, b, and `ticks_ms()` when it was put.

    `put` may be called under `heap_lock`; when the ring is full the oldest event is lost and `lost` counts it.
    """

    def __init__(self, size, ticks_ms):
        self._ticks_ms = ticks_ms
        self._data = array("i", [0] * (5 * size))
        self._size = size
        self._head = 0
        self._count = 0
        self.lost = 0
        self.kind = self.connector = self.a = self.b = self.stamp_ms = 0

    def put(self, kind, connector, a, b):
        """TICK. One event, stamped now; where the ring is full the oldest goes and counts as `lost`."""
        at = 5 * self._head
        data = self._data
        data[at] = kind
        data[at + 1] = connector
        data[at + 2] = a
        data[at + 3] = b
        data[at + 4] = self._ticks_ms()
        self._head = (self._head + 1) % self._size
        if self._count < self._size:
            self._count += 1
        else:
            self.lost += 1

    def take(self):
        """Move the oldest event into `kind`, `connector`, `a`, `b`, `stamp_ms`; False when there is none."""
        if not self._count:
            return False
        at = 5 * ((self._head - self._count) % self._size)
        self._count -= 1
        data = self._data
        self.kind = data[at]
        self.connector = data[at + 1]
        self.a = data[at + 2]
        self.b = data[at + 3]
        self.stamp_ms = data[at + 4]
        return True
