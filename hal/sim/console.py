"""The technician's serial port: the near end of a pseudo-terminal, handed down by the parent as a file descriptor."""

import asyncio


class Console:
    """`hal.console`. What nobody reads at the far end is lost, as on a wire."""

    def __init__(self, fd):
        self._file = open(fd, "r+b")  # made non-blocking by the parent
        self._stream = asyncio.StreamReader(self._file)

    async def read(self, n):
        """1 to n bytes, once there are any."""
        while True:
            data = await self._stream.read(n)
            if data:
                return data

    def write(self, data):
        try:
            self._file.write(data)
        except OSError:
            pass
