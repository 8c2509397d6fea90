"""The WebSocket client against streams that say byte for byte what a test wants: RFC 6455, good and hostile."""
import unittest
from binascii import b2a_base64
from hashlib import sha1

from firmware.ocpp.websocket import HandshakeError, WebSocket, WebSocketClosed, mask, open_websocket

FIN = 0x80
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Wire:
    """Reader and writer in one: gives `data` in pieces of `step` bytes, keeps what is written, unmasked, as frames."""

    def __init__(self, data=b"", step=1000):
        self.data = data
        self.step = step
        self.out = b""
        self.closed = False

    async def read(self, n):
        piece = self.data[:min(n, self.step)]
        self.data = self.data[len(piece):]
        return piece

    def write(self, data):
        self.out += bytes(data)

    async def drain(self):
        pass

    def close(self):
        self.closed = True

    async def wait_closed(self):
        pass

    def frames(self):
        out, found = self.out, []
        while out:
            n, at = out[1] & 127, 2
            if not out[1] & 0x80:
                raise AssertionError("a client's frame must be masked")
            if n == 126:
                n, at = int.from_bytes(out[2:4], "big"), 4
            elif n == 127:
                n, at = int.from_bytes(out[2:10], "big"), 10
            key = out[at:at + 4]
            found.append((out[0] & 15, mask(out[at + 4:at + 4 + n], key)))
            out = out[at + 4 + n:]
        return found


def random(n):
    return bytes(range(7, 7 + n))


def frame(op, data=b"", first=FIN, masked=0):
    n = len(data)
    if n < 126:
        return bytes((first | op, masked | n)) + data
    if n < 65536:
        return bytes((first | op, masked | 126)) + n.to_bytes(2, "big") + data
    return bytes((first | op, masked | 127)) + n.to_bytes(8, "big") + data


def socket(data=b"", step=1000, limit=16384):
    wire = Wire(data, step)
    return WebSocket(wire, wire, random, limit), wire


class Masking(unittest.TestCase):
    def test_masking_is_xor_with_the_repeated_key(self):
        key = b"\x01\x80\xff\x00"
        for n in (0, 1, 3, 4, 5, 127):
            data = bytes(i & 255 for i in range(n))
            self.assertEqual(mask(data, key), bytes(b ^ key[i % 4] for i, b in enumerate(data)))


class Sending(unittest.TestCase):
    async def test_messages_of_every_length_form_arrive_masked(self):
        for n in (0, 1, 125, 126, 511, 512, 513, 65535, 65536):
            ws, wire = socket()
            await ws.send("x" * n)
            self.assertEqual(wire.frames(), [(TEXT, b"x" * n)])

    async def test_nothing_is_sent_after_a_close(self):
        ws, wire = socket()
        await ws.close()
        with self.assertRaises(WebSocketClosed):
            await ws.send("x")
        self.assertEqual(wire.frames(), [(CLOSE, b"\x03\xe8")])


class Receiving(unittest.TestCase):
    async def received(self, data, step=1000, limit=16384):
        ws, wire = socket(data, step, limit)
        return await ws.receive(), wire

    async def closed(self, data, limit=16384):
        """(code in the exception, what was answered)"""
        ws, wire = socket(data, 1000, limit)
        try:
            await ws.receive()
        except WebSocketClosed as error:
            return error.code, wire.frames()
        self.fail("taken")

    async def test_whole_messages_arrive_in_any_slicing(self):
        for step in (1, 2, 3, 64, 1000):
            for n in (0, 1, 125, 126, 300, 5000):
                ws, _ = socket(frame(TEXT, b"a" * n) + frame(TEXT, b"next"), step)
                self.assertEqual(await ws.receive(), "a" * n)
                self.assertEqual(await ws.receive(), "next")

    async def test_fragments_are_put_together(self):
        parts = frame(TEXT, b"one ", 0) + frame(0, b"two ", 0) + frame(0, b"", 0) + frame(0, b"three")
        text, _ = await self.received(parts)
        self.assertEqual(text, "one two three")

    async def test_ping_inside_fragments_is_answered_and_does_not_harm(self):
        text, wire = await self.received(frame(TEXT, b"ab", 0) + frame(PING, b"here?") + frame(PONG) + frame(0, b"cd"))
        self.assertEqual(text, "abcd")
        self.assertEqual(wire.frames(), [(PONG, b"here?")])

    async def test_character_split_over_fragments_is_whole(self):
        text, _ = await self.received(frame(TEXT, b"\xe2\x82", 0) + frame(0, b"\xac"))
        self.assertEqual(text, "\u20ac")

    async def test_binary_stays_bytes(self):
        data, _ = await self.received(frame(BINARY, b"\x00\xff"))
        self.assertEqual(data, b"\x00\xff")

    async def test_masked_server_frame_is_refused_with_1002(self):
        code, answered = await self.closed(frame(TEXT, b"x", FIN, 0x80) + b"1234")
        self.assertEqual(code, 1002)
        self.assertEqual(answered[0][1][:2], b"\x03\xea")

    async def test_protocol_errors_are_refused_with_1002(self):
        for data in (
            frame(TEXT, b"x", FIN | 0x40), frame(TEXT, b"x", FIN | 0x10), frame(3, b"x"), frame(11, b""),
            frame(0, b"x"), frame(TEXT, b"x", 0) + frame(TEXT, b"y"), frame(PING, b"x", 0), frame(PING, b"x" * 126),
            frame(CLOSE, b"\x03"),
            frame(CLOSE, b"\x03\xed"), frame(CLOSE, b"\x00\x01"), frame(CLOSE, b"\x03\xf7"), frame(CLOSE, b"\xff\xff"),
        ):
            code, answered = await self.closed(data)
            self.assertEqual(code, 1002)
            self.assertEqual(answered[0][0], CLOSE)

    async def test_text_that_is_no_utf8_is_refused_with_1007(self):
        self.assertEqual((await self.closed(frame(TEXT, b"\xc3\x28")))[0], 1007)
        self.assertEqual((await self.closed(frame(CLOSE, b"\x03\xe8\xff")))[0], 1007)

    async def test_message_over_the_limit_is_refused_with_1009_before_it_is_read(self):
        code, answered = await self.closed(frame(TEXT, b"x" * 101)[:10], 100)
        self.assertEqual((code, answered[0][1][:2]), (1009, b"\x03\xf1"))
        code, _ = await self.closed(frame(TEXT, b"x" * 60, 0) + frame(0, b"x" * 60), 100)
        self.assertEqual(code, 1009)
        code, _ = await self.closed(bytes((0x81, 127)) + b"\xff" * 8, 100)
        self.assertEqual(code, 1009)

    async def test_close_is_answered_once_with_its_code(self):
        code, answered = await self.closed(frame(CLOSE, b"\x03\xe9bye"))
        self.assertEqual((code, answered), (1001, [(CLOSE, b"\x03\xe9")]))
        code, answered = await self.closed(frame(CLOSE))
        self.assertEqual((code, answered), (1005, [(CLOSE, b"")]))

    async def test_vanished_peer_is_code_1006(self):
        for data in (b"", b"\x81", b"\x81\x05ab", frame(TEXT, b"ab", 0)):
            self.assertEqual((await self.closed(data))[0], 1006)


