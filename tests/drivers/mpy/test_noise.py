"""A bus that babbles: no driver raises anything but an OSError, makes up a card, or takes for ever. Runs inside MicroPython."""

import gc
import unittest

from hal.drivers import mfrc522, pn532
from hal.drivers.atm90e36 import Chip
from hal.drivers.mcp23017 import Expander
from tests.drivers.mpy.buses import Pin

_LENGTHS = (4, 7, 10)


class Babble:
    """Every kind of bus at once; what is read is random, now and then nobody acknowledges. `reads` counts."""

    def __init__(self, seed):
        self.state = seed
        self.reads = 0

    def below(self, limit):
        self.state = (self.state * 1103515245 + 12345) & 0x3FFFFFFF
        return (self.state >> 8) % limit

    def fill(self, into):
        self.reads += 1
        for i in range(len(into)):
            into[i] = self.below(256) if self.below(3) else (0, 0xFF)[self.below(2)]

    def write(self, data):
        return len(data)

    def write_readinto(self, data, into):
        self.fill(into)

    def nack(self):
        self.reads += 1
        if not self.below(4):
            raise OSError(19)

    def writeto(self, address, data):
        self.nack()

    def readfrom_into(self, address, into):
        self.nack()
        self.fill(into)

    def writeto_mem(self, address, register, data):
        self.nack()

    def readfrom_mem_into(self, address, register, into):
        self.nack()
        self.fill(into)

    def any(self):
        return 0 if self.reads % 50 == 49 else self.below(60)

    def readinto(self, into, count=None):
        part = memoryview(into)[:count]
        self.fill(part)
        return len(part)

    def read(self, count):
        self.reads += 1
        return bytes(count)


class Noise(unittest.TestCase):
    def polls(self, reader, bus, times):
        """UIDs that came of so many polls."""
        uids = []
        for turn in range(times):
            before = bus.reads
            try:
                uid = reader.poll()
                if turn % 10 == 9:
                    reader.alive()
            except OSError:
                uid = None
            self.assertTrue(bus.reads - before < 5000)
            if uid is not None:
                self.assertTrue(len(uid) in _LENGTHS)
                uids.append(uid)
        return uids

    def test_a_babbling_spi_makes_no_card_of_an_mfrc522(self):
        bus = Babble(3)
        self.assertEqual(self.polls(mfrc522.Reader(bus, Pin(), Pin()), bus, 400), [])

    def test_a_babbling_bus_makes_no_card_of_a_pn532(self):
        for link in (lambda bus: pn532.Hsu(bus), lambda bus: pn532.I2c(bus), lambda bus: pn532.Spi(bus, Pin())):
            bus = Babble(5)
            self.assertEqual(self.polls(pn532.Reader(link(bus), Pin()), bus, 400), [])

    def test_a_babbling_i2c_never_raises_in_the_tick(self):
        pins = Expander(Babble(7), 0x20)
        for i in range(1000):
            pins.set(i % 16, bool(i & 3))
            pins.poll()
            self.assertTrue(pins.value(i % 16) in (0, 1))

    async def test_a_babbling_spi_is_no_metering_chip(self):
        chip = Chip(Babble(9), Pin())
        for _ in range(200):
            try:
                await chip.read(1, 0, 0, 9, [0] * 9)
                self.fail("believed")
            except OSError:
                pass

    def test_what_babbles_leaves_nothing_in_the_heap(self):
        bus = Babble(11)
        reader = pn532.Reader(pn532.Hsu(bus), Pin())
        self.polls(reader, bus, 50)
        gc.collect()
        before = gc.mem_alloc()
        self.polls(reader, bus, 300)
        gc.collect()
        self.assertTrue(gc.mem_alloc() - before < 512)


if __name__ == "__main__":
    unittest.main()
