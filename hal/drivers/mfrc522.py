"""MFRC522 card reader and its clones, on SPI: UIDs of 4, 7 and 10 bytes (ISO/IEC 14443-3 type A).

Numbers of registers and bits: NXP MFRC522 data sheet, chapter 9; commands of the card: ISO/IEC 14443-3, chapter 6.
"""

from micropython import const

_COMMAND = const(0x01)
_COM_IRQ = const(0x04)
_ERROR = const(0x06)
_FIFO_DATA = const(0x09)
_FIFO_LEVEL = const(0x0A)
_WATER_LEVEL = const(0x0B)
_BIT_FRAMING = const(0x0D)
_COLL = const(0x0E)
_MODE = const(0x11)
_TX_MODE = const(0x12)
_RX_MODE = const(0x13)
_TX_CONTROL = const(0x14)
_TX_ASK = const(0x15)
_T_MODE = const(0x2A)
_T_PRESCALER = const(0x2B)
_T_RELOAD_HIGH = const(0x2C)
_T_RELOAD_LOW = const(0x2D)
_VERSION = const(0x37)

_IDLE = const(0x00)
_TRANSCEIVE = const(0x0C)
_SOFT_RESET = const(0x0F)

_RX_DONE = const(0x30)  # RxIRq, IdleIRq
_TIMED_OUT = const(0x01)
_COLLISION = const(0x08)
_WRONG = const(0x17)  # overflow, CRC, parity, protocol
_CRC = const(0x80)  # of TxModeReg and RxModeReg: the chip appends or checks it
_ANTENNA = const(0x03)
_START = const(0x80)
_FLUSH = const(0x80)
_AUTO_TIMER = const(0x80)

# (register, value): CRC preset 0x6363, 100 % ASK, a timer of 25 us steps that ends a wait for a card after 2 ms.
_SETUP = (
    (_TX_MODE, 0),
    (_RX_MODE, 0),
    (_T_MODE, _AUTO_TIMER),
    (_T_PRESCALER, 0xA9),
    (_T_RELOAD_HIGH, 0),
    (_T_RELOAD_LOW, 80),
    (_TX_ASK, 0x40),
    (_MODE, 0x3D),
    (_COLL, 0),
)

_WUPA = const(0x52)
_LEVELS = (0x93, 0x95, 0x97)
_CASCADE_TAG = const(0x88)
_MORE = const(0x04)  # of the card's SAK: its UID goes on

_TRIES = const(12)  # to tell cards apart at one level, before it is left to the next poll
_LOOKS = const(200)  # at the interrupt register; the chip's own timer ends a wait after some 40 of them


