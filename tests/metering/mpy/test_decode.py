"""Registers become integers, without floats and without inventing energy. Runs inside MicroPython."""

import struct
import unittest

import micropython

from firmware.metering import profile as facts
from firmware.metering import profiles
from firmware.metering.decode import ORDERS, decode
from tests.metering.mpy.fakes import Random, encode


def words(value, code=">f"):
    data = struct.pack(code, value)
    return [data[at] << 8 | data[at + 1] for at in range(0, len(data), 2)]


def bits(value):
    """The float's sign, mantissa and power of two, as whole numbers."""
    high, low = words(value)
    return high >> 15, (high & 0x7F | 0x80) << 16 | low, (high >> 7 & 0xFF) - 150


class Floats(unittest.TestCase):
    def test_a_register_that_counts_wh_gives_each_wh_back_up_to_16384_kwh(self):
        for wh in range(0, 16384000, 997):
            self.assertEqual(decode(words(wh / 1000), 0, "F32", "ABCD", 3), wh)

    def test_both_word_orders(self):
        pair = words(230.5)
        self.assertEqual(decode(pair, 0, "F32", "ABCD", 3), 230500)
        self.assertEqual(decode([0, pair[1], pair[0]], 1, "F32", "CDAB", 3), 230500)

    def test_millivolts_milliamperes_and_watts(self):
        for value, exponent, want in ((229.7, 3, 229700), (31.9, 3, 31900), (7.337, 3, 7337), (49.98, 3, 49980),
                                      (-3.5, 3, -3500), (-0.5, 0, 0), (2299.0, 2, 229900), (73370.0, -1, 7337),
                                      (-73379.0, -1, -7337), (0.0, 3, 0), (-0.0, 3, 0)):  # fmt: skip
            self.assertEqual(decode(words(value), 0, "F32", "ABCD", exponent), want)

    def test_nan_and_infinity_are_no_numbers(self):
        for high in (0x7FC0, 0x7F80, 0xFF80, 0xFFFF, 0x7FFF):
            self.assertIsNone(decode([high, 0xFFFF if high & 0x7F == 0x7F else 0], 0, "F32", "ABCD", 3))

    def test_what_is_smaller_than_our_unit_is_nothing(self):
        for value in (1e-40, 1e-30, 1e-10, 1e-4):
            self.assertEqual(decode(words(value), 0, "F32", "ABCD", 3), 0)

    def test_never_more_than_half_a_step_of_the_float_is_added(self):
        """Against exact fractions: value <= (mantissa + 1/2) * 2**power, and only where a step is a Wh at most."""
        random = Random(11)
        for _ in range(3000):
            high = (random.below(40) + 110) << 7 | random.below(128)
            low = random.below(65536)
            _, mantissa, power = bits(struct.unpack(">f", struct.pack(">HH", high, low))[0])
            got = decode([high, low], 0, "F32", "ABCD", 3)
            fine = power <= -10
            top = (2 * mantissa + (1 if fine else 0)) * 1000
            half = 1 << (1 - power) if power < 1 else 1
            self.assertTrue(got * half <= top < (got + 1) * half, "%04x %04x: %d" % (high, low, got))

    def test_the_result_never_falls_when_the_register_rises(self):
        random = Random(5)
        for start in (0x00000000, 0x3F000000, 0x45FFFF00, 0x467FFF00, 0x46FFFF00, 0x47FFFF00, 0x4B7FFF00):
            last = -1
            for raw in range(start, start + 600):
                got = decode([raw >> 16, raw & 0xFFFF], 0, "F32", "ABCD", 3)
                self.assertTrue(got >= last)
                last = got
        last = -1
        for raw in sorted(random.below(0x4C00) << 16 | random.below(65536) for _ in range(500)):
            got = decode([raw >> 16, raw & 0xFFFF], 0, "F32", "ABCD", 3)
            self.assertTrue(got >= last)
            last = got

    def test_a_meter_counts_a_whole_life_without_losing_or_gaining(self):
        """Sessions end to end: their sum is the register's own way, at every height of the register."""
        for height_kwh in (0, 8000, 16000, 100000, 999000):
            register = height_kwh * 1000
            first = last = decode(words(register / 1000), 0, "F32", "ABCD", 3)
            total = 0
            for _ in range(200):
                register += 73
                now = decode(words(register / 1000), 0, "F32", "ABCD", 3)
                self.assertTrue(now >= last)
                total += now - last
                last = now
            self.assertEqual(total, last - first)
            step = 1 if height_kwh < 16384 else 63
            self.assertTrue(abs(total - 200 * 73) <= step, total)


