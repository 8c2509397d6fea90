"""HTTP that brings a file somewhere, over the same network as everything else."""
from firmware.ocpp.url import split

HEAD_LIMIT = 2048


class NoStall:
    """Stands for `charging.stall` where there is no handshake."""

    async def __aenter__(self):
        pass

    async def __aexit__(self, *error):
        pass


async def put(network, credentials, stall, url, pieces):
    """PUT the texts `pieces` to an http:// or https:// URL; the answer's status. OSError or ValueError says why not.

    With https, `credentials` know whom to trust, and the charger rests (`charging.stall`) for the handshake.
    """
    secure, host, port, path = split(url, "http", 80, 443)
    bodies = [piece.encode() for piece in pieces]
    streams = await network.connect(host, port, credentials.tls(False) if secure else None)
    async with stall if secure else NoStall():
        return await _put(streams, host, port, path, bodies)


async def _put(streams, host, port, path, bodies):
    reader, writer = streams
    try:
        head = "PUT /%s HTTP/1.1\r\nHost: %s:%d\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n" \
               "Connection: close\r\n\r\n" % (path, host, port, sum(len(body) for body in bodies))
        writer.write(head.encode())
        await writer.drain()
        for body in bodies:
            writer.write(body)
            await writer.drain()
        return await _status(reader)
    finally:
        writer.close()
        await writer.wait_closed()


async def _status(reader):
    answer = b""
    while b"\r\n" not in answer:
        more = await reader.read(256)
        if not more or len(answer) > HEAD_LIMIT:
            raise OSError("no answer to the upload")
        answer += more
    words = answer.split(b"\r\n", 1)[0].split(b" ")
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise OSError("the answer to the upload is no HTTP")
    return int(words[1])
