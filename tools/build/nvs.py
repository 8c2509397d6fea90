"""An image of the NVS partition with what a unit is told of itself: ESP-IDF's key-value store, format version 2.

A page of 4096 bytes: header (state, sequence, version, CRC of bytes 4..27), a bitmap of two bits an entry (11 empty, 10
written), 126 entries of 32 bytes: namespace, type, span, chunk, CRC, key, data. ESP-IDF Programming Guide, "Non-Volatile
Storage Library", internals.
"""

import binascii
import struct

from tools.build.errors import BuildError

PAGE = 4096
_ACTIVE, _VERSION_2 = 0xFFFFFFFE, 0xFE
_U8, _I32, _BLOB, _BLOB_INDEX = 0x01, 0x14, 0x42, 0x48
_ENTRIES = 126


def image(size, namespace, values):
    """`size` bytes with `values`, {key: int (an i32) or bytes (a blob)}, in one namespace. BuildError when they do not fit."""
    entries = [_entry(0, _U8, 1, 0xFF, namespace, b"\x01")]
    for key, value in values.items():
        if isinstance(value, int):
            entries.append(_entry(1, _I32, 1, 0xFF, key, struct.pack("<i", value)))
            continue
        span = 1 + -(-len(value) // 32)
        entries.append(_entry(1, _BLOB, span, 0, key, struct.pack("<HHI", len(value), 0xFFFF, _crc(value))))
        entries += [value[at:at + 32].ljust(32, b"\xff") for at in range(0, len(value), 32)]
        entries.append(_entry(1, _BLOB_INDEX, 1, 0xFF, key, struct.pack("<IBBH", len(value), 1, 0, 0xFFFF)))
    if len(entries) > _ENTRIES or size < 3 * PAGE:
        raise BuildError(f"NVS: {len(entries)} entries do not fit a page, or {size} bytes are less than three pages")
    bits = ((1 << 256) - 1) & ~sum(1 << (2 * n) for n in range(len(entries)))
    head = struct.pack("<IIB", _ACTIVE, 0, _VERSION_2) + b"\xff" * 19
    page = head + struct.pack("<I", _crc(head[4:28])) + bits.to_bytes(32, "little") + b"".join(entries)
    return page.ljust(size, b"\xff")


def _entry(namespace, kind, span, chunk, key, data):
    head = struct.pack("<BBBB", namespace, kind, span, chunk)
    tail = key.encode().ljust(16, b"\0") + data.ljust(8, b"\xff")
    if len(key) > 15:
        raise BuildError(f"NVS: {key!r} is longer than 15 characters")
    return head + struct.pack("<I", _crc(head + tail)) + tail


def _crc(data):
    """As the chip's ROM computes it: CRC32 begun with all ones already inverted."""
    return binascii.crc32(data, 0xFFFFFFFF)
