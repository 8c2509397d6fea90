"""A certificate signing request (PKCS #10, RFC 2986) for a P-256 key, and that key's file form (SEC 1, RFC 5915)."""
from hashlib import sha256

from firmware.crypto import der, p256, pem

_EC_P256 = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
_P256_NAMED = b"\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
_ECDSA_SHA256 = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
_COMMON_NAME, _ORGANISATION = b"\x55\x04\x03", b"\x55\x04\x0a"


async def request(private, common_name, organisation=""):
    """PEM of a request for `private` (32 bytes); the subject is O=organisation (where given), CN=common_name."""
    subject = der.sequence(*[_attribute(kind, text) for kind, text in (
        (_ORGANISATION, organisation), (_COMMON_NAME, common_name)) if text])
    key = der.sequence(_EC_P256, der.bits(await p256.public_of(private)))
    info = der.sequence(der.integer(0), subject, key, b"\xa0\x00")
    signature = await p256.sign(private, sha256(info).digest())
    return pem.encode(der.sequence(info, _ECDSA_SHA256, der.bits(signature)), "CERTIFICATE REQUEST")


def private_key_der(private, public):
    """A private key as TLS libraries read it: DER of an ECPrivateKey with both halves."""
    return der.sequence(der.integer(1), der.element(der.OCTET_STRING, private), _P256_NAMED,
                        der.element(0xA1, der.bits(public)))


def _attribute(kind, text):
    return der.element(der.SET, der.sequence(der.element(der.OID, kind), der.element(der.UTF8, text.encode())))
