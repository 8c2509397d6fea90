"""A PN532 by NXP's user manual UM0701-02: its frames on each of the three buses, and the commands a reader needs.

Fresh from a reset it answers nothing but GetFirmwareVersion and SAMConfiguration, and searches for ever.
"""

from hal.sim.devices.card import Card

_ACK = b"\x00\x00\xff\x00\xff\x00"
_NACK = b"\x00\x00\xff\xff\x00\x00"
_ERROR = b"\x00\x00\xff\x01\xff\x7f\x81\x00"


class Pn532:
    """`field()` gives UIDs before the antenna. HSU: `write(data)`, `read()`; I2C: `writeto`, `readfrom`; SPI: `transfer`.

    `delay` so many looks pass until an answer is ready. `dead`: it hears and says nothing; `hung`: neither, until a reset.
    `noise(frame)` may spoil what it sends. `dribble` bytes come at a time on the serial line.
    """

    address = 0x24

    def __init__(self, field=lambda: (), delay=2):
        self.delay = delay
        self.dead = False
        self.hung = False
        self.noise = lambda frame: frame
        self.dribble = 1000
        self.commands = []
        self._field = field
        self.esd()

    def esd(self):
        """A discharge resets it."""
        self._configured = False
        self._awake = False
        self._for_ever = True
        self._rats = True
        self._in = bytearray()
        self._out = []  # frames that wait to be fetched
        self._searching = False
        self._looks = 0
        self._stream = b""

    def reset(self, level):
        """Its reset pin."""
        if not level:
            self.hung = False
            self.esd()

    # The serial line

    def write(self, data):
        if b"\x55" in bytes(data):
            self._awake = True
        if self._awake:
            self._hear(bytes(data))

    def read(self):
        """What has come on the line since."""
        self._look()
        while self._out:
            self._stream += self._out.pop(0)
        part = self._stream[: self.dribble]
        self._stream = self._stream[self.dribble :]
        return part

    # I2C

    def writeto(self, data):
        if self.dead or self.hung:
            return False
        if not self._awake:
            self._awake = True
            return False
        self._hear(bytes(data))
        return True

    def readfrom(self, count):
        if self.dead or self.hung or not self._awake:
            return None
        self._look()
        frame = b"\x01" + self._out.pop(0) if self._out else b"\x00"
        return (frame + b"\x00" * count)[:count]

    # SPI

    def transfer(self, write, read):
        """One select; bytes least bit first, as the master turns them."""
        self._awake = True
        if self.dead or self.hung:
            read[:] = b"\xff" * len(write) if self.dead else bytes(len(write))
        elif write[0] == 0x01:
            self._hear(bytes(write[1:]))
        elif write[0] == 0x02:
            self._look()
            read[:] = bytes((0,)) + bytes((bool(self._out),)) * (len(write) - 1)
        elif write[0] == 0x03:
            frame = self._out.pop(0) if self._out else b""
            read[:] = (b"\x00" + frame + b"\x00" * len(write))[: len(write)]

    def _hear(self, data):
        if self.dead or self.hung:
            return
        self._in += data
        while True:
            at = bytes(self._in).find(b"\x00\xff")
            if at < 0 or len(self._in) < at + 4:
                return
            count = self._in[at + 2]
            if count == 0 and self._in[at + 3] == 0xFF:
                self._out = []  # the host's acknowledgement ends everything
                self._searching = False
                self._in = self._in[at + 4 :]
                continue
            if len(self._in) < at + 6 + count:
                return
            body = bytes(self._in[at + 4 : at + 4 + count])
            whole = not (count + self._in[at + 3]) & 0xFF and not (sum(body) + self._in[at + 4 + count]) & 0xFF
            self._in = self._in[at + 6 + count :]
            self._out = []
            self._searching = False
            if whole and body[0] == 0xD4:
                self._out.append(self.noise(_ACK))
                self._command(body[1:])
            else:
                self._out.append(_NACK)

    def _command(self, body):
        self.commands.append(body[0])
        if not self._configured and body[0] not in (0x02, 0x14):
            return
        if body == b"\x02":
            self._say(b"\x03\x32\x01\x06\x07")
        elif body[0] == 0x14 and body[1] in (1, 2, 3, 4):
            self._configured = True
            self._say(b"\x15")
        elif body[:2] == b"\x32\x05" and len(body) == 5:
            self._for_ever = body[4] == 0xFF
            self._say(b"\x33")
        elif body[0] == 0x12 and len(body) == 2:
            self._rats = bool(body[1] & 0x10)
            self._say(b"\x13")
        elif body[0] == 0x4A and len(body) == 3 and body[1] in (1, 2) and body[2] == 0:
            self._searching = True
        else:
            self._pending = _ERROR
            self._looks = self.delay

    _pending = None

    def _say(self, body):
        body = b"\xd5" + body
        frame = bytes((0, 0, 0xFF, len(body), -len(body) & 0xFF)) + body + bytes((-sum(body) & 0xFF, 0))
        self._pending = self.noise(frame)
        self._looks = self.delay

    def _look(self):
        """Somebody asks whether it is ready: time passes."""
        if self.dead or self.hung or self._out and self._pending is None and not self._searching:
            return
        if self._searching:
            found = [Card(bytes(uid)) for uid in self._field()]
            if found or not self._for_ever:
                self._searching = False
                self._say(b"\x4b" + self._targets(found[:1]))
        elif self._pending is not None:
            self._looks -= 1
            if self._looks <= 0:
                self._out.append(self._pending)
                self._pending = None

    def _targets(self, cards):
        told = bytes((len(cards),))
        for i, card in enumerate(cards):
            told += bytes((i + 1, 0x00, 0x04 | len(card.levels()) - 1 << 6, 0x20, len(card.uid))) + card.uid
            if self._rats:
                told += b"\x0c\x78\x77\x80\x02\x20\x63\xcb\xad\x11\x22\x33"
        return told
