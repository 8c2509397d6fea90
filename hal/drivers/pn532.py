"""PN532 card reader on serial (HSU), I2C or SPI: one codec, three ways to carry its frames.

Frames, commands and answers: NXP UM0701-02 (PN532 user manual), chapters 6 and 7.
"""

from micropython import const

_READY = const(1)
_ROOM = const(40)  # the longest answer asked for has 25 bytes

_ACK = b"\x00\x00\xff\x00\xff\x00"  # sent by the host it also ends what the chip is doing
_TO_CHIP = const(0xD4)
_FROM_CHIP = const(0xD5)
_LIST = const(0x4A)
_VERSION = const(0x02)

# SAMConfiguration: normal, no interrupt. RFConfiguration: two tries to find a card, not for ever. SetParameters: no RATS, so
# that an answer ends with the UID.
_SETUP = (b"\x14\x01\x00\x00", b"\x32\x05\xff\x01\x01", b"\x12\x04", b"\x02")
_LIST_ONE = b"\x4a\x01\x00"  # InListPassiveTarget: one card of type A at 106 kbit/s

_PATIENCE = const(5)  # polls without an answer; a search takes some 30 ms

_NOTHING = const(0)
_ACKED = const(1)
_ANSWERED = const(2)
_GARBLED = const(3)


class Hsu:
    """The serial line: a machine.UART at 115200 8N1."""

    def __init__(self, uart):
        self._uart = uart

    def wake(self):
        """0x55 wakes it, and the silence after that lets its clock start."""
        self._uart.write(b"\x55\x55" + bytes(14))

    def send(self, frame):
        self._uart.write(frame)

    def receive(self, into):
        """Bytes that have come, at most as many as `into` has."""
        waiting = self._uart.any()
        if not waiting:
            return 0
        return self._uart.readinto(into, min(waiting, len(into))) or 0

    def flush(self):
        while self._uart.any():
            self._uart.read(self._uart.any())


class I2c:
    """A machine.SoftI2C, at most 400 kHz; the chip stretches the clock for up to a millisecond."""

    def __init__(self, i2c, address=0x24):
        self._i2c = i2c
        self._address = address
        self._buffer = memoryview(bytearray(1 + _ROOM))

    def wake(self):
        try:
            self._i2c.writeto(self._address, b"")
        except OSError:
            pass  # it wakes by being called, and answers the next time

    def send(self, frame):
        self._i2c.writeto(self._address, frame)

    def receive(self, into):
        got = self._buffer[: 1 + len(into)]
        self._i2c.readfrom_into(self._address, got)
        if got[0] != _READY:
            return 0
        into[:] = got[1:]
        return len(into)

    def flush(self):
        pass


class Spi:
    """A machine.SPI of mode 0, least bit first, at most 5 MHz; `cs` is an output pin."""

    def __init__(self, spi, cs):
        self._spi = spi
        self._cs = cs
        self._buffer = memoryview(bytearray(1 + _ROOM))
        cs(1)

    def wake(self):
        self._cs(0)  # a millisecond of it, which a poll later has long passed
        self._cs(1)

    def send(self, frame):
        self._buffer[0] = 0x01
        self._buffer[1 : 1 + len(frame)] = frame
        self._transfer(1 + len(frame))

    def receive(self, into):
        self._buffer[0] = 0x02
        self._buffer[1] = 0
        if not self._transfer(2)[1] & _READY:
            return 0
        self._buffer[0] = 0x03
        into[:] = self._transfer(1 + len(into))[1:]
        return len(into)

    def flush(self):
        pass

    def _transfer(self, count):
        part = self._buffer[:count]
        self._cs(0)
        self._spi.write_readinto(part, part)
        self._cs(1)
        return part