class Reader:
    """`poll()` gives the UID of the card in the field or None; `alive()` whether the chip answers as it was set up.

    `spi` is a machine.SPI in mode 0 of at most 10 MHz, `cs` and `reset` are output pins (both low active; no reset: None).
    Nobody may use that bus from an interrupt. `version` is what the chip calls itself: 0x91 and 0x92 are NXP's, others
    clones (0x88, 0x12, 0xB2). A poll takes 5 ms without a card, at most 15 ms with one; of several cards
    it finds now one, now another.
    """

    def __init__(self, spi, cs, reset=None):
        self.version = 0
        self._spi = spi
        self._cs = cs
        self._reset = reset
        self._two = bytearray(2)
        self._buffer = bytearray(10)  # register, and a frame
        self._answer = bytearray(10)
        self._seven = memoryview(self._buffer)
        self._ready = False
        self._turn = 0
        self._mark = 0
        self._collided = False
        cs(1)
        self._restart()

    def poll(self):
        """The UID as bytes, or None; OSError when the chip itself does not answer."""
        if not self._ready:
            self._start()
        self._turn = (self._turn * 29 + 17) & 0xFFF  # of any three cards each is found soon
        # A card that the last poll selected, or left in the midst, says nothing the first time.
        if self._wake() != 2 and not self._collided and self._wake() != 2 and not self._collided:
            return None
        uid = b""
        for level in _LEVELS:
            if not self._resolve(level):
                return None
            sak = self._select()
            tagged = self._buffer[3] == _CASCADE_TAG
            if sak is None or tagged != bool(sak & _MORE):
                return None
            uid += bytes(self._buffer[4:7] if tagged else self._buffer[3:7])
            if not tagged:
                return uid
        return None

    def alive(self):
        """Whether it is there and still set up; otherwise it is reset, and the next poll sets it up anew."""
        if self._ready and self._is_set_up():
            return True
        self._restart()
        return False

    def _is_set_up(self):
        # One that hangs may still tell what it held, but takes nothing new.
        self._mark = (self._mark + 1) & 0x3F
        self._write(_WATER_LEVEL, self._mark)
        return (
            self._read(_WATER_LEVEL) == self._mark
            and self._read(_VERSION) == self.version
            and self._read(_TX_CONTROL) & _ANTENNA == _ANTENNA
            and self._read(_T_MODE) == _AUTO_TIMER
        )

    def _restart(self):
        self._ready = False
        if self._reset:
            self._reset(0)  # at least 100 ns: a call takes longer
            self._reset(1)
        else:
            self._write(_COMMAND, _SOFT_RESET)

    def _start(self):
        """Sets the chip up, some time after its reset; its oscillator takes 40 us."""
        version = self._read(_VERSION)
        # Without a chip the line stays at one level.
        if version in (0, 0xFF) or version != self._read(_VERSION):
            raise OSError("MFRC522 does not answer")
        for register, value in _SETUP:
            self._write(register, value)
        self._write(_TX_CONTROL, self._read(_TX_CONTROL) | _ANTENNA)
        self.version = version
        self._ready = True

    def _wake(self):
        self._crc(0)
        self._buffer[1] = _WUPA
        return self._exchange(1, 7)

    def _resolve(self, level):
        """Fills buffer[3:8] with this level's four bytes and their check; True when they are one card's."""
        buffer = self._buffer
        buffer[1] = level
        for i in range(3, 8):
            buffer[i] = 0
        known = 0  # so many of the bits are settled, and were sent along
        bit = turned = 0
        choices = self._turn >> 5
        for _ in range(_TRIES):
            whole, bits = known >> 3, known & 7
            buffer[2] = (2 + whole) << 4 | bits
            got = self._exchange(2 + whole + (bits > 0), bits, bits)
            if self._collided and known < 32:
                self._merge(whole, bits, min(got, 5 - whole))
                known = self._collision(known)
                bit = choices & 1
                choices >>= 1
                self._put(known - 1, bit)
                turned = False
            elif got + whole == 5:
                self._merge(whole, bits, got)
                return buffer[3] ^ buffer[4] ^ buffer[5] ^ buffer[6] == buffer[7]
            elif known and not turned:
                self._put(known - 1, bit ^ 1)  # no card has that bit
                turned = True
            else:
                return False
        return False

    def _collision(self, known):
        """How many bits to settle next: those up to where two cards differ, or fewer.

        From where the chip counts when the answer is a part only, its sheet does not say: the nearest that makes sense
        is never wrong, at worst it asks once more.
        """
        at = self._read(_COLL) & 0x1F or 32
        for settled in (at, at + (known & ~7), at + known):
            if known < settled <= 32:
                return settled
        return known + 1

    def _put(self, at, value):
        mask = 1 << (at & 7)
        byte = self._buffer[3 + (at >> 3)]
        self._buffer[3 + (at >> 3)] = byte | mask if value else byte & ~mask

    def _merge(self, whole, bits, got):
        """Takes over what came after the bits that were known."""
        buffer = self._buffer
        mask = (1 << bits) - 1
        for i in range(got):
            buffer[3 + whole + i] = buffer[3 + whole + i] & mask | self._answer[1 + i] & ~mask
            mask = 0

    def _select(self):
        """Selects the card whose bytes were resolved; its SAK, or None."""
        self._buffer[2] = 0x70
        self._crc(_CRC)
        got = self._exchange(7)
        self._crc(0)
        return self._answer[1] if got == 1 else None

    def _crc(self, on):
        self._write(_TX_MODE, on)
        self._write(_RX_MODE, on)

    def _exchange(self, count, last_bits=0, align=0):
        """Sends buffer[1:1 + count], of the last byte only `last_bits`. Bytes that came into answer[1:]; -1 for none or
        wrong ones. `_collided` tells whether two cards spoke."""
        self._collided = False
        self._write(_COMMAND, _IDLE)
        self._write(_COM_IRQ, 0x7F)
        self._write(_FIFO_LEVEL, _FLUSH)
        self._buffer[0] = _FIFO_DATA << 1
        self._cs(0)
        self._spi.write(self._seven[: count + 1])
        self._cs(1)
        self._write(_COMMAND, _TRANSCEIVE)
        self._write(_BIT_FRAMING, _START | align << 4 | last_bits)
        for _ in range(_LOOKS):
            irq = self._read(_COM_IRQ)
            if irq & (_RX_DONE | _TIMED_OUT):
                break
        else:
            irq = 0xFF
        self._write(_BIT_FRAMING, 0)
        if irq == 0xFF:  # no chip, or one that hangs
            self._restart()
            raise OSError("MFRC522 does not answer")
        if not irq & _RX_DONE:
            return -1
        error = self._read(_ERROR)
        if error & _COLLISION:
            self._collided = True
        elif error & _WRONG:
            return -1
        return self._fetch()

    def _fetch(self):
        got = self._read(_FIFO_LEVEL)
        if not 0 < got < len(self._answer):
            return -1
        answer = self._answer
        for i in range(got):
            answer[i] = _FIFO_DATA << 1 | 0x80
        answer[got] = 0
        self._cs(0)
        part = memoryview(answer)[: got + 1]
        self._spi.write_readinto(part, part)
        self._cs(1)
        return got

    def _read(self, register):
        two = self._two
        two[0] = register << 1 | 0x80
        two[1] = 0
        self._cs(0)
        self._spi.write_readinto(two, two)
        self._cs(1)
        return two[1]

    def _write(self, register, value):
        two = self._two
        two[0] = register << 1
        two[1] = value
        self._cs(0)
        self._spi.write(two)
        self._cs(1)
