"""From when on a certificate is valid. Loaded where the time is unknown and that is all that is wrong with one."""

from micropython import const

_VERSION = const(0xA0)
_UTC_TIME = const(0x17)


def begins(der):
    """(year, month, day, hour, minute, second) of a certificate in DER (RFC 5280, 4.1); IndexError, ValueError where it is none."""
    at = _inside(der, _inside(der, 0)[0])[0]
    if der[at] == _VERSION:
        at = _inside(der, at)[1]
    for _ in range(3):                  # serial number, algorithm, issuer
        at = _inside(der, at)[1]
    at = _inside(der, at)[0]
    begin, end = _inside(der, at)
    digits = bytes(der[begin:end])
    if der[at] == _UTC_TIME:            # two digits of the year, 1950 to 2049
        digits = (b"20" if digits < b"5" else b"19") + digits
    return (int(digits[:4]),) + tuple([int(digits[i : i + 2]) for i in range(4, 14, 2)])


def _inside(der, at):
    """Where the content of the element at `at` begins and ends."""
    size = der[at + 1]
    at += 2
    if size & 0x80:
        count, size = size & 0x7F, 0
        for _ in range(count):
            size = size << 8 | der[at]
            at += 1
    return at, at + size
