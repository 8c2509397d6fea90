"""Published vectors, on any word size: P-256 with deterministic nonces, HMAC, and what one slice of a long sum costs."""
import asyncio
import unittest
from hashlib import sha256

from firmware.crypto import der, p256
from firmware.crypto.hmac import hmac_sha256

# RFC 6979, A.2.5
PRIVATE = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
PUBLIC = bytes.fromhex(
    "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB67903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177"
    "A3C294D4462299")
SIGNED = (
    (b"sample", 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
     0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8),
    (b"test", 0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367,
     0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083),
)


class Signatures(unittest.TestCase):
    async def test_published_vectors_are_met(self):
        self.assertEqual(await p256.public_of(PRIVATE), PUBLIC)
        for message, r, s in SIGNED:
            digest = sha256(message).digest()
            signature = await p256.sign(PRIVATE, digest)
            self.assertEqual(signature, der.sequence(der.integer(r), der.integer(s)))
            self.assertTrue(await p256.verify(PUBLIC, digest, signature))
            self.assertFalse(await p256.verify(PUBLIC, sha256(b"else").digest(), signature))

    async def test_others_run_all_through_a_verification(self):
        turns = 0

        async def other():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep_ms(0)

        task = asyncio.create_task(other())
        digest = sha256(b"sample").digest()
        await p256.verify(PUBLIC, digest, der.sequence(der.integer(SIGNED[0][1]), der.integer(SIGNED[0][2])))
        task.cancel()
        self.assertTrue(turns > 60, turns)

    def test_private_key_out_of_range_is_drawn_again(self):
        draws = [bytes(32), b"\xff" * 32, PRIVATE]
        self.assertEqual(p256.new_private(lambda n: draws.pop(0)), PRIVATE)


class Hmac(unittest.TestCase):
    def test_published_vectors_are_met(self):
        # RFC 4231, cases 2 and 6
        self.assertEqual(hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex(),
                         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        self.assertEqual(hmac_sha256(b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First").hex(),
                         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")


if __name__ == "__main__":
    unittest.main()
