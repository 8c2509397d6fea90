"""PWM of the virtual chip: the port's LEDC, whose channels and timers run out, and whose resolution falls as its frequency rises.

Played against the port's own C source, with stand-ins for ESP-IDF: the same answers and duties, as long as each pin has one
frequency and is told it. Otherwise the port (1.26 to 1.29) loses timers, or gives a pin the channel of another: refused here.
"""

from micropython import const

chip = None

_FULL = const(65536)
_CLOCK_HZ = const(80000000)
_MOST_HZ = const(40000000)
_MOST_BITS = const(16)
_ASTRAY = "the port goes astray over a frequency that is not given, or changes"
_BAD_PIN = (-258, "ESP_ERR_INVALID_ARG")


class PWM:
    """65535 is always on. Pins of one frequency share a timer; a duty is cut off to what the timer can count."""

    def __init__(self, dest, freq=-1, **options):
        self._pad = chip.pad(dest)
        self._active = False
        self._invert = 0
        self._duty = _FULL // 2
        self.init(freq, **options)

    def init(self, freq=-1, *, duty=-1, duty_u16=-1, duty_ns=-1, invert=None, lightsleep=False):
        if freq != -1:
            _check(freq)
        if duty_u16 >= 0:
            self._duty = _u16(duty_u16)
        elif duty_ns >= 0:
            self._alive()               # so it raises in the constructor, whatever the number
            self._duty = self._ns(duty_ns)
        elif duty >= 0:
            self._duty = _u10(duty)
        if invert is not None:
            self._invert = _FULL if invert else 0
        pad = self._pad
        freq = pad.pwm if freq == -1 else freq
        taken = {one.pwm for one in chip.pads.values() if one.pwm is not None}
        full = freq not in taken and len(taken) >= chip.pwm_timers
        if pad.pwm is None and (full or len([one for one in chip.pads.values() if one.pwm is not None]) >= chip.pwm_channels):
            raise RuntimeError("out of PWM channels:%d" % chip.pwm_channels)
        if freq is None or pad.pwm not in (None, freq):
            raise NotImplementedError(_ASTRAY)
        if pad.number in chip.inputs_only:
            raise OSError(*_BAD_PIN)
        pad.mode = pad.OUTPUT
        pad.pwm = freq
        self._active = True
        self._apply()

    def _alive(self):
        if not self._active:
            raise RuntimeError("PWM is inactive")

    def _apply(self):
        self._alive()
        pad = self._pad
        if pad.pwm is not None:         # the program has not made something else of the pin meanwhile
            duty = _counted(self._duty, pad.pwm)
            pad.duty(_FULL - duty if self._invert else duty)

    def freq(self, hz=None):
        self._alive()
        if hz is not None:
            raise NotImplementedError(_ASTRAY)
        return self._pad.pwm

    def duty_u16(self, duty=None):
        if duty is None:
            self._alive()
            return min(_FULL - 1, _counted(self._duty, self._pad.pwm))
        self._duty = _u16(duty)
        self._apply()

    def duty(self, duty=None):
        if duty is None:
            return self.duty_u16() >> 6
        self._duty = _u10(duty)
        self._apply()

    def duty_ns(self, ns=None):
        self._alive()
        if ns is None:
            return self.duty_u16() * 1000000000 // (self._pad.pwm * _FULL)
        self._duty = self._ns(ns)
        self._apply()

    def _ns(self, ns):
        most = 1000000000 // self._pad.pwm
        if ns > most:
            raise ValueError("duty_ns must be from 0 to %d ns" % most)
        return ns * _FULL * self._pad.pwm // 1000000000

    def deinit(self):
        """The pin stays an output, at low level."""
        self._active = False
        if self._pad.pwm is not None:
            self._pad.pwm = None
            self._pad.duty(0)


def _check(hz):
    if not 0 < hz <= _MOST_HZ:
        raise ValueError("frequency must be from 1Hz to 40MHz")


def _u16(duty):
    if not 0 <= duty < _FULL:
        raise ValueError("duty_u16 must be from 0 to 65536")
    return _FULL if duty == _FULL - 1 else duty


def _u10(duty):
    if not 0 <= duty < 1024:
        raise ValueError("duty must be from 0 to 1023")
    return _FULL if duty == 1023 else duty << 6


def _counted(duty, hz):
    """What is left of a duty on a timer of that frequency: as many bits as the clock allows, one less than the timer is wide."""
    bits = 0
    while _CLOCK_HZ >> bits + 1 >= hz and bits < _MOST_BITS:
        bits += 1
    bits = min(bits, chip.pwm_bits - 1)
    return duty >> _MOST_BITS - bits << _MOST_BITS - bits
