"""The control pilot: PWM of 1 kHz out, bursts of 64 conversions back.

The converter is read with its factory calibration (`read_uv`, a step of 1 mV); the divider in front of it is the board's
`circuit`: so many millivolts at the converter for 0 V and for 12 V more at the pilot pin.
"""

import time
from array import array

from machine import ADC, PWM, Pin
from micropython import const

from hal.drivers.peaks import HIGH3, LOW3, N_HIGH, N_LOW, SPREAD, peaks
from hal.esp32.burst import fill

_HZ = const(1000)
_FULL = const(65536)
_BURST = const(64)
_NEAR_MV = const(1000)                  # at the pilot pin
_RAIL_MV = const(12000)
_CLIPPED_MV = const(3050)               # at the converter: its end is no voltage
# Quicker conversions than these would not reach over two periods of the pilot in one burst.
_INTERVAL_US = const(45)
_UNITY = const(4096)


class Pilot:
    """`inverted`: the pin high is -12 V. `circuit` is the board's. After reset the pin is low; here it begins at F (-12 V)."""

    def __init__(self, pwm_pin, adc_pin, inverted, circuit):
        self._inverted = inverted
        self._pwm = PWM(Pin(pwm_pin), freq=_HZ, duty_u16=65535 if inverted else 0)
        self._read = ADC(Pin(adc_pin), atten=ADC.ATTN_11DB).read_uv
        self._span_mv = circuit["pilot_span_mv"]
        self._zero_mv = circuit["pilot_zero_mv"]
        self._near_mv = _NEAR_MV * self._span_mv // _RAIL_MV
        self.trim(0, _UNITY)
        self._codes = array("H", [0] * _BURST)
        self._found = array("i", [0] * 5)
        self._pad_us = 0
        self.high_mv = 0
        self.low_mv = 0
        self.n_high = 0
        self.n_low = 0
        self.spread_mv = 0
        self.interval_us = 0
        self.sample()
        if self.interval_us < _INTERVAL_US:
            self._pad_us = _INTERVAL_US - self.interval_us
            self.sample()

    def drive(self, duty):
        """TICK. 0 steady -12 V, 65536 steady +12 V. Takes effect with the next period; never more than asked for."""
        if self._inverted:
            duty = _FULL - duty + 7 & ~7    # the S3 has 13 bits and cuts off the rest
        self._pwm.duty_u16(duty if duty < _FULL else _FULL - 1)     # the port takes 65535 for always on

    def sample(self):
        """TICK. One burst, about 4 ms."""
        began_us = time.ticks_us()
        fill(self._read, self._codes, _BURST, time.sleep_us, self._pad_us)
        self.interval_us = time.ticks_diff(time.ticks_us(), began_us) // _BURST
        found = self._found
        peaks(self._codes, _BURST, self._near_mv, _CLIPPED_MV, found)
        self.n_high = found[N_HIGH]
        self.n_low = found[N_LOW]
        seen = self.n_high > 0
        self.high_mv = self._pin_mv(found[HIGH3]) if seen else 0
        self.low_mv = self._pin_mv(found[LOW3]) if seen else 0
        self.spread_mv = found[SPREAD] * _RAIL_MV // self._span_mv

    def _pin_mv(self, sum_mv):
        """Millivolts at the pilot pin from the sum of three at the converter; every step stays below 2**30."""
        return (sum_mv - 3 * self._zero_mv) * (_RAIL_MV // 3) // self._span_mv * self._gain // _UNITY + self._offset_mv

    def trim(self, offset_mv, gain):
        """What this charger's own circuit takes beside the board's: a reading becomes reading * gain / 4096 + offset_mv."""
        self._offset_mv = offset_mv
        self._gain = gain

    def burst(self):
        """The last burst, millivolts at the pilot pin."""
        return [self._pin_mv(3 * self._codes[i]) for i in range(_BURST)]
