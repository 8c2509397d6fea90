"""The buzzer: a piezo on a PWM pin, silent but for a beep."""

import asyncio

from machine import PWM, Pin
from micropython import const

_HZ = const(2700)                       # where small piezos are loudest
_HALF = const(32768)


class Buzzer:
    def __init__(self, pin):
        self._pwm = PWM(Pin(pin), freq=_HZ, duty_u16=0)
        self._task = None

    def beep(self, ms):
        """Sounds for so long; another beep cuts it short."""
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(self._sound(ms))

    async def _sound(self, ms):
        self._pwm.duty_u16(_HALF)
        try:
            await asyncio.sleep_ms(ms)
        finally:
            self._pwm.duty_u16(0)