class Size(unittest.TestCase):
    def test_decoding_allocates_nothing_where_the_result_fits_31_bits(self):
        """On 32 bits an integer from 2**30 on takes heap: under the lock each would be a MemoryError."""
        cases = []
        for value, kind, exponent in (
            (0.001, "F32", 3), (1.234, "F32", 3), (16383.999, "F32", 3), (99999.99, "F32", 3), (1000000.0, "F32", 3),
            (230.0, "F32", 3), (-31.9, "F32", 3), (22080.0, "F32", 0), (220800.0, "F32", -1), (2301.5, "F32", 2),
        ):  # fmt: skip
            cases.append((words(value), kind, exponent))
        for value, kind, exponent in ((10000000, "I32", 2), (-220800, "I32", -1), (65534, "U16", 2), (-999, "I16", 0),
                                      (1000000000, "I64", 0), (100000000, "U64", 1)):  # fmt: skip
            code = {"I32": ">i", "U16": ">H", "I16": ">h", "I64": ">q", "U64": ">Q"}[kind]
            cases.append((words(value, code), kind, exponent))
        micropython.heap_lock()
        try:
            for raw, kind, exponent in cases:
                decode(raw, 0, kind, "ABCD", exponent)
        finally:
            micropython.heap_unlock()


class Integers(unittest.TestCase):
    def test_every_type_goes_there_and_back_in_both_orders(self):
        random = Random(3)
        for kind, low, high in (
            ("I16", -32768, 32766), ("U16", 0, 65534), ("I32", -(1 << 31), (1 << 31) - 2), ("U32", 0, (1 << 32) - 2),
            ("I64", 0, 10**13), ("U64", 0, 10**13),
        ):  # fmt: skip
            for order in ORDERS:
                for value in [low, high, 0, 1] + [low + random.below(1 << 22) * ((high - low) >> 22) for _ in range(50)]:
                    self.assertEqual(decode(encode(value, kind, order, 0), 0, kind, order, 0), value)

    def test_the_mark_for_not_there_is_no_number(self):
        for kind, raw in (
            ("I16", [0x7FFF]), ("U16", [0xFFFF]), ("I32", [0x7FFF, 0xFFFF]), ("U32", [0xFFFF, 0xFFFF]),
            ("I64", [0x7FFF, 0xFFFF, 0xFFFF, 0xFFFF]), ("U64", [0xFFFF] * 4),
        ):  # fmt: skip
            self.assertIsNone(decode(raw, 0, kind, "ABCD", 0))
        self.assertEqual(decode([0xFFFF, 0xFFFF], 0, "I32", "ABCD", 0), -1)

    def test_exponents_scale_and_round_towards_zero(self):
        for value, kind, exponent, want in (
            (2301, "I32", 2, 230100), (73379, "I32", -1, 7337), (-73379, "I32", -1, -7337), (-9, "I32", -1, 0),
            (733799, "I32", -2, 7337), (5001, "U16", 1, 50010), (-998, "I16", 0, -998), (123456, "U64", 1, 1234560),
        ):  # fmt: skip
            raw = words(value, {"I32": ">i", "U16": ">H", "I16": ">h", "U64": ">Q"}[kind])
            self.assertEqual(decode(raw, 0, kind, "ABCD", exponent), want)


