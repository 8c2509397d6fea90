"""SHA-512 and SHA-384 (FIPS 180-4), which MicroPython's hashlib has not: certification authorities sign with them.

In integers of 64 bits: a block of 128 bytes takes tens of milliseconds on the chip, hence a coroutine that yields within it.
"""
import asyncio

from micropython import const

_MASK = 0xFFFFFFFFFFFFFFFF
_BLOCK = const(128)
_ROUNDS = const(80)
_SLICE = const(16)                      # rounds between two yields


async def digest(data, size):
    """The SHA-512 of `data` (64 bytes), or with a `size` of 48 its SHA-384."""
    primes = _primes(_ROUNDS)
    keys = [_fraction(prime, 3) for prime in primes]
    state = [_fraction(prime, 2) for prime in (primes[:8] if size == 64 else primes[8:16])]
    padded = bytes(data) + b"\x80" + bytes((111 - len(data)) % _BLOCK + 8) + (8 * len(data)).to_bytes(8, "big")
    for at in range(0, len(padded), _BLOCK):
        await _compress(state, padded[at:at + _BLOCK], keys)
    return b"".join([word.to_bytes(8, "big") for word in state])[:size]


async def _compress(state, block, keys):
    words = [int.from_bytes(block[at:at + 8], "big") for at in range(0, _BLOCK, 8)]
    a, b, c, d, e, f, g, h = state
    for i in range(_ROUNDS):
        if i % _SLICE == 0:
            await asyncio.sleep_ms(0)
        w = words[i % 16]
        if i >= 16:
            early, late = words[(i + 1) % 16], words[(i + 14) % 16]
            w += words[(i + 9) % 16] + (_turn(early, 1, 8) ^ early >> 7) + (_turn(late, 19, 61) ^ late >> 6)
            w &= _MASK
            words[i % 16] = w
        one = h + (_turn(e, 14, 18) ^ _turn(e, 41)) + (e & f ^ ~e & g) + keys[i] + w
        two = (_turn(a, 28, 34) ^ _turn(a, 39)) + (a & b ^ a & c ^ b & c)
        h, g, f, e, d, c, b, a = g, f, e, d + one & _MASK, c, b, a, one + two & _MASK
    for i, word in enumerate((a, b, c, d, e, f, g, h)):
        state[i] = state[i] + word & _MASK


def _turn(word, *places):
    """The word turned right by so many places; by several, all of them XORed."""
    turned = 0
    for n in places:
        turned ^= word >> n | word << 64 - n & _MASK
    return turned


def _primes(count):
    primes, n = [], 2
    while len(primes) < count:
        if all([n % prime for prime in primes]):
            primes.append(n)
        n += 1
    return primes


def _fraction(number, degree):
    """The first 64 bits after the point of the root of that degree: what the standard takes its constants from (4.2.3, 5.3)."""
    power = number << 64 * degree
    root = number << 64
    while True:
        next_root = ((degree - 1) * root + power // root ** (degree - 1)) // degree
        if next_root >= root:
            return root & _MASK
        root = next_root
