"""Connections of hal/esp32 over real sockets of the host, and what becomes of TLS that fails."""

import io
import unittest

from bench import CLOCK, Rig, bound, module  # first: it puts virtual time in place

from firmware.crypto import x509
from tests.crypto.mpy import vectors

MPY_HEAP = "1024wk"     # many worlds, one after the other


class Dial(unittest.TestCase):
    def listen(self):
        server, port = bound()
        server.listen(8)
        return server, port

    def test_words_go_both_ways_over_a_connection(self):
        rig = Rig("esp32")
        rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
        server, port = self.listen()

        async def go():
            reader, writer = await rig.hal.network.connect("localhost", port)
            peer, _ = server.accept()
            writer.write(b"ping")
            await writer.drain()
            heard = peer.recv(4)
            peer.send(b"pong!")
            said = await reader.readexactly(5)
            peer.close()
            end = await reader.read(1)
            writer.close()
            await writer.wait_closed()
            return heard, said, end

        self.assertEqual(rig.wait(go()), (b"ping", b"pong!", b""))
        server.close()

    def test_nobody_there_is_an_error_at_once_and_so_is_a_network_that_is_down(self):
        rig = Rig("esp32")
        server, port = self.listen()
        server.close()
        for up in (False, True):
            if up:
                rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
            began_ms = CLOCK.now_us // 1000
            with self.assertRaises(OSError):
                rig.wait(rig.hal.network.connect("127.0.0.1", port))
            self.assertTrue(CLOCK.now_us // 1000 - began_ms < 200)

    def refuses(self, said, shown=()):
        """(context, [what it was told]): a TLS whose peer shows those certificates and is refused at the first write, None: taken."""
        told = []

        class Context:
            verify_callback = None

            def wrap_socket(self, sock, server_hostname, do_handshake_on_connect):
                told.append((server_hostname, do_handshake_on_connect))
                return Refused(self)

        class Refused(io.IOBase):
            def __init__(self, context):
                self.context = context

            def write(self, data):
                self.context.patience_ms = CLOCK.world.watchdog.timeout_us // 1000
                for depth, one in enumerate(shown):
                    if self.context.verify_callback:
                        told.append(self.context.verify_callback(memoryview(one), depth))
                if said is None:
                    return len(data)
                raise ValueError(said)

            def ioctl(self, request, argument):
                return 4 if request == 3 else 0

            def close(self):
                pass

        return Context(), told

    def say(self, rig, context, port):
        """What comes of a first word to a peer at `port` over `context`: the error's text."""
        net = module("hal.esp32.net")
        real, net.client_context = net.client_context, lambda roots, client: context

        async def go():
            _, writer = await rig.hal.network.connect("localhost", port, ((), None))
            try:
                writer.write(b"hello")
                await writer.drain()
                return None
            except OSError as error:
                return error.args[0]
            finally:
                writer.close()
                await writer.wait_closed()

        try:
            return rig.wait(go())
        finally:
            net.client_context = real

    def test_a_handshake_that_fails_leaves_no_socket_open(self):
        """The port's TLS stream closes nothing after that."""
        rig = Rig("esp32")
        rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
        server, port = self.listen()
        context, told = self.refuses("\nThe certificate is\nnot trusted\n")
        self.assertEqual(self.say(rig, context, port), "The certificate is not trusted")
        self.assertEqual(told, [("localhost", False)])
        self.assertEqual((context.patience_ms, rig.world.watchdog.timeout_us), (10000, 1000000))
        peer, _ = server.accept()
        peer.setblocking(False)
        self.assertEqual(peer.recv(1), b"")
        server.close()

    def test_a_handshake_has_ten_seconds_of_the_watchdogs_patience_and_what_comes_after_it_has_one(self):
        rig = Rig("esp32")
        rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
        server, port = self.listen()
        context, _ = self.refuses(None)
        self.assertIsNone(self.say(rig, context, port))
        self.assertEqual((context.patience_ms, rig.world.watchdog.timeout_us), (10000, 1000000))
        server.close()

    def test_a_peer_that_is_right_but_too_early_for_a_clock_that_nobody_has_set_is_later_not_too_early(self):
        early = "\nThe certificate validity starts in the future\n"
        root, leaf = vectors.ROOT, vectors.LEAF
        begins_s = [x509.Certificate(one).not_before for one in (root, leaf)]
        server, port = self.listen()
        for said, shown, guess in (
            (early, (root, leaf), True), (early, (root, b"none"), False),
            ("\nThe certificate is not correctly signed by the trusted CA" + early, (leaf,), False),
        ):
            rig = Rig("esp32")
            rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
            context, told = self.refuses(said, shown)
            self.say(rig, context, port)
            self.assertEqual(told[1:], [0] * len(shown))        # no certificate is taken that mbedTLS does not take
            calendar_s = module("time").time() + 946684800
            self.assertTrue(0 <= calendar_s - (max(begins_s) if guess else 946684800) < 10)
            if guess:
                self.assertIsNone(rig.hal.clock.utc_s())        # a guess is no time
                rig = rig.again("watchdog")
                self.assertIsNone(rig.hal.clock.utc_s())
                rig.hal.clock.at_least(max(begins_s) - 86400)   # it never goes back
                self.assertTrue(module("time").time() + 946684800 >= max(begins_s))
                rig.hal.clock.set_utc(1795000000)
                rig = rig.again("soft")
                self.assertTrue(1795000000 <= rig.hal.clock.utc_s() < 1795000100)
                rig.hal.clock.at_least(1900000000)              # nor is what is known guessed at
                self.assertTrue(rig.hal.clock.utc_s() < 1795000100)
                rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
                context, told = self.refuses(said, shown)
                self.say(rig, context, port)
                self.assertEqual(len(told), 1)                  # nobody looks at certificates any more
        server.close()

    def test_a_certificate_that_is_none_is_an_error_of_the_network(self):
        rig = Rig("esp32")
        rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
        with self.assertRaises(OSError):
            rig.wait(rig.hal.network.connect("127.0.0.1", 1, (iter([b"no certificate"]), None)))

    def test_without_roots_nobody_is_dialled(self):
        rig = Rig("esp32")
        rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
        with self.assertRaises(OSError):
            rig.wait(rig.hal.network.connect("127.0.0.1", 1, (iter(()), None)))


if __name__ == "__main__":
    unittest.main()
