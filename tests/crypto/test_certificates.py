"""The firmware's X.509, PEM and certificate requests, held against `cryptography`, and thrown rubbish at."""

import os
import random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.crypto.asking import ask, yes
from tests.crypto.making import NOW, YEAR, certificate, der, ec_key, pem, point, raw, rsa_key, utc

FUZZ = 20000 if os.getenv("PROVE") else 600
SEED = int(os.getenv("PROVE_SEED", "1"))
T = utc(NOW).to_bytes(8, "big")


def test_what_is_read_is_what_cryptography_reads():
    key = ec_key()
    ca = certificate("CA \u20ac", key, ca=True, path=2, usage=["key_cert_sign", "crl_sign"], serial=(1 << 159) - 1)
    others = [
        certificate("leaf", ec_key(), ca, key, usage=["digital_signature"], serial=1),
        certificate("rsa", rsa_key(), ca=True, end=NOW + 90 * YEAR, serial=200),
        certificate("pss", rsa_key(), ca=True, pss=True, begin=NOW - 70 * YEAR),
        certificate("p384", ec_key(ec.SECP384R1), digest=hashes.SHA384),
        certificate("ed", ed25519.Ed25519PrivateKey.generate().public_key(), ca, key,
                    public=ed25519.Ed25519PrivateKey.generate().public_key()),
        certificate("old", key, ca=None),
    ]  # fmt: skip
    for theirs, ours in zip([ca, *others], yes([("read", der(one)) for one in [ca, *others]]), strict=True):
        assert int(ours["serial"], 16) == theirs.serial_number
        assert bytes.fromhex(ours["issuer"]) == theirs.issuer.public_bytes()
        assert bytes.fromhex(ours["subject"]) == theirs.subject.public_bytes()
        assert ours["to"] == min(utc(theirs.not_valid_after_utc), 0xFFFFFFFF)  # the last that is kept (support.clock)
        assert ours["from"] == max(0, utc(theirs.not_valid_before_utc))
        assert ours["name"] == theirs.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        assert ours["organisation"] == "Rudved tests"
        skid = x509.SubjectKeyIdentifier.from_public_key(theirs.public_key())
        assert skid.digest == hashes_sha1(bytes.fromhex(ours["key_bits"]))
        basic = [e.value for e in theirs.extensions if isinstance(e.value, x509.BasicConstraints)]
        assert (ours["ca"], ours["path"]) == ((basic[0].ca, basic[0].path_length) if basic else (False, None))
        if isinstance(theirs.public_key(), ec.EllipticCurvePublicKey):
            assert ours["key"] == (["ec", point(key).hex()] if theirs is ca else ours["key"])
    assert yes([("read", der(ca))])[0]["usage"] == 0x06


def hashes_sha1(data):
    one = hashes.Hash(hashes.SHA1())
    one.update(data)
    return one.finalize()


def judged(*cases):
    """[(chain, roots, what its error must say or None)], all judged at NOW."""
    answers = ask([("chain", T, bytes([len(chain)]), *map(der, chain), *map(der, roots)) for chain, roots, _ in cases])
    for (_, _, error), answer in zip(cases, answers, strict=True):
        if error is None:
            assert "is" in answer, answer
        else:
            assert error in answer.get("error", str(answer)), (error, answer)


