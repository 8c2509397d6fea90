"""Flash over files: bits only fall until a page is erased, every byte is kept at once, a cut falls where it was set."""

import os
import unittest

from hal.sim import flash

FILE = "flash-under-test.img"


class Cut(Exception):
    """Stands for the supply's end: on the simulated board nothing returns from there."""


def _cut():
    raise Cut


class FlashTest(unittest.TestCase):
    def setUp(self):
        self.folder = "build/flash-%d" % id(self)
        os.mkdir(self.folder)
        self.path = self.folder + "/" + FILE
        self.meter = flash.Meter({"writes": 0, "erases": 0, "cut": None}, _cut)
        self.flash = flash.Partition(self.path, 4, self.meter)

    def tearDown(self):
        os.remove(self.path)
        os.rmdir(self.folder)

    def bytes_at(self, address, n):
        buf = bytearray(n)
        self.flash.read(address, buf)
        return bytes(buf)

    def test_a_new_flash_is_all_ones(self):
        self.assertEqual(self.bytes_at(3 * 4096, 4096), b"\xff" * 4096)

    def test_programming_only_clears_bits(self):
        self.flash.program(10, b"\xf0\x0f")
        self.flash.program(10, b"\x3c\x3c")
        self.assertEqual(self.bytes_at(9, 4), b"\xff\x30\x0c\xff")

    def test_erasing_sets_one_page(self):
        self.flash.program(4095, b"\x00\x00")
        self.flash.erase(0)
        self.assertEqual(self.bytes_at(4095, 2), b"\xff\x00")

    def test_what_is_programmed_is_in_the_file_at_once(self):
        self.flash.program(100, b"abc")
        with open(self.path, "rb") as f:
            f.seek(100)
            self.assertEqual(f.read(3), b"abc")

    def test_another_interpreter_finds_it(self):
        self.flash.program(0, b"kept")
        self.flash = flash.Partition(self.path, 4, self.meter)
        self.assertEqual(self.bytes_at(0, 4), b"kept")

    def test_operations_are_counted(self):
        self.flash.program(0, b"a")
        self.flash.program(1, b"b")
        self.flash.erase(2)
        self.assertEqual((self.meter.state["writes"], self.meter.state["erases"]), (2, 1))

    def test_a_cut_lets_so_many_bytes_of_the_nth_write_through(self):
        self.flash.program(0, b"before")
        self.meter.arm("writes", 2, 3)
        self.flash.program(10, b"whole")
        with self.assertRaises(Cut):
            self.flash.program(20, b"torn!")
        self.assertEqual(self.bytes_at(10, 5), b"whole")
        self.assertEqual(self.bytes_at(20, 5), b"tor\xff\xff")

    def test_a_cut_may_fall_before_the_first_byte_or_after_the_last(self):
        for byte, left in ((0, b"\xff\xff"), (9, b"ab")):
            self.flash.erase(0)
            self.meter.arm("writes", 1, byte)
            with self.assertRaises(Cut):
                self.flash.program(0, b"ab")
            self.assertEqual(self.bytes_at(0, 2), left)

    def test_a_cut_in_an_erase_leaves_half_a_page(self):
        self.flash.program(0, b"\x00" * 4096)
        self.meter.arm("erases", 1, 100)
        with self.assertRaises(Cut):
            self.flash.erase(0)
        self.assertEqual(self.bytes_at(99, 2), b"\xff\x00")

    def test_littlefs_lives_on_it_over_a_remount(self):
        big = flash.Partition(self.path, 32, self.meter)
        self.assertTrue(flash.mount(big, "/flashtest"))
        with open("/flashtest/a", "w") as f:
            f.write("x" * 5000)
        os.umount("/flashtest")
        self.assertFalse(flash.mount(flash.Partition(self.path, 32, self.meter), "/flashtest"))
        with open("/flashtest/a") as f:
            self.assertEqual(len(f.read()), 5000)
        os.umount("/flashtest")

    def test_a_block_device_refuses_in_numbers_not_by_raising(self):
        device = flash.BlockDevice(self.flash)
        self.assertEqual(device.writeblocks(9, b"x", 0), -5)
        self.assertEqual(device.ioctl(6, 99), -5)


if __name__ == "__main__":
    unittest.main()
