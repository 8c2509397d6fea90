"""A MicroPython image as micropython.org gives it, without the content: bootloader, table, application with true headers."""

import struct

from tools.build import partitions
from tools.build.chips import TABLE_AT

_IDS = {"esp32": 0, "esp32s3": 9}


def header(chip, fill, size, flash_size=2):
    """An ESP image of one segment, with its checksum; `flash_size` as in the header: 2 is 4 MB."""
    data = bytes([fill]) * size
    head = struct.pack("<BBBBIBBBBHBHHxxxxB", 0xE9, 1, 2, flash_size << 4, 0x40080000, 0xEE, 0, 0, 0, _IDS[chip], 0, 0, 0xFFFF, 0)
    body = head + struct.pack("<II", 0x3FFE0000, size) + data
    check = 0xEF
    for byte in data:
        check ^= byte
    pad = -(len(body) + 1) % 16
    return body + bytes(pad) + bytes([check])


def image(chip="esp32s3", begin=0, app_bytes=65536):
    """(whole image, bootloader, application)."""
    boot, app = header(chip, 0xB0, 16384), header(chip, 0xA9, app_bytes)
    table = partitions.table([
        partitions.Partition("nvs", 1, 2, 0x9000, 0x6000), partitions.Partition("factory", 0, 0, 0x10000, 0x1F0000),
        partitions.Partition("vfs", 1, 0x81, 0x200000, 0x200000),
    ])  # fmt: skip
    whole = bytearray(b"\xff" * (0x10000 - begin + len(app)))
    for at, data in ((begin, boot), (TABLE_AT, table), (0x10000, app)):
        whole[at - begin:at - begin + len(data)] = data
    return bytes(whole), boot, app
