"""`hal.clock`: the port's ticks, which wrap at 2**30, and its calendar, which begins in 2000 when the supply comes.

The port checks a certificate's dates by that calendar. Nobody could be connected to over TLS to learn the time from, so until it
has been told it may be a guess that lies late enough (hal.esp32.net).
"""

import time

from machine import RTC
from micropython import const

from hal.esp32 import reset

# Seconds from 1970 to the port's own zero.
EPOCH_S = 946684800 if time.gmtime(0)[0] == 2000 else 0
# After a power-on the port counts from its zero: a time before this firmware was written is none.
_KNOWN_FROM_S = const(1735689600)       # 2025-01-01


class Clock:
    def __init__(self):
        self.ticks_ms = time.ticks_ms
        self.ticks_us = time.ticks_us
        self.diff = time.ticks_diff
        self.add = time.ticks_add
        self.wait_us = time.sleep_us
        self._guess = reset.is_guess()

    def utc_s(self):
        """Seconds since 1970, None until set. The RTC counts on through every reset but a power-on."""
        now_s = int(time.time()) + EPOCH_S
        return now_s if now_s >= _KNOWN_FROM_S and not self._guess else None

    def set_utc(self, seconds):
        self._put(seconds, False)

    def at_least(self, seconds):
        """It is not before that: while the time is unknown, as good a guess as any."""
        if self.utc_s() is None and seconds > int(time.time()) + EPOCH_S:
            self._put(seconds, True)

    def _put(self, seconds, guess):
        year, month, day, hour, minute, second, weekday = time.gmtime(seconds - EPOCH_S)[:7]
        RTC().datetime((year, month, day, weekday, hour, minute, second, 0))
        if guess != self._guess:
            self._guess = guess
            reset.set_guess(guess)
