"""TLS streams of the chip's port."""

_EARLY = "The certificate validity starts in the future"    # mbedTLS's words where nothing else is wrong


class Stream:
    """An asyncio stream over TLS whose errors are all OSError: the port says ValueError for a certificate it does not like.

    `sock` is the socket under it: after a handshake that failed the port's own close() leaves that one open. `early()` is called
    where the peer's certificates are right, but not yet valid.
    """

    def __init__(self, stream, sock, early):
        self._stream = stream
        self._sock = sock
        self._early = early
        self.close = stream.close

    async def wait_closed(self):
        try:
            await self._stream.wait_closed()
        finally:
            self._sock.close()

    def write(self, data):
        try:
            self._stream.write(data)
        except ValueError as error:
            raise self._refused(error)

    async def read(self, n=-1):
        try:
            return await self._stream.read(n)
        except ValueError as error:
            raise self._refused(error)

    async def readexactly(self, n):
        try:
            return await self._stream.readexactly(n)
        except ValueError as error:
            raise self._refused(error)

    async def readline(self):
        try:
            return await self._stream.readline()
        except ValueError as error:
            raise self._refused(error)

    async def drain(self):
        try:
            await self._stream.drain()
        except ValueError as error:
            raise self._refused(error)

    def _refused(self, error):
        text = " ".join(str(error).split())
        if text == _EARLY:
            self._early()
        return OSError(text)
