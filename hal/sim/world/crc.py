"""Modbus' checksum bit by bit, as the specification words it, in native code: see `hal.sim.native`."""

import micropython


@micropython.viper
def crc16(data: ptr8, count: int) -> int:
    """Of data[:count]: polynomial 0xA001, start 0xFFFF."""
    crc = 0xFFFF
    i = 0
    while i < count:
        crc ^= int(data[i])
        bit = 0
        while bit < 8:
            if crc & 1:
                crc = crc >> 1 ^ 0xA001
            else:
                crc >>= 1
            bit += 1
        i += 1
    return crc
