"""TLS: a client that checks its peer against given roots and shows its own certificate if it has one."""

import tls


def client(roots, client):
    """A context from an iterator over roots and (chain, key) or None, in DER; OSError where there is nothing to check against."""
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    count = 0
    for root in roots:
        context.load_verify_locations(root)
        count += 1
    if not count:
        raise OSError("no root certificate in the store: the central system cannot be checked")
    if client:
        chain, key = client
        for certificate in chain:
            context.load_cert_chain(certificate, key)
    return context


class Stream:
    """An asyncio stream over TLS whose errors are all OSError: the port says ValueError for a certificate it does not like."""

    def __init__(self, stream):
        self._stream = stream
        self.write = stream.write
        self.wait_closed = stream.wait_closed
        self.close = stream.close

    async def read(self, n=-1):
        try:
            return await self._stream.read(n)
        except ValueError as error:
            raise _refused(error)

    async def readexactly(self, n):
        try:
            return await self._stream.readexactly(n)
        except ValueError as error:
            raise _refused(error)

    async def readline(self):
        try:
            return await self._stream.readline()
        except ValueError as error:
            raise _refused(error)

    async def drain(self):
        try:
            await self._stream.drain()
        except ValueError as error:
            raise _refused(error)


def _refused(error):
    return OSError(" ".join(str(error).split()))
