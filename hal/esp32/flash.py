"""`hal.flash`: the journal's raw partition; and the folder for files in the file system that the port has mounted.

A program of a few bytes takes well under a millisecond; an erase stalls everything for about 80 ms.
"""

import os

from esp32 import Partition
from micropython import const

_PAGE = const(4096)
_COUNT = const(4)                       # block device protocol: how many blocks
_ERASE = const(6)


class Journal:
    """Raw pages. `partition` keeps the block device protocol with offsets: reading and writing anywhere, erasing pages."""

    page_size = _PAGE

    def __init__(self, partition):
        self._partition = partition
        self.pages = partition.ioctl(_COUNT, 0)

    def read(self, address, buf):
        self._partition.readblocks(address // _PAGE, buf, address % _PAGE)

    def program(self, address, data):
        """Clears bits: with an offset the port does not erase first."""
        self._partition.writeblocks(address // _PAGE, data, address % _PAGE)

    def erase(self, page):
        self._partition.ioctl(_ERASE, page)


def journal():
    """The partition labelled "journal"; None where the table has none, as that of a stock MicroPython."""
    found = Partition.find(Partition.TYPE_DATA, label="journal")
    return Journal(found[0]) if found else None


def folder(path):
    """The folder for files, made where it is missing; its path."""
    try:
        os.mkdir(path)
    except OSError:
        if not os.stat(path)[0] & 0x4000:
            raise
    return path
