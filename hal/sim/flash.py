"""Flash as the chip has it, over two files: programming only clears bits, erasing sets a page to ones.

Every program and erase reaches its file at once (unbuffered), so that the files are at any instant what the flash would
be. `Meter` counts them for both partitions, and can cut the supply inside a chosen one.
"""

import os

import vfs

PAGE = 4096
FILES_PAGES = 512   # littlefs: 2 MiB, room for two slots of firmware
JOURNAL_PAGES = 64  # the journal's raw ring: 256 KiB
_ONES = b"\xff" * PAGE


class Meter:
    """Counts what wears the flash. `state` outlives the interpreter: {"writes", "erases", "bytes", "cut": {...} or None}.

    A cut names how many more writes (or erases) may still pass, and how many bytes of the last one get through.
    """

    def __init__(self, state, cut):
        self.state = state
        self._cut = cut  # called inside the operation; does not return

    def arm(self, what, n, byte):
        """Cut the supply inside the `n`-th next of "writes" or "erases", after `byte` bytes."""
        self.state["cut"] = {"what": what, "at": self.state[what] + n, "byte": byte}

    def pass_through(self, what, size):
        """Count one operation of `size` bytes; how many of them happen, -1 for all."""
        state = self.state
        state[what] += 1
        if what == "writes":
            state["bytes"] = state.get("bytes", 0) + size
        cut = state["cut"]
        if cut is None or cut["what"] != what or state[what] < cut["at"]:
            return -1
        state["cut"] = None
        return min(cut["byte"], size)

    def cut(self):
        self._cut()


def pages_of(path, fresh):
    """Pages of the flash that is kept in the file at `path`; `fresh` for a new one."""
    try:
        size = os.stat(path)[6]
    except OSError:
        return fresh
    return fresh if size % PAGE or not size else size // PAGE


class Partition:
    """`hal.flash`: the raw partition of the journal, `pages` of `page_size` bytes in the file at `path`."""

    page_size = PAGE

    def __init__(self, path, pages, meter):
        self.pages = pages
        self._meter = meter
        try:
            size = os.stat(path)[6]
        except OSError:
            size = -1
        if size != pages * PAGE:
            with open(path, "wb") as f:
                for _ in range(pages):
                    f.write(_ONES)
        self._file = open(path, "r+b")

    def wears(self, meter):
        """From now on another meter counts."""
        self._meter = meter

    def read(self, address, buf):
        self._file.seek(address)
        self._file.readinto(buf)

    def program(self, address, data):
        """Clear bits: what is 0 in `data` becomes 0."""
        size = len(data)
        n = self._meter.pass_through("writes", size)
        if n >= 0:
            data = bytes(data)[:n]
        self._file.seek(address)
        there = self._file.read(len(data))
        if there != _ONES[:len(data)]:
            both = int.from_bytes(there, "little") & int.from_bytes(data, "little")
            data = both.to_bytes(len(there), "little")
        self._file.seek(address)
        self._file.write(data)
        if n >= 0:
            self._meter.cut()

    def erase(self, page):
        """Set a page to ones."""
        n = self._meter.pass_through("erases", PAGE)
        self._file.seek(page * PAGE)
        self._file.write(_ONES if n < 0 else _ONES[:n])
        if n >= 0:
            self._meter.cut()


class BlockDevice:
    """A partition as littlefs wants it. It answers -5 (EIO) where another would raise: an exception inside the file
    system's C code would only be printed."""

    def __init__(self, partition):
        self._partition = partition

    def readblocks(self, block, buf, offset=0):
        self._partition.read(block * PAGE + offset, buf)
        return 0

    def writeblocks(self, block, buf, offset=0):
        if offset + len(buf) > PAGE or not 0 <= block < self._partition.pages:
            return -5
        self._partition.program(block * PAGE + offset, buf)
        return 0

    def ioctl(self, op, argument):
        if op == 4:
            return self._partition.pages
        if op == 5:
            return PAGE
        if op == 6:
            if not 0 <= argument < self._partition.pages:
                return -5
            self._partition.erase(argument)
        return 0


def mount(partition, path):
    """Mount the file system in `partition` at `path`; True when it had to be made anew, as at the factory."""
    device = BlockDevice(partition)
    made = False
    try:
        fs = vfs.VfsLfs2(device)
    except OSError:
        vfs.VfsLfs2.mkfs(device)
        fs = vfs.VfsLfs2(device)
        made = True
    vfs.mount(fs, path)
    return made
