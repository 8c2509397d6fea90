"""The RS-485 port: a line in the world with simulated meters on it, or a pseudo-terminal for a slave from outside."""

import asyncio
import termios

from micropython import const

_VTIME, _VMIN = const(5), const(6)      # indexes of c_cc on Linux


def byte_us(baud, parity, stop):
    """Time of one character on the line: start bit, eight data bits, parity, stop bits."""
    return (9 + (parity != "N") + stop) * 1000000 // baud


class Line:
    """The simulated line. A baud rate or parity the meters do not have is noise to them: nobody answers."""

    def __init__(self, world, clock):
        self._world = world
        self._clock = clock
        self._reply = b""
        self._first_us = 0              # instant of the reply's first byte
        settings = world.board.rs485
        self.configure(settings["baud"], settings["parity"], settings["stop"])

    def configure(self, baud, parity, stop):
        self._byte_us = byte_us(baud, parity, stop)
        settings = self._world.board.rs485
        self._understood = (baud, parity, stop) == (settings["baud"], settings["parity"], settings["stop"])

    def flush(self):
        """Drop what has arrived; what is still on its way comes."""
        if self._first_us <= self._clock.now_us:
            self._reply = b""

    async def send(self, frame):
        """Returns when the last bit has left."""
        frame = bytes(frame)
        await asyncio.sleep_ms((len(frame) * self._byte_us + 999) // 1000)
        if self._understood:
            now_us = self._clock.now_us
            self._world.advance(now_us)
            self._reply, delay_us = self._world.bus.ask(frame, now_us)
            self._first_us = now_us + delay_us

    async def receive(self, buf, timeout_ms, gap_ms):
        """Bytes into `buf` until silence of `gap_ms`; their number, 0 when none began within `timeout_ms`."""
        wait_us = self._first_us - self._clock.now_us
        if not self._reply or wait_us > timeout_ms * 1000:
            await asyncio.sleep_ms(timeout_ms)
            return 0
        last_us = self._first_us + len(self._reply) * self._byte_us
        await asyncio.sleep_ms(max(0, (last_us - self._clock.now_us + 999) // 1000) + gap_ms)
        reply, self._reply = self._reply, b""
        n = min(len(buf), len(reply))
        buf[:n] = reply[:n]
        return n


class PtyLine:
    """A pseudo-terminal, by path or file descriptor, whose other end an outside Modbus slave holds.

    `waiting` is true while that slave owes an answer: virtual time then stands still for the grace it is given.
    """

    def __init__(self, terminal):
        self.waiting = False
        self._tty = open(terminal, "r+b")
        fd = self._tty.fileno()
        termios.setraw(fd)
        attributes = termios.tcgetattr(fd)
        attributes[6][_VMIN] = 0        # a read gives what is there and never blocks the loop
        attributes[6][_VTIME] = 0
        termios.tcsetattr(fd, termios.TCSANOW, attributes)
        self._stream = asyncio.StreamReader(self._tty)
        self._byte_us = byte_us(9600, "N", 1)

    def configure(self, baud, parity, stop):
        self._byte_us = byte_us(baud, parity, stop)

    def flush(self):
        while self._tty.read(256):
            pass

    def write(self, data):
        self._tty.write(data)

    def read(self, n):
        """What there is, at most `n` bytes."""
        return self._tty.read(n)

    async def send(self, frame):
        self._tty.write(frame)
        await asyncio.sleep_ms((len(frame) * self._byte_us + 999) // 1000)

    async def receive(self, buf, timeout_ms, gap_ms):
        n = 0
        wait_ms = timeout_ms
        self.waiting = True
        try:
            while n < len(buf):
                got = await asyncio.wait_for_ms(self._stream.read(len(buf) - n), wait_ms)
                if not got:
                    break               # the other end is closed
                buf[n : n + len(got)] = got
                n += len(got)
                wait_ms = gap_ms
        except asyncio.TimeoutError:
            pass
        finally:
            self.waiting = False
        return n