def test_chains_are_accepted_by_the_rules_and_only_by_them():
    root_key, middle_key, leaf_key = ec_key(), rsa_key(), ec_key()
    root = certificate("root", root_key, ca=True, path=1, usage=["key_cert_sign"])
    middle = certificate("middle", middle_key, root, root_key, ca=True, path=0, usage=["key_cert_sign"])
    leaf = certificate("leaf", leaf_key, middle, middle_key, usage=["digital_signature"])
    pss = certificate("leaf", leaf_key, middle, middle_key, pss=True)
    twin_key = ec_key()
    twin = certificate("root", twin_key, ca=True)
    judged(
        ([leaf, middle], [root], None),
        ([pss, middle], [root], None),
        ([leaf, middle, root], [twin, root], None),
        ([leaf], [middle], None),
        ([root], [root], None),
        ([leaf, middle], [twin], "issuer root is not among the roots"),
        ([leaf, middle], [], "not among the roots"),
        ([leaf], [root], "not among the roots"),
        ([leaf, root], [root], "not signed by the next one, of root"),
        ([middle, leaf], [root], None),
        ([leaf] * 7, [root], "chain has 7 certificates"),
    )
    for wrong, error in (
        (certificate("leaf", leaf_key, middle, middle_key, end=NOW - YEAR / 2), "has expired"),
        (certificate("leaf", leaf_key, middle, middle_key, begin=NOW + YEAR / 2), "not valid yet"),
        (certificate("leaf", leaf_key, middle, ec_key()), "not signed by the next one"),
        (certificate("leaf", leaf_key, middle, middle_key, digest=hashes.SHA384, pss=True), "not signed by the next one"),
        (certificate("leaf", leaf_key, middle, middle_key, extensions=[
            (x509.NameConstraints([x509.DNSName("a")], None), True)]), "critical extension"),
    ):  # fmt: skip
        judged(([wrong, middle], [root], error))


@pytest.mark.parametrize("digest", [hashes.SHA384, hashes.SHA512])
def test_authorities_may_sign_with_longer_digests(digest):
    root_key, middle_key, leaf_key = ec_key(), rsa_key(), ec_key()
    root = certificate("root", root_key, ca=True, digest=digest)
    middle = certificate("middle", middle_key, root, root_key, ca=True, digest=digest)
    leaf = certificate("leaf", leaf_key, middle, middle_key, digest=digest)
    judged(
        ([leaf, middle], [root], None),
        ([leaf], [middle], None),
        ([certificate("leaf", leaf_key, middle, ec_key(), digest=digest), middle], [root], "not signed by the next one"),
        ([leaf, certificate("middle", middle_key, root, ec_key(), ca=True, digest=digest)], [root], "not among the roots"),
    )
    spoiled = bytearray(der(leaf))
    spoiled[-1] ^= 1
    (answer,) = ask([("chain", T, b"\x01", bytes(spoiled), der(middle))])
    assert "not among the roots" in answer["error"]


def test_issuer_must_be_allowed_to_issue():
    key, leaf_key = ec_key(), ec_key()
    for more, error in (
        ({"ca": False}, "is no certification authority"),
        ({"ca": None}, "is no certification authority"),
        ({"ca": True, "usage": ["digital_signature"]}, "may not sign certificates"),
        ({"ca": True, "end": NOW - YEAR / 2}, "has expired"),
    ):
        root = certificate("root", key, **more)
        leaf = certificate("leaf", leaf_key, root, key)
        judged(([leaf], [root], error))
    root = certificate("root", key, ca=True, path=0)
    middle = certificate("middle", leaf_key, root, key, ca=True)
    end = certificate("end", ec_key(), middle, leaf_key)
    judged(([end, middle], [root], "may not have so long a chain"), ([middle], [root], None))
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    (answer,) = yes([("read", der(certificate("leaf", leaf_key, extensions=[(usage, True)])))])
    assert answer["usage"] is None


def test_chain_is_judged_without_times_where_nobody_knows_the_time():
    root = certificate("root", key := ec_key(), ca=True)
    leaf = certificate("leaf", ec_key(), root, key, end=NOW - YEAR / 2)
    assert yes([("chain", bytes(8), b"\x01", der(leaf), der(root))]) == [1]


def test_signatures_of_files_are_verified_with_either_kind_of_key():
    digest = hashes.Hash(hashes.SHA256())
    digest.update(b"a firmware image")
    digest = digest.finalize()
    ec_one, rsa_one = ec_key(), rsa_key(3072)
    good = [
        (ec_one, ec_one.sign(b"a firmware image", ec.ECDSA(hashes.SHA256()))),
        (rsa_one, rsa_one.sign(b"a firmware image", padding.PKCS1v15(), hashes.SHA256())),
        (rsa_one, rsa_one.sign(b"a firmware image", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())),
    ]
    asked = [("signed", der(certificate("maker", key)), digest, signature) for key, signature in good]
    asked += [("signed", der(certificate("maker", key)), bytes(32), signature) for key, signature in good]
    assert yes(asked) == [True] * 3 + [False] * 3


