"""The Wiegand reader's driver, with the port's soft interrupts between it and the wires. Runs inside MicroPython."""

import unittest

import micropython

from hal.drivers.wiegand import Reader
from hal.sim.devices.wiegand import Source


class Frames(unittest.TestCase):
    def setUp(self):
        self.source = Source()
        self.reader = Reader(self.source.d0, self.source.d1, self.source, 2)

    def heard(self):
        self.source.wait(60)
        return self.reader.poll()

    def test_frames_of_26_34_and_37_bits_are_read(self):
        for value, count, uid in (
            (0x7B3039, 26, b"\x7b\x30\x39"),
            (0x04A1B2C3, 34, b"\x04\xa1\xb2\xc3"),
            (0x7FFFFFFFF, 37, b"\x07\xff\xff\xff\xff"),
            (0x123456789, 37, b"\x01\x23\x45\x67\x89"),
            (0, 26, b"\0\0\0"),
        ):
            self.source.card(value, count)
            self.assertEqual(self.heard(), uid)
            self.assertIsNone(self.reader.poll())
        self.assertEqual(self.reader.refused, 0)

    def test_a_frame_is_told_only_when_it_is_over(self):
        self.source.card(0x7B3039)
        self.assertIsNone(self.reader.poll())
        self.assertEqual(self.heard(), b"\x7b\x30\x39")

    def test_any_one_wrong_bit_is_noticed(self):
        good = [0, 0, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1]
        self.source.send(good)
        self.assertEqual(self.heard(), b"\x7b\x30\x39")
        for i in range(26):
            self.source.send(good[:i] + [1 - good[i]] + good[i + 1 :])
            self.assertIsNone(self.heard())
        self.assertEqual(self.reader.refused, 26)

    def test_a_bit_too_few_or_too_many_is_no_card(self):
        for count in list(range(1, 26)) + [27, 33, 35, 36, 38, 40, 41, 200]:
            self.source.send([0] * count)
            self.assertIsNone(self.heard(), count)

    def test_noise_without_end_leaves_the_queue_to_others(self):
        calls = []
        take = self.reader._take

        def counted(bit):
            calls.append(bit)
            take(bit)

        self.reader._take = counted
        for _ in range(10):             # polls each 100 ms, pulses each 2 ms
            self.source.send([1] * 50)
            self.assertIsNone(self.reader.poll())
        self.assertTrue(len(calls) <= 10 * 41 // 2 + 41, len(calls))
        self.source.wait(60)
        self.assertIsNone(self.reader.poll())
        self.source.card(0x7B3039)
        self.assertEqual(self.heard(), b"\x7b\x30\x39")

    def test_keys_of_a_keypad_are_no_card(self):
        for bits in ([0, 1, 0, 1], [1, 0, 1, 0, 0, 1, 0, 1]):
            self.source.send(bits)
            self.assertIsNone(self.heard())

    def test_a_stray_pulse_before_a_card_does_not_spoil_it(self):
        self.source.send([1])
        self.source.wait(30)
        self.source.card(0x7B3039)
        self.assertEqual(self.heard(), b"\x7b\x30\x39")

    def test_of_two_cards_in_a_breath_none_is_mixed(self):
        self.source.card(0x7B3039)
        self.source.wait(30)
        self.source.card(0x04A1B2C3, 34)
        first = self.reader.poll()
        self.assertEqual(first, b"\x7b\x30\x39")
        self.assertEqual(self.heard(), b"\x04\xa1\xb2\xc3")

    def test_a_stall_within_the_queue_is_ridden_out_and_a_longer_one_refused(self):
        self.source.stall(12)
        self.source.card(0x7B3039)
        self.assertEqual(self.heard(), b"\x7b\x30\x39")
        self.assertEqual(self.source.lost, 0)
        self.source.stall(30)
        self.source.card(0x7B3039)
        self.assertIsNone(self.heard())
        self.assertTrue(self.source.lost > 0)

    def test_a_wire_that_is_low_is_no_reader(self):
        self.assertTrue(self.reader.alive())
        for wire in (self.source.d0, self.source.d1):
            wire.level = 0
            self.assertFalse(self.reader.alive())
            wire.level = 1

    def test_a_pulse_allocates_nothing(self):
        class Still:
            def __init__(self):
                self.now_ms = 5

            def ticks_ms(self):
                return self.now_ms

            def diff(self, later, earlier):
                return later - earlier

        clock = Still()
        reader = Reader(self.source.d0, self.source.d1, clock, 2)
        zero, one = self.source.d0._handler, self.source.d1._handler
        micropython.heap_lock()
        try:
            zero(self.source.d0)
            clock.now_ms = 60
            one(self.source.d1)
        finally:
            micropython.heap_unlock()
        clock.now_ms = 200
        self.assertIsNone(reader.poll())
        self.assertEqual(reader.refused, 2)

    def test_ticks_that_wrap_amid_a_frame_do_no_harm(self):
        self.source.now_us = ((1 << 30) - 20) * 1000
        self.source.send([1])
        self.source.wait(500)
        self.reader.poll()
        self.source.now_us = ((1 << 31) - 20) * 1000
        self.source.card(0x7B3039)
        self.assertEqual(self.heard(), b"\x7b\x30\x39")


if __name__ == "__main__":
    unittest.main()
