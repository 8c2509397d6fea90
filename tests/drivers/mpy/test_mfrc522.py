"""The MFRC522's driver against the chip's registers and cards that answer bit by bit. Runs inside MicroPython."""

import unittest

from hal.drivers.mfrc522 import Reader
from hal.sim.devices.card import Card, crc_a
from hal.sim.devices.mfrc522 import Mfrc522
from tests.drivers.mpy.buses import Pin, Spi

FOUR = b"\x04\xa1\xb2\xc3"
SEVEN = b"\x04\x51\x3a\x7a\xe1\x5c\x80"
TEN = bytes(range(0x11, 0x1B))


class BenchTestCase(unittest.TestCase):
    def setUp(self):
        self.cards = []
        self.build()

    def build(self, version=0x92, reset=True):
        self.chip = Mfrc522(lambda: self.cards, version)
        self.spi = Spi(self.chip)
        self.reader = Reader(self.spi, self.spi.cs, Pin(self.chip.reset) if reset else None)

    def silent(self):
        try:
            self.reader.poll()
        except OSError:
            return True
        return False


class Uids(BenchTestCase):
    def test_nobody_there_is_none(self):
        for _ in range(3):
            self.assertEqual(self.spi.cs.level, 1)
            self.assertIsNone(self.reader.poll())
        self.assertTrue(self.reader.alive())
        self.assertEqual(self.spi.cs.level, 1)

    def test_a_reader_that_an_earlier_life_left_somehow_is_reset_first(self):
        self.chip.hung = True
        self.reader = Reader(self.spi, self.spi.cs, Pin(self.chip.reset))
        self.cards = [FOUR]
        self.assertEqual(self.reader.poll(), FOUR)

    def test_a_card_that_the_last_poll_left_in_the_midst_is_seen_again(self):
        self.cards = [Card(FOUR, "parity")]
        self.assertIsNone(self.reader.poll())
        self.cards[0].broken = None
        self.assertEqual(self.reader.poll(), FOUR)

    def test_uids_of_four_seven_and_ten_bytes_are_read_whole(self):
        for uid in (FOUR, SEVEN, TEN):
            self.cards = [uid]
            self.assertEqual(self.reader.poll(), uid)

    def test_a_card_that_stays_is_seen_at_every_poll(self):
        self.cards = [SEVEN]
        self.assertEqual([self.reader.poll() for _ in range(5)], [SEVEN] * 5)
        self.cards = []
        self.assertIsNone(self.reader.poll())

    def test_a_uid_with_the_cascade_tags_value_inside_is_no_tag(self):
        for uid in (b"\x04\x88\x88\x88", b"\x04\x88\x12\x34\x88\x56\x78", bytes(range(0x80, 0x8A))):
            self.cards = [uid]
            self.assertEqual(self.reader.poll(), uid)

    def test_of_cards_in_one_field_each_has_its_turn(self):
        for pair in (
            (FOUR, b"\x05\xa1\xb2\xc3"),
            (FOUR, b"\x04\xa1\xb2\xc2"),
            (SEVEN, b"\x04\x51\x3a\x7a\xe1\x5c\x81"),
            (SEVEN, b"\x04\x52\x3a\x7a\xe1\x5c\x80"),
            (FOUR, SEVEN),
            (SEVEN, TEN),
        ):
            self.cards = list(pair)
            self.assertEqual({self.reader.poll() for _ in range(6)} - {None}, set(pair))

    def test_of_three_cards_in_one_field_each_has_its_turn(self):
        for cards in (
            [FOUR, b"\x05\xa1\xb2\xc3", b"\x04\xa1\xb3\xc3"],
            [FOUR, SEVEN, TEN],
            [SEVEN, b"\x04\x51\x3a\x7a\xe1\x5c\x81", b"\x04\x52\x3a\x7a\xe1\x5c\x80"],
        ):
            self.cards = cards
            self.assertEqual({self.reader.poll() for _ in range(20)} - {None}, set(cards))

    def test_any_two_uids_are_never_mixed(self):
        state = 12345
        for _ in range(60):
            pair = []
            for _ in range(2):
                uid = bytearray()
                for _ in range((4, 7, 10)[state % 3]):
                    state = (state * 1103515245 + 12345) & 0x3FFFFFFF
                    uid.append(state >> 16 & 0xFF)
                if uid[0] == 0x88:
                    uid[0] = 0x89
                if len(uid) > 4:
                    uid[3] &= 0x7F  # no level may begin with the tag but by being one
                pair.append(bytes(uid))
            self.cards = pair
            for _ in range(4):
                self.assertTrue(self.reader.poll() in pair + [None])

    def test_a_check_that_does_not_fit_is_no_uid(self):
        for defect in ("bcc", "crc", "sak", "parity"):
            for uid in (FOUR, SEVEN, TEN):
                self.cards = [Card(uid, defect)]
                self.assertIsNone(self.reader.poll(), "%s of %r" % (defect, uid))
        self.cards = [FOUR]
        self.assertEqual(self.reader.poll(), FOUR)

    def test_the_models_crc_is_the_standards(self):
        # ISO/IEC 14443-3 annex B: examples of CRC_A.
        self.assertEqual(crc_a(b"\x00\x00"), b"\xa0\x1e")
        self.assertEqual(crc_a(b"\x12\x34"), b"\x26\xcf")


