"""The technician's serial port: the near end of a pseudo-terminal, handed down by the parent as a file descriptor."""

import asyncio
import select

from micropython import const

_PATIENCE_MS = const(1000)  # of the host: a far end that has taken nothing for so long is not being read


class Console:
    """`hal.console`. A write waits for the line as a UART's does; what nobody reads at the far end is lost, as on a wire."""

    def __init__(self, fd):
        self.file = open(fd, "r+b")  # made non-blocking by the parent
        self._stream = asyncio.StreamReader(self.file)
        self._room = select.poll()
        self._room.register(self.file, select.POLLOUT)
        self._read = True  # the far end is being read

    async def read(self, n):
        """1 to n bytes, once there are any."""
        while True:
            data = await self._stream.read(n)
            if data:
                return data

    def write(self, data):
        """Waits for room in the host's time: the charger's clock stands still meanwhile."""
        data = memoryview(data)
        while data:
            try:
                taken = self.file.write(data)
            except OSError:
                taken = 0
            if taken:
                self._read = True
                data = data[taken:]
            elif not self._read or not self._room.poll(_PATIENCE_MS):
                self._read = False
                return
