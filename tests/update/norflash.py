"""The real littlefs over NOR flash in RAM whose supply can be cut inside any operation. Imported inside MicroPython."""
import gc

import vfs

from tests.storage.ramflash import erased

PAGE = 4096


class Device:
    """A block device. It dies inside operation `cut`, of which `eighths` are done; from then on it answers -5
    (a raise would print a traceback)."""

    def __init__(self, data, cut=None, eighths=4):
        self.data, self.cut, self.eighths, self.operations = data, cut, eighths, 0

    @property
    def dead(self):
        return self.cut is not None and self.operations >= self.cut

    def _share(self, size):
        """How much of an operation happens."""
        self.operations += 1
        if self.cut is None or self.operations < self.cut:
            return size
        return size * self.eighths // 8 if self.operations == self.cut else 0

    def readblocks(self, block, buf, offset=0):
        at = block * PAGE + offset
        buf[:] = memoryview(self.data)[at:at + len(buf)]
        return 0

    def writeblocks(self, block, buf, offset=0):
        n = self._share(len(buf))
        if n:
            at = block * PAGE + offset
            there = self.data[at:at + n]
            if there == b"\xff" * n:
                self.data[at:at + n] = memoryview(buf)[:n]
            else:
                both = int.from_bytes(there, "little") & int.from_bytes(bytes(buf[:n]), "little")
                self.data[at:at + n] = both.to_bytes(n, "little")
        return -5 if self.dead else 0

    def ioctl(self, op, argument):
        if op == 4:
            return len(self.data) // PAGE
        if op == 5:
            return PAGE
        if op == 6:
            n = self._share(PAGE)
            self.data[argument * PAGE:argument * PAGE + n] = b"\xff" * n
            return -5 if self.dead else 0
        return 0


def made(pages):
    """A fresh file system's bytes."""
    data = erased(pages, PAGE)
    vfs.VfsLfs2.mkfs(Device(data))
    return data


class Mounted:
    """`with Mounted(data, "/x", cut) as device:`; an OSError inside, once the supply is cut, ends the block."""

    def __init__(self, data, path, cut=None, eighths=4):
        self.device = Device(data, cut, eighths)
        self._path = path

    def __enter__(self):
        vfs.mount(vfs.VfsLfs2(self.device), self._path)
        return self.device

    def __exit__(self, kind, error, trace):
        try:
            vfs.umount(self._path)
        except OSError:
            pass
        gc.collect()  # what was open is finalised while its (dead) flash is still there
        return self.device.dead and kind is not None and issubclass(kind, OSError)
