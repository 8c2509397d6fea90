"""HMAC with SHA-256 (RFC 2104)."""
from hashlib import sha256

from micropython import const

_BLOCK = const(64)


def hmac_sha256(key, data):
    """32 bytes."""
    if len(key) > _BLOCK:
        key = sha256(key).digest()
    key = key + bytes(_BLOCK - len(key))
    inner = sha256(bytes([b ^ 0x36 for b in key]))
    inner.update(data)
    outer = sha256(bytes([b ^ 0x5C for b in key]))
    outer.update(inner.digest())
    return outer.digest()
