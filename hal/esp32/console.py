"""`hal.console`: the technician's line is the port's own terminal, on USB or UART 0.

A read of several bytes there blocks until all have come: so one at a time, and only what has come.
"""

import asyncio
import select
import sys

import micropython


class Console:
    """`source` and `sink` are the terminal's binary streams."""

    def __init__(self, source=None, sink=None):
        if source is None:
            micropython.kbd_intr(-1)    # a stray 0x03 on the line must not end the program
            source, sink = sys.stdin.buffer, sys.stdout.buffer
        self._source = source
        self._sink = sink
        self._stream = asyncio.StreamReader(source)
        self._ready = select.poll()
        self._ready.register(source, select.POLLIN)

    async def read(self, n):
        """1 to n bytes, once there are any."""
        data = b""
        while not data:
            data = await self._stream.read(1)
        while len(data) < n and self._ready.poll(0):
            more = self._source.read(1)
            if not more:
                break
            data += more
        return data

    def write(self, data):
        """Waits for room as the port does; what nobody takes is lost."""
        self._sink.write(data)
