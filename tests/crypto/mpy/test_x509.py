"""A chain over both kinds of keys, and DER's edges, on any word size."""
import unittest

import vectors

from firmware.crypto import der, pem, rsa, x509

NOW = 1795341600                        # 2026-11-22T10:00:00Z


class Chains(unittest.TestCase):
    async def test_chain_of_elliptic_and_rsa_keys_is_walked(self):
        root, middle, leaf, pss = [x509.Certificate(one) for one in (vectors.ROOT, vectors.MIDDLE, vectors.LEAF, vectors.PSS)]
        self.assertIs(await x509.verify_chain([leaf, middle], [root], NOW), root)
        self.assertIs(await x509.verify_chain([pss, middle], [root], None), root)
        self.assertEqual((leaf.name(), leaf.name("O"), leaf.ca, root.path_length), ("Vector leaf", "Rudved tests", False, 1))
        for now, text in ((NOW + 700000000, "has expired"), (NOW - 700000000, "not valid yet")):
            try:
                await x509.verify_chain([leaf, middle], [root], now)
                self.fail(text)
            except x509.CertificateError as error:
                self.assertIn(text, str(error))

    async def test_a_turned_bit_anywhere_is_noticed(self):
        root = x509.Certificate(vectors.ROOT)
        for at in range(4, len(vectors.MIDDLE), 97):
            data = bytearray(vectors.MIDDLE)
            data[at] ^= 4
            with self.assertRaises(x509.CertificateError):
                await x509.verify_chain([x509.Certificate(data)], [root], NOW)

    async def test_rsa_key_of_an_odd_kind_verifies_nothing(self):
        middle = x509.Certificate(vectors.MIDDLE)
        _, modulus, exponent = middle.key
        leaf = x509.Certificate(vectors.LEAF)
        for n, e in ((modulus, 1), (modulus, 65536), (modulus * 2, exponent), (3, exponent), (modulus >> 9, exponent)):
            self.assertFalse(await rsa.verify(n, e, bytes(32), leaf.signature, False))

    def test_huge_certificate_is_refused_by_its_size(self):
        with self.assertRaises(x509.CertificateError):
            x509.Certificate(bytes(9000))


class Der(unittest.TestCase):
    def test_numbers_go_out_and_come_back(self):
        for value in (0, 1, 127, 128, 255, 256, 1 << 30, (1 << 31) - 1, 1 << 31, (1 << 256) - 1, 1 << 4095):
            self.assertEqual(der.Reader(der.integer(value)).integer(), value)

    def test_what_is_not_the_shortest_form_is_refused(self):
        for text in ("02020001", "020100ff", "0200", "0201ff", "02810101", "0282000101", "0280", "0285000000000101", "3f0101", "02",
                     "0205", "020201", "0102ffff", "010101"):
            reader = der.Reader(bytes.fromhex(text))
            with self.assertRaises(der.DerError):
                reader.boolean() if text[:2] == "01" else reader.integer()
                reader.done()

    def test_lengths_of_every_size_are_written_and_read(self):
        for n in (0, 1, 127, 128, 255, 256, 65535, 65536):
            self.assertEqual(len(der.Reader(der.element(der.OCTET_STRING, bytes(n))).bytes(der.OCTET_STRING)), n)


class Pem(unittest.TestCase):
    def test_what_is_written_is_read(self):
        text = pem.encode(vectors.ROOT) + "\n" + pem.encode(vectors.LEAF)
        self.assertEqual(pem.decode(text), [vectors.ROOT, vectors.LEAF])
        self.assertTrue(max([len(line) for line in text.split("\n")]) == 64)


if __name__ == "__main__":
    unittest.main()
