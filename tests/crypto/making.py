"""Keys and certificates of all kinds, made by `cryptography`."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

NOW = datetime.datetime(2026, 11, 22, 10)
YEAR = datetime.timedelta(days=365)
_RSA = {}


def rsa_key(bits=2048):
    """One RSA key of a size for the whole run: they take long to find."""
    if bits not in _RSA:
        _RSA[bits] = rsa.generate_private_key(65537, bits)
    return _RSA[bits]


def ec_key(curve=ec.SECP256R1):
    return ec.generate_private_key(curve())


def raw(key):
    """A P-256 private key as 32 bytes."""
    return key.private_numbers().private_value.to_bytes(32, "big")


def point(key):
    """The public half as 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def name(common, organisation="Rudved tests"):
    return x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation), x509.NameAttribute(NameOID.COMMON_NAME, common),
    ])  # fmt: skip


def certificate(subject, key, issuer=None, issuer_key=None, *, ca=False, path=None, begin=NOW - YEAR, end=NOW + YEAR,
                usage=None, extensions=(), digest=hashes.SHA256, pss=False, serial=None, public=None):  # fmt: skip
    """A certificate of `subject` (text) for `key`, by `issuer` (a certificate; None: by itself)."""
    builder = (
        x509.CertificateBuilder().subject_name(name(subject)).issuer_name(issuer.subject if issuer else name(subject))
        .public_key(public or key.public_key()).serial_number(serial or x509.random_serial_number())
        .not_valid_before(begin).not_valid_after(end)
    )  # fmt: skip
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=path), critical=True)
    if usage is not None:
        flags = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)  # fmt: skip
        builder = builder.add_extension(x509.KeyUsage(**(flags | dict.fromkeys(usage, True))), critical=True)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    how = {"rsa_padding": padding.PSS(padding.MGF1(digest()), digest.digest_size)} if pss else {}
    return builder.sign(issuer_key or key, digest(), **how)


def der(certificate):
    return certificate.public_bytes(Encoding.DER)


def pem(*certificates):
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def key_pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def utc(moment):
    return int(moment.replace(tzinfo=datetime.UTC).timestamp())
