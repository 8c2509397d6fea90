"""RSA signatures, checking only (RFC 8017): PKCS #1 v1.5 with SHA-256, 384 or 512, PSS with SHA-256. Keys of 2048 to 4096 bits.

The power is taken step by step: one built-in `pow` of this size would hold everything up for a quarter of a second on
the chip.
"""
import asyncio
from hashlib import sha256

from micropython import const

_SMALLEST = const(256)                  # bytes of the modulus
_LARGEST = const(512)
_LONGEST_EXPONENT = 0xFFFFFFFF
_HASHES = {32: 1, 48: 2, 64: 3}         # bytes of SHA-256, 384, 512 -> last part of its object identifier
_INFO = b"\x30%c\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02%c\x05\x00\x04%c"
_HASH = const(32)


async def verify(modulus, exponent, digest, signature, pss):
    """True where `signature` is that of `digest` under the key; `pss` chooses the padding. Never raises.

    The digest has 32 bytes; without `pss` 48 or 64 will do too.
    """
    size = len(signature)
    if not _SMALLEST <= size <= _LARGEST or len(digest) not in ((_HASH,) if pss else _HASHES) or not 3 <= exponent <= _LONGEST_EXPONENT:
        return False
    if not exponent & modulus & 1 or modulus >> 8 * size or not modulus >> 8 * size - 8:
        return False
    value = int.from_bytes(signature, "big")
    if value >= modulus:
        return False
    block = await _power(value, exponent, modulus)
    if not pss:
        known = _INFO % (17 + len(digest), _HASHES[len(digest)], len(digest)) + digest
        padded = b"\x00\x01" + b"\xff" * (size - 3 - len(known)) + b"\x00" + known
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
