"""The journal: records appended to raw flash, each whole or absent whatever happens to the supply, in order, for ever.

A record is a marker, kind, payload length, sequence, boot, seconds since that boot, UTC seconds (0 unknown), payload
and a CRC32 over it all. An append is one program of erased bytes and never erases: `tidy` does, when it may. After a
torn record writing goes on at a distance, never over half-written bytes. Reading passes over damaged bytes to the next
whole record.
"""
import binascii
import struct

from micropython import const

from firmware.storage import records
from firmware.storage.ring import HEADER_SIZE, READERS, Ring

_MARKER = const(0x5A)
_HEADER = "<BBHIIII"
_SIZE = struct.calcsize(_HEADER)
_CRC_SIZE = const(4)
_ROW = const(256)                       # what NOR flash programs with one command


class JournalFull(Exception):
    """No page is left for this kind of record; the text names what has not been delivered."""


class Record:
    """seq, kind (records.py), utc_s (None while the clock was unknown), up_s, boot, payload (bytes)."""

    def __init__(self, header, payload):
        _, self.kind, _, self.seq, self.boot, self.up_s, utc_s = header
        self.utc_s = utc_s or None
        self.payload = payload


class Journal:
    """`open` before anything else. `clock` as in support/clock.py; `boots` is this boot's number.

    `spare` pages are kept erased ahead where releases allow it (default: three quarters, which a day of samples each
    ten seconds does not fill); the rest is history.
    """

    def __init__(self, flash, clock, boots, spare=None):
        self._ring = Ring(flash)
        self._clock = clock
        self.boot = boots
        self._spare = flash.pages * 3 // 4 if spare is None else spare
        self._page = None
        self._end = 0
        self._needs = {}
        self._offsets = {}
        self._unstamped = False
        self.next_seq = 1

    def open(self):
        """Find the pages and the end of what is written. Writes nothing. Returns self."""
        ring = self._ring
        needs = ring.scan()
        self._needs = dict(zip(READERS, needs or [1] * len(READERS)))
        if ring.order:
            self._page = ring.order[-1]
            self._end = HEADER_SIZE
            self.next_seq = ring.first(self._page)
            for at, record in self._page_records(self._page):
                self.next_seq = record.seq + 1
                self._end = at
            written = ring.written(self._page)
            if written > self._end:
                # A cut weakens bits only inside the 256 bytes the chip was programming: go on beyond the next such row.
                self._end = (written // _ROW + 1) * _ROW
        return self

    # Writing

    def append(self, kind, payload):
        """Write a record and return its sequence; once this returns, no cut takes it away.

        JournalFull where only records of more weight may still be written (records.LEAVE), OSError from the flash.
        """
        utc_s = self._clock.utc_s()
        seq = self.next_seq
        head = struct.pack(_HEADER, _MARKER, kind, len(payload), seq, self.boot, self._clock.up_s(), utc_s or 0)
        body = head + payload
        data = body + struct.pack("<I", binascii.crc32(body))
        if len(data) > self._ring.size - HEADER_SIZE:
            raise ValueError("a journal record of %d bytes does not fit a page" % len(payload))
        if not self._append_here(data):
            self._append_to_next(kind, data)
        self.next_seq = seq + 1
        self._unstamped = utc_s is None
        return seq

    def note_clock(self):
        """To be called now and then: writes one CLOCK record when UTC has become known after records without it."""
        if self._unstamped and self._clock.utc_s() is not None:
            self.append(records.CLOCK, b"")

    def _append_here(self, data):
        if self._page is None or self._end + len(data) > self._ring.size:
            return False
        start, self._end = self._end, self._ring.size      # sealed until proven written
        if not self._ring.program(self._page, start, data):
            return False
        self._end = start + len(data)
        return True

    def _append_to_next(self, kind, data):
        leave = records.LEAVE[kind] if kind < len(records.LEAVE) else 2
        page = None
        if self.free_pages > leave:
            needs = [self.kept(reader) for reader in READERS]
            page = self._ring.begin(self.next_seq, needs, data)
        if page is None:
            first = self.kept("ocpp")
            raise JournalFull("journal is full: %d of %d pages blank, records %d to %d (%d) are not delivered" % (
                self.free_pages, self._ring.flash.pages, first, self.next_seq - 1, self.next_seq - first))
        self._page = page
        self._end = HEADER_SIZE + len(data)

    # Reading

    def records(self, from_seq=0):
        """All whole records from `from_seq` on, oldest first; those appended meanwhile come too."""
        ring = self._ring
        page = None
        for page_after in ring.order + [None]:
            if page is not None and (page_after is None or ring.first(page_after) > from_seq):
                break
            page = page_after
        while page is not None:
            for _, record in self._page_records(page):
                if record.seq >= from_seq:
                    from_seq = record.seq + 1
                    yield record
            page = ring.following(page, from_seq)

    def _page_records(self, page):
        """(offset after it, record) of each whole record of a page."""
        ring = self._ring
        at = HEADER_SIZE
        last = ring.first(page) - 1
        head = bytearray(_SIZE)
        while at + _SIZE + _CRC_SIZE <= ring.size:
            ring.flash.read(page * ring.size + at, head)
            record = self._record(page, at, head) if head[0] == _MARKER else None
            if record and record.seq > last:
                last = record.seq
                at += _SIZE + len(record.payload) + _CRC_SIZE
                yield at, record
            else:
                at = self._next_marker(page, at + 1)

    def _record(self, page, at, head):
        header = struct.unpack(_HEADER, head)
        length = header[2]
        ring = self._ring
        if at + _SIZE + length + _CRC_SIZE > ring.size:
            return None
        rest = bytearray(length + _CRC_SIZE)
        ring.flash.read(page * ring.size + at + _SIZE, rest)
        payload = bytes(memoryview(rest)[:length])
        if struct.unpack_from("<I", rest, length)[0] != binascii.crc32(payload, binascii.crc32(head)):
            return None
        return Record(header, payload)

    def _next_marker(self, page, at):
        chunk = bytearray(_ROW)
        while at < self._ring.size:
            view = memoryview(chunk)[:min(_ROW, self._ring.size - at)]
            self._ring.flash.read(page * self._ring.size + at, view)
            found = bytes(view).find(b"\x5a")
            if found >= 0:
                return at + found
            at += len(view)
        return at

    # Letting go

    def keep(self, reader, seq):
        """`reader` (one of ring.READERS) needs every record from `seq` on; None: nothing that is written today."""
        self._needs[reader] = seq

    def kept(self, reader):
        """The lowest sequence that `reader` still needs."""
        seq = self._needs.get(reader)
        return self.next_seq if seq is None else max(seq, self.first_seq)

    def tidy(self, may_erase):
        """Erase one page if it helps and `may_erase` (no contactor closed): True when it did, call again then."""
        if not may_erase:
            return False
        ring = self._ring
        page = ring.dirty_page()
        needed = min(self.kept(reader) for reader in READERS)
        if page is None and ring.blank() < self._spare and len(ring.order) > 1 and ring.first(ring.order[1]) <= needed:
            page = ring.order[0]
        if page is None:
            return False
        ring.erase(page)
        return True

    @property
    def first_seq(self):
        """Sequence of the oldest record that is still there (next_seq when none is)."""
        order = self._ring.order
        return self._ring.first(order[0]) if order else self.next_seq

    @property
    def free_pages(self):
        """Pages that can be written without an erase."""
        return self._ring.blank()

    @property
    def scarcity(self):
        """0 plenty, 1 below half of the pages, 2 below a quarter, 3 below an eighth: thin what may be thinned."""
        blank, pages = self.free_pages, self._ring.flash.pages
        return 0 if blank * 2 >= pages else 1 if blank * 4 >= pages else 2 if blank * 8 >= pages else 3

    # Time

    def utc_of(self, record):
        """UTC seconds of a record, also of one written before the clock was known, as soon as any of its boot knows."""
        return record.utc_s or self.utc_at(record.boot, record.up_s)

    def utc_at(self, boot, up_s):
        """UTC seconds of a moment `up_s` after the start of `boot`, None while nobody knows.

        A boot that never knew the time was over when the next one began: its last record is put just before that, which
        keeps everything in its order.
        """
        if boot == self.boot and self._clock.utc_s() is not None:
            return self._clock.utc_s() - self._clock.up_s() + up_s
        offset = self._offsets.get(boot)
        if offset is None:
            offset = self._offset(boot)
            if offset is None:
                return None
            self._offsets[boot] = offset
        return offset + up_s

    def _offset(self, boot):
        """UTC seconds at which `boot` began, None while nobody knows."""
        span_s, current, last_s = 0, boot, 0
        for record in self.records():
            if record.boot < boot:
                continue
            if record.boot != current:
                span_s += last_s + 1
                current = record.boot
            last_s = record.up_s
            if record.utc_s:
                return record.utc_s - record.up_s - span_s
        if self._clock.utc_s() is None:
            return None
        if current != self.boot:
            span_s += last_s + 1
        return self._clock.utc_s() - self._clock.up_s() - span_s
