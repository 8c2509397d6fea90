"""`hal.flash` in files, for a MicroPython whose partition table has no "journal": to try the firmware, not to charge cars.

A page is a file, written anew as a whole, so each program costs an erase: about 80 ms in which nothing runs, and a closed
contactor opens. What littlefs has closed survives a power cut.
"""

import errno
import os
import sys

from micropython import const

from hal.esp32.flash import folder

_PAGE = const(4096)
_PAGES = const(16)


class Pages:
    page_size = _PAGE
    pages = _PAGES

    def __init__(self, path):
        self._path = folder(path) + "/"
        sys.stdout.write("no partition 'journal': it goes into files, and charging stops for each entry. Flash the factory image\n")

    def _load(self, page):
        content = bytearray(b"\xff" * _PAGE)
        try:
            with open(self._path + str(page), "rb") as f:
                f.readinto(content)
        except OSError as error:
            if error.errno != errno.ENOENT:     # then it is erased
                raise
        return content

    def read(self, address, buf):
        view = memoryview(buf)
        while view:
            offset = address % _PAGE
            part = memoryview(self._load(address // _PAGE))[offset : offset + len(view)]
            view[: len(part)] = part
            view = view[len(part) :]
            address += len(part)

    def program(self, address, data):
        """Clears bits."""
        view = memoryview(data)
        while view:
            page, offset = address // _PAGE, address % _PAGE
            content = self._load(page)
            n = min(len(view), _PAGE - offset)
            for i in range(n):
                content[offset + i] &= view[i]
            with open(self._path + str(page), "wb") as f:
                f.write(content)
            view = view[n:]
            address += n

    def erase(self, page):
        try:
            os.remove(self._path + str(page))
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
