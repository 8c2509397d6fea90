"""TLS streams of the chip's port."""

_EARLY = "The certificate validity starts in the future"    # mbedTLS's words where nothing else is wrong


class Stream:
    """An asyncio stream over TLS whose errors are all OSError: the port says ValueError for a certificate it does not like.

    `sock` is the socket under it: after a handshake that failed the port's own close() leaves that one open. `care` is told of
    the handshake, which comes with the first write: shaking(True), shaking(False), and early() in between where the peer's
    certificates are right, but not yet valid.
    """

    def __init__(self, stream, sock, care):
        self._stream = stream
        self._sock = sock
        self._care = care
        self._begun = False
        self.close = stream.close

    async def wait_closed(self):
        try:
            await self._stream.wait_closed()
        finally:
            self._over()
            self._sock.close()

    def _over(self):
        """The handshake is, however it went."""
        care, self._care = self._care, None
        if care and self._begun:
            care.shaking(False)

    def write(self, data):
        if self._care and not self._begun:
            self._begun = True
            self._care.shaking(True)
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
        finally:
            self._over()

    def _refused(self, error):
        text = " ".join(str(error).split())
        if text == _EARLY and self._care:
            self._care.early()
        return OSError(text)
