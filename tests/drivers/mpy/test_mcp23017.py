"""The port expander's driver against the chip's registers. Runs inside MicroPython."""

import unittest

import micropython

from hal.drivers.mcp23017 import Expander
from hal.sim.devices.mcp23017 import Mcp23017
from tests.drivers.mpy.buses import I2c


class Pins(unittest.TestCase):
    def setUp(self):
        self.chip = Mcp23017(0x21)
        self.pins = Expander(I2c(self.chip), 0x21)

    def poll(self, times=3):
        for _ in range(times):
            self.pins.poll()

    def test_inputs_read_what_is_there_and_one_where_nothing_is(self):
        self.chip.outside[0] = 0
        self.chip.outside[9] = 0
        self.poll()
        self.assertEqual([self.pins.value(bit) for bit in range(16)], [0] + [1] * 8 + [0] + [1] * 6)
        self.chip.outside[0] = 1
        self.poll(1)
        self.assertEqual(self.pins.value(0), 1)

    def test_an_output_begins_at_its_level_and_leaves_the_others_alone(self):
        self.chip.outside[4] = 0
        for bit, on in ((3, False), (12, True)):
            self.assertEqual(self.chip.level(bit), None)
            self.pins.set(bit, on)
            self.assertEqual(self.chip.level(bit), int(on))
            self.assertEqual(self.pins.value(bit), int(on))
        self.pins.set(3, True)
        self.poll()
        self.assertEqual([self.chip.level(bit) for bit in (3, 12, 4, 5)], [1, 1, 0, 1])

    def test_one_that_a_discharge_has_reset_is_right_again_after_three_polls(self):
        self.pins.set(2, True)
        self.poll()
        self.chip.reset()
        self.assertEqual(self.chip.level(2), None)
        self.poll()
        self.assertEqual((self.chip.level(2), self.chip.level(7)), (1, 1))

    def test_one_that_is_dead_reads_as_broken_wires_and_comes_back(self):
        for bit in range(16):
            self.chip.outside[bit] = 0
        self.poll()
        self.chip.dead = True
        self.pins.poll()
        self.pins.poll()
        self.assertEqual(self.pins.value(5), 0)
        self.assertTrue(self.pins.ok)
        self.pins.set(1, True)
        self.pins.poll()
        self.assertEqual((self.pins.value(5), self.pins.ok), (1, False))
        self.chip.dead = False
        self.poll()
        self.assertEqual((self.pins.value(5), self.pins.ok, self.chip.level(1)), (0, True, 1))

    def test_a_data_line_that_is_held_low_is_no_level_of_the_inputs(self):
        self.poll()

        class Held:
            def writeto(self, address, data):
                return len(data)

            def readfrom_mem_into(self, address, register, into):
                into[:] = bytes(len(into))

        self.pins._i2c = Held()
        self.poll()
        self.assertEqual((self.pins.value(5), self.pins.ok), (1, False))

    def test_a_tick_that_comes_in_the_middle_of_a_setting_loses_nothing(self):
        pins = self.pins

        class Levels:
            """Those of pin 7 alone; while they are read a tick becomes due that lets go of it."""

            def __or__(self, mask):
                micropython.schedule(lambda _: pins.set(7, False), None)
                return 0x80 | mask

            def __and__(self, mask):
                return 0x80 & mask

        pins.set(7, True)
        pins._levels = Levels()
        pins.set(2, True)
        self.poll()
        self.assertEqual((pins.value(7), pins.value(2)), (0, 1))

    def test_each_write_is_one_buffer(self):
        sent = []

        class Bus(I2c):
            def writeto(self, address, data):
                sent.append(bytes(data))
                return super().writeto(address, data)

        pins = Expander(Bus(self.chip), 0x21)
        pins.set(9, True)
        self.assertEqual(sent, [b"\x14\x00\x02", b"\x00\xff\xfd"])

    def test_misses_that_are_not_in_a_row_change_nothing(self):
        self.chip.outside[5] = 0
        self.poll()
        for _ in range(5):
            self.chip.dead = True
            self.poll(2)
            self.chip.dead = False
            self.poll(1)
            self.assertEqual((self.pins.value(5), self.pins.ok), (0, True))

    def test_one_that_is_not_there_never_raises(self):
        pins = Expander(I2c(), 0x20)
        pins.set(1, True)
        for _ in range(5):
            pins.poll()
        self.assertEqual((pins.value(0), pins.value(1), pins.ok), (1, 1, False))

    def test_polls_and_settings_allocate_nothing(self):
        class Bus:
            low = high = 0

            def writeto(self, address, data):
                if data[0] == 0x0C:
                    self.low, self.high = data[1], data[2]

            def readfrom_mem_into(self, address, register, into):
                into[0], into[1], into[6] = self.low, self.high, 0x80

        pins = Expander(Bus(), 0x20)
        pins.set(3, True)
        for _ in range(3):
            pins.poll()
        micropython.heap_lock()
        try:
            pins.poll()
            pins.set(3, False)
            pins.poll()
            pins.poll()
            value = pins.value(7)
        finally:
            micropython.heap_unlock()
        self.assertEqual(value, 1)


if __name__ == "__main__":
    unittest.main()
