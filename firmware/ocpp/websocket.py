"""WebSocket client (RFC 6455) over a pair of streams: opening handshake, frames, close codes. It knows nothing of OCPP.

Reading belongs to one task that is never cancelled while the connection is to be kept: a read cut off in the middle of
a frame would lose the place in the stream. Writing is safe from several tasks, a frame is never interleaved.
"""
import asyncio
from binascii import b2a_base64
from hashlib import sha1

from micropython import const

_CONTINUATION = const(0)
_TEXT = const(1)
_BINARY = const(2)
_CLOSE = const(8)
_PING = const(9)
_PONG = const(10)
_FIN = const(0x80)
_MASKED = const(0x80)

NORMAL = const(1000)
GOING_AWAY = const(1001)
PROTOCOL_ERROR = const(1002)
UNSUPPORTED = const(1003)
_NO_CODE = const(1005)
_ABNORMAL = const(1006)
_NOT_UTF8 = const(1007)
_TOO_BIG = const(1009)

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_HEAD_LIMIT = const(2048)  # bytes of the server's answer to the opening handshake
_READ_AHEAD = const(64)
_READ_STEP = const(1024)
_MASK_STEP = const(512)  # a multiple of 4; bounds the big integers that masking leaves to the collector


class HandshakeError(OSError):
    """The server did not become a WebSocket: its status, its Accept, its subprotocol."""


class WebSocketClosed(OSError):
    """The connection is over. `code` is the peer's close code, the one we closed with, or 1006 without any."""

    def __init__(self, code, reason=""):
        super().__init__("closed with %d%s" % (code, " " + reason if reason else ""))
        self.code = code
        self.reason = reason


