"""Names to addresses without blocking: the port's own `getaddrinfo` stands still for seconds where no server answers.

One question for an A record over UDP (RFC 1035); what was found before is kept for when no server answers.
"""

import asyncio
import errno
import os
import select
import socket

from micropython import const

_PORT = const(53)
_TRIES = const(3)
_WAIT_MS = const(1500)
_LOOK_MS = const(20)
_HEAD = const(12)
_A = const(1)
_IN = const(1)


class Resolver:
    """`server()` gives the address of the name server, None or "0.0.0.0" where none is known."""

    def __init__(self, server, port=_PORT):
        self._server = server
        self._port = port
        self._known = {}

    async def resolve(self, host):
        """The IPv4 address of `host` as text; OSError when nobody knows it and nobody ever did."""
        if host == "localhost":
            return "127.0.0.1"
        if _is_address(host):
            return host
        server = self._server()
        if not server or server == "0.0.0.0":
            return socket.getaddrinfo(host, _PORT)[0][-1][0]
        for _ in range(_TRIES):
            try:
                self._known[host] = await asyncio.wait_for_ms(self._ask(host, server), _WAIT_MS)
                break
            except (OSError, asyncio.TimeoutError):
                pass
        if host not in self._known:
            raise OSError(errno.EHOSTUNREACH, "no address known for " + host)
        return self._known[host]

    async def _ask(self, host, server):
        question = _question(host)
        id = os.urandom(2)
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.sendto(id + question, socket.getaddrinfo(server, self._port)[0][-1])
            come = select.poll()
            come.register(sock, select.POLLIN)
            while True:
                while not come.poll(0):
                    await asyncio.sleep_ms(_LOOK_MS)
                data, _ = sock.recvfrom(512)
                if data[:2] == id and data[_HEAD : _HEAD + len(question) - 10] == question[10:]:
                    return answer(data, len(question) + 2)
        finally:
            sock.close()


def _is_address(host):
    parts = host.split(".")
    return len(parts) == 4 and all([part.isdigit() and int(part) < 256 for part in parts])


def _question(host):
    """All of the question but its number."""
    labels = b"".join([bytes((len(label),)) + label.encode() for label in host.strip(".").split(".")])
    return b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + bytes((0, 0, _A, 0, _IN))


def answer(data, at):
    """The first A record among the answers, which begin at `at`; OSError where there is none, or the frame is no frame."""
    try:
        if data[3] & 15 == 0:
            for _ in range(data[6] << 8 | data[7]):
                while data[at] and data[at] < 0xC0:
                    at += data[at] + 1
                at += 2 if data[at] else 1
                kind, size = data[at] << 8 | data[at + 1], data[at + 8] << 8 | data[at + 9]
                at += 10
                if kind == _A and size == 4:
                    return "%d.%d.%d.%d" % (data[at], data[at + 1], data[at + 2], data[at + 3])
                at += size
    except IndexError:
        pass
    raise OSError(errno.ENOENT)

