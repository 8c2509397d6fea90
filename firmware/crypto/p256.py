"""ECDSA over the curve P-256 (FIPS 186-4, D.1.2.3) with SHA-256, in integers.

MicroPython has no elliptic curve. One operation takes 5 ms on a computer and most of a second on the chip, so they are
coroutines: a slice between two yields is about 10 ms there, and the safety tick runs between its bytecodes.
Not in constant time: nobody may be able to measure the charger while it signs, which it does for a certificate request
and a commissioning record, never on a stranger's demand. TLS uses the interpreter's own library.
"""
import asyncio

from micropython import const

from firmware.crypto import der
from firmware.crypto.hmac import hmac_sha256

_P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
      0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)
_SLICE = const(4)                       # bits of the scalar between two yields


def new_private(random):
    """A fresh private key, 32 bytes. `random(n)` gives n random bytes."""
    while True:
        private = random(32)
        if 0 < int.from_bytes(private, "big") < _N:
            return private


async def public_of(private):
    """The public key of a private one: 65 bytes, 0x04 x y. ValueError for a private key out of range."""
    d = int.from_bytes(private, "big")
    if not 0 < d < _N:
        raise ValueError("private key is out of range")
    x, y = _affine(await _multiply(d, 0, None))
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def on_curve(public):
    """True for 65 bytes, 0x04 x y, of a point of the curve."""
    return _point(public) is not None


async def sign(private, digest):
    """The signature of a 32-byte SHA-256 digest, in DER; deterministic (RFC 6979), so it needs no luck with chance."""
    d = int.from_bytes(private, "big")
    e = int.from_bytes(digest, "big")
    if not 0 < d < _N or len(digest) != 32:
        raise ValueError("private key is out of range or digest is not 32 bytes")
    for k in _nonces(private, digest):
        r = _affine(await _multiply(k, 0, None))[0] % _N
        s = _inverse(k, _N) * (e + r * d) % _N
        if r and s:
            return der.sequence(der.integer(r), der.integer(s))


async def verify(public, digest, signature):
    """True where `signature` (DER) is the one of `digest` (32 bytes) by the owner of `public` (65 bytes). Never raises."""
    q = _point(public)
    try:
        pair = der.Reader(signature).whole(der.SEQUENCE)
        r, s = pair.integer(), pair.integer()
        pair.done()
    except ValueError:
        return False
    if q is None or len(digest) != 32 or not 0 < r < _N or not 0 < s < _N:
        return False
    w = _inverse(s, _N)
    x, _, z = await _multiply(int.from_bytes(digest, "big") * w % _N, r * w % _N, q)
    if not z:
        return False
    zz = z * z % _P
    return x == r * zz % _P or r + _N < _P and x == (r + _N) * zz % _P


def _point(public):
    if len(public) != 65 or public[0] != 4:
        return None
    x, y = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    if x >= _P or y >= _P or (y * y - (x * x - 3) * x - _B) % _P:
        return None
    return x, y


async def _multiply(u, v, q):
    """u*G + v*q in Jacobian coordinates, both scalars in one pass; q is affine, and unused where v is 0."""
    both = _affine(_add(_G + (1,), q)) if v else None
    table = (None, _G, q, both)
    a, b = u.to_bytes(32, "big"), v.to_bytes(32, "big")
    at = (0, 1, 0)
    for i in range(256):
        if at[2]:
            at = _double(at)
        shift = 7 - i % 8
        point = table[a[i // 8] >> shift & 1 | (b[i // 8] >> shift & 1) << 1]
        if point:
            at = _add(at, point)
        if i % _SLICE == 0:
            await asyncio.sleep_ms(0)
    return at


def _double(point):
    x, y, z = point
    d = z * z % _P
    g = y * y % _P
    b = x * g % _P
    a = 3 * (x - d) * (x + d) % _P
    x3 = (a * a - 8 * b) % _P
    return x3, (a * (4 * b - x3) - 8 * g * g) % _P, 2 * y * z % _P


def _add(point, other):
    """Jacobian + affine."""
    x1, y1, z1 = point
    x2, y2 = other
    if not z1:
        return x2, y2, 1
    zz = z1 * z1 % _P
    h = (x2 * zz - x1) % _P
    r = (y2 * zz * z1 - y1) % _P
    if not h:
        return (0, 1, 0) if r else _double(point)
    hh = h * h % _P
    hhh = h * hh % _P
    v = x1 * hh % _P
    x3 = (r * r - hhh - 2 * v) % _P
    return x3, (r * (v - x3) - y1 * hhh) % _P, z1 * h % _P


def _affine(point):
    """None for the point at infinity."""
    x, y, z = point
    if not z:
        return None
    i = _inverse(z, _P)
    ii = i * i % _P
    return x * ii % _P, y * ii * i % _P


def _inverse(a, m):
    """By Euclid: short steps, where a power would be one long call that nothing can interrupt."""
    low, high, x, y = a % m, m, 1, 0
    while low > 1:
        q = high // low
        low, high, x, y = high - q * low, low, y - q * x, x
    return x % m


def _nonces(private, digest):
    """The k of RFC 6979, 3.2, one after another."""
    e = (int.from_bytes(digest, "big") % _N).to_bytes(32, "big")
    v, k = b"\x01" * 32, bytes(32)
    for step in b"\x00\x01":
        k = hmac_sha256(k, v + bytes((step,)) + private + e)
        v = hmac_sha256(k, v)
    while True:
        v = hmac_sha256(k, v)
        candidate = int.from_bytes(v, "big")
        if 0 < candidate < _N:
            yield candidate
        k = hmac_sha256(k, v + b"\x00")
        v = hmac_sha256(k, v)
