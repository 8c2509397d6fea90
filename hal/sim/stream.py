"""One connection through the weather: a pair of streams in one object, as asyncio has them, with what delays a segment."""

import asyncio
import errno

from micropython import const

_WINDOW = const(5840)           # bytes under way before the sender has to wait
_SEGMENT = const(1460)
_HANDSHAKE_GRACE = const(20)
_RETRANSMIT_MS = const(1000)    # a lost segment comes so much later, twice that when lost again


class Stream:
    """Reader and writer over a non-blocking socket. TCP loses nothing: what is dropped comes late, and so does all after it.

    Two tasks move bytes between the socket and the queues here, so that a reader which is cancelled loses nothing.
    """

    def __init__(self, network, sock, raw=None):
        """`raw` is the socket under `sock` where that speaks TLS."""
        self._network = network
        self._shaking = raw is not None     # the first write drives the TLS handshake, alone: only so its errors are always the same
        self._raw = raw
        self._sock = sock
        self._stream = asyncio.StreamReader(sock)
        self._ahead = b""
        self._in = []           # [due (ticks), bytes]
        self._out = []
        self._unwritten = []
        self._size_in = 0
        self._size_out = 0
        self._arrived = asyncio.Event()
        self._moved = asyncio.Event()
        self._error = None
        self._ended = False     # the peer has closed
        self._dead = False      # the network went down under it: nothing gets through any more
        self._closing = False
        self.gone = False       # the socket is closed
        self._clock = network.machine.clock
        self._tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._transmit())]

    # As asyncio's streams

    async def read(self, n=-1):
        """What there is, at most `n` bytes (all until the end without); b"" at the end."""
        if n < 0:
            parts = []
            while True:
                part = await self.read(_SEGMENT)
                if not part:
                    return b"".join(parts)
                parts.append(part)
        if not self._ahead:
            await self._more()
        data, self._ahead = self._ahead[:n], self._ahead[n:]
        return data

    async def readexactly(self, n):
        while len(self._ahead) < n:
            if not await self._more():
                raise EOFError
        data, self._ahead = self._ahead[:n], self._ahead[n:]
        return data

    async def readline(self):
        while True:
            end = self._ahead.find(b"\n") + 1
            if not end and not await self._more():
                end = len(self._ahead)
            elif not end:
                continue
            data, self._ahead = self._ahead[:end], self._ahead[end:]
            return data

    def write(self, data):
        self._unwritten.append(bytes(data))

    async def drain(self):
        """Hand over what was written; waits while too much is under way. OSError when the connection is broken."""
        self._check()
        for data in self._unwritten:
            self._out.append((self._due(self._out), data))
            self._size_out += len(data)
        self._unwritten = []
        self._moved.set()
        while self._size_out > _WINDOW:
            self._moved.clear()
            await self._moved.wait()
            self._check()

    def close(self):
        """What is under way still goes out; then the connection ends."""
        if self._closing:
            return
        self._closing = True
        self._tasks[0].cancel()
        self._moved.set()

    async def wait_closed(self):
        await asyncio.sleep_ms(0)

    # The weather

    def die(self):
        """The network went down: nothing passes here any more, and nobody says so."""
        self._dead = True

    def weather(self):
        """It has changed. True when this connection is over."""
        self._moved.set()
        self._arrived.set()
        if self._dead and self._network.conditions["up"]:
            self._fail(OSError(errno.ECONNRESET))  # the peer's answer to a segment of long ago
            self._tasks[0].cancel()
            self._tasks[1].cancel()
            self._shut()
        return self.gone

    def _due(self, queue):
        """When a segment that leaves now arrives: never before the one ahead of it."""
        conditions = self._network.conditions
        late_ms = conditions["latency_ms"]
        again_ms = _RETRANSMIT_MS
        while again_ms < 64 * _RETRANSMIT_MS and conditions["drop"] and self._network.prng.below(1000) < conditions["drop"] * 1000:
            late_ms += again_ms
            again_ms *= 2
        due_us = self._clock.now_us + late_ms * 1000
        return max(due_us, queue[-1][0]) if queue else due_us

    def _passable(self):
        return not self._dead and self._network.passable()

    async def _until(self, due_us):
        left_us = due_us - self._clock.now_us
        if left_us > 0:
            await asyncio.sleep_ms((left_us + 999) // 1000)

    # Socket to queue and back

    async def _more(self):
        """Wait for a segment; False at the end of the stream. Safe to cancel."""
        while True:
            while self._in and self._passable():
                due_us, data = self._in[0]
                if due_us > self._clock.now_us:
                    await self._until(due_us)
                    continue
                self._in.pop(0)
                self._size_in -= len(data)
                self._ahead += data
                self._moved.set()
                return True
            if not self._in:
                if self._error:
                    raise self._error
                if self._ended or self._closing:
                    return False
            self._arrived.clear()
            await self._arrived.wait()

    async def _receive(self):
        try:
            while True:
                while self._size_in > _WINDOW or self._shaking:
                    self._moved.clear()
                    await self._moved.wait()
                data = await (self._stream.read(_SEGMENT) if self._raw is None else self._unpacked())
                while not self._passable():
                    self._arrived.clear()
                    await self._arrived.wait()
                if not data:
                    self._ended = True
                    self._arrived.set()
                    return
                self._in.append((self._due(self._in), data))
                self._size_in += len(data)
                self._arrived.set()
        except (OSError, ValueError) as error:
            self._fail(error)

    async def _unpacked(self):
        """A segment out of TLS. The port waits a millisecond at each look at anything but a file: so it is the file that is
        looked at, once nothing unpacked is left."""
        while True:
            data = self._sock.read(_SEGMENT)
            if data is not None:
                return data
            await _readable(self._raw)

    async def _transmit(self):
        machine = self._network.machine
        try:
            while True:
                while self._out:
                    due_us, data = self._out[0]
                    await self._until(due_us)
                    while not self._passable():
                        self._moved.clear()
                        await self._moved.wait()
                    if self._shaking:
                        await self._network.compute()
                    machine.owe(_HANDSHAKE_GRACE if self._shaking else 1)
                    self._stream.write(data)
                    await self._stream.drain()
                    if self._shaking:
                        self._shaking = False
                        machine.owe()
                    self._out.pop(0)
                    self._size_out -= len(data)
                    self._moved.set()
                if self._closing:
                    self._shut()
                    return
                self._moved.clear()
                await self._moved.wait()
        except (OSError, ValueError) as error:
            self._fail(error)
            if self._closing:
                self._shut()

    def _fail(self, error):
        if not isinstance(error, OSError):
            error = OSError(" ".join(str(error).split()))  # what mbedTLS says of a certificate, over several lines
        self._error = error
        if self._shaking:
            self._network.machine.paid()
        self._arrived.set()
        self._moved.set()

    def _check(self):
        if self._closing:
            raise OSError(errno.EBADF)
        if self._error:
            raise self._error

    def _shut(self):
        if not self.gone:
            self.gone = True
            self._sock.close()
            if self._raw is not None:   # TLS leaves it open where its handshake has failed
                self._raw.close()


def _readable(sock):
    yield asyncio.core._io_queue.queue_read(sock)
