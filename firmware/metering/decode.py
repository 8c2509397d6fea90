"""Registers to integers, without floats: millivolts, milliamperes, watts, watt-hours.

A point of a meter is a type, a place and a decimal exponent: value = register * 10**exponent, in our unit. Rounding is
towards zero, with one care for F32: a float stands for all decimals within half a step (ulp) of it, so a whole number
inside that half step is what the meter meant: 1.234 kWh travels as 1.23399997 and is 1234 Wh, not 1233. From 2**14 kWh
on a step of an F32 in kWh is more than a watt-hour; there the value is rounded down only. What is left of a float
register in kWh: 0.5 Wh below 8192 kWh, 1 Wh below 16384, 8 Wh below 131072, 62 Wh below 1048576. The result never
falls when the register rises, so differences are never negative and what one session loses the next one gets.
"""

# registers of each type
SIZES = {"F32": 2, "I32": 2, "U32": 2, "I64": 4, "U64": 4, "I16": 1, "U16": 1}

ORDERS = ("ABCD", "CDAB")


def decode(words, at, kind, order, exponent):
    """The integer at words[at], or None for what is no number: NaN, infinite, or a meter's mark for "not there".

    `order` "ABCD" has the high word first, "CDAB" the low word. Intermediate values stay inside 31 bits where the result does.
    """
    size = SIZES[kind]
    if size == 1:
        return _scaled(words[at], 0, kind == "I16", exponent, 1)
    if order == "CDAB":
        first, step = at + size - 1, -1
    else:
        first, step = at, 1
    if kind == "F32":
        return _float(words[first], words[first + step], exponent)
    if size == 2:
        return _scaled(words[first], words[first + step], kind == "I32", exponent, 2)
    return _long(words, first, step, kind == "I64", exponent)


def _scaled(high, low, signed, exponent, size):
    # Meters say "not there" by the largest value of the type: 0x7FFF.. signed, 0xFFFF.. unsigned.
    if high == (0x7FFF if signed else 0xFFFF) and (size == 1 or low == 0xFFFF):
        return None
    if signed and high & 0x8000:
        high -= 0x10000
    value = high if size == 1 else (high << 16) + low
    return _times(value, exponent)


def _long(words, first, step, signed, exponent):
    top = words[first]
    value = top - 0x10000 if signed and top & 0x8000 else top
    ones = top == (0x7FFF if signed else 0xFFFF)
    for _ in range(3):
        first += step
        value = (value << 16) + words[first]
        ones = ones and words[first] == 0xFFFF
    return None if ones else _times(value, exponent)


def _times(value, exponent):
    if exponent >= 0:
        return value * 10**exponent
    return value // 10**-exponent if value >= 0 else -(-value // 10**-exponent)


def _float(high, low, exponent):
    power = high >> 7 & 0xFF
    if power == 0xFF:
        return None
    if power == 0:
        return 0  # zero, or too small to be any of our units
    shift = 150 - power
    # Twice the mantissa, and one: half a step more, unless a step is more than one unit of the result.
    mantissa = ((high & 0x7F | 0x80) << 16 | low) << 1
    scale = 10**exponent if exponent > 0 else 1
    if shift >= 10 or shift >= 0 and scale <= 1 << shift:
        mantissa += 1
    value = _shifted(mantissa >> 13, mantissa & 0x1FFF, scale, shift + 1)
    if exponent < 0:
        value //= 10**-exponent
    return -value if high & 0x8000 else value


def _shifted(upper, lower, scale, shift):
    """(upper * 8192 + lower) * scale >> shift, by halves that fit 31 bits."""
    upper *= scale
    lower *= scale
    if shift >= 13:
        return (upper + (lower >> 13)) >> (shift - 13)
    if shift >= 0:
        return (upper << (13 - shift)) + (lower >> shift)
    return ((upper << 13) + lower) << -shift
