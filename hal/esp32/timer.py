"""`hal.every`: periodic timers of the chip, whose callbacks run between bytecodes of whatever runs.

The port knows only soft callbacks, in a queue of eight: after a stall up to eight of one timer run one upon another. Only
the first of those counts here: a late call is not made up.
"""

import time

from machine import Timer
from micropython import const

_EARLY_US = const(1000)                 # the timer and the ticks need not agree to the microsecond


class Timers:
    """The chip's timers but the first, which the port takes for a UART's interrupt (a modem's): three."""

    def __init__(self):
        self._timers = []

    def every(self, ms, callback):
        """Calls callback() each `ms` milliseconds, for ever. ValueError when no timer is left."""
        ring = _Every(ms, callback).ring
        self._timers.append(Timer(len(self._timers) + 1, mode=Timer.PERIODIC, period=ms, callback=ring))


class _Every:
    def __init__(self, ms, callback):
        self._period_us = ms * 1000
        self._callback = callback
        self._slot_us = time.ticks_us()

    def ring(self, timer):
        """INTERRUPT. Allocates nothing. One call for each period that has begun."""
        begun_us = time.ticks_diff(time.ticks_us(), self._slot_us) + _EARLY_US
        if begun_us >= self._period_us:
            self._slot_us = time.ticks_add(self._slot_us, begun_us - begun_us % self._period_us)
            self._callback()
