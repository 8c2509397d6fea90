"""Temperatures: NTC resistors on the converter, DS18B20 on a wire."""

import asyncio
import math
import time
from array import array

import ds18x20
import onewire
from machine import ADC, Pin
from micropython import const

_SUPPLY_MV = const(3300)
_FROM_C, _STEP_C, _STEPS = const(-25), const(5), const(31)      # colder than that lies at the converter's end
_R25_OHM = const(10000)
_ZERO_K = 273.15

_PERIOD_MS = const(250)
_CONVERT_MS = const(750)                # DS18B20 data sheet: 12 bits
_OLD_MS = const(5000)
_POWER_ON_RAW = const(0x0550)          # what its register holds before the first conversion: 85 degrees


class Ntc:
    """10 kOhm at 25 degrees to ground, under a pull-up to 3.3 V. A broken or shorted one lies beyond the table's ends."""

    def __init__(self, pin, circuit):
        self._read = ADC(Pin(pin), atten=ADC.ATTN_11DB).read_uv
        self._mv = array("H", [_ntc_mv(_FROM_C + i * _STEP_C, circuit) for i in range(_STEPS)])

    def read_dc(self):
        """TICK."""
        table = self._mv
        mv = self._read() // 1000
        if mv > table[0] or mv < table[_STEPS - 1]:
            return None
        i = 1
        while table[i] > mv:
            i += 1
        return (_FROM_C + i * _STEP_C) * 10 - (mv - table[i]) * _STEP_C * 10 // (table[i - 1] - table[i])


def _ntc_mv(celsius, circuit):
    ohm = _R25_OHM * math.exp(circuit["ntc_beta"] * (1 / (celsius + _ZERO_K) - 1 / (25 + _ZERO_K)))
    return round(_SUPPLY_MV * ohm / (ohm + circuit["ntc_pullup_ohm"]))


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
