"""TLS contexts: a client that checks its peer against the certificate store, and shows its own certificate if it has one."""

import os

import tls


def client(store):
    """A context from the folder `store` of ca*.der, client*.der, client.key; OSError where there is nothing to check against."""
    try:
        names = sorted(os.listdir(store))
    except OSError:
        names = []
    roots = [name for name in names if name.startswith("ca")]
    if not roots:
        raise OSError("no root certificate in the store: the central system cannot be checked")
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    for name in roots:
        context.load_verify_locations(_read(store, name))
    if "client.key" in names:
        key = _read(store, "client.key")
        for name in names:
            if name.startswith("client") and name.endswith(".der"):
                context.load_cert_chain(_read(store, name), key)
    return context


def _read(store, name):
    with open(store + "/" + name, "rb") as file:
        return file.read()


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