class Health(BenchTestCase):
    def test_clones_are_taken_by_what_they_call_themselves(self):
        for version in (0x91, 0x92, 0x88, 0x12, 0xB2):
            self.build(version)
            self.cards = [SEVEN]
            self.assertEqual(self.reader.poll(), SEVEN)
            self.assertEqual(self.reader.version, version)
            self.assertTrue(self.reader.alive())

    def test_a_line_that_stands_still_is_no_reader(self):
        for level in (0x00, 0xFF):
            self.build()
            self.chip.dead = level
            self.assertTrue(self.silent())
            self.assertFalse(self.reader.alive())

    def test_a_reader_that_loses_its_line_says_so_and_comes_back(self):
        self.cards = [FOUR]
        for level in (0x00, 0xFF):
            self.assertEqual(self.reader.poll(), FOUR)
            self.chip.dead = level
            self.assertTrue(self.silent())
            self.assertFalse(self.reader.alive())
            self.chip.dead = None
            self.reader.alive()
            self.assertEqual(self.reader.poll(), FOUR)
            self.assertTrue(self.reader.alive())

    def test_a_reader_reset_by_a_discharge_is_noticed_and_set_up_anew(self):
        self.cards = [FOUR]
        self.assertEqual(self.reader.poll(), FOUR)
        self.chip.esd()
        self.assertFalse(self.reader.alive())
        self.assertEqual(self.reader.poll(), FOUR)
        self.assertTrue(self.reader.alive())

    def test_a_reader_that_hangs_is_freed_by_its_reset_pin(self):
        self.cards = [FOUR]
        self.assertEqual(self.reader.poll(), FOUR)
        self.chip.hung = True
        self.assertIsNone(self.reader.poll())
        self.assertFalse(self.reader.alive())
        self.assertEqual(self.reader.poll(), FOUR)
        self.assertTrue(self.reader.alive())

    def test_without_a_reset_pin_a_discharge_is_mended_by_command(self):
        self.build(reset=False)
        self.cards = [FOUR]
        self.assertEqual(self.reader.poll(), FOUR)
        self.chip.esd()
        self.assertFalse(self.reader.alive())
        self.assertEqual(self.reader.poll(), FOUR)

    def test_a_poll_is_bounded_whatever_the_chip_does(self):
        self.cards = [FOUR]
        self.reader.poll()
        self.chip.hung = True
        before = self.chip.transfers
        self.silent()
        self.assertTrue(self.chip.transfers - before < 250)
        self.cards = [FOUR, b"\x04\xa1\xb2\xc2", b"\x04\xa1\xb2\xc1", b"\x04\xa1\xb2\xc0"]
        self.reader.poll()
        before = self.chip.exchanges
        self.reader.poll()
        self.assertTrue(self.chip.exchanges - before < 20)


if __name__ == "__main__":
    unittest.main()
