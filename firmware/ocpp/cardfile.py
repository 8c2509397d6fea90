"""Cards and what is known of them, in one file: sorted records of one length, searched in place, never loaded whole.

What changes while no file may be written waits in RAM and is found there first; `flush` merges it into the file, which
is replaced as a whole, so that a power cut leaves the old or the new one.
"""
import binascii
import errno
import os
import struct

_MAGIC = b"RUC2"
_HEAD = "<4sqHI"  # magic, version, records, CRC32 of these two and of the records
_HEAD_SIZE = struct.calcsize(_HEAD)
_RECORD = "<20sBII20s"  # idTag in capitals, status, expiry, when it was learnt, parent
_SIZE = struct.calcsize(_RECORD)
_STATUSES = ("Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx")
_GONE = 255


class CardFile:
    """`find` and `change` cards. Facts: `version`, `count`, `damage` ("" or what was lost at start)."""

    def __init__(self, path, most):
        self._path = path
        self._most = most
        self._file_version = self.version = 0
        self._records = self.count = 0
        self._pending = {}
        self._replacing = False
        self.damage = ""
        self._open()

    @property
    def waiting(self):
        """How many changes wait for the file."""
        return len(self._pending) + self._replacing

    def find(self, id_tag):
        """{"status", "parent", "expiry" (UTC seconds or None)} of a card, None for an unknown one. Case does not count."""
        key = _key(id_tag)
        if key is None:
            return None
        record = self._pending.get(key)
        if record is None and not self._replacing and self._records:
            record = self._search(key)
        if record is None:
            return None
        return None if record[20] == _GONE else _info(record)

    def entries(self):
        """(idTag, what `find` gives) of every card, in order; nothing else may change them meanwhile."""
        for record in self._merged():
            yield _text(record[:20]), _info(record)

    def change(self, cards, version, replace, now_s, evict=False):
        """Take in `cards`, a list of (idTag, info or None: forget it); `replace` forgets all others.

        Beyond the most there may be the oldest go if `evict`, else ValueError: nothing changed. ValueError for a card
        that cannot be kept, too. It counts at once; `flush` makes it last.
        """
        before = self._pending, self._replacing
        pending = {} if replace else dict(self._pending)
        for id_tag, info in cards:
            key = _key(id_tag)
            if key is None:
                raise ValueError("idTag %r cannot be kept" % id_tag)
            pending[key] = _pack(key, info, now_s)
        self._pending, self._replacing = pending, replace or self._replacing
        count = sum(1 for _ in self._merged())
        if count > self._most and not evict:
            self._pending, self._replacing = before
            raise ValueError("%d cards; at most %d" % (count, self._most))
        self.version, self.count = version, min(count, self._most)

    def flush(self):
        """Write what waits. OSError: it goes on waiting."""
        if not self.waiting and self.version == self._file_version:
            return
        oldest = self._oldest_kept()
        crc = count = 0
        path = self._path + ".new"
        with open(path, "wb") as f:
            f.write(bytes(_HEAD_SIZE))
            for record in self._merged():
                if _learnt(record) >= oldest and count < self._most:
                    f.write(record)
                    crc = binascii.crc32(record, crc)
                    count += 1
            f.seek(0)
            f.write(struct.pack(_HEAD, _MAGIC, self.version, count, _seal(self.version, count, crc)))
        os.rename(path, self._path)
        self._records = self.count = count
        self._file_version = self.version
        self._pending, self._replacing = {}, False

    def _open(self):
        try:
            with open(self._path, "rb") as f:
                magic, version, count, crc = struct.unpack(_HEAD, f.read(_HEAD_SIZE))
                found = 0
                for _ in range(count):
                    found = binascii.crc32(f.read(_SIZE), found)
                if magic != _MAGIC or _seal(version, count, found) != crc:
                    raise ValueError
        except OSError as error:
            if error.errno != errno.ENOENT:
                self.damage = "%s cannot be read: %s" % (self._path, error)
        except (ValueError, TypeError):
            self.damage = "%s is damaged: its cards are forgotten" % self._path
        else:
            self.version = self._file_version = version
            self._records = self.count = count

    def _search(self, key):
        low, high = 0, self._records
        with open(self._path, "rb") as f:
            while low < high:
                middle = (low + high) // 2
                f.seek(_HEAD_SIZE + middle * _SIZE)
                record = f.read(_SIZE)
                if record[:20] == key:
                    return record
                if record[:20] < key:
                    low = middle + 1
                else:
                    high = middle
        return None

    def _merged(self):
        """All records as they are with what waits, in order."""
        waiting = sorted(self._pending)
        i = 0
        if not self._replacing and self._records:
            with open(self._path, "rb") as f:
                f.seek(_HEAD_SIZE)
                for _ in range(self._records):
                    record = f.read(_SIZE)
                    key = record[:20]
                    while i < len(waiting) and waiting[i] < key:
                        yield from self._there(waiting[i])
                        i += 1
                    if i < len(waiting) and waiting[i] == key:
                        continue
                    yield record
        while i < len(waiting):
            yield from self._there(waiting[i])
            i += 1

    def _there(self, key):
        record = self._pending[key]
        if record[20] != _GONE:
            yield record

    def _oldest_kept(self):
        """The moment of learning from which on records fit."""
        if sum(1 for _ in self._merged()) <= self._most:
            return 0
        return sorted(_learnt(record) for record in self._merged())[-self._most]


def _key(id_tag):
    """20 bytes, None for what does not fit: idTags are ASCII in practice, and 20 characters at most."""
    data = id_tag.upper().encode()
    return data + bytes(20 - len(data)) if 0 < len(data) <= 20 else None


def _pack(key, info, now_s):
    if info is None:
        return struct.pack(_RECORD, key, _GONE, 0, 0, b"")
    parent = (info["parent"] or "").encode()
    if len(parent) > 20:
        raise ValueError("parentIdTag %r cannot be kept" % info["parent"])
    return struct.pack(_RECORD, key, _STATUSES.index(info["status"]), info["expiry"] or 0, now_s or 0, parent)


def _info(record):
    _, status, expiry, _, parent = struct.unpack(_RECORD, record)
    return {"status": _STATUSES[status], "parent": _text(parent), "expiry": expiry or None}


def _seal(version, count, crc):
    return binascii.crc32(struct.pack("<qH", version, count), crc)


def _learnt(record):
    return struct.unpack_from("<I", record, 25)[0]


def _text(data):
    return str(data.rstrip(b"\x00"), "utf-8")
