"""The journal in files, on a MicroPython whose flash has no place for it: what is lost with the supply, and what it costs."""

import sys
import unittest

import vfs

from tests.storage.littlefs import FOLDER, BlockDevice, mount, unmount


class _Esp32:
    Partition = None


sys.modules["esp32"] = _Esp32           # of which nothing is needed here

from hal.esp32.pages import Pages  # noqa: E402

MPY_HEAP = "1024wk"
BLOCKS = 16
STEPS = 3


class Cuts(unittest.TestCase):
    def setUp(self):
        device = BlockDevice(BLOCKS)
        vfs.VfsLfs2.mkfs(device)
        self.data = device.data

    def write(self, cut=None, eighths=4):
        """Programs of a few bytes into two pages, an erase among them; how many were done before the supply went."""
        device = BlockDevice(BLOCKS, bytearray(self.data), cut, eighths)
        mount(device)
        done = 0
        try:
            pages = Pages(FOLDER + "/journal")
            for i in range(STEPS):
                pages.program(4096 * (i & 1) + 40 * i, bytes((i,)) * 40)
                done += 1
            pages.erase(1)
            done += 1
        except OSError:
            pass
        unmount()
        return done, device

    def test_what_was_done_before_a_cut_anywhere_is_there_after_it(self):
        states = []
        for steps in range(STEPS + 2):
            content = bytearray(b"\xff" * 8192)
            for i in range(min(steps, STEPS)):
                content[4096 * (i & 1) + 40 * i : 4096 * (i & 1) + 40 * i + 40] = bytes((i,)) * 40
            if steps == STEPS + 1:
                content[4096:8192] = b"\xff" * 4096
            states.append(content)
        _, whole = self.write()
        for cut in range(1, whole.operations + 1):
            done, device = self.write(cut, 4 * (cut & 1))       # inside the operation, or before it
            mount(BlockDevice(BLOCKS, device.data))
            pages = Pages(FOLDER + "/journal")
            found = bytearray(8192)
            pages.read(0, found)
            self.assertTrue(found == states[done] or (done <= STEPS and found == states[done + 1]), (cut, done))
            pages.program(15 * 4096, b"\x00")   # and it still takes a record
            unmount()

    def test_a_program_costs_one_erase(self):
        erases = [0]

        class Counting(BlockDevice):
            def ioctl(self, op, arg):
                erases[0] += op == 6
                return super().ioctl(op, arg)

        mount(Counting(BLOCKS, bytearray(self.data)))
        pages = Pages(FOLDER + "/journal")
        erases[0] = 0
        for i in range(100):
            pages.program(i * 16, b"\x55" * 16)
        unmount()
        self.assertTrue(100 <= erases[0] <= 110, erases[0])


if __name__ == "__main__":
    unittest.main()