class Handshake(unittest.TestCase):
    def answer(self, status="101 Switching Protocols", **change):
        key = b2a_base64(random(16))[:-1]
        accept = b2a_base64(sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())[:-1].decode()
        lines = {"Upgrade": "websocket", "Connection": "keep-alive, Upgrade", "Sec-WebSocket-Accept": accept,
                 "Sec-WebSocket-Protocol": "ocpp1.6"}
        for name in change:
            lines[name.replace("_", "-")] = change[name]
        text = "HTTP/1.1 %s\r\n" % status
        for name in sorted(lines):
            if lines[name] is not None:
                text += "%s: %s\r\n" % (name, lines[name])
        return (text + "\r\n").encode()

    async def opened(self, answer, step=1000, lenient=False):
        wire = Wire(answer, step)
        headers = ("Authorization: Basic eA==",)
        ws = await open_websocket(wire, wire, "host:1", "/ocpp/CP%201", random, "ocpp1.6", headers, 1000, lenient)
        return ws, wire

    async def refused(self, answer, lenient=False):
        try:
            await self.opened(answer, 1000, lenient)
        except HandshakeError as error:
            return str(error)
        self.fail("opened")

    async def test_request_is_complete(self):
        _, wire = await self.opened(self.answer())
        lines = wire.out.decode().split("\r\n")
        self.assertEqual(lines[0], "GET /ocpp/CP%201 HTTP/1.1")
        for line in ("Host: host:1", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                     "Sec-WebSocket-Protocol: ocpp1.6", "Authorization: Basic eA=="):
            self.assertIn(line, lines)

    async def test_what_comes_right_behind_the_answer_is_not_lost(self):
        for step in (1, 7, 1000):
            ws, _ = await self.opened(self.answer() + frame(TEXT, b"early"), step)
            self.assertEqual(await ws.receive(), "early")

    async def test_wrong_accept_is_refused(self):
        self.assertIn("Accept", await self.refused(self.answer(Sec_WebSocket_Accept="AAAA")))
        self.assertIn("Accept", await self.refused(self.answer(Sec_WebSocket_Accept=None)))

    async def test_other_subprotocol_is_refused(self):
        self.assertIn("ocpp2.0.1", await self.refused(self.answer(Sec_WebSocket_Protocol="ocpp2.0.1"), True))

    async def test_missing_subprotocol_is_refused_unless_tolerated(self):
        self.assertIn("subprotocol", await self.refused(self.answer(Sec_WebSocket_Protocol=None)))
        ws, _ = await self.opened(self.answer(Sec_WebSocket_Protocol=None), 1000, True)
        self.assertIsNone(ws.subprotocol)

    async def test_anything_but_101_is_refused_with_its_status(self):
        self.assertIn("401", await self.refused(self.answer("401 Unauthorized")))
        self.assertIn("302", await self.refused(self.answer("302 Found")))

    async def test_odd_answers_are_refused(self):
        for answer in (b"", b"\r\n\r\n", b"SSH-2.0-x\r\n\r\n", b"\xff\xfe\r\n\r\n", b"HTTP/1.1 101\r\nno colon\r\n\r\n",
                       self.answer(Upgrade="h2c"), self.answer(Connection="close"),
                       self.answer(Sec_WebSocket_Extensions="permessage-deflate"), self.answer()[:-2]):
            await self.refused(answer)

    async def test_endless_header_is_cut_off(self):
        self.assertIn("longer", await self.refused(b"HTTP/1.1 101 x\r\n" + b"a" * 100000))


if __name__ == "__main__":
    unittest.main()
