"""The arithmetic of hal/esp32 on small integers: run on 32-bit words under the heap lock, where a bigger one would not fit.

Stand-ins for the port's modules give any reading; nothing here needs a clock or asyncio.
"""

import sys
import unittest
from math import exp

import micropython


class Converter:
    """`machine.ADC` that gives the next of `uv`, over and over."""

    ATTN_11DB = 3
    uv = [0]

    def __init__(self, pin, atten=0):
        self._i = 0

    def read_uv(self):
        self._i = (self._i + 1) % len(Converter.uv)
        return Converter.uv[self._i]


class Wave:
    """`machine.PWM`."""

    duty = None

    def __init__(self, pin, freq, duty_u16):
        Wave.duty = duty_u16

    def duty_u16(self, duty):
        Wave.duty = duty


class Machine:
    ADC = Converter
    PWM = Wave

    @staticmethod
    def Pin(number):
        return number


class Time:
    """`time`: each look is 60 us after the last, near the wrap."""

    now_us = (1 << 30) - 500

    @classmethod
    def ticks_us(cls):
        cls.now_us = (cls.now_us + 3840) & (1 << 30) - 1
        return cls.now_us

    @staticmethod
    def ticks_diff(later, earlier):
        return ((later - earlier + (1 << 29)) & (1 << 30) - 1) - (1 << 29)

    @staticmethod
    def sleep_us(us):
        pass


CIRCUIT = {"pilot_zero_mv": 1300, "pilot_span_mv": 1150, "proximity_pullup_ohm": 1000, "ntc_pullup_ohm": 10000, "ntc_beta": 3950}


class Plain:
    """A module with native code, read as plain Python."""

    def __init__(self, name):
        for folder in sys.path:
            try:
                with open(folder + "/" + name.replace(".", "/") + ".py") as file:
                    text = "".join([line for line in file if not line.startswith("@micropython.")])
            except OSError:
                continue
            names = {}
            exec(text, names)
            for key in names:
                setattr(self, key, names[key])
            return
        raise ImportError(name)


def load(name):
    """A module of hal/esp32 over the stand-ins, which are gone again afterwards."""
    kept = {module: sys.modules.get(module) for module in ("machine", "time")}
    sys.modules["machine"], sys.modules["time"] = Machine, Time
    for native in ("hal.drivers.peaks", "hal.esp32.burst"):
        try:
            __import__(native)
        except SyntaxError:             # no emitter in this build
            sys.modules[native] = Plain(native)
    try:
        return __import__("hal.esp32." + name, None, None, ("*",))
    finally:
        for module, was in kept.items():
            if was is None:
                del sys.modules[module]
            else:
                sys.modules[module] = was


def locked(call, word=None):
    micropython.heap_lock()
    try:
        return call() if word is None else call(word)
    finally:
        micropython.heap_unlock()


class Pilot(unittest.TestCase):
    def test_every_voltage_the_converter_can_show(self):
        for circuit in (CIRCUIT, dict(CIRCUIT, pilot_zero_mv=2500, pilot_span_mv=500), dict(CIRCUIT, pilot_zero_mv=500, pilot_span_mv=500)):
            Converter.uv = [1000000]
            pilot = load("pilot").Pilot(1, 2, False, circuit)
            for mv in range(1, 3050, 61):
                Converter.uv = [mv * 1000]
                locked(pilot.sample)
                exact = (mv - circuit["pilot_zero_mv"]) * 12000 / circuit["pilot_span_mv"]
                self.assertTrue(abs(pilot.high_mv - exact) <= 2 and abs(pilot.low_mv - exact) <= 2, (mv, pilot.high_mv, exact))
                self.assertEqual((pilot.n_high, pilot.spread_mv), (64, 0))

    def test_a_converter_at_its_ends_shows_nothing(self):
        Converter.uv = [1000000]
        pilot = load("pilot").Pilot(1, 2, False, CIRCUIT)
        for uv in (0, 3050000, 3300000):
            Converter.uv = [uv]
            locked(pilot.sample)
            self.assertEqual((pilot.n_high, pilot.n_low, pilot.high_mv, pilot.low_mv), (0, 0, 0, 0))

    def test_the_interval_is_measured_over_the_wrap(self):
        Converter.uv = [1000000]
        pilot = load("pilot").Pilot(1, 2, False, CIRCUIT)
        for _ in range(3):
            locked(pilot.sample)
            self.assertEqual(pilot.interval_us, 60)

    def test_an_inverted_pin_offers_no_more_than_a_plain_one(self):
        Converter.uv = [1000000]
        plain_pilot = load("pilot").Pilot(1, 2, False, CIRCUIT)
        inverted = load("pilot").Pilot(1, 2, True, CIRCUIT)
        for duty in list(range(0, 65536, 97)) + [65536]:
            locked(plain_pilot.drive, duty)
            high = 65536 if Wave.duty == 65535 else Wave.duty & ~7      # as the S3 rounds
            locked(inverted.drive, duty)
            low = 65536 if Wave.duty == 65535 else Wave.duty & ~7
            self.assertTrue(65536 - low <= high, (duty, high, 65536 - low))
            self.assertTrue(duty - 8 < 65536 - low <= duty)


class Analog(unittest.TestCase):
    def test_proximity_at_every_reading(self):
        port = load("proximity").Proximity(1, CIRCUIT)
        for mv in range(0, 3300, 7):
            Converter.uv = [mv * 1000]
            ohm = locked(port.ohm)
            if mv >= 3000:
                self.assertEqual(ohm, 100000)
            else:
                self.assertTrue(abs(ohm - 1000 * mv / (3300 - mv)) <= 1, (mv, ohm))

    def test_a_temperature_at_every_reading(self):
        port = load("ntc").Ntc(1, CIRCUIT)
        last = 10000
        for mv in range(0, 3300, 3):
            Converter.uv = [mv * 1000]
            dc = locked(port.read_dc)
            if dc is not None:
                self.assertTrue(-250 <= dc <= 1250 and dc <= last, (mv, dc, last))
                last = dc
        for celsius in (-25, -20, 0, 25, 60, 90, 125):
            ohm = 10000 * exp(3950 * (1 / (celsius + 273.15) - 1 / 298.15))
            Converter.uv = [int(3300000 * ohm / (ohm + 10000)) // 1000 * 1000]
            self.assertTrue(abs(locked(port.read_dc) - celsius * 10) <= 6, celsius)
        for uv in (0, 3100000):
            Converter.uv = [uv]
            self.assertIsNone(locked(port.read_dc))


if __name__ == "__main__":
    unittest.main()
