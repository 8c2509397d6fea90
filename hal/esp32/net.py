"""`hal.network`: connections over whichever link is up.

A link is Wi-Fi, Ethernet or a modem: anything with up(), rssi_dbm(), name_server(), and `run()`, a coroutine that keeps it up. Where
several are up the port sends by its own order of preference, Wi-Fi first.
"""

import asyncio
import errno
import select
import socket

from micropython import const

from firmware.support import ondemand
from hal.esp32.dns import Resolver
from hal.esp32.tls import Stream
from hal.tlscontext import client_context

_CONNECT_MS = const(20000)
_LOOK_MS = const(20)
_SHAKE_MS = const(10000)
_TCP = const(6)                         # as lwIP numbers them
_NODELAY = const(1)


async def dial(address, port, context, name, care):
    """(reader, writer) to an IPv4 address; `context` a `tls.SSLContext` or None, whose peer must show `name`. `care` as in tls.py.

    Not `asyncio.open_connection`: that leaves its socket to the collector where it fails, and its frames in pieces to Nagle.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(_TCP, _NODELAY, 1)
        try:
            sock.connect(socket.getaddrinfo(address, port)[0][-1])
        except OSError as error:
            if error.errno != errno.EINPROGRESS:
                raise
        room = select.poll()
        room.register(sock, select.POLLOUT | select.POLLHUP)    # the port tells of what was asked for alone
        found = room.poll(0)
        while not found:
            await asyncio.sleep_ms(_LOOK_MS)
            found = room.poll(0)
        if found[0][1] & (select.POLLERR | select.POLLHUP):
            raise OSError(errno.ECONNREFUSED)
        if context is None:
            stream = asyncio.StreamReader(sock)
        else:
            secure = context.wrap_socket(sock, server_hostname=name, do_handshake_on_connect=False)
            stream = Stream(asyncio.StreamReader(secure), sock, care)
        return stream, stream
    except BaseException:
        sock.close()
        raise


class Network:
    """`links` in the order of preference; `clock` is hal.clock, `watchdog` hal.watchdog."""

    def __init__(self, links, clock, watchdog):
        self.links = links
        self.dial = dial
        self._clock = clock
        self._watchdog = watchdog
        self._shown = []                # certificates of the peer, while the time is unknown
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
        self._shown = []
        if context is not None and self._clock.utc_s() is None:
            setattr(context, "verify_callback", self._look)     # noqa: B010 - the stubs do not know it
        address = await self._resolver.resolve(host)
        try:
            return await asyncio.wait_for_ms(self.dial(address, port, context, host, self), _CONNECT_MS)
        except asyncio.TimeoutError:
            raise OSError(errno.ETIMEDOUT)

    def _look(self, certificate, depth):
        """Each of the peer's certificates in DER. 0: mbedTLS's verdict stands. Called from inside it, so nothing is raised."""
        try:
            self._shown.append(bytes(certificate))
        except MemoryError:
            pass
        return 0

    def shaking(self, on):
        """A handshake begins: one of its pieces may be seconds of sums in which nothing else runs, with contactors open. Or it is over."""
        if on:
            self._watchdog.widen(_SHAKE_MS)
        else:
            self._watchdog.widen()

    def early(self):
        """The next connection takes it that it is as late as these, which are signed as they should be, begin."""
        shown, self._shown = self._shown, []
        try:
            x509 = ondemand.load("firmware.crypto.x509")
        except (ondemand.Busy, OSError):
            return                      # not while a contactor is closed: a later one will
        try:
            self._clock.at_least(max([x509.Certificate(one).not_before for one in shown]))
        except ValueError:
            pass
        finally:
            del x509
            ondemand.release("firmware.crypto.x509")
