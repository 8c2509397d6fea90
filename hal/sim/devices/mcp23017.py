"""An MCP23017 on I2C: its registers (BANK = 0), and sixteen pins that others pull."""

_IODIR, _GPPU, _GPIO, _OLAT = 0x00, 0x0C, 0x12, 0x14


class Mcp23017:
    """`outside[bit]` is the level that something there drives, None for nothing. `dead`: it answers nothing."""

    def __init__(self, address=0x20):
        self.address = address
        self.dead = False
        self.outside = [None] * 16
        self.reset()

    def reset(self):
        self._r = bytearray(0x16)
        self._r[0] = self._r[1] = 0xFF
        self._at = 0

    def level(self, bit):
        """The level on that pin; None where nobody drives or pulls it."""
        byte, mask = bit >> 3, 1 << (bit & 7)
        if not self._r[_IODIR + byte] & mask:
            return int(bool(self._r[_OLAT + byte] & mask))
        if self.outside[bit] is not None:
            return self.outside[bit]
        return 1 if self._r[_GPPU + byte] & mask else None

    def writeto(self, data):
        """What follows the address in a write; False for no acknowledge."""
        if self.dead:
            return False
        self._at = data[0]
        for byte in data[1:]:
            if self._at < len(self._r):
                # a write to the port is one to its latch
                self._r[self._at + 2 if self._at in (_GPIO, _GPIO + 1) else self._at] = byte
            self._at += 1
        return True

    def readfrom(self, count):
        """So many bytes from where the last write pointed; None for no acknowledge."""
        if self.dead:
            return None
        found = bytearray()
        for _ in range(count):
            if self._at in (_GPIO, _GPIO + 1):
                base = 8 * (self._at - _GPIO)
                found.append(sum((self.level(base + i) or 0) << i for i in range(8)))
            else:
                found.append(self._r[self._at] if self._at < len(self._r) else 0)
            self._at += 1
        return bytes(found)
