"""The firmware's WebSocket client, in the real interpreter, against an independent server and a hostile one."""

import asyncio
import base64
import hashlib
import json
import pathlib
import struct

import pytest
from websockets.asyncio.server import serve

from tests.harness.programs import environment
from tools.interpreter import interpreter

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = pathlib.Path(__file__).with_name("ws_program.py")
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


async def client(port, sends=(), replies=False):
    """Run the client until it ends; the [what, value] pairs it told."""
    command = [str(interpreter()), "-X", "heapsize=256wk", str(PROGRAM), str(port), json.dumps(list(sends))]
    process = await asyncio.create_subprocess_exec(
        *command, *(["reply"] if replies else []), cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        env=environment(),
    )  # fmt: skip
    async with asyncio.timeout(20):
        out, _ = await process.communicate()
    return [json.loads(line) for line in out.splitlines()]


def frame(op, data=b"", first=0x80):
    size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack("!H", len(data))
    return bytes([first | op]) + size + data


class Raw:
    """A server that says exactly `data` after the handshake and takes in what the client says."""

    def __init__(self, data=b"", accept=None, protocol="ocpp1.6"):
        self.data, self.accept, self.protocol = data, accept, protocol
        self.heard = []

    async def __call__(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(line.split(": ")[1] for line in head.split("\r\n") if line.startswith("Sec-WebSocket-Key"))
        accept = self.accept or base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        lines = ["HTTP/1.1 101 x", "upgrade: WebSocket", "connection: Upgrade", f"sec-websocket-accept: {accept}"]
        if self.protocol:
            lines.append(f"sec-websocket-protocol: {self.protocol}")
        writer.write("\r\n".join([*lines, "", ""]).encode() + self.data)
        try:
            while True:
                op, n = await reader.readexactly(2)
                assert n & 0x80, "the client must mask"
                key, n = await reader.readexactly(4), n & 127
                data = await reader.readexactly(n)
                self.heard.append((op & 15, bytes(b ^ key[i % 4] for i, b in enumerate(data))))
                if op & 15 == CLOSE:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


def against(server, **more):
    async def run():
        async with await asyncio.start_server(server, "127.0.0.1") as listener:
            return await client(listener.sockets[0].getsockname()[1], **more)

    return asyncio.run(run())


def test_messages_of_all_sizes_go_both_ways_with_the_websockets_package():
    texts = ["", "x", "é€😀" * 50, "a" * 125, "b" * 126, "c" * 20000]

    async def echo(connection):
        for text in texts:
            await connection.send(text)
            assert await connection.recv() == text
        await connection.close(1001)

    async def run():
        async with serve(echo, "127.0.0.1", subprotocols=["ocpp1.6"]) as server:
            return await client(server.sockets[0].getsockname()[1], replies=True)

    told = asyncio.run(run())
    assert told[0] == ["open", "ocpp1.6"]
    assert [value for what, value in told if what == "message"] == texts
    assert told[-1] == ["closed", 1001]


def test_fragmented_messages_of_the_websockets_package_arrive_whole():
    async def fragments(connection):
        await connection.send(["one ", "two ", "three"])
        await asyncio.wait_for(await connection.ping(), 5)
        await connection.close()

    async def run():
        async with serve(fragments, "127.0.0.1", subprotocols=["ocpp1.6"]) as server:
            return await client(server.sockets[0].getsockname()[1])

    assert asyncio.run(run())[1:] == [["message", "one two three"], ["closed", 1000]]


def test_server_without_our_subprotocol_is_refused():
    async def run():
        async with serve(lambda connection: connection.wait_closed(), "127.0.0.1") as server:
            return await client(server.sockets[0].getsockname()[1])

    (told,) = asyncio.run(run())
    assert told[0] == "refused" and "subprotocol" in told[1]


def test_ping_inside_fragments_is_answered_and_does_not_harm():
    server = Raw(frame(TEXT, b"ab", 0) + frame(PING, b"p") + frame(0, b"cd") + frame(CLOSE, struct.pack("!H", 1000)))
    assert against(server)[1:] == [["message", "abcd"], ["closed", 1000]]
    assert server.heard == [(PONG, b"p"), (CLOSE, struct.pack("!H", 1000))]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(TEXT, b"x" * 30000), 1009),
        (frame(TEXT, b"x" * 15000, 0) + frame(0, b"x" * 15000), 1009),
        (b"\x81\xff" + b"\xff" * 8, 1002),
        (b"\x81\x7f" + b"\xff" * 8, 1009),
        (b"\x81\x81\0\0\0\0x", 1002),
        (frame(PING, b"x" * 126), 1002),
        (frame(0, b"x"), 1002),
        (frame(TEXT, b"\xff\xff"), 1007),
        (frame(CLOSE, struct.pack("!H", 1005)), 1002),
    ],
    ids=["oversize", "oversize in fragments", "masked and absurd", "absurd length", "masked", "long ping", "orphan", "no utf-8",
         "reserved close code"],
)  # fmt: skip
def test_hostile_server_is_left_with_the_right_close_code(data, code):
    server = Raw(data)
    assert against(server)[-1] == ["closed", code]
    assert server.heard[-1][0] == CLOSE
    assert struct.unpack("!H", server.heard[-1][1][:2]) == (code,)


def test_wrong_accept_is_refused():
    (told,) = against(Raw(accept="AAAAAAAAAAAAAAAAAAAAAAAAAAA="))
    assert told[0] == "refused" and "Accept" in told[1]


def test_server_that_vanishes_is_noticed():
    async def gone(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    (told,) = against(gone)
    assert told[0] == "refused"
