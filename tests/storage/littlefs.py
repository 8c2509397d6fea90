"""The real littlefs over a RAM block device that loses its supply, and settings on it. Runs inside MicroPython."""
import gc
import unittest

import vfs

from firmware.storage.settings import Settings
from tests.storage.ramflash import erased

FOLDER = "/settings_test"


class BlockDevice:
    """NOR flash under littlefs. It dies inside operation `cut`, of which `eighths` are done; from then on it answers -5
    (a raise would print a traceback)."""

    def __init__(self, blocks=16, data=None, cut=None, eighths=4):
        self.blocks, self.cut, self.eighths, self.operations = blocks, cut, eighths, 0
        self.data = data if data is not None else erased(blocks, 4096)

    def _alive(self):
        self.operations += 1
        return self.cut is None or self.operations < self.cut

    def _torn(self, size):
        return size * self.eighths // 8 if self.operations == self.cut else 0

    def readblocks(self, block, buf, offset=0):
        at = block * 4096 + offset
        buf[:] = self.data[at:at + len(buf)]

    def writeblocks(self, block, buf, offset=0):
        alive = self._alive()
        n = len(buf) if alive else self._torn(len(buf))
        at = block * 4096 + offset
        for i in range(n):
            self.data[at + i] &= buf[i]
        return 0 if alive else -5

    def ioctl(self, op, arg):
        if op == 4:
            return self.blocks
        if op == 5:
            return 4096
        if op == 6:
            alive = self._alive()
            n = 4096 if alive else self._torn(4096)
            self.data[arg * 4096:arg * 4096 + n] = b"\xff" * n
            return 0 if alive else -5
        return 0


def mount(device):
    vfs.mount(vfs.VfsLfs2(device), FOLDER)


def unmount():
    try:
        vfs.umount(FOLDER)
    except OSError:
        pass
    gc.collect()                        # finalise files while their dead device is still attached


class Spec:
    def __init__(self, rating_ma=32000, connectors=1):
        self.rating_ma = rating_ma
        self.connectors = [None] * connectors
        self.inputs = ("earth",)


class FilesTestCase(unittest.TestCase):
    def setUp(self):
        self.device = BlockDevice()
        vfs.VfsLfs2.mkfs(self.device)
        mount(self.device)

    def tearDown(self):
        unmount()

    def settings(self, board=None):
        return Settings(FOLDER, board or Spec())
