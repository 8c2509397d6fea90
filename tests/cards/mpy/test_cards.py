"""A tap becomes one normalised idTag. Runs inside MicroPython."""

import asyncio
import unittest

from firmware.cards.cards import FORMATS, LENGTHS, Cards, is_random, normalise
from firmware.storage import keys

_WRAP = 1 << 30


class Clock:
    def __init__(self, ms=0):
        self.ms = ms

    def ticks_ms(self):
        return self.ms % _WRAP

    def since(self, ticks):
        return (self.ms - ticks + _WRAP // 2) % _WRAP - _WRAP // 2


class Reader:
    def __init__(self):
        self.uid = None
        self.up = True
        self.broken = False

    def poll(self):
        if self.broken:
            raise OSError(5)
        return self.uid

    def alive(self):
        if self.broken:
            raise OSError(5)
        return self.up


class Settings:
    def __init__(self, form="hex"):
        self.form = form

    def get(self, name):
        assert name == "CardFormat"
        return self.form


UID = b"\x04\xa1\xb2\xc3"


class Normalised(unittest.TestCase):
    def test_4_7_and_10_byte_uids_become_upper_case_hex(self):
        self.assertEqual(normalise(UID), "04A1B2C3")
        self.assertEqual(normalise(b"\x04\xa1\xb2\xc3\xd4\xe5\xf6"), "04A1B2C3D4E5F6")
        self.assertEqual(normalise(bytes(range(0xF0, 0xFA))), "F0F1F2F3F4F5F6F7F8F9")

    def test_reversed_has_the_last_byte_first(self):
        self.assertEqual(normalise(UID, "hex_rev"), "C3B2A104")
        self.assertEqual(normalise(b"\x04\xa1\xb2\xc3\xd4\xe5\xf6", "hex_rev"), "F6E5D4C3B2A104")

    def test_decimal_is_ten_digits_of_a_4_byte_uid(self):
        self.assertEqual(normalise(UID, "dec10"), "0077705923")
        self.assertEqual(normalise(UID, "dec10_rev"), "3283263748")
        self.assertEqual(normalise(b"\0\0\0\1", "dec10"), "0000000001")
        self.assertEqual(normalise(b"\xff\xff\xff\xff", "dec10"), "4294967295")

    def test_decimal_never_cuts_a_longer_uid(self):
        self.assertEqual(normalise(b"\x04\xa1\xb2\xc3\xd4\xe5\xf6", "dec10"), "04A1B2C3D4E5F6")

    def test_w26_is_facility_and_number_as_a_26_bit_reader_sends_them(self):
        self.assertEqual(normalise(b"\x7b\x30\x39", "w26"), "12312345")
        self.assertEqual(normalise(b"\0\0\7", "w26"), "00000007")
        self.assertEqual(normalise(b"\x39\x30\x7b\xff", "w26"), "12312345")
        self.assertEqual(normalise(b"\x04\xa1\xb2\xc3\xd4\xe5\xf6", "w26"), "04A1B2C3D4E5F6")

    def test_what_wiegand_readers_send_is_taken(self):
        self.assertEqual(normalise(b"\x7b\x30\x39"), "7B3039")
        self.assertEqual(normalise(b"\x7b\x30\x39", "dec10"), "0008073273")
        self.assertEqual(normalise(b"\x07\xff\xff\xff\xff", "dec10"), "07FFFFFFFF")

    def test_the_settings_choices_are_the_formats(self):
        self.assertEqual(tuple(keys.find("CardFormat").choices), FORMATS)

    def test_every_idtag_fits_20_characters_and_two_cards_never_share_one(self):
        for form in FORMATS[:-1]:
            tags = set()
            for size in (4, 7, 10):
                for value in range(300):
                    tag = normalise(bytes([size]) + value.to_bytes(size - 1, "big"), form)
                    self.assertTrue(len(tag) <= 20)
                    tags.add(tag)
            self.assertEqual(len(tags), 900)

    def test_other_lengths_and_formats_are_refused_by_name(self):
        for uid, form, words in ((b"\1\2", "hex", "2 bytes"), (b"", "hex", "0 bytes"), (UID, "octal", "octal")):
            try:
                normalise(uid, form)
                self.fail("accepted %r" % uid)
            except ValueError as error:
                self.assertIn(words, str(error))

    def test_a_random_uid_is_recognised(self):
        self.assertTrue(is_random(b"\x08\x12\x34\x56"))
        self.assertFalse(is_random(UID))
        self.assertFalse(is_random(b"\x08\x12\x34\x56\x78\x9a\xbc"))


class Taps(unittest.TestCase):
    def setUp(self):
        self.start(0)

    def start(self, ms, form="hex"):
        self.clock = Clock(ms)
        self.reader = Reader()
        self.cards = Cards(self.reader, self.clock, Settings(form))
        self.taps = []
        self.cards.on_card = self.taps.append

    def hold(self, uid, ms):
        self.reader.uid = uid
        for _ in range(ms // 100):
            self.cards.step()
            self.clock.ms += 100
        self.reader.uid = None

    def test_a_card_that_is_held_is_one_tap(self):
        self.hold(UID, 60000)
        self.assertEqual(self.taps, ["04A1B2C3"])

    def test_the_same_card_taps_again_after_a_second_away(self):
        self.hold(UID, 300)
        self.hold(None, 1000)
        self.hold(UID, 300)
        self.assertEqual(self.taps, ["04A1B2C3"] * 2)

    def test_a_card_that_flickers_is_one_tap(self):
        for _ in range(20):
            self.hold(UID, 100)
            self.hold(None, 800)
        self.assertEqual(self.taps, ["04A1B2C3"])

    def test_another_card_taps_at_once(self):
        self.hold(UID, 300)
        self.hold(b"\x11\x22\x33\x44", 300)
        self.assertEqual(self.taps, ["04A1B2C3", "11223344"])

    def test_two_cards_in_the_field_together_are_one_tap_each(self):
        for _ in range(50):
            self.hold(UID, 100)
            self.hold(b"\x11\x22\x33\x44", 100)
        self.assertEqual(self.taps, ["04A1B2C3", "11223344"])

    def test_taps_survive_the_wrap_of_the_ticks(self):
        self.start(_WRAP - 500)
        self.hold(UID, 1000)
        self.hold(None, 1000)
        self.hold(UID, 1000)
        self.assertEqual(self.taps, ["04A1B2C3"] * 2)

    def test_a_card_comes_back_after_a_week(self):
        self.hold(UID, 300)
        self.clock.ms += 7 * 86400000
        self.hold(UID, 300)
        self.assertEqual(len(self.taps), 2)

    def test_the_setting_says_how_the_number_is_written(self):
        self.start(0, "dec10")
        self.hold(UID, 300)
        self.assertEqual(self.taps, ["0077705923"])

    def test_a_random_uid_is_told_from_a_card(self):
        self.hold(b"\x08\x12\x34\x56", 300)
        self.assertEqual((self.taps, self.cards.random), (["08123456"], True))
        self.hold(UID, 300)
        self.assertFalse(self.cards.random)

    def test_uids_that_are_none_tap_nobody(self):
        seed = 7
        for _ in range(300):
            seed = (seed * 1103515245 + 12345) & 0x3FFFFFFF
            size = (seed >> 8) % 32
            if size not in LENGTHS:
                self.hold(bytes([seed & 0xFF] * size), 100)
        self.assertEqual(self.taps, [])
        self.assertTrue(self.cards.refused > 150)

    def test_without_a_listener_a_tap_is_harmless(self):
        self.cards.on_card = None
        self.hold(UID, 300)


class Health(unittest.TestCase):
    setUp = Taps.setUp
    start = Taps.start
    hold = Taps.hold

    def test_a_reader_that_answers_is_ok(self):
        self.hold(None, 10000)
        self.assertIs(self.cards.reader_ok, True)

    def test_a_dead_reader_is_seen_within_4_s_and_its_return_within_2_s(self):
        self.hold(None, 2000)
        self.reader.up = False
        self.hold(None, 2000)
        self.assertTrue(self.cards.reader_ok)
        self.hold(None, 2000)
        self.assertIs(self.cards.reader_ok, False)
        self.reader.up = True
        self.hold(None, 2000)
        self.assertIs(self.cards.reader_ok, True)

    def test_a_reader_whose_bus_fails_is_dead_and_nothing_breaks(self):
        self.reader.broken = True
        self.hold(UID, 4000)
        self.assertIs(self.cards.reader_ok, False)
        self.reader.broken = False
        self.hold(UID, 2000)
        self.assertEqual((self.cards.reader_ok, self.taps), (True, ["04A1B2C3"]))

    async def test_where_no_reader_is_fitted_nothing_is_said_of_it(self):
        cards = Cards(None, self.clock, Settings())
        await cards.run()
        self.assertIsNone(cards.reader_ok)

    async def test_the_task_polls_until_it_is_cancelled(self):
        task = asyncio.create_task(self.cards.run())
        self.reader.uid = UID
        await asyncio.sleep_ms(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
        self.assertEqual(self.taps, ["04A1B2C3"])


if __name__ == "__main__":
    unittest.main()
