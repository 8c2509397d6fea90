"""The RS-485 port as a pseudo-terminal: a Modbus slave from outside answers instead of the simulated meters."""

import asyncio
import termios

from micropython import const

from hal.sim.line import byte_us

_VTIME, _VMIN = const(5), const(6)      # indexes of c_cc on Linux


class TtyLine:
    """A pseudo-terminal whose other end an outside Modbus slave holds.

    `waiting` is true while that slave owes an answer: virtual time then stands still for the grace it is given.
    """

    def __init__(self, path):
        self.waiting = False
        self._tty = open(path, "r+b")
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
