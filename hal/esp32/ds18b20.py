"""Temperatures: DS18B20 sensors on one wire."""

import asyncio
import time

import ds18x20
import onewire
from machine import Pin
from micropython import const

_PERIOD_MS = const(250)
_CONVERT_MS = const(750)                # DS18B20 data sheet: 12 bits
_OLD_MS = const(5000)
_POWER_ON_RAW = const(0x0550)           # what its register holds before the first conversion: 85 degrees


class Wire:
    """The DS18B20 of one wire, in the order of their serial numbers; `run` asks them about once a second."""

    def __init__(self, pin, count):
        self._bus = ds18x20.DS18X20(onewire.OneWire(Pin(pin)))
        self.sensors = [_Ds18b20() for _ in range(count)]

    async def run(self):
        while True:
            try:
                roms = sorted(bytes(rom) for rom in self._bus.scan())
                self._bus.convert_temp()
                await asyncio.sleep_ms(_CONVERT_MS)
                for rom, sensor in zip(roms, self.sensors):
                    sensor.take(self._bus, rom)
            except onewire.OneWireError:
                pass                    # nobody answers: the readings grow old
            await asyncio.sleep_ms(_PERIOD_MS)


class _Ds18b20:
    def __init__(self):
        self._dc = 0
        self._since_ms = None

    def take(self, bus, rom):
        """Read it, if what it says stands up to its check sum."""
        try:
            data = bus.read_scratch(bytearray(rom))
        except Exception:               # the port's driver raises nothing finer for a wrong check sum
            return
        raw = data[0] | data[1] << 8
        if raw != _POWER_ON_RAW:
            self._dc = (raw - ((raw & 0x8000) << 1)) * 10 // 16
            self._since_ms = time.ticks_ms()

    def read_dc(self):
        """TICK."""
        if self._since_ms is not None and time.ticks_diff(time.ticks_ms(), self._since_ms) > _OLD_MS:
            self._since_ms = None
        return None if self._since_ms is None else self._dc
