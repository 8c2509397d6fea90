"""HTTP that fetches a file; loaded while one is fetched."""
import asyncio

from micropython import const

from firmware.ocpp.http import HEAD_LIMIT, NoStall
from firmware.ocpp.url import split

_PIECE = const(512)
_SILENCE_MS = const(30000)
_MOST_REDIRECTS = const(3)


async def get(network, credentials, stall, url, at, take):
    """Fetch a file from byte `at` on: each piece goes to `await take(data)`. OSError or ValueError says why not.

    The rest as for `http.put`. Asked as HTTP/1.0, so that the body comes as it is. A server that knows no ranges sends the
    bytes before `at` again.
    """
    for _ in range(_MOST_REDIRECTS + 1):
        secure, host, port, path = split(url, "http", 80, 443)
        tls = credentials.tls(False) if secure else None
        reader, writer = await network.connect(host, port, tls)
        try:
            head = "GET /%s HTTP/1.0\r\nHost: %s:%d\r\n%sConnection: close\r\n\r\n" % (
                path, host, port, "Range: bytes=%d-\r\n" % at if at else "")
            writer.write(head.encode())
            async with stall if secure else NoStall():
                await writer.drain()
                status, fields, body = await _head(reader)
            if status in (301, 302, 303, 307, 308) and "location" in fields:
                url = _beside(url, fields["location"])
                continue
            if status not in (200, 206):
                raise OSError("the server answers HTTP %d" % status)
            skip = at if status == 200 else 0
            left = int(fields["content-length"]) - len(body) if "content-length" in fields else None
            while True:
                if skip < len(body):
                    await take(body[skip:])
                skip = max(0, skip - len(body))
                if left is not None and left <= 0:
                    return
                body = await asyncio.wait_for_ms(reader.read(_PIECE), _SILENCE_MS)
                if not body:
                    if left:
                        raise OSError("the connection broke, %d bytes are missing" % left)
                    return
                if left is not None:
                    left -= len(body)
        finally:
            writer.close()
            await writer.wait_closed()
    raise OSError("the server sends from one place to the next")


async def _head(reader):
    """(status, {field in lower case: value}, what came of the body) of an answer."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        more = await asyncio.wait_for_ms(reader.read(256), _SILENCE_MS)
        if not more or len(answer) > HEAD_LIMIT:
            raise OSError("no answer of HTTP")
        answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    words = lines[0].split(b" ")
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise OSError("the answer is no HTTP")
    fields = {}
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        fields[name.strip().lower().decode()] = value.strip().decode()
    return int(words[1]), fields, body


def _beside(url, location):
    """Where a redirection from `url` leads."""
    if "://" in location:
        return location
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    if location.startswith("/"):
        return "%s://%s%s" % (scheme, host, location)
    return "%s://%s/%s%s" % (scheme, host, path[:path.rfind("/") + 1], location)
