"""`hal.network`: connections over whichever link is up.

A link is Wi-Fi, Ethernet or a modem: anything with up(), rssi_dbm(), name_server(), and `run()`, a coroutine that keeps it
up. `Cable` is one for Ethernet and for a modem on PPP; which links a board has is said where the hal is built.
"""

import asyncio
import errno

from micropython import const

from hal.esp32 import tls as secure
from hal.esp32.dns import Resolver

_CONNECT_MS = const(20000)


class Cable:
    """A link by `network.LAN` or `network.PPP`. `start(interface)` brings it up, and again each minute while it is down."""

    _AGAIN_MS = const(60000)

    def __init__(self, interface, start):
        self._interface = interface
        self._start = start

    def up(self):
        return self._interface.isconnected()

    def rssi_dbm(self):
        return None

    def name_server(self):
        return self._interface.ifconfig()[3]

    async def run(self):
        while True:
            if not self.up():
                try:
                    self._start(self._interface)
                except OSError:
                    pass                # not plugged in, or no carrier: again in a minute
            await asyncio.sleep_ms(self._AGAIN_MS)


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
        context = None if tls is None else secure.client(*tls)
        address = await self._resolver.resolve(host)
        try:
            reader, writer = await asyncio.wait_for_ms(
                asyncio.open_connection(address, port, ssl=context, server_hostname=host), _CONNECT_MS)
        except asyncio.TimeoutError:
            raise OSError(errno.ETIMEDOUT)
        if context is not None:
            reader = writer = secure.Stream(writer)
        return reader, writer