class Reader:
    """`poll()` gives the UID of the card in the field or None; `alive()` whether the chip has answered since it was asked last.

    `link` is one of the three above, `reset` an output pin (low resets) or None. Neither call waits: a poll fetches what the
    last one has asked for, so a card shows one or two polls late. `version` is (chip, version, revision) once it is known.
    """

    def __init__(self, link, reset=None):
        self.version = None
        self._link = link
        self._reset = reset
        self._frame = bytearray(_ROOM)
        self._in = memoryview(bytearray(_ROOM))
        self._body = self._in[:0]
        self._restart()

    def poll(self):
        """The UID as bytes, or None; OSError when the chip does not answer."""
        uid = None
        if self._asked is not None:
            self._patience -= 1
            try:
                state = self._listen()
            except OSError:
                state = _NOTHING
            if state == _ANSWERED:
                uid = self._take()
            elif state == _GARBLED or not self._patience:
                self._restart()
                raise OSError("PN532 does not answer")
            else:
                return None
        self._ask()
        return uid

    def alive(self):
        """Whether it has answered since the last time; if not, it is reset and set up anew."""
        heard = self._heard
        self._heard = False
        if not heard and self._asks > 1:
            self._restart()
        return heard

    def _restart(self):
        self._step = 0
        self._asked = None
        self._asks = 0
        self._patience = 0
        self._heard = False
        self._n = 0
        self._acked = False
        if self._reset:
            self._reset(0)  # at least 20 ns
            self._reset(1)

    def _ask(self):
        if self._step == 0:
            self._link.wake()
        command = _SETUP[self._step] if self._step < len(_SETUP) else _LIST_ONE
        frame = self._frame
        count = len(command) + 1
        frame[:6] = b"\x00\x00\xff\x00\x00\xd4"
        frame[3] = count
        frame[4] = -count & 0xFF
        frame[6 : 6 + len(command)] = command
        frame[5 + count] = -(sum(command) + _TO_CHIP) & 0xFF
        frame[6 + count] = 0
        self._n = 0
        self._acked = False
        self._asked = command[0]
        self._asks += 1
        self._patience = _PATIENCE
        try:
            self._link.flush()
            self._link.send(memoryview(frame)[: 7 + count])
        except OSError:
            pass  # nobody will answer, and that is noticed

    def _listen(self):
        """What the chip has said: its acknowledgement first, then the answer. `_body` is then the answer's."""
        while True:
            # An acknowledgement is read for itself: on I2C and SPI what is behind it comes with the next read.
            room = len(_ACK) if not self._acked else _ROOM
            if self._n >= _ROOM:
                return _GARBLED
            got = self._link.receive(self._in[self._n : min(self._n + room, _ROOM)])
            self._n += got
            state = self._parse()
            if state == _ACKED:
                self._acked = True
            elif state != _NOTHING or not got:
                return state

    def _parse(self):
        """Looks at in[:n] for one whole frame, and takes it out if it is an acknowledgement."""
        data = self._in
        at = 0
        while at + 3 < self._n and not (data[at] == 0 and data[at + 1] == 0xFF):
            at += 1
        if at + 3 >= self._n:
            return _NOTHING
        count = data[at + 2]
        if count + data[at + 3] == 0xFF and count in (0, 0xFF):
            end = at + 4
            state = _ACKED if count == 0 else _GARBLED
        elif count + data[at + 3] & 0xFF:
            return _GARBLED
        else:
            end = at + 5 + count
            if end > _ROOM:
                return _GARBLED
            if end > self._n:
                return _NOTHING
            if sum(data[at + 4 : end]) & 0xFF:
                return _GARBLED
            self._body = data[at + 4 : end - 1]
            return _ANSWERED
        rest = self._n - end
        for i in range(rest):
            data[i] = data[end + i]
        self._n = rest
        return state

    def _take(self):
        """Takes the answer to what was asked; the UID where it holds one."""
        body, asked = self._body, self._asked
        self._asked = None
        if len(body) < 2 or body[0] != _FROM_CHIP or body[1] != asked + 1:
            self._step = 0  # an error frame: it has forgotten how it was set up
            return None
        self._heard = True
        if asked == _VERSION and len(body) >= 5:
            self.version = (body[2], body[3], body[4])
        if asked != _LIST:
            self._step += 1
            return None
        if len(body) < 8 or body[2] != 1:
            return None
        size = body[7]
        return bytes(body[8 : 8 + size]) if size in (4, 7, 10) and len(body) >= 8 + size else None
