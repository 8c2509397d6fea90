"""The modules `onewire` and `ds18x20` of the virtual chip: DS18B20 at the world's temperatures.

A sensor holds what its last conversion found; before the first that is 85 degrees. A dead one does not answer.
"""

from micropython import const

chip = None

_CONVERT_US = const(750000)
_POWER_ON = const(0x0550)


class OneWireError(Exception):
    pass


class OneWire:
    def __init__(self, pin):
        self.pin = pin
        pin.init(pin.OPEN_DRAIN, pin.PULL_UP)

    def crc8(self, data):
        crc = 0
        for byte in data:
            for _ in range(8):
                mix = (crc ^ byte) & 1
                crc >>= 1
                if mix:
                    crc ^= 0x8C
                byte >>= 1
        return crc


class DS18X20:
    """Of the sensors behind the ports in `chip.wire`; their serial numbers are in that order."""

    def __init__(self, onewire):
        self.ow = onewire
        self._raw = [_POWER_ON] * len(chip.wire)
        self._done_us = 0
        self._data = bytearray(9)       # one for all answers: the next is written over the last
        self._next = None

    def _alive(self):
        return [i for i, port in enumerate(chip.wire) if port.read_dc() is not None]

    def scan(self):
        return [self._rom(i) for i in self._alive()]

    def _rom(self, i):
        body = bytes((0x28, i, 0, 0, 0, 0, 0))
        return bytearray(body + bytes((self.ow.crc8(body),)))

    def convert_temp(self):
        if not self._alive():
            raise OneWireError
        self._settle()
        self._next = [port.read_dc() for port in chip.wire]
        self._done_us = chip.clock.now_us + _CONVERT_US

    def _settle(self):
        if self._next is not None and chip.clock.now_us >= self._done_us:
            self._raw = [raw if dc is None else dc * 16 // 10 & 0xFFFF for raw, dc in zip(self._raw, self._next)]
            self._next = None

    def read_scratch(self, rom):
        self._settle()
        i = rom[1]
        if i not in self._alive():
            raise OneWireError
        body = bytes((self._raw[i] & 255, self._raw[i] >> 8, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10))
        data = self._data
        data[:] = body + bytes((self.ow.crc8(body),))
        if self.ow.crc8(data):
            raise Exception("CRC error")
        return data

    def read_temp(self, rom):
        data = self.read_scratch(rom)
        raw = data[0] | data[1] << 8
        return (raw - ((raw & 0x8000) << 1)) / 16
