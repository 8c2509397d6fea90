"""The makes of guard that stand under this firmware: what opens the contactor when nobody sends a token any more.

make        what a token is                                     what is fitted beside the chip
"pump"      an edge on its pin, so a square wave of 25 Hz       a charge pump or retriggerable one-shot, 100 ms, in the coil's supply
"mcu"       a frame on its pin, with a number that counts up    a small controller that wants the next number within 100 ms
"ulp"       see hal.esp32.ulp                                   nothing: the coprocessor owns the relay's pin
"watchdog"  nothing: the chip's own watchdog resets it          nothing; for a bench only

A pump's edges come from the program and never from a timer: a timer goes on when the program is dead.
"""

from machine import UART, Pin
from micropython import const

_BAUD = const(115200)
_START = const(0xA5)


class Guard:
    """Make "watchdog": a token does nothing, since `Watchdog.feed` is in the same tick."""

    def __init__(self, spec):
        self.make = spec.make
        self.promise_ms = spec.promise_ms

    def token(self):
        """TICK."""


class Pump(Guard):
    def __init__(self, spec, pin):
        super().__init__(spec)
        self._pin = Pin(pin, Pin.OUT, value=0)
        self._level = 0

    def token(self):
        """TICK."""
        self._level ^= 1
        self._pin.value(self._level)


class Controller(Guard):
    """Make "mcu": 0xA5, a number modulo 256, its complement; 115200 baud. A loop gone wild cannot count.

    `rx` is never read, but without it the port makes GPIO16 an input, whatever hangs there.
    """

    def __init__(self, spec, uart, tx, rx):
        super().__init__(spec)
        self._uart = UART(uart, baudrate=_BAUD, tx=tx, rx=rx)
        self._frame = bytearray((_START, 0, 0xFF))

    def token(self):
        """TICK."""
        frame = self._frame
        frame[1] = frame[1] + 1 & 0xFF
        frame[2] = frame[1] ^ 0xFF
        self._uart.write(frame)
