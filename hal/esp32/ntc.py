"""Temperatures: NTC resistors on the converter."""

import math
from array import array

from machine import ADC, Pin
from micropython import const

_SUPPLY_MV = const(3300)
_FROM_C = const(-25)                    # colder than that lies at the converter's end
_STEP_C = const(5)
_STEPS = const(31)
_R25_OHM = const(10000)
_ZERO_K = 273.15


class Ntc:
    """10 kOhm at 25 degrees to ground, under a pull-up to 3.3 V. A broken or shorted one lies beyond the table's ends.

    But the plain ESP32 reads nothing below 0.14 V: there a shorted one is 116 degrees, which stops the charger as well.
    """

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
