"""`hal.console`: the technician's line is the port's own terminal, on USB or UART 0.

A read of several bytes there blocks until all have come: so one at a time, and only what has come.
"""

import asyncio
import select
import sys

import micropython
from micropython import const

_PIECE = const(64)                      # 5.6 ms at 115200 baud


class Console:
    """`source` and `sink` are binary streams."""

    def __init__(self, source, sink):
        self._source = source
        self._sink = sink
        self._deaf = False              # somebody has the line open and takes nothing
        self._stream = asyncio.StreamReader(source)
        self._ready = select.poll()
        self._ready.register(source, select.POLLIN)

    async def read(self, n):
        """1 to n bytes, once there are any."""
        data = b""
        while not data:
            data = await self._stream.read(1)
        self._deaf = False
        while len(data) < n and self._ready.poll(0):
            more = self._source.read(1)
            if not more:
                break
            data += more
        return data

    def write(self, data):
        """Waits for room as the port does; what nobody takes is lost. In pieces: the tick cannot run inside one.

        On USB the port gives up half a second after a host took its last, each time anew: so nothing is said to that one until it says
        something. A port that nobody has opened takes everything.
        """
        view = memoryview(data)
        while view and not self._deaf:
            piece = view[:_PIECE]
            taken = self._sink.write(piece)
            self._deaf = taken is not None and taken < len(piece)
            view = view[_PIECE:]


def terminal():
    """The port's own terminal, from now on without a way out of the program: a stray 0x03 must not end it."""
    micropython.kbd_intr(-1)
    return Console(sys.stdin.buffer, sys.stdout.buffer)
