"""Modbus RTU master: reads registers of the slaves on one RS-485 line, one exchange at a time.

Modbus over Serial Line 1.02: silence between frames in 2.5.1.1, CRC in 2.5.1.2. An RTU answer names neither the
register nor the request it belongs to. So an answer that comes late must be kept from passing for the next one's:
whatever waits is dropped before a request, and a slave that owes an answer is left alone until it cannot come any more.
"""

import asyncio
from array import array

from micropython import const

_READ_HOLDING = const(3)
_READ_INPUT = const(4)
_ERROR_BIT = const(0x80)
_EXCEPTION_BYTES = const(5)
_MOST_REGISTERS = const(125)
_LATE_MS = const(1000)  # an answer later than this after its request is not expected from any meter
_SETTLE_MS = const(100)  # at most so long for a line that babbles to fall silent

# Two steps of four bits: 16 entries cost a fifth more time than 256 and 500 bytes less.
# fmt: off
_CRC = (
    0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
    0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400,
)
# fmt: on

_WORDS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, still working",
    6: "device busy",
    7: "negative acknowledge",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target does not answer",
}
_TRY_AGAIN = (5, 6)


class ModbusError(Exception):
    """An exchange failed; the text says how. Base of the three below."""


class ModbusTimeout(ModbusError):
    """Nothing came."""


class ModbusCrc(ModbusError):
    """Something came, but no whole answer of that slave to that request."""


class ModbusException(ModbusError):
    """The slave refused, with its `code`."""

    def __init__(self, address, code):
        super().__init__("slave %d: exception %d, %s" % (address, code, _WORDS.get(code, "not in the standard")))
        self.code = code


def crc16(data, start, end):
    """CRC-16/MODBUS of data[start:end]; sent low byte first."""
    crc = 0xFFFF
    for at in range(start, end):
        crc ^= data[at]
        crc = crc >> 4 ^ _CRC[crc & 15]
        crc = crc >> 4 ^ _CRC[crc & 15]
    return crc


