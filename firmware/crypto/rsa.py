"""RSA signatures with SHA-256, checking only (RFC 8017): PKCS #1 v1.5 and PSS. Keys of 2048 to 4096 bits.

The power is taken step by step: one built-in `pow` of this size would hold everything up for a quarter of a second on
the chip.
"""
import asyncio
from hashlib import sha256

from micropython import const

_SMALLEST = const(256)                  # bytes of the modulus
_LARGEST = const(512)
_LONGEST_EXPONENT = 0xFFFFFFFF
_SHA256_INFO = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
_HASH = const(32)


async def verify(modulus, exponent, digest, signature, pss):
    """True where `signature` is that of `digest` (32 bytes) under the key; `pss` chooses the padding. Never raises."""
    size = len(signature)
    if not _SMALLEST <= size <= _LARGEST or len(digest) != _HASH or not 3 <= exponent <= _LONGEST_EXPONENT:
        return False
    if not exponent & modulus & 1 or modulus >> 8 * size or not modulus >> 8 * size - 8:
        return False
    value = int.from_bytes(signature, "big")
    if value >= modulus:
        return False
    block = await _power(value, exponent, modulus)
    if not pss:
        padded = b"\x00\x01" + b"\xff" * (size - 3 - len(_SHA256_INFO) - _HASH) + b"\x00" + _SHA256_INFO + digest
        return block.to_bytes(size, "big") == padded
    return _pss(block, modulus, size, digest)


async def _power(base, exponent, modulus):
    result = 1
    while exponent:
        if exponent & 1:
            result = result * base % modulus
            await asyncio.sleep_ms(0)
        exponent >>= 1
        if exponent:
            base = base * base % modulus
            await asyncio.sleep_ms(0)
    return result


def _pss(block, modulus, size, digest):
    """EMSA-PSS-VERIFY (RFC 8017, 9.1.2), MGF1 with SHA-256 and a salt of any length."""
    bits = 8 * size - 1
    while not modulus >> bits:
        bits -= 1
    # the encoded message has one bit less than the modulus, which has bits + 1
    length = (bits + 7) // 8
    if block >> bits:
        return False
    encoded = block.to_bytes(length, "big")
    if encoded[-1] != 0xBC:
        return False
    border = length - _HASH - 1
    h = encoded[border:-1]
    masked = int.from_bytes(encoded[:border], "big") ^ int.from_bytes(_mgf1(h, border), "big")
    plain = (masked & (1 << 8 * border - (8 * length - bits)) - 1).to_bytes(border, "big").lstrip(b"\x00")
    if plain[:1] != b"\x01":
        return False
    check = sha256(bytes(8))
    check.update(digest)
    check.update(plain[1:])
    return check.digest() == h


def _mgf1(seed, length):
    mask, count = b"", 0
    while len(mask) < length:
        mask += sha256(seed + count.to_bytes(4, "big")).digest()
        count += 1
    return mask[:length]
