"""Partition tables of the ESP32: from partitions.csv to the 3 kB that stand at 0x8000, and back.

Entries of 32 bytes: magic AA 50, type, subtype, offset, size (little-endian), label (16), flags; then EB EB, fourteen FF
and the MD5 of all before; FF to the end. ESP-IDF Programming Guide, "Partition Tables".
"""

import dataclasses
import hashlib
import re
import struct

from tools.build.errors import BuildError

SIZE = 0xC00
_ENTRY = struct.Struct("<2sBBII16sI")
_MD5 = b"\xeb\xeb" + b"\xff" * 14
_TYPES = {"app": 0, "data": 1}
_SUBTYPES = {
    0: {"factory": 0, **{f"ota_{n}": 0x10 + n for n in range(16)}},
    1: {"ota": 0, "phy": 1, "nvs": 2, "coredump": 3, "undefined": 6, "fat": 0x81, "spiffs": 0x82, "littlefs": 0x83},
}


@dataclasses.dataclass(frozen=True)
class Partition:
    label: str
    type: int
    subtype: int
    offset: int
    size: int
    flags: int = 0

    @property
    def end(self):
        return self.offset + self.size


def read_csv(text, flash_size):
    """The `Partition`s of a partitions.csv whose rows all give offset and size. BuildError names the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        cells = [cell.strip() for cell in line.split(",")]
        try:
            label, kind, sub, offset, size = cells[:5]
            kind = _TYPES[kind] if kind in _TYPES else int(kind, 0)
            sub = _SUBTYPES.get(kind, {}).get(sub)
            sub = int(cells[2], 0) if sub is None else sub
            found.append(Partition(label, kind, sub, _number(offset), _number(size)))
        except (ValueError, KeyError):
            raise BuildError(f"partitions.csv, line {number}: {line!r} is not name, type, subtype, offset, size") from None
    check(found, flash_size)
    return found


def check(partitions, flash_size):
    """BuildError where they overlap, leave the flash, or stand where they may not."""
    before = None
    for one in sorted(partitions, key=lambda p: p.offset):
        if not re.fullmatch(r"[ -~]{1,16}", one.label):
            raise BuildError(f"partition {one.label!r}: a label has 1 to 16 characters")
        step = 0x10000 if one.type == 0 else 0x1000
        if one.offset % step or one.size % 0x1000 or one.size <= 0:
            raise BuildError(f"{one.label}: offset {one.offset:#x} must be a multiple of {step:#x}, size {one.size:#x} of 0x1000")
        if one.offset < 0x9000 or one.end > flash_size:
            raise BuildError(f"{one.label}: {one.offset:#x}..{one.end:#x} is outside 0x9000..{flash_size:#x}")
        if before and one.offset < before.end:
            raise BuildError(f"{one.label} begins at {one.offset:#x}, inside {before.label}")
        before = one
    if len({one.label for one in partitions}) != len(partitions):
        raise BuildError("two partitions have one label")


def table(partitions):
    """The table's bytes."""
    rows = [
        _ENTRY.pack(b"\xaa\x50", one.type, one.subtype, one.offset, one.size, one.label.encode(), one.flags) for one in partitions
    ]
    body = b"".join(rows)
    body += _MD5 + hashlib.md5(body).digest()
    if len(body) > SIZE:
        raise BuildError(f"{len(partitions)} partitions do not fit a table")
    return body + b"\xff" * (SIZE - len(body))


def read_table(data):
    """The `Partition`s of a table's bytes; BuildError where its magic or MD5 is wrong."""
    found = []
    for at in range(0, len(data), 32):
        entry = data[at:at + 32]
        if entry[:16] == _MD5:
            if entry[16:] != hashlib.md5(data[:at]).digest():
                raise BuildError("the partition table's MD5 is wrong")
            return found
        if entry[:2] != b"\xaa\x50":
            break
        _, kind, sub, offset, size, label, flags = _ENTRY.unpack(entry)
        found.append(Partition(label.rstrip(b"\0").decode(), kind, sub, offset, size, flags))
    raise BuildError("no partition table: it does not end with its MD5")


def named(partitions, label):
    """The partition of that label. BuildError."""
    for one in partitions:
        if one.label == label:
            return one
    raise BuildError(f"there is no partition {label!r}; there are {', '.join(p.label for p in partitions)}")


def _number(text):
    scale = {"K": 1024, "M": 1024 * 1024}.get(text[-1:].upper())
    return int(text[:-1], 0) * scale if scale else int(text, 0)
