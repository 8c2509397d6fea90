"""The proximity contact: the cable's coding resistor under a pull-up to 3.3 V (IEC 61851-1 Table B.2)."""

from machine import ADC, Pin
from micropython import const

_SUPPLY_MV = const(3300)
_OPEN_MV = const(3000)                  # nothing pulls it down; the converter ends at about 3.1 V
_OPEN_OHM = const(100000)


class Proximity:
    def __init__(self, pin, circuit):
        self._read = ADC(Pin(pin), atten=ADC.ATTN_11DB).read_uv
        self._pullup_ohm = circuit["proximity_pullup_ohm"]

    def ohm(self):
        """TICK. One reading."""
        mv = self._read() // 1000
        return _OPEN_OHM if mv >= _OPEN_MV else self._pullup_ohm * mv // (_SUPPLY_MV - mv)
