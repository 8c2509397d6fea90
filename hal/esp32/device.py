"""Who this unit is: serial number and count of starts, from NVS.

Namespace "rudved": blob "serial" is written at the factory; i32 "boots" counts, with one commit (about 80 ms) a start.
"""

import esp32
import machine
from micropython import const

_LONGEST = const(20)


class Device:
    def __init__(self):
        self._nvs = esp32.NVS("rudved")

    def serial(self):
        """The number from the factory, else one made of the chip's own."""
        buffer = bytearray(_LONGEST)
        try:
            return bytes(buffer[: self._nvs.get_blob("serial", buffer)]).decode()
        except (OSError, UnicodeError):
            return "R" + "".join(["%02X" % byte for byte in machine.unique_id()])

    def boots(self):
        """Counts this start; from 1."""
        try:
            n = self._nvs.get_i32("boots") + 1
        except OSError:
            n = 1
        self._nvs.set_i32("boots", n)
        self._nvs.commit()
        return n
