"""`hal.network`: connections over whichever link is up.

A link is Wi-Fi, Ethernet or a modem: anything with up(), rssi_dbm(), name_server(), and `run()`, a coroutine that keeps it
up. `hal.esp32.cable` has one for Ethernet and for a modem on PPP: append it to `hal.network.links` and its `run` to
`hal.jobs`.
"""

import asyncio
import errno

from micropython import const

from hal.esp32.dns import Resolver
from hal.esp32.tls import Stream
from hal.tlscontext import client_context

_CONNECT_MS = const(20000)


class Network:
    """`links` in the order of preference."""

    def __init__(self, links):
        self.links = links
        self._resolver = Resolver(self._name_server)

    def _up(self):
        for link in self.links:
            if link.up():
                return link
        return None

    def _name_server(self):
        link = self._up()
        return link.name_server() if link else None

    def up(self):
        return self._up() is not None

    def rssi_dbm(self):
        """Of the link in use; None for a cable and where there is none."""
        link = self._up()
        return link.rssi_dbm() if link else None

    async def connect(self, host, port, tls=None):
        """(reader, writer) to host:port; `tls` as in hal/__init__.py. OSError says why not."""
        if not self.up():
            raise OSError(errno.EHOSTUNREACH)
        context = None if tls is None else client_context(*tls)
        address = await self._resolver.resolve(host)
        try:
            reader, writer = await asyncio.wait_for_ms(
                asyncio.open_connection(address, port, ssl=context, server_hostname=host), _CONNECT_MS)
        except asyncio.TimeoutError:
            raise OSError(errno.ETIMEDOUT)
        if context is not None:
            reader = writer = Stream(writer)
        return reader, writer
