"""Cards in a file: found without loading it, changed as a whole, whole after a power cut."""
import os
import unittest

from firmware.ocpp.cardfile import CardFile
from firmware.support.clock import parse_iso8601

PATH = "build/test_cards"


def info(status="Accepted", parent=None, expiry=None):
    return {"status": status, "parent": parent, "expiry": expiry}


class Cards(unittest.TestCase):
    def setUp(self):
        self.remove()

    def tearDown(self):
        self.remove()

    def remove(self):
        for path in (PATH, PATH + ".new"):
            try:
                os.remove(path)
            except OSError:
                pass

    def test_card_is_found_whatever_its_case(self):
        cards = CardFile(PATH, 10)
        cards.change([("04a1b2", info("Blocked", "Group", 99))], 3, True, 1)
        for _ in range(2):
            self.assertEqual(cards.find("04A1b2"), {"status": "Blocked", "parent": "Group", "expiry": 99})
            self.assertIsNone(cards.find("04A1B"))
            self.assertEqual((cards.version, cards.count), (3, 1))
            cards.flush()
        self.assertEqual(CardFile(PATH, 10).find("04A1B2")["parent"], "Group")

    def test_a_version_is_kept_whatever_its_size(self):
        for version in (1, 0x7FFFFFFF, 0x80000000, 1795341600123):
            cards = CardFile(PATH, 10)
            cards.change([("A", info())], version, True, 1)
            cards.flush()
            self.assertEqual((CardFile(PATH, 10).version, CardFile(PATH, 10).damage), (version, ""))

    def test_an_expiry_that_32_bits_do_not_hold_neither_wraps_into_the_past_nor_means_none(self):
        cards = CardFile(PATH, 10)
        for text, kept in (("9999-12-31T23:59:59Z", 0xFFFFFFFF), ("2150-01-01T00:00:00Z", 0xFFFFFFFF),
                           ("2106-02-07T06:28:14Z", 0xFFFFFFFE), ("1970-01-01T00:00:00Z", 1), ("1970-01-01T00:00:00+05:30", 1)):
            cards.change([("A", info(expiry=parse_iso8601(text)))], 1, True, 1)
            self.assertEqual(cards.find("A")["expiry"], kept)

    def test_all_cards_can_be_told_in_order_those_that_wait_for_the_file_too(self):
        cards = CardFile(PATH, 10)
        cards.change([("B", info()), ("D", info("Blocked", "G"))], 1, True, 1)
        cards.flush()
        cards.change([("C", info()), ("B", None), ("A", info())], 2, False, 1)
        told = [(card, found["status"], found["parent"]) for card, found in cards.entries()]
        self.assertEqual(told, [("A", "Accepted", ""), ("C", "Accepted", ""), ("D", "Blocked", "G")])

    def test_500_cards_are_found_and_none_is_kept_in_the_heap(self):
        cards = CardFile(PATH, 500)
        for start in range(0, 500, 50):
            names = [("CARD%04d" % (i * 7919 % 500), info(parent="G%d" % i)) for i in range(start, start + 50)]
            cards.change(names, start + 1, start == 0, 1)
            cards.flush()
        self.assertEqual((cards.count, cards.waiting), (500, 0))
        for i in range(500):
            self.assertEqual(cards.find("card%04d" % (i * 7919 % 500))["parent"], "G%d" % i)
        self.assertIsNone(cards.find("CARD0500"))

    def test_differences_add_change_and_remove(self):
        cards = CardFile(PATH, 10)
        cards.change([("A", info()), ("C", info()), ("E", info())], 1, True, 1)
        cards.flush()
        cards.change([("B", info()), ("C", info("Blocked")), ("E", None), ("Z", None)], 2, False, 1)
        for _ in range(2):
            self.assertEqual([cards.find(c) and cards.find(c)["status"] for c in "ABCDE"],
                             ["Accepted", "Accepted", "Blocked", None, None])
            self.assertEqual(cards.count, 3)
            cards.flush()

    def test_whole_list_replaces_the_old_one_also_before_it_is_written(self):
        cards = CardFile(PATH, 10)
        cards.change([("A", info())], 1, True, 1)
        cards.flush()
        cards.change([("B", info())], 2, True, 1)
        self.assertIsNone(cards.find("A"))
        cards.flush()
        self.assertIsNone(CardFile(PATH, 10).find("A"))

    def test_too_many_cards_change_nothing(self):
        cards = CardFile(PATH, 2)
        cards.change([("A", info()), ("B", info())], 1, True, 1)
        for flush in (False, True):
            if flush:
                cards.flush()
            with self.assertRaises(ValueError):
                cards.change([("C", info())], 2, False, 1)
            self.assertEqual((cards.version, cards.count, cards.find("C")), (1, 2, None))

    def test_cache_lets_the_oldest_go(self):
        cards = CardFile(PATH, 2)
        for i, name in enumerate("ABC"):
            cards.change([(name, info())], 0, False, 100 + i, True)
        cards.flush()
        self.assertEqual([cards.find(c) is not None for c in "ABC"], [False, True, True])

    def test_card_that_cannot_be_kept_is_refused(self):
        cards = CardFile(PATH, 10)
        for bad in ("", "x" * 21, "\u20ac" * 7):
            with self.assertRaises(ValueError):
                cards.change([(bad, info())], 1, True, 1)
            self.assertIsNone(cards.find(bad))

    def test_damaged_file_is_told_and_forgotten(self):
        cards = CardFile(PATH, 10)
        cards.change([("A", info())], 5, True, 1)
        cards.flush()
        with open(PATH, "rb") as f:
            data = bytearray(f.read())
        for at in range(len(data)):
            data[at] ^= 0x10
            with open(PATH, "wb") as f:
                f.write(data)
            data[at] ^= 0x10
            again = CardFile(PATH, 10)
            self.assertTrue(again.damage)
            self.assertEqual((again.find("A"), again.version), (None, 0))
        with open(PATH, "wb") as f:
            f.write(data[:30])
        self.assertTrue(CardFile(PATH, 10).damage)


if __name__ == "__main__":
    unittest.main()
