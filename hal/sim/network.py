"""The network: real sockets of the host behind a bad day's weather (`network` in SIMULATOR.md)."""

import asyncio
import errno
import select
import socket

from micropython import const

from hal.sim.stream import Stream
from hal.sim.wifi import Wifi
from hal.tlscontext import client_context

CONDITIONS = ("up", "latency_ms", "drop", "half_open", "tls_ms")
_SYN_MS = const(20000)  # nobody answers: so long until the stack gives up
_POLL_MS = const(100)
_PIECE_MS = const(500)
_RSSI_DBM = const(-61)
_IPPROTO_TCP = const(6)
_TCP_NODELAY = const(1)


class Network:
    """`hal.network`. `conditions` outlive the interpreter."""

    def __init__(self, machine, conditions, prng):
        self.conditions = conditions
        self.machine = machine
        self.prng = prng
        self.wifi = Wifi(conditions)
        self._streams = []

    def change(self, new):
        """The weather changes; returns all of it."""
        was_up = self.conditions["up"]
        self.conditions.update(new)
        if was_up and not self.conditions["up"]:
            for stream in self._streams:
                stream.die()
        self._streams = [stream for stream in self._streams if not stream.weather()]
        return dict(self.conditions)

    def passable(self):
        """Bytes get through at all."""
        return self.up() and not self.conditions["half_open"]

    async def compute(self):
        """The sums of a TLS handshake, which leave the interpreter no time for anything else, in pieces as on the chip."""
        machine, left_ms = self.machine, self.conditions.get("tls_ms", 0)
        while left_ms > 0:
            piece_ms = min(left_ms, _PIECE_MS)
            left_ms -= piece_ms
            if machine.rest:
                machine.rest.disturb()
            machine.stall_until_us = max(machine.stall_until_us, machine.clock.now_us + piece_ms * 1000)
            await asyncio.sleep_ms(1)

    # hal.network

    def up(self):
        return self.conditions["up"] and self.wifi.up()

    def rssi_dbm(self):
        return (self.wifi.rssi_dbm() or _RSSI_DBM) if self.up() else None

    async def connect(self, host, port, tls=None):
        """(reader, writer) to host:port; `tls` as in hal/__init__.py. OSError says why not."""
        if not self.up():
            raise OSError(errno.EHOSTUNREACH)
        return await self.open(host, port, None if tls is None else client_context(*tls), host)

    async def open(self, host, port, context, name):
        """The same with a `tls.SSLContext` or None; the peer's certificate must show `name`."""
        await self._reach()
        sock = await self._open(host, port)
        try:
            if context is None:
                stream = Stream(self, sock)
            else:
                stream = Stream(self, context.wrap_socket(sock, server_hostname=name, do_handshake_on_connect=False), sock)
        except BaseException:
            sock.close()
            raise
        self._streams = [one for one in self._streams if not one.gone]
        self._streams.append(stream)
        return stream, stream

    def dial(self, address, port, context, name, care):
        """The same for hal/esp32; certificates are held against the host's time, which is never too early."""
        return self.open(address, port, context, name)

    async def _reach(self):
        """The opening of a connection goes there and back once."""
        left_ms = _SYN_MS
        while not self.passable():
            await asyncio.sleep_ms(_POLL_MS)
            left_ms -= _POLL_MS
            if left_ms <= 0:
                raise OSError(errno.ETIMEDOUT)
        if self.conditions["latency_ms"]:
            await asyncio.sleep_ms(2 * self.conditions["latency_ms"])

    async def _open(self, host, port):
        address = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0]
        sock = socket.socket(address[0], address[1], address[2])
        try:
            sock.setblocking(False)
            # A frame goes out in pieces: without this the last one waits 40 ms for the peer's acknowledgement (Nagle's algorithm).
            sock.setsockopt(_IPPROTO_TCP, _TCP_NODELAY, 1)
            try:
                sock.connect(address[-1])
            except OSError as error:
                if error.errno != errno.EINPROGRESS:
                    raise
            self.machine.owe()
            await _writable(sock)
            self.machine.paid()
            poll = select.poll()
            poll.register(sock, select.POLLOUT)
            for _, events in poll.poll(0):
                if events & (select.POLLERR | select.POLLHUP):
                    sock.recv(1)  # raises what went wrong
                    raise OSError(errno.ECONNREFUSED)
            return sock
        except BaseException:
            sock.close()
            raise


def _writable(sock):
    yield asyncio.core._io_queue.queue_write(sock)
