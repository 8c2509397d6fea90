"""The ring of raw flash pages under the journal: which is blank, used or to be erased, in what order they were written.

A used page begins with a header: magic, page number in time, sequence of its first record, what each reader still needs
at that moment, CRC32. Pages are taken round the flash, so wear spreads evenly; their order is in the headers, not in
their places. Writing only clears bits of a blank page and each write is one contiguous program.
"""
import binascii
import struct
from array import array

from micropython import const

_MAGIC = const(0x314A5252)              # "RRJ1"
_BLANK = const(0)
_USED = const(1)
_DIRTY = const(2)
_BAD = const(3)
_CHUNK = const(256)

READERS = ("charging", "ocpp", "settings", "security")
_HEADER = "<III%dII" % len(READERS)
HEADER_SIZE = struct.calcsize(_HEADER)


class Ring:
    """`flash` as in hal/__init__.py. After `scan`: `order` lists the used pages, oldest first."""

    def __init__(self, flash):
        self.flash = flash
        self.size = flash.page_size
        self.order = []
        self._state = bytearray(flash.pages)
        self._first = array("I", [0] * flash.pages)
        self._number = 0
        self._chunk = bytearray(_CHUNK)
        self._ones = b"\xff" * _CHUNK

    def scan(self):
        """Find out what every page is; what the readers needed when the newest page was begun, None without any."""
        numbers = {}
        needs = None
        head = bytearray(HEADER_SIZE)
        for page in range(self.flash.pages):
            self.flash.read(page * self.size, head)
            header = struct.unpack(_HEADER, head)
            if header[0] == _MAGIC and header[-1] == binascii.crc32(memoryview(head)[:-4]):
                self._state[page] = _USED
                self._first[page] = header[2]
                numbers[page] = header[1]
                if header[1] > self._number:
                    self._number = header[1]
                    needs = header[3:-1]
            else:
                self._state[page] = _BLANK if self.is_blank(page) else _DIRTY
        self.order = sorted(numbers, key=lambda page: numbers[page])
        return needs

    def is_blank(self, page):
        """True when every byte of `page` is erased."""
        for start in range(0, self.size, _CHUNK):
            self.flash.read(page * self.size + start, self._chunk)
            if self._chunk != self._ones:
                return False
        return True

    def written(self, page):
        """Offset after the last byte of `page` that is not erased."""
        end = 0
        for start in range(0, self.size, _CHUNK):
            self.flash.read(page * self.size + start, self._chunk)
            if self._chunk != self._ones:
                end = start + len(bytes(self._chunk).rstrip(b"\xff"))
        return end

    def first(self, page):
        """Sequence of the first record of a used page."""
        return self._first[page]

    def following(self, page, seq):
        """The used page written after `page`; where that was erased meanwhile, the one to go on in for `seq`."""
        if page in self.order:
            at = self.order.index(page) + 1
            return self.order[at] if at < len(self.order) else None
        for page in self.order:
            if self._first[page] >= seq:
                return page
        return None

    def blank(self):
        """How many pages can be written without an erase."""
        return sum(1 for state in self._state if state == _BLANK)

    def begin(self, first_seq, needs, record):
        """Write header and first record into the next blank page, as one program. None where no page is blank.

        A page that does not keep what is written is left for erasing and the next one is taken.
        """
        while True:
            page = self._next_blank()
            if page is None:
                return None
            self._number += 1
            head = struct.pack(_HEADER[:-1], _MAGIC, self._number, first_seq, *needs)
            data = head + struct.pack("<I", binascii.crc32(head)) + record
            if self.program(page, 0, data):
                self._state[page] = _USED
                self._first[page] = first_seq
                self.order.append(page)
                return page
            self._state[page] = _DIRTY

    def program(self, page, start, data):
        """Write and read back; False when the page does not keep it."""
        at = page * self.size + start
        self.flash.program(at, data)
        check = bytearray(len(data))
        self.flash.read(at, check)
        return check == data

    def dirty_page(self):
        """A page that was half written or half erased, None when there is none."""
        for page in range(self.flash.pages):
            if self._state[page] == _DIRTY:
                return page
        return None

    def erase(self, page):
        """Erase one page (about 80 ms on the chip); a page that does not become blank is never used again."""
        self._state[page] = _DIRTY
        if page in self.order:
            self.order.remove(page)
        try:
            self.flash.erase(page)
        except OSError:
            pass                        # then it is not blank
        self._state[page] = _BLANK if self.is_blank(page) else _BAD

    def _next_blank(self):
        pages = self.flash.pages
        start = self.order[-1] + 1 if self.order else 0
        for i in range(pages):
            if self._state[(start + i) % pages] == _BLANK:
                return (start + i) % pages
        return None
