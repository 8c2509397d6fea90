"""A chip in its download mode at a pseudo-terminal, as esptool sees one: ROM loader, stub, and a flash in memory.

What esptool asks for is answered, whatever it writes is kept. Serial protocol: esptool's documentation, "Serial Protocol".
"""

import hashlib
import os
import select
import struct
import zlib

from tests.harness.line import Line

_SYNC, _READ_REG, _MEM_END, _SECURITY, _MD5, _ERASE = 0x08, 0x0A, 0x06, 0x14, 0x13, 0xD0
_DEFL_BEGIN, _DEFL_DATA, _BEGIN, _DATA = 0x10, 0x11, 0x02, 0x03
_SPI_W0 = 0x60002058  # where the S3 leaves what a flash chip answered
_FLASH_ID = 0x1840EF  # 16 MB
_ROM = 0x20120707  # what a ROM says of itself where the stub says 0


class FakeRom(Line):
    """`with FakeRom() as chip:` serves `chip.port`; `chip.flash` is what was written, `chip.erased` how often all of it went."""

    def __init__(self, chip_id=9, size=16 << 20, sticks=None):
        self.flash = bytearray(b"\x00" * size)  # not yet erased
        self.erased = 0
        self._chip_id, self._sticks = chip_id, sticks
        self._stub = False
        self._at = self._left = None
        self._unpack = None
        super().__init__()

    def _serve(self):
        heard = b""
        while True:
            ready = select.select([self._line, self._stop], [], [])[0]
            if self._stop in ready:
                return
            heard += os.read(self._line, 65536)
            *frames, heard = heard.split(b"\xc0")
            for frame in frames:
                frame = frame.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
                if len(frame) >= 8 and frame[0] == 0:
                    self._answer(frame[1], frame[8:])

    def _answer(self, command, data):
        value, said = 0 if self._stub else _ROM, b""
        if command == _READ_REG:
            value = _FLASH_ID if struct.unpack_from("<I", data)[0] == _SPI_W0 else 0
        elif command == _SECURITY:
            said = struct.pack("<IB7sII", 0, 0, bytes(7), self._chip_id, 0)
        elif command == _ERASE:
            self.flash[:] = b"\xff" * len(self.flash)
            self.erased += 1
        elif command in (_DEFL_BEGIN, _BEGIN):
            self._at, self._unpack = struct.unpack_from("<I", data, 12)[0], zlib.decompressobj()
        elif command in (_DEFL_DATA, _DATA):
            block = data[16:]
            block = self._unpack.decompress(block) if command == _DEFL_DATA else block
            self.flash[self._at:self._at + len(block)] = block
            if self._sticks is not None:
                self.flash[self._sticks] = 0
            self._at += len(block)
        elif command == _MD5:
            at, size = struct.unpack_from("<II", data)
            said = hashlib.md5(self.flash[at:at + size]).digest()
        self._say(b"\x01" + struct.pack("<BHI", command, len(said) + 4, value) + said + bytes(2 if self._stub else 4))
        if command == _SYNC:
            for _ in range(7):  # as the ROM does
                self._say(b"\x01" + struct.pack("<BHI", command, 4, value) + bytes(4))
        if command == _MEM_END:
            self._stub = True
            self._say(b"OHAI")

    def _say(self, data):
        data = b"\xc0" + data.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"
        while data:
            data = data[os.write(self._line, data):]