class WebSocket:
    """An open connection. `limit` is the size of the largest message taken, in bytes; a larger one closes with 1009.

    `heard` counts the frames that came: whoever watches the link sees it move. `subprotocol` is what the server chose.
    """

    def __init__(self, reader, writer, random, limit, ahead=b""):
        self._reader = reader
        self._writer = writer
        self._random = random
        self._limit = limit
        self._ahead = ahead
        self._sending = asyncio.Lock()
        self._closing = False
        self.subprotocol = None
        self.heard = 0

    async def send(self, text):
        """Send one text message. It must not be cancelled: half a frame cannot be taken back."""
        await self._send(_TEXT, text.encode())

    async def ping(self, data=b""):
        """Send a PING; its PONG shows as life of the peer."""
        await self._send(_PING, data)

    async def receive(self):
        """The next whole message: str, or bytes when it is binary. Pings are answered on the way, inside fragments too.

        Raises WebSocketClosed when the peer closes, breaks the protocol or vanishes.
        """
        kind = 0
        message = None
        while True:
            first, op, n = await self._header(len(message) if message else 0)
            if op >= _CLOSE:
                data = await self._exactly(n)
                self.heard += 1
                if op == _PING:
                    await self._send(_PONG, data)
                elif op == _CLOSE:
                    await self._closed_by_peer(data)
                continue
            if (op == _CONTINUATION) != bool(kind):
                await self._fail(PROTOCOL_ERROR, "fragments out of order")
            kind = kind or op
            data = await self._exactly(n)
            self.heard += 1
            if message is None:
                message = data
            else:
                message = bytes(message) + data  # both are within the limit
            if first & _FIN:
                if kind == _BINARY:
                    return bytes(message)
                try:
                    return str(message, "utf-8")
                except ValueError:  # MicroPython's UnicodeError
                    await self._fail(_NOT_UTF8, "text is not UTF-8")

    async def close(self, code=NORMAL, reason=""):
        """Say the closing word; `receive` then ends when the peer has said its own. `drop` ends it without waiting."""
        if not self._closing:
            self._closing = True
            await self._frame(_CLOSE, code.to_bytes(2, "big") + reason.encode())

    async def drop(self):
        """Close the stream without a word. No task may be reading or writing any more."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            pass

    async def _header(self, have):
        head = await self._exactly(2)
        first = head[0]
        n = head[1]
        op = first & 15
        if first & 0x70:
            await self._fail(PROTOCOL_ERROR, "reserved bit set")
        if n & _MASKED:
            await self._fail(PROTOCOL_ERROR, "server frames must not be masked")
        if op > _BINARY and op not in (_CLOSE, _PING, _PONG):
            await self._fail(PROTOCOL_ERROR, "unknown opcode")
        if op >= _CLOSE and (n > 125 or not first & _FIN):
            await self._fail(PROTOCOL_ERROR, "control frame too long or fragmented")
        if n > 125:
            n = int.from_bytes(await self._exactly(2 if n == 126 else 8), "big")
        if op < _CLOSE and have + n > self._limit:
            await self._fail(_TOO_BIG, "at most %d bytes" % self._limit)
        return first, op, n

    async def _closed_by_peer(self, data):
        code, reason = _NO_CODE, ""
        if len(data) == 1:
            await self._fail(PROTOCOL_ERROR, "close code of one byte")
        if data:
            code = data[0] << 8 | data[1]
            if not _may_be_sent(code):
                await self._fail(PROTOCOL_ERROR, "close code %d" % code)
            try:
                reason = str(data[2:], "utf-8")
            except ValueError:
                await self._fail(_NOT_UTF8, "close reason is not UTF-8")
        if not self._closing:
            self._closing = True
            await self._frame(_CLOSE, data[:2])
        raise WebSocketClosed(code, reason)

    async def _fail(self, code, reason):
        if not self._closing:
            self._closing = True
            await self._frame(_CLOSE, code.to_bytes(2, "big") + reason.encode())
        raise WebSocketClosed(code, reason)

    async def _send(self, op, data):
        if self._closing:
            raise WebSocketClosed(_ABNORMAL, "closing")
        await self._frame(op, data)

    async def _frame(self, op, data):
        n = len(data)
        key = self._random(4)
        if n < 126:
            head = bytes((_FIN | op, _MASKED | n))
        elif n < 65536:
            head = bytes((_FIN | op, _MASKED | 126)) + n.to_bytes(2, "big")
        else:
            head = bytes((_FIN | op, _MASKED | 127)) + n.to_bytes(8, "big")
        async with self._sending:
            self._writer.write(head + key + mask(data[:_MASK_STEP], key))
            await self._writer.drain()
            for at in range(_MASK_STEP, n, _MASK_STEP):
                self._writer.write(mask(data[at:at + _MASK_STEP], key))
                await self._writer.drain()

    async def _exactly(self, n):
        """n bytes of the stream: what was read ahead first."""
        ahead = self._ahead
        if len(ahead) >= n:
            self._ahead = ahead[n:]
            return ahead[:n]
        data = bytearray(n)
        have = len(ahead)
        data[:have] = ahead
        while have < n:
            want = n - have
            more = await self._reader.read(min(max(want, _READ_AHEAD), _READ_STEP))
            if not more:
                raise WebSocketClosed(_ABNORMAL, "connection lost")
            if len(more) > want:
                self._ahead = more[want:]
                data[have:] = more[:want]
                return data
            data[have:have + len(more)] = more
            have += len(more)
        self._ahead = b""
        return data


def mask(data, key):
    """`data` XOR the repeated four-byte key, as one pair of big integers: the fastest portable form."""
    n = len(data)
    wide = (key * (n // 4 + 1))[:n]
    return (int.from_bytes(data, "little") ^ int.from_bytes(wide, "little")).to_bytes(n, "little")


def _may_be_sent(code):
    """RFC 6455 7.4: the codes that may stand in a close frame."""
    return 1000 <= code <= 1014 and code not in (1004, _NO_CODE, _ABNORMAL) or 3000 <= code <= 4999


async def open_websocket(reader, writer, host, path, random, subprotocol, headers=(), limit=16384, lenient=False):
    """Upgrade an open stream; returns a `WebSocket`.

    `host` as it stands in the Host line, `headers` further lines without their ends. With `lenient` a server that
    names no subprotocol is tolerated, never one that names another. Raises HandshakeError or OSError; the caller
    closes the stream.
    """
    key = b2a_base64(random(16))[:-1]
    lines = [
        "GET %s HTTP/1.1" % path, "Host: " + host, "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + key.decode(), "Sec-WebSocket-Protocol: " + subprotocol,
    ]
    lines.extend(headers)
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    await writer.drain()
    head, ahead = await _read_head(reader)
    answer = _headers(head)
    accept = b2a_base64(sha1(key + _GUID).digest())[:-1].decode()
    if answer.get("upgrade", "").lower() != "websocket" or "upgrade" not in answer.get("connection", "").lower():
        raise HandshakeError("the server did not upgrade to a WebSocket")
    if answer.get("sec-websocket-accept") != accept:
        raise HandshakeError("Sec-WebSocket-Accept is wrong")
    if answer.get("sec-websocket-extensions"):
        raise HandshakeError("an extension that was not offered: " + answer["sec-websocket-extensions"])
    chosen = answer.get("sec-websocket-protocol")
    if chosen != subprotocol and not (lenient and chosen is None):
        raise HandshakeError("subprotocol %s instead of %s" % (chosen, subprotocol))
    socket = WebSocket(reader, writer, random, limit, ahead)
    socket.subprotocol = chosen
    return socket


async def _read_head(reader):
    """The answer's lines up to the empty one, and what came after it. Never more than the limit, never line by line."""
    head = b""
    while True:
        more = await reader.read(512)
        if not more:
            raise HandshakeError("connection lost before an answer")
        head += more
        end = head.find(b"\r\n\r\n")
        if end > _HEAD_LIMIT or (end < 0 and len(head) > _HEAD_LIMIT):
            raise HandshakeError("answer longer than %d bytes" % _HEAD_LIMIT)
        if end >= 0:
            return head[:end], bytes(head[end + 4:])


def _headers(head):
    try:
        lines = str(head, "utf-8").split("\r\n")
    except ValueError:
        raise HandshakeError("answer is not text")
    status = lines[0].split(None, 2)
    if len(status) < 2 or not status[0].startswith("HTTP/1.") or status[1] != "101":
        raise HandshakeError("the server answers: " + lines[0][:60])
    found = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise HandshakeError("bad header line")
        name = name.strip().lower()
        if name in found and name.startswith("sec-websocket-"):
            raise HandshakeError(name + " stands twice")
        found[name] = value.strip()
    return found