class Profiles(unittest.TestCase):
    def test_each_fact_stands_in_its_place(self):
        places = (facts.ENERGY, facts.POWER, facts.FREQUENCY, facts.VOLTS, facts.AMPS, facts.VOLTS_2, facts.VOLTS_3, facts.AMPS_2,
                  facts.AMPS_3, facts.FACTOR, facts.EXPORT)  # fmt: skip
        names = ("energy_wh", "power_w", "frequency_mhz", "volts_mv.0", "amps_ma.0", "volts_mv.1", "volts_mv.2", "amps_ma.1", "amps_ma.2",
                 "power_factor_milli", "export_wh")  # fmt: skip
        self.assertEqual([facts.FACTS[place] for place in places], list(names))

    def test_every_profile_loads_and_has_what_every_meter_must_have(self):
        for name in ("sdm120", "sdm220", "sdm230", "sdm630", "sdm72v2", "em2m", "em4m", "iem3000", "em340", "abb_b2x", "dtsu666"):
            profile = profiles.load(name)
            for fact in facts.FACTS[: facts.REQUIRED]:
                profile.point(fact)
            self.assertTrue(all(read.count <= profile.max_regs for read in profile.reads))
            self.assertTrue(any(read.pace == "fast" for read in profile.reads))

    def test_three_phase_meters_have_three_phases(self):
        for name in ("sdm630", "sdm72v2", "em4m", "iem3000", "em340", "abb_b2x", "dtsu666"):
            for phase in "012":
                profiles.load(name).point("volts_mv." + phase)
                profiles.load(name).point("amps_ma." + phase)

    def test_points_do_not_overlap_and_no_fact_comes_twice(self):
        sizes = {"F32": 2, "I32": 2, "U32": 2, "I64": 4, "U64": 4, "I16": 1, "U16": 1}
        for name in profiles.names():
            facts, taken = [], []
            for read in profiles.load(name).reads:
                for slot, offset, kind, _ in read.points:
                    facts.append(slot)
                    taken += [read.register + offset + i for i in range(sizes[kind])]
            self.assertEqual(len(facts), len(set(facts)), name)
            self.assertEqual(len(taken), len(set(taken)), name)

    def test_an_unknown_profile_names_those_there_are(self):
        try:
            profiles.load("sdm99")
            self.fail("loaded")
        except profiles.ProfileError as error:
            self.assertTrue("'sdm99'" in str(error) and "sdm120" in str(error))

    def test_each_mistake_in_a_profile_is_refused_by_name(self):
        reads = "fast 0x0000 6: 0 volts_mv.0 F32 3, 2 amps_ma.0 F32 3, 4 power_w F32 0; "
        reads += "fast 0x0046 4: 0 frequency_mhz F32 3, 2 energy_wh F32 3"
        row = "wrong|A meter|%s|%s|80|9600 N 1|%s"
        profiles.parse(row % ("4", "ABCD", reads))
        for function, orders, more, text in (
            ("6", "ABCD", "", "function 6"),
            ("4", "", "", "orders ()"),
            ("4", "BADC", "", "BADC"),
            ("4", "ABCD", "fast 0 81: 0 power_w F32 0;", "1..80 registers"),
            ("4", "ABCD", "often 0 2: 0 power_w F32 0;", "fast or slow"),
            ("4", "ABCD", "fast 0: 0 power_w F32 0;", "pace register count"),
            ("4", "ABCD", "fast 0 2: 0 power_w F32;", "offset fact type exponent"),
            ("4", "ABCD", "fast 0 2: 1 power_w F32 0;", "outside"),
            ("4", "ABCD", "fast 0 2: 0 watts F32 0;", "watts"),
            ("4", "ABCD", "fast 0 2: 0 power_w F64 0;", "F64"),
            ("4", "ABCD", "fast 0 2: 0 power_w F32 9;", "'9'"),
            ("4", "ABCD", None, "has no energy_wh"),
            ("4", "ABCD", "=sdm99", "sdm99"),
        ):
            if more is None:
                more, rest = "", reads.split(";")[0]
            else:
                rest = "" if more[:1] == "=" else reads
            try:
                profiles.parse(row % (function, orders, more + rest))
                self.fail("accepted " + text)
            except profiles.ProfileError as error:
                self.assertTrue(("wrong" in str(error) or "sdm99" in str(error)) and text in str(error), str(error))


if __name__ == "__main__":
    unittest.main()
