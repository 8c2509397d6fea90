"""The line to the central system: connects, comes back after a jittered wait, notices a dead peer, carries text frames.

Each connection has three tasks: one reads, one writes, one watches. Nobody else touches the socket, so that it can be
torn down at any instant: `send` only puts a frame into the outbox.
"""
import asyncio

from micropython import const

from firmware.ocpp import websocket
from firmware.support import neterrors

_SUBPROTOCOL = "ocpp1.6"
_OPEN_MS = const(30000)  # TCP, TLS and the opening handshake together
_PONG_MS = const(15000)  # nothing heard for so long after a ping: the peer is gone
_WATCH_MS = const(1000)
_NETWORK_POLL_MS = const(500)
_STEADY_MS = const(30000)  # a connection that lived so long was a good one: the next wait begins short again
_CLOSE_MS = const(1000)
_OUTBOX = const(8)
_MESSAGE_LIMIT = const(16384)
_PING = const(0)
_CLOSE = const(1)


class Link:
    """Facts: `connected`, `connections` since boot, `trouble` (why the last attempt failed, "" when it did not).
    `on_text(text)`, `on_up()`, `on_down()` are called, never raise."""

    def __init__(self, network, settings, clock, log, random, access):
        self._network = network
        self._access = access
        self._settings = settings
        self._clock = clock
        self._log = log
        self._random = random
        self.on_text = self.on_up = self.on_down = None
        self.connected = False
        self.connections = 0
        self.trouble = ""
        self._outbox = []
        self._more = asyncio.Event()
        self._over = asyncio.Event()
        self._changed = asyncio.Event()
        self._probe = False
        self._renew = False
        settings.watch(self._setting_changed)

    def send(self, text):
        """Hand over one frame; OSError when there is no connection. Frames leave in the order they were handed over."""
        if not self.connected:
            raise OSError("no connection")
        self._outbox.append(text)
        self._more.set()

    def probe(self):
        """Somebody waited in vain for an answer: ping now, whatever the interval, to see whether the peer is there."""
        self._probe = True

    def renew(self):
        """Connect anew, once what is to be said has been said."""
        self._changed.set()
        self._renew = True

    async def close(self):
        """Close in good order, as before a reset; the link may connect again afterwards."""
        if self.connected:
            self._outbox.append(_CLOSE)
            self._more.set()
            for _ in range(2 * _CLOSE_MS // 20):
                if not self.connected:
                    break
                await asyncio.sleep_ms(20)

    async def run(self):
        """Keep a connection for ever."""
        failures = 0
        while True:
            self._changed.clear()
            if not self._settings.get("CsmsUrl"):
                await self._changed.wait()
                continue
            if not self._network.up():
                failures = 0
                while not self._network.up():
                    await asyncio.sleep_ms(_NETWORK_POLL_MS)
            began = self._clock.ticks_ms()
            try:
                way = self._access.way()
                if way[2]:
                    await self._access.stall.wait()
                    began = self._clock.ticks_ms()
                socket = await asyncio.wait_for_ms(self._open(*way), _OPEN_MS)
            except asyncio.TimeoutError:
                self._failed("connecting took longer than %d s" % (_OPEN_MS // 1000))
                self._access.refused("time-out")
            except (OSError, ValueError, MemoryError) as error:  # TLS tells a bad certificate by ValueError
                self._failed(neterrors.told(error))
                self._access.refused(error)
            else:
                self.trouble = ""
                self._access.succeeded()
                await self._serve(socket)
                if self._clock.since(began) >= _STEADY_MS:
                    failures = 0
            if not self._changed.is_set():
                await self._wait(failures)
                failures += 1

    def _failed(self, why):
        """The same again and again says nothing new, and would push all else out of the lines that are kept."""
        (self._log.debug if why == self.trouble else self._log.warning)("ocpp", "not connected: " + why)
        self.trouble = why

    async def _wait(self, failures):
        """Twice as long after each failure, up to the maximum; between half and the whole of it, by chance, so that a
        street of chargers does not come back in one instant. A changed setting ends the wait."""
        low = self._settings.get("ReconnectBackoffMinS") * 1000
        high = max(low, self._settings.get("ReconnectBackoffMaxS") * 1000)
        wait = min(high, low << min(failures, 10))
        wait = wait // 2 + wait // 2 * int.from_bytes(self._random(2), "little") // 65535
        try:
            await asyncio.wait_for_ms(self._changed.wait(), wait)
        except asyncio.TimeoutError:
            pass

    async def _open(self, to, headers, tls):
        reader, writer = await self._network.connect(to.host, to.port, tls)
        try:
            if tls is None:
                return await self._shake_hands(reader, writer, to, headers)
            async with self._access.stall:
                return await self._shake_hands(reader, writer, to, headers)
        except BaseException:  # cancellation included: the socket must not be left behind
            writer.close()
            await writer.wait_closed()
            raise

    async def _shake_hands(self, reader, writer, to, headers):
        return await websocket.open_websocket(reader, writer, to.authority(), to.path, self._random, _SUBPROTOCOL, headers,
                                              _MESSAGE_LIMIT, self._settings.get("AllowMissingSubprotocol"))

    async def _serve(self, socket):
        self._outbox.clear()
        self._more.clear()
        self._over.clear()
        self._probe = self._renew = False
        tasks = [asyncio.create_task(one(socket)) for one in (self._read, self._write, self._watch)]
        self.connected = True
        self.connections += 1
        self._log.info("ocpp", "connected")
        try:
            self.on_up()
            await self._over.wait()
        finally:
            self.connected = False
            for task in tasks:
                task.cancel()
            # They must have left the stream before it is closed: a closed stream must not be polled.
            await asyncio.gather(*tasks, return_exceptions=True)
            await socket.drop()
            self.on_down()

    async def _read(self, socket):
        try:
            while True:
                while len(self._outbox) > _OUTBOX:  # a peer that calls but does not read gets no further
                    await asyncio.sleep_ms(20)
                message = await socket.receive()
                if not isinstance(message, str):
                    await socket.close(websocket.UNSUPPORTED, "text only")
                    raise OSError("binary message")
                self.on_text(message)
                message = None
        except (OSError, MemoryError) as error:
            self._end(str(error) or "out of memory")

    async def _write(self, socket):
        try:
            while True:
                while self._outbox:
                    frame = self._outbox.pop(0)
                    if frame == _PING:
                        await socket.ping()
                    elif frame == _CLOSE:
                        await socket.close(websocket.GOING_AWAY)
                        await asyncio.sleep_ms(_CLOSE_MS)  # for the peer's own; the reader ends the connection then
                        raise OSError("closed")
                    else:
                        await socket.send(frame)
                self._more.clear()
                await self._more.wait()
        except (OSError, MemoryError) as error:
            self._end(str(error) or "out of memory")

    async def _watch(self, socket):
        """Ping when it is due or when asked to; nothing at all heard after it means that nobody is there."""
        clock = self._clock
        heard = socket.heard
        pinged = clock.ticks_ms()
        waiting = False
        while True:
            await asyncio.sleep_ms(_WATCH_MS)
            if not self._network.up():
                self._end("network is down")
            if socket.heard != heard:
                heard = socket.heard
                waiting = False
            if self._renew:
                self._renew = False
                self._outbox.append(_CLOSE)
                self._more.set()
            interval = self._settings.get("WebSocketPingInterval")
            if waiting:
                if clock.since(pinged) >= _PONG_MS:
                    self._end("peer does not answer a ping")
            elif self._probe or (interval and clock.since(pinged) >= interval * 1000):
                self._probe = False
                waiting = True
                pinged = clock.ticks_ms()
                self._outbox.append(_PING)
                self._more.set()

    def _end(self, why):
        if not self._over.is_set():
            self._log.warning("ocpp", "connection ended: " + why)
            self._over.set()

    def _setting_changed(self, name, value):
        ways = self._access.WAYS
        if name in ("CsmsUrl", "ChargePointId") + ways:
            self._changed.set()
            # Password and profile count at once (security whitepaper, A01, A05); the answer to who changed it goes out first.
            self._renew = name in ways or self._renew