def test_request_is_one_that_an_authority_signs():
    key = ec_key()
    (text,) = yes([("request", raw(key), b"R0000001", "Chargée GmbH".encode())])
    asked = x509.load_pem_x509_csr(text.encode())
    assert asked.is_signature_valid
    assert asked.public_key() == key.public_key()
    assert asked.subject.rfc4514_string() == "CN=R0000001,O=Chargée GmbH"
    assert len(text) < 5500
    (text,) = yes([("request", raw(key), b"R0000001", b"")])
    assert x509.load_pem_x509_csr(text.encode()).subject.rfc4514_string() == "CN=R0000001"


def test_pem_in_any_dress_is_read_and_broken_pem_is_named():
    one, two = certificate("one", ec_key()), certificate("two", ec_key())
    text = pem(one, two)
    wanted = [der(one).hex(), der(two).hex()]
    for dress in (text, text.replace("\n", "\r\n"), text.replace("\n", ""), text.replace("\n", "\\n").replace("\\n", " "),
                  "Bag Attributes\n" + text, text.strip()):  # fmt: skip
        assert yes([("unpem", dress.encode())]) == [wanted]
    assert yes([("unpem", b"nothing"), ("unpem", b"")]) == [[], []]
    for broken in (text[:-30], text.replace("M", "!", 1), text.replace("=", "")[:200] + "A-----END CERTIFICATE-----"):
        assert "PEM has a CERTIFICATE" in ask([("unpem", broken.encode())])[0]["error"]


def test_mutilated_certificates_give_an_error_or_a_certificate_and_nothing_else():
    """Bits turned, bytes cut, doubled and swapped: a sentence or a reading, no other exception, no growth of memory."""
    rnd = random.Random(SEED)
    key = ec_key()
    root = certificate("root", key, ca=True, path=3, usage=["key_cert_sign"])
    seeds = [der(root), der(certificate("rsa", rsa_key(), ca=True, pss=True)), der(certificate("leaf", ec_key(), root, key))]
    asked = []
    for _ in range(FUZZ):
        data = bytearray(rnd.choice(seeds))
        for _ in range(rnd.choice((1, 1, 2, 5))):
            at, how = rnd.randrange(len(data)), rnd.randrange(5)
            if how == 0:
                data[at] ^= 1 << rnd.randrange(8)
            elif how == 1:
                data[at] = rnd.choice((0, 0x30, 0x7F, 0x80, 0x81, 0x84, 0xFF))
            elif how == 2:
                del data[at:]
            elif how == 3:
                data[at:at] = data[at : at + rnd.randrange(40)]
            else:
                data = data[: at + 1] + bytes(rnd.randrange(256) for _ in range(8)) + data[at + 1 :]
            if not data:
                data = bytearray(b"\x30")
        asked += [("read", bytes(data)), ("walk", bytes(data))]
    answers = ask(asked)
    print(f"seed {SEED}: {sum('error' in one for one in answers)} of {len(answers)} refused")
    assert max(one["peak"] for one in answers) < 60_000
    assert any("error" in one for one in answers) and any("is" in one for one in answers)


def test_certificates_that_were_touched_are_never_believed():
    rnd = random.Random(SEED)
    key = ec_key()
    root = certificate("root", key, ca=True)
    leaf = der(certificate("leaf", ec_key(), root, key))
    asked = []
    for _ in range(FUZZ // 20):
        at = rnd.randrange(len(leaf))
        touched = leaf[:at] + bytes([leaf[at] ^ 1 << rnd.randrange(8)]) + leaf[at + 1 :]
        asked.append(("chain", T, b"\x01", touched, der(root)))
    assert all("error" in answer for answer in ask(asked))
    assert yes([("chain", T, b"\x01", leaf, der(root))]) == [1]
