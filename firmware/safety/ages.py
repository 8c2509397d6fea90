"""Ages: how long ago something happened, counted up tick by tick and stopping at six days.

A stamp of wrapping ticks lies once it is half a wrap old; an age cannot.
"""
from array import array

from micropython import const

_CAP_MS = const(518400000)


class Ages:
    """`count` ages in milliseconds, each beginning at the cap ("long ago"). TICK safe."""

    def __init__(self, count):
        self.ms = array("i", [_CAP_MS] * count)
        self._count = count

    def grow(self, by_ms):
        """TICK. So much time has passed."""
        ages = self.ms
        for i in range(self._count):
            if ages[i] < _CAP_MS:
                ages[i] += by_ms

    def restart(self, index):
        """TICK. It happened just now."""
        self.ms[index] = 0

    def forget(self, index):
        """As if it had been long ago."""
        self.ms[index] = _CAP_MS
