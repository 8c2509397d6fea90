"""Where the central system is: base URL and identity."""
import unittest

from firmware.ocpp.url import Endpoint, quote


class Urls(unittest.TestCase):
    def test_identity_stands_behind_the_path_percent_encoded(self):
        to = Endpoint("ws://csms.example:8080/ocpp/v16", "IN*RUD/1 \u20ac")
        self.assertEqual((to.host, to.port, to.secure), ("csms.example", 8080, False))
        self.assertEqual(to.path, "/ocpp/v16/IN%2ARUD%2F1%20%E2%82%AC")
        self.assertEqual(to.authority(), "csms.example:8080")

    def test_default_ports_are_left_out_of_the_host_line(self):
        self.assertEqual(Endpoint("wss://a/", "X").port, 443)
        self.assertEqual(Endpoint("wss://a", "X").authority(), "a")
        self.assertEqual(Endpoint("WS://a:80", "X").authority(), "a")
        self.assertEqual(Endpoint("ws://a", "X").path, "/X")
        self.assertEqual(Endpoint("ws://a/b/", "X").path, "/b/X")

    def test_ipv6_keeps_its_brackets(self):
        to = Endpoint("ws://[::1]:9000/o", "X")
        self.assertEqual((to.host, to.port, to.authority()), ("::1", 9000, "[::1]:9000"))

    def test_what_is_no_address_is_refused(self):
        for url in ("", "http://a", "ws//a", "ws://", "ws://:80", "ws://a:0", "ws://a:99999", "ws://a:x", "ws://a b", "ws://u@a",
                    "ws://a/?q", "ws://a\r\nX: y"):
            with self.assertRaises(ValueError):
                Endpoint(url, "X")
        with self.assertRaises(ValueError):
            Endpoint("ws://a", "")

    def test_unreserved_characters_stay(self):
        self.assertEqual(quote("aZ09-._~"), "aZ09-._~")


if __name__ == "__main__":
    unittest.main()
