"""An MFRC522 and the cards before it, by NXP's data sheet: its registers on SPI, and what its commands do to them.

`dead` holds the SPI line at one level: 0x00 or 0xFF. `hung` keeps it answering and doing nothing, until its reset pin.
"""

from hal.sim.devices.card import Field, crc_a, to_bits, to_bytes

_RESET = {0x00: 0x20, 0x02: 0x80, 0x07: 0x21, 0x0B: 0x08, 0x0C: 0x10, 0x0E: 0xA0, 0x11: 0x3F, 0x14: 0x80, 0x18: 0x84, 0x19: 0x4D,
          0x24: 0x26}
_ASK = 3  # so many looks at ComIrqReg it takes until a command is done
_FIFO = 64


class Mfrc522:
    """`field()` gives the UIDs, or `card.Card`s, before the antenna. SPI: one `transfer` a select."""

    def __init__(self, field=lambda: (), version=0x92):
        self.version = version
        self.dead = None
        self.hung = False
        self.exchanges = 0
        self.transfers = 0
        self._field = Field(field)
        self.esd()

    def esd(self):
        """A discharge resets it: it answers, but is not set up."""
        self._r = bytearray(64)
        for register, value in _RESET.items():
            self._r[register] = value
        self._r[0x37] = self.version
        self._fifo = []
        self._due = 0
        self._then = None
        self._field.off()

    def reset(self, level):
        """Its reset pin."""
        if not level:
            self.hung = False
            self.esd()

    def transfer(self, write, read):
        """One select: `read`, as long as `write`, is filled with what comes back meanwhile."""
        self.transfers += 1
        if self.dead is not None:
            read[:] = bytes((self.dead,)) * len(write)
        elif not write[0] & 0x80:
            for byte in write[1:]:
                self._write(write[0] >> 1 & 0x3F, byte)
        else:
            # Each byte sent names the register whose content goes out under the next one.
            read[:] = bytes([0] + [self._read(address >> 1 & 0x3F) for address in write[:-1]])

    def _read(self, register):
        if register == 0x09:
            return self._fifo.pop(0) if self._fifo else 0
        if register == 0x0A:
            return len(self._fifo)
        if register == 0x04 and self._then and not self.hung:
            self._due -= 1
            if self._due <= 0:
                then, self._then = self._then, None
                then()
        return self._r[register]

    def _write(self, register, value):
        if self.hung or register == 0x37:
            return
        if register == 0x09:
            if len(self._fifo) < _FIFO:
                self._fifo.append(value)
        elif register == 0x0A:
            if value & 0x80:
                self._fifo = []
        elif register == 0x04:
            marked = value & 0x7F
            self._r[4] = self._r[4] | marked if value & 0x80 else self._r[4] & ~marked
        elif register == 0x01:
            self._r[1] = value
            self._then = None
            if value & 0x0F == 0x0F:
                self.esd()
        else:
            self._r[register] = value
            if register == 0x0D and value & 0x80 and self._r[1] & 0x0F == 0x0C:
                self._due = _ASK
                self._then = self._transceive

    def _transceive(self):
        self.exchanges += 1
        r = self._r
        sent = bytes(self._fifo)
        self._fifo = []
        r[6] = 0
        if r[0x14] & 3 != 3 or not sent:  # no field, or nothing to say
            return self._silence()
        last = r[0x0D] & 7
        bits = 8 * len(sent) - (8 - last if last else 0)
        if r[0x12] & 0x80:
            sent += crc_a(sent)
            bits += 16
        answer, collision = self._field.ask(sent, bits)
        if answer is None:
            return self._silence()
        self._receive(answer, collision)

    def _silence(self):
        """Its timer runs out; without TAuto it would wait for ever."""
        if self._r[0x2A] & 0x80:
            self._r[4] |= 0x01

    def _receive(self, answer, collision):
        r = self._r
        align = r[0x0D] >> 4 & 7
        if collision:
            r[6] |= 0x08
            r[0x0E] = collision & 0x1F if collision <= 32 else 0x20
        elif r[0x13] & 0x80:
            data = to_bytes(answer)
            if bytes(data[-2:]) != crc_a(bytes(data[:-2])):
                r[6] |= 0x04
            answer = to_bits(data[:-2])
        if self._field.broken("parity"):
            r[6] |= 0x02
        self._fifo = list(to_bytes(answer, align))
        r[0x0C] = r[0x0C] & 0xF8 | (align + len(answer)) & 7
        r[4] |= 0x20
