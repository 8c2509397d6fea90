"""DER (X.690), as much of it as certificates, keys and signatures need: a strict reader, and a writer of values.

The reader walks, it never recurses and never allocates by a length that was not checked against the data.
"""
from micropython import const

BOOLEAN = const(0x01)
INTEGER = const(0x02)
BIT_STRING = const(0x03)
OCTET_STRING = const(0x04)
OID = const(0x06)
UTF8 = const(0x0C)
SEQUENCE = const(0x30)
SET = const(0x31)
_LONGEST_INTEGER = const(520)           # bytes: an RSA key of 4096 bits


class DerError(ValueError):
    """What is wrong with the data, and at which byte."""


class Reader:
    """A place in `data` (bytes): from `at` up to `end`. Every read moves on; DerError where it cannot be."""

    def __init__(self, data, at=0, end=None):
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end

    def peek(self):
        """The next element's tag, None at the end."""
        return self.data[self.at] if self.at < self.end else None

    def span(self, tag=None):
        """(start, stop) of the next element's content; it must have `tag` where one is named."""
        data, at = self.data, self.at
        if at + 2 > self.end:
            raise DerError("DER ends at byte %d, where an element should be" % at)
        found, length = data[at], data[at + 1]
        if found & 0x1F == 0x1F or (tag is not None and found != tag):
            raise DerError("DER has tag 0x%02x at byte %d%s" % (found, at, "" if tag is None else ", not 0x%02x" % tag))
        at += 2
        if length > 127:
            count = length - 128
            if not 0 < count <= 3 or at + count > self.end:
                raise DerError("DER has a bad length at byte %d" % (at - 1))
            length = int.from_bytes(data[at:at + count], "big")
            if length < 128 or length < 1 << 8 * (count - 1):
                raise DerError("DER has a length that is not minimal at byte %d" % (at - 1))
            at += count
        if at + length > self.end:
            raise DerError("DER element at byte %d is longer than what holds it" % self.at)
        self.at = at + length
        return at, at + length

    def inside(self, tag):
        """A reader of the next element's content."""
        start, stop = self.span(tag)
        return Reader(self.data, start, stop)

    def whole(self, tag):
        """A reader of the next element's content, after which there must be nothing more."""
        inner = self.inside(tag)
        self.done()
        return inner

    def raw(self, tag=None):
        """The next element, its head included, as bytes."""
        start = self.at
        return bytes(self.data[start:self.span(tag)[1]])

    def bytes(self, tag):
        """The next element's content."""
        start, stop = self.span(tag)
        return bytes(self.data[start:stop])

    def integer(self):
        """A number that is not negative."""
        digits = self.bytes(INTEGER)
        if not digits or len(digits) > _LONGEST_INTEGER or digits[0] > 127 or (
                digits[0] == 0 and len(digits) > 1 and digits[1] < 128):
            raise DerError("DER has no proper number before byte %d" % self.at)
        return int.from_bytes(digits, "big")

    def bits(self):
        """The bytes of a BIT STRING of whole bytes."""
        content = self.bytes(BIT_STRING)
        if not content or content[0]:
            raise DerError("DER has no bit string of whole bytes before byte %d" % self.at)
        return content[1:]

    def boolean(self):
        content = self.bytes(BOOLEAN)
        if content not in (b"\x00", b"\xff"):
            raise DerError("DER has no truth value before byte %d" % self.at)
        return content == b"\xff"

    def done(self):
        """Nothing may be left."""
        if self.at != self.end:
            raise DerError("DER goes on at byte %d, where it should end" % self.at)


def element(tag, *parts):
    """An element whose content is `parts` (bytes), one after another."""
    content = b"".join(parts)
    n = len(content)
    if n < 128:
        return bytes((tag, n)) + content
    length = n.to_bytes(1 if n < 256 else 2 if n < 65536 else 3, "big")
    return bytes((tag, 128 + len(length))) + length + content


def sequence(*parts):
    """A SEQUENCE of encoded values."""
    return element(SEQUENCE, *parts)


def integer(value):
    """A number that is not negative."""
    digits = value.to_bytes(_LONGEST_INTEGER, "big").lstrip(b"\x00") or b"\x00"
    return element(INTEGER, b"\x00" + digits if digits[0] > 127 else digits)


def bits(content):
    """A BIT STRING of whole bytes."""
    return element(BIT_STRING, b"\x00", content)
