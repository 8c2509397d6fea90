"""The PN532's driver on all three buses against the chip's frames. Runs inside MicroPython."""

import unittest

from hal.drivers import pn532
from hal.sim.devices.pn532 import Pn532
from tests.drivers.mpy import buses

FOUR = b"\x04\xa1\xb2\xc3"
SEVEN = b"\x04\x51\x3a\x7a\xe1\x5c\x80"
TEN = bytes(range(0x11, 0x1B))


def on_hsu(chip):
    return pn532.Hsu(buses.Uart(chip))


def on_i2c(chip):
    return pn532.I2c(buses.I2c(chip))


def on_spi(chip):
    chip.spi = buses.Spi(chip)
    return pn532.Spi(chip.spi, chip.spi.cs)


BUSES = (on_hsu, on_i2c, on_spi)


class Bench:
    def __init__(self, bus, reset=True, delay=2):
        self.cards = []
        self.chip = Pn532(lambda: self.cards, delay)
        self.reader = pn532.Reader(bus(self.chip), buses.Pin(self.chip.reset) if reset else None)

    def polls(self, times):
        """What so many polls gave; an OSError as itself."""
        found = []
        for _ in range(times):
            try:
                found.append(self.reader.poll())
            except OSError as error:
                found.append(error)
        return found

    def seen(self, times=20):
        return {one for one in self.polls(times) if isinstance(one, bytes)}

    def errors(self, times=20):
        return sum(isinstance(one, OSError) for one in self.polls(times))


class Uids(unittest.TestCase):
    def test_on_every_bus_uids_of_every_length_are_read_whole(self):
        for bus in BUSES:
            bench = Bench(bus)
            self.assertEqual(bench.seen(), set())
            for uid in (FOUR, SEVEN, TEN):
                bench.cards = [uid]
                bench.polls(5)
                self.assertEqual(bench.seen(), {uid})
            bench.cards = []
            bench.polls(5)
            self.assertEqual(bench.seen(), set())
            self.assertEqual(bench.reader.version, (0x32, 1, 6))

    def test_a_card_that_stays_is_seen_several_times_a_second(self):
        for bus in BUSES:
            bench = Bench(bus)
            bench.cards = [SEVEN]
            bench.polls(20)
            self.assertTrue(bench.polls(10).count(SEVEN) >= 2)

    def test_on_spi_it_is_deselected_at_rest(self):
        bench = Bench(on_spi)
        for _ in range(12):
            self.assertEqual(bench.chip.spi.cs.level, 1)
            bench.polls(1)

    def test_it_is_set_up_once_and_then_searches(self):
        for bus in BUSES:
            bench = Bench(bus)
            bench.polls(30)
            self.assertEqual(bench.chip.commands[:4], [0x14, 0x32, 0x12, 0x02])
            self.assertEqual(set(bench.chip.commands[4:]), {0x4A})
            self.assertEqual(bench.errors(), 0)

    def test_an_answer_in_pieces_is_put_together(self):
        for dribble in (1, 2, 3, 7, 13):
            bench = Bench(on_hsu)
            bench.chip.dribble = dribble
            bench.cards = [TEN]
            self.assertEqual(bench.seen(60), {TEN})
            self.assertEqual(bench.errors(), 0)


class Health(unittest.TestCase):
    def test_alive_while_it_answers_and_not_when_it_is_dead(self):
        for bus in BUSES:
            bench = Bench(bus)
            bench.polls(10)
            for _ in range(3):
                bench.polls(10)
                self.assertTrue(bench.reader.alive())
            bench.chip.dead = True
            self.assertTrue(bench.errors() > 0)
            self.assertFalse(bench.reader.alive())
            bench.polls(10)
            self.assertFalse(bench.reader.alive())
            bench.chip.dead = False
            bench.cards = [FOUR]
            self.assertEqual(bench.seen(), {FOUR})
            self.assertTrue(bench.reader.alive())

    def test_one_that_hangs_is_freed_by_its_reset_pin(self):
        for bus in BUSES:
            bench = Bench(bus)
            bench.cards = [FOUR]
            bench.polls(10)
            bench.chip.hung = True
            self.assertTrue(bench.errors() > 0)
            bench.polls(20)
            self.assertEqual(bench.seen(), {FOUR})

    def test_one_reset_by_a_discharge_is_set_up_anew(self):
        for bus in BUSES:
            for reset in (True, False):
                bench = Bench(bus, reset)
                bench.cards = [SEVEN]
                bench.polls(10)
                bench.chip.esd()
                bench.polls(20)
                self.assertEqual(bench.seen(), {SEVEN})

    def test_one_that_answers_by_an_error_is_set_up_anew(self):
        for bus in BUSES:
            bench = Bench(bus)
            bench.polls(20)
            bench.chip.noise = lambda frame: frame if len(frame) == 6 else b"\x00\x00\xff\x01\xff\x7f\x81\x00"
            bench.polls(2)
            bench.chip.noise = lambda frame: frame
            del bench.chip.commands[:]
            bench.polls(12)
            self.assertTrue(0x14 in bench.chip.commands)

    def test_a_poll_never_waits(self):
        for bus in BUSES:
            bench = Bench(bus, delay=4)
            bench.polls(10)
            before = len(bench.chip.commands)
            bench.polls(1)
            self.assertTrue(len(bench.chip.commands) - before <= 1)

    def test_spoilt_frames_give_no_uid_and_no_other_card(self):
        state = [99]

        def spoil(frame):
            state[0] = (state[0] * 1103515245 + 12345) & 0x3FFFFFFF
            kind = state[0] >> 16 & 7
            at = (state[0] >> 8) % len(frame)
            if kind == 0:
                return frame[:at] + bytes((frame[at] ^ 1 << (state[0] >> 20 & 7),)) + frame[at + 1 :]
            if kind == 1:
                return frame[:at]
            if kind == 2:
                return b"\x00\xff" + frame
            return frame

        for bus in BUSES:
            bench = Bench(bus)
            bench.cards = [TEN]
            bench.chip.noise = spoil
            self.assertTrue(bench.seen(400) <= {TEN})
            bench.chip.noise = lambda frame: frame
            bench.polls(20)
            self.assertEqual(bench.seen(), {TEN})

    def test_an_answer_that_lies_about_its_length_is_no_uid(self):
        for body in (
            b"\xd5\x4b\x01\x01\x00\x04\x08\x0a\x04\xa1",
            b"\xd5\x4b\x01\x01\x00\x04\x08\x05\x04\xa1\xb2\xc3\xd4",
            b"\xd5\x4b\x01",
            b"\xd5\x4b\x02\x01\x00\x04\x08\x04\x04\xa1\xb2\xc3",
            b"\xd5",
            b"\x7f",
        ):
            bench = Bench(on_hsu)
            bench.cards = [FOUR]
            bench.polls(10)
            frame = bytes((0, 0, 0xFF, len(body), -len(body) & 0xFF)) + body + bytes((-sum(body) & 0xFF, 0))
            bench.chip.noise = lambda old, frame=frame: old if len(old) == 6 else frame
            bench.polls(3)
            self.assertEqual(bench.seen(30), set())


if __name__ == "__main__":
    unittest.main()
