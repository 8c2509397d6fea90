"""The firmware's P-256 and RSA, held against `cryptography`: the same signatures, the same verdicts."""

import hashlib
import os
import random

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.serialization import load_der_private_key

from tests.crypto.asking import ask, yes
from tests.crypto.making import ec_key, point, raw, rsa_key

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
COUNT = 300 if os.getenv("PROVE") else 8
HASHED = ec.ECDSA(utils.Prehashed(hashes.SHA256()))


def digest(i):
    return hashlib.sha256(b"message %d" % i).digest()


def test_signatures_and_public_keys_are_those_of_cryptography():
    keys = [ec_key() for _ in range(COUNT)] + [ec.derive_private_key(d, ec.SECP256R1()) for d in (1, 2, N - 1, N - 2)]
    made = yes([q for i, key in enumerate(keys) for q in (("public", raw(key)), ("sign", raw(key), digest(i)))])
    same = ec.ECDSA(utils.Prehashed(hashes.SHA256()), deterministic_signing=True)
    for i, key in enumerate(keys):
        assert bytes.fromhex(made[2 * i]) == point(key)
        key.public_key().verify(bytes.fromhex(made[2 * i + 1]), digest(i), HASHED)
        assert bytes.fromhex(made[2 * i + 1]) == key.sign(digest(i), same)


def test_longer_digests_are_those_of_hashlib_at_every_length_of_a_block():
    texts = [bytes(range(256))[:n] for n in (0, 1, 3, 110, 111, 112, 113, 127, 128, 129, 239, 240, 241)]
    texts += [random.Random(n).randbytes(n) for n in (1000, 3000)]
    made = yes([("sha2", text, bytes([size])) for text in texts for size in (48, 64)])
    assert made == [how(text).hexdigest() for text in texts for how in (hashlib.sha384, hashlib.sha512)]


def test_true_signatures_verify_and_touched_ones_do_not():
    rnd = random.Random(1)
    asked, wanted = [], []
    for i in range(COUNT):
        key = ec_key()
        good = key.sign(digest(i), HASHED)
        r, s = utils.decode_dss_signature(good)
        at = rnd.randrange(len(good))
        touched = good[:at] + bytes([good[at] ^ 1 << rnd.randrange(8)]) + good[at + 1 :]
        for signature, of, verdict in (
            (good, i, True), (utils.encode_dss_signature(r, N - s), i, True), (good, i + 1, False), (touched, i, False),
        ):  # fmt: skip
            asked.append(("verify", point(key), digest(of), signature))
            wanted.append(verdict)
    assert yes(asked) == wanted


def test_impossible_signatures_and_keys_verify_nothing():
    key = ec_key()
    good = key.sign(digest(0), HASHED)
    r, s = utils.decode_dss_signature(good)
    pairs = [(0, s), (r, 0), (N, s), (r, N), (r + N, s), (r, s + N), (1, 1), (N - 1, N - 1), (0, 0)]
    asked = [("verify", point(key), digest(0), utils.encode_dss_signature(*pair)) for pair in pairs]
    asked += [
        ("verify", point(key), digest(0), bad)
        for bad in (b"", b"\x30", b"\x30\x00", good[:-1], good + b"\x00", b"\x31" + good[1:], b"\x30\x80" + good[2:], b"\xff" * 72)
    ]
    other = bytearray(point(key))
    other[64] ^= 1
    for public in (bytes(other), point(key)[:64], b"\x04" + bytes(64), b"\x02" + point(key)[1:33], b"\x04" + b"\xff" * 64):
        asked.append(("verify", public, digest(0), good))
    asked.append(("verify", point(key), digest(0)[:31], good))
    assert yes(asked) == [False] * len(asked)


def test_wrong_private_keys_are_refused():
    for private in (bytes(32), N.to_bytes(32, "big"), b"\xff" * 32):
        for question in (("public", private), ("sign", private, digest(0))):
            assert "out of range" in ask([question])[0]["error"]


def test_sum_that_is_a_doubling_or_nothing_at_all_is_found():
    """The joint table holds G + Q: for Q = G it is a doubling, for Q = -G the point at infinity."""
    for d in (1, N - 1, 2, N - 2):
        key = ec.derive_private_key(d, ec.SECP256R1())
        signatures = [key.sign(digest(i), HASHED) for i in range(4)]
        assert yes([("verify", point(key), digest(i), one) for i, one in enumerate(signatures)]) == [True] * 4


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_rsa_verdicts_are_those_of_cryptography(bits):
    key = rsa_key(bits)
    numbers = key.public_key().public_numbers()
    n, e = numbers.n.to_bytes(bits // 8, "big"), numbers.e.to_bytes(3, "big")
    hashed, rnd = utils.Prehashed(hashes.SHA256()), random.Random(bits)
    paddings = [padding.PKCS1v15()] + [padding.PSS(padding.MGF1(hashes.SHA256()), salt) for salt in (32, 0, 20, bits // 8 - 34)]
    asked, wanted = [], []
    for i, pad in enumerate(paddings):
        pss = bytes([i > 0])
        good = key.sign(digest(i), pad, hashed)
        at = rnd.randrange(1, len(good))
        touched = good[:at] + bytes([good[at] ^ 1 << rnd.randrange(8)]) + good[at + 1 :]
        for signature, of, how, verdict in (
            (good, i, pss, True), (good, i + 1, pss, False), (good, i, bytes([not i]), False), (touched, i, pss, False),
            (good[:-1], i, pss, False), (b"\xff" * len(good), i, pss, False), (b"", i, pss, False),
        ):  # fmt: skip
            asked.append(("rsa_verify", n, e, digest(of), signature, how))
            wanted.append(verdict)
    other = key.sign(digest(0), padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
    for public in (b"\x01", b"\x02", b"\x00", b"\x01" + bytes(4) + b"\x01"):
        asked.append(("rsa_verify", n, public, digest(0), other, b"\x00"))
        wanted.append(False)
    assert yes(asked) == wanted


def test_rsa_padding_with_rubbish_behind_the_hash_is_refused():
    """Bleichenbacher's forgery: a short exponent and a verifier that does not look at the whole block."""
    key = rsa_key(2048)
    n = key.public_key().public_numbers().n
    d = key.private_numbers().d
    info = bytes.fromhex("3031300d060960864801650304020105000420")
    for block in (
        b"\x00\x01" + b"\xff" * 8 + b"\x00" + info + digest(0) + b"\x00" * (256 - 11 - 51),
        b"\x00\x01" + b"\xff" * 201 + b"\x01" + info + digest(0)[:32] + b"",
        b"\x00\x02" + b"\xff" * 202 + b"\x00" + info + digest(0),
    ):
        forged = pow(int.from_bytes(block, "big"), d, n).to_bytes(256, "big")
        question = ("rsa_verify", n.to_bytes(256, "big"), b"\x01\x00\x01", digest(0), forged, b"\x00")
        assert yes([question]) == [False]


def test_private_key_file_is_one_that_others_read():
    key = ec_key()
    (made,) = yes([("key_file", raw(key))])
    assert raw(load_der_private_key(bytes.fromhex(made), None)) == raw(key)
