"""The control port: clients come and go, send lines, get answers, and events when they watch."""

import asyncio
from contextlib import suppress

from tools.sim.requests import LINE_BYTES, BadRequest, parse

_UNREAD_BYTES = 1 << 24  # a watcher that reads nothing is let go when so much waits for it
_LINGER_S = 10  # what a client that has stopped sending still waits for is kept so long


class Client:
    """One connection. `pending` counts its requests without an answer."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.watches = False
        self.pending = 0
        self.idle = asyncio.Event()
        self.idle.set()

    def took(self):
        self.pending += 1
        self.idle.clear()

    def answered(self, text):
        self.pending -= 1
        self.say(text)
        if not self.pending:
            self.idle.set()

    def say(self, text):
        """Send one line, if anybody is there."""
        if self.writer.is_closing():
            return
        if self.writer.transport.get_write_buffer_size() > _UNREAD_BYTES:
            self.writer.transport.abort()
            return
        self.writer.write(text.encode() + b"\n")


class Server:
    """`on_request(client, request)` gets each sound request, `on_bad(client, id, text)` what is none, `on_gone(client)`."""

    def __init__(self, on_request, on_bad, on_gone):
        self._on_request = on_request
        self._on_bad = on_bad
        self._on_gone = on_gone
        self._server = None
        self.clients = []

    async def listen(self, port):
        """The port that listens; OSError when it is taken."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=LINE_BYTES)
        return self._server.sockets[0].getsockname()[1]

    async def close(self):
        """Let go of all clients, after they were sent what is theirs."""
        if self._server:
            self._server.close()
        for client in list(self.clients):
            with suppress(OSError, TimeoutError):
                await asyncio.wait_for(client.writer.drain(), 1)
            client.writer.close()

    async def _serve(self, reader, writer):
        client = Client(reader, writer)
        self.clients.append(client)
        try:
            while line := await self._line(client):
                if line.strip():
                    self._take(client, line)
            with suppress(TimeoutError):
                await asyncio.wait_for(client.idle.wait(), _LINGER_S)
        except (OSError, asyncio.CancelledError):
            pass  # gone; or the simulator ends
        finally:
            self.clients.remove(client)
            self._on_gone(client)
            writer.close()

    def _take(self, client, line):
        try:
            request = parse(line)
        except BadRequest as error:
            self._on_bad(client, error.id, str(error))
        else:
            self._on_request(client, request)

    async def _line(self, client):
        """One line, b"" at the end; a line that is too long is told and skipped."""
        try:
            return await client.reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as error:
            return error.partial
        except asyncio.LimitOverrunError as error:
            await self._skip(client.reader, error.consumed)
            self._on_bad(client, None, f"line longer than {LINE_BYTES} bytes")
            return b"\n"

    async def _skip(self, reader, n):
        while True:
            await reader.readexactly(n)
            try:
                await reader.readuntil(b"\n")
                return
            except asyncio.LimitOverrunError as error:
                n = error.consumed
            except asyncio.IncompleteReadError:
                return