def gap_ms(baud):
    """The silence that ends a frame, rounded up: 3.5 characters of 11 bits, 1.75 ms above 19200 baud."""
    return 2 if baud > 19200 else -(-38500 // baud)


class Master:
    """The one master of an RS-485 line. `rs485` keeps the hal's contract; `clock` is `firmware.support.clock.Clock`.

    `timeout_ms` is how long a slave may think before its answer begins; the time on the wire is added to it.
    """

    def __init__(self, rs485, clock, timeout_ms=300, retries=1, sleep_ms=asyncio.sleep_ms):
        self._rs485 = rs485
        self._clock = clock
        self.sleep_ms = sleep_ms
        self._lock = asyncio.Lock()
        self._request = bytearray(8)
        self._buffer = bytearray(256)
        self._view = memoryview(self._buffer)
        self._owing = {}  # address -> ticks of the last request that it left unanswered
        self._dirty = True
        self._last_ms = clock.ticks_ms()
        self.timeout_ms = timeout_ms
        self.retries = retries
        self.configure()

    def configure(self, baud=9600, parity="N", stop=1):
        """Sets speed and frame of the line."""
        self._rs485.configure(baud, parity, stop)
        self.baud = baud
        self.gap_ms = gap_ms(baud)

    def wire_ms(self, count):
        """Milliseconds that a request and its answer of `count` registers take on the wire, rounded up."""
        return -(-(13 + 2 * count) * 11000 // self.baud)

    async def read(self, address, function, register, count, into=None, retries=None):
        """`count` registers as an array('H'), `into` when given (same length); function 3 holding, 4 input registers.

        Raises ModbusTimeout, ModbusCrc, ModbusException after the retries, ValueError for what may not be asked.
        `into` is written only by a good answer.
        """
        _check(address, function, register, count)
        words = array("H", bytes(2 * count)) if into is None else into
        if len(words) != count:
            raise ValueError("into holds %d registers, asked for %d" % (len(words), count))
        left = self.retries if retries is None else retries
        await self._let_late_answers_pass(address)
        while True:
            try:
                async with self._lock:
                    await self._exchange(address, function, register, count, words)
                return words
            except ModbusException as error:
                if error.code not in _TRY_AGAIN or not left:
                    raise
            except ModbusError:
                if not left:
                    raise
            left -= 1

    async def _let_late_answers_pass(self, address):
        # Not under the lock: other slaves may be asked meanwhile, they answer under another address.
        while address in self._owing:
            left = _LATE_MS - self._clock.since(self._owing[address])
            if 0 < left <= _LATE_MS:
                await self.sleep_ms(left)
            else:
                del self._owing[address]

    async def _exchange(self, address, function, register, count, words):
        frame = self._request
        frame[0] = address
        frame[1] = function
        frame[2] = register >> 8
        frame[3] = register & 0xFF
        frame[4] = 0
        frame[5] = count
        crc = crc16(frame, 0, 6)
        frame[6] = crc & 0xFF
        frame[7] = crc >> 8
        await self._silence()
        # Until a whole answer is here it is owed; a cancelled exchange leaves it owed.
        self._dirty = True
        owing = self._owing.get(address)
        self._owing[address] = self._clock.ticks_ms()
        try:
            await self._rs485.send(frame)
            at = await self._listen(address, function, count)
        except OSError as error:
            raise ModbusError("the line itself failed: %s" % error)
        finally:
            self._last_ms = self._clock.ticks_ms()
        self._dirty = False
        if owing is None:
            del self._owing[address]
        buffer = self._buffer
        if buffer[at + 1] != function:
            raise ModbusException(address, buffer[at + 2])
        at += 3
        for index in range(count):
            words[index] = buffer[at] << 8 | buffer[at + 1]
            at += 2

    async def _silence(self):
        """Waits for the silence that must lie before a frame, and drops whatever has come uncalled."""
        rest = self.gap_ms - self._clock.since(self._last_ms)
        if 0 < rest <= self.gap_ms:
            await self.sleep_ms(rest)
        self._rs485.flush()
        if self._dirty:
            began = self._clock.ticks_ms()
            while await self._rs485.receive(self._buffer, self.gap_ms, self.gap_ms):
                if self._clock.since(began) > _SETTLE_MS:
                    break
                await self.sleep_ms(0)
            self._rs485.flush()

    async def _listen(self, address, function, count):
        """Where in the buffer the answer begins; raises when none came in time. Skips noise and others' frames."""
        whole = 5 + 2 * count
        began = self._clock.ticks_ms()
        allowed = self.timeout_ms + self.wire_ms(count)
        n = seen = 0
        while True:
            left = allowed - self._clock.since(began)
            if left <= 0:
                break
            got = await self._rs485.receive(self._view[n:], left, self.gap_ms)
            if not got:
                break
            seen += got
            n += got
            at = self._find(n, address, function, count)
            if at >= 0:
                return at
            if n == len(self._buffer):
                # Full of noise: keep what may be the beginning of an answer.
                keep = whole - 1
                self._view[:keep] = self._view[n - keep : n]
                n = keep
                await self.sleep_ms(0)
        if seen:
            raise ModbusCrc("slave %d: %d bytes, none of them a whole answer" % (address, seen))
        raise ModbusTimeout("slave %d: no answer in %d ms" % (address, allowed))

    def _find(self, n, address, function, count):
        """Where the first n bytes hold a whole answer of `address` with a right CRC, or -1."""
        buffer = self._buffer
        for at in range(n - _EXCEPTION_BYTES + 1):
            if buffer[at] != address:
                continue
            if buffer[at + 1] == function and buffer[at + 2] == 2 * count:
                end = at + 3 + 2 * count
            elif buffer[at + 1] == function | _ERROR_BIT:
                end = at + 3
            else:
                continue
            if end + 2 <= n and crc16(buffer, at, end) == buffer[end] | buffer[end + 1] << 8:
                return at
        return -1


def _check(address, function, register, count):
    if address == 0:
        raise ValueError("address 0 is broadcast: nobody answers a read")
    if not 1 <= address <= 247:
        raise ValueError("address %r; allowed 1..247" % address)
    if function not in (_READ_HOLDING, _READ_INPUT):
        raise ValueError("function %r; allowed 3, 4" % function)
    if not 1 <= count <= _MOST_REGISTERS:
        raise ValueError("count %r; allowed 1..125" % count)
    if not 0 <= register <= 0x10000 - count:
        raise ValueError("registers %r and %d more lie not within 0..65535" % (register, count - 1))
