"""X.509 certificates (RFC 5280), as much as a charger needs: read one, hold one against its issuer, walk a chain.

Certificates that nobody here can check (P-384, Ed25519, PSS with another hash than SHA-256) can be read and kept, since TLS
knows more than this; they verify nothing.
"""
from hashlib import sha256

from micropython import const

from firmware.crypto import der, p256, rsa, sha512
from firmware.support.clock import parse_iso8601

DIGITAL_SIGNATURE = const(0x80)         # bits of keyUsage's first byte
KEY_CERT_SIGN = const(0x04)
CLIENT_AUTH = b"\x2b\x06\x01\x05\x05\x07\x03\x02"
_ANY_PURPOSE = b"\x55\x1d\x25\x00"

_EC_KEY = b"\x2a\x86\x48\xce\x3d\x02\x01"
_P256 = b"\x2a\x86\x48\xce\x3d\x03\x01\x07"
_RSA_KEY = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
_RSA_PSS = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
# How a signature is made, by its identifier: ("ecdsa" | "pkcs1", bytes of its SHA-2 digest)
_WAYS = {
    b"\x2a\x86\x48\xce\x3d\x04\x03\x02": ("ecdsa", 32), b"\x2a\x86\x48\xce\x3d\x04\x03\x03": ("ecdsa", 48),
    b"\x2a\x86\x48\xce\x3d\x04\x03\x04": ("ecdsa", 64), b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b": ("pkcs1", 32),
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c": ("pkcs1", 48), b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d": ("pkcs1", 64),
}
# PSS: hash SHA-256, mask MGF1 with SHA-256; the salt's length follows
_SHA256_ID = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01"
_MGF1 = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
_BASIC, _USAGE, _EXTENDED, _ALT_NAME = b"\x55\x1d\x13", b"\x55\x1d\x0f", b"\x55\x1d\x25", b"\x55\x1d\x11"
_NAMES = {b"\x55\x04\x03": "CN", b"\x55\x04\x0a": "O"}
_ALTERNATIVES = const(0xA0)
_LONGEST = const(8192)                  # bytes of one certificate
_DEEPEST = const(6)                     # certificates in one chain


class CertificateError(ValueError):
    """Why a certificate is not accepted: a complete sentence."""


class Certificate:
    """`data` in DER. CertificateError where it is none.

    serial (int); issuer, subject (DER of the names); not_before, not_after (UTC seconds); key: ("ec", 65 bytes) or
    ("rsa", modulus, exponent) or None for a kind that is not known here; key_bits (content of its BIT STRING);
    ca, path_length (None: any), usage (bits of keyUsage, None: not said), purposes (OIDs, None: not said).
    """

    def __init__(self, data):
        if len(data) > _LONGEST:
            raise CertificateError("certificate has more than %d bytes" % _LONGEST)
        self.der = bytes(data)
        self.ca = self._strange = False
        self.path_length = self.usage = self.purposes = None
        try:
            self._read(der.Reader(self.der).whole(der.SEQUENCE))
        except CertificateError:
            raise
        except ValueError as error:
            raise CertificateError("certificate cannot be read: %s" % (error,))

    @property
    def self_issued(self):
        """True where subject and issuer are one."""
        return self.issuer == self.subject

    def name(self, attribute="CN"):
        """The subject's common name ("CN") or organisation ("O"); "" without one."""
        return name_part(self.subject, attribute)

    def check_time(self, now):
        """CertificateError unless it is valid at `now` (UTC seconds; None, an unknown time, is not held against it)."""
        if now is not None and now < self.not_before:
            raise CertificateError("certificate of %s is not valid yet" % self.name())
        if now is not None and now > self.not_after:
            raise CertificateError("certificate of %s has expired" % self.name())

    def allows(self, usage, purpose=None):
        """True where the certificate does not forbid this keyUsage bit and this extended purpose (an OID)."""
        if self.usage is not None and not self.usage & usage:
            return False
        return purpose is None or self.purposes is None or purpose in self.purposes or _ANY_PURPOSE in self.purposes

    async def verify(self, digest, signature):
        """True where the owner of this certificate signed `digest`; RSA in either padding. False for an unknown key."""
        if self.key is None:
            return False
        if self.key[0] == "ec":
            return await p256.verify(self.key[1], digest, signature)
        return await rsa.verify(self.key[1], self.key[2], digest, signature, False) or await rsa.verify(
            self.key[1], self.key[2], digest, signature, True)

    async def signed_by(self, issuer):
        """True where `issuer`'s key made this certificate's signature."""
        key, (how, size) = issuer.key, self._signed_how
        if key is None or how is None or (key[0] == "ec") != (how == "ecdsa"):
            return False
        signed = self.der[self._tbs[0]:self._tbs[1]]
        digest = sha256(signed).digest() if size == 32 else await sha512.digest(signed, size)
        if how == "ecdsa":              # of a longer digest the curve takes the first 256 bits (FIPS 186-4, 6.4)
            return await p256.verify(key[1], digest[:32], self.signature)
        return await rsa.verify(key[1], key[2], digest, self.signature, how == "pss")

    def _read(self, whole):
        start = whole.at
        tbs = whole.inside(der.SEQUENCE)
        self._tbs = start, whole.at
        algorithm = whole.raw(der.SEQUENCE)
        self.signature = whole.bits()
        whole.done()
        version = 0
        if tbs.peek() == 0xA0:
            version = tbs.inside(0xA0).integer()
        self.serial = int.from_bytes(tbs.bytes(der.INTEGER), "big")
        if tbs.raw(der.SEQUENCE) != algorithm:
            raise CertificateError("certificate names two different signature algorithms")
        self._signed_how = _algorithm(der.Reader(algorithm).inside(der.SEQUENCE))
        self.issuer = tbs.raw(der.SEQUENCE)
        times = tbs.inside(der.SEQUENCE)
        self.not_before, self.not_after = _time(times), _time(times)
        times.done()
        self.subject = tbs.raw(der.SEQUENCE)
        self._read_key(tbs.inside(der.SEQUENCE))
        for tag in (0x81, 0x82):
            if tbs.peek() == tag:
                tbs.span()
        if tbs.peek() == 0xA3 and version == 2:
            self._read_extensions(tbs.inside(0xA3).whole(der.SEQUENCE))
        tbs.done()

    def _read_key(self, info):
        algorithm = info.inside(der.SEQUENCE)
        kind = algorithm.bytes(der.OID)
        self.key_bits = info.bits()
        info.done()
        self.key = None
        if kind == _EC_KEY:
            if algorithm.peek() == der.OID and algorithm.bytes(der.OID) == _P256:
                if not p256.on_curve(self.key_bits):
                    raise CertificateError("certificate has a key that is no point of P-256")
                self.key = "ec", self.key_bits
        elif kind in (_RSA_KEY, _RSA_PSS):
            pair = der.Reader(self.key_bits).whole(der.SEQUENCE)
            self.key = "rsa", pair.integer(), pair.integer()
            pair.done()

    def _read_extensions(self, extensions):
        seen = []
        while extensions.peek() is not None:
            one = extensions.inside(der.SEQUENCE)
            kind = one.bytes(der.OID)
            critical = one.peek() == der.BOOLEAN and one.boolean()
            value = der.Reader(one.bytes(der.OCTET_STRING))
            one.done()
            if kind in seen:
                raise CertificateError("certificate has an extension twice")
            seen.append(kind)
            if kind == _BASIC:
                inner = value.whole(der.SEQUENCE)
                self.ca = inner.peek() == der.BOOLEAN and inner.boolean()
                if inner.peek() == der.INTEGER:
                    self.path_length = inner.integer()
                inner.done()
            elif kind == _USAGE:
                content = value.bytes(der.BIT_STRING)
                self.usage = content[1] if len(content) > 1 else 0
            elif kind == _EXTENDED:
                inner = value.whole(der.SEQUENCE)
                self.purposes = []
                while inner.peek() is not None:
                    self.purposes.append(inner.bytes(der.OID))
            elif critical and kind != _ALT_NAME:
                self._strange = True

    def _may_issue(self, below):
        """Why this one may not have issued a certificate with `below` intermediate ones under it; None if it may."""
        if not self.ca:
            return "is no certification authority"
        if not self.allows(KEY_CERT_SIGN):
            return "may not sign certificates"
        if self.path_length is not None and below > self.path_length:
            return "may not have so long a chain below it"
        return None


async def verify_chain(chain, roots, now):
    """The root that vouches for `chain` (certificates, the first by the second and so on); CertificateError if none does.

    `roots`: certificates that are trusted. `now`: UTC seconds, None while unknown. Looked at: signatures, names, times,
    basicConstraints, keyUsage, path lengths, critical extensions that nobody here understands.
    """
    if not 0 < len(chain) <= _DEEPEST:
        raise CertificateError("chain has %d certificates; allowed are 1 to %d" % (len(chain), _DEEPEST))
    for i, one in enumerate(chain):
        one.check_time(now)
        if one._strange:
            raise CertificateError("certificate of %s has a critical extension that is not understood" % one.name())
        for root in roots:
            if root.der == one.der:
                return root
        problem = None
        for root in roots:
            if root.subject == one.issuer and await one.signed_by(root):
                root.check_time(now)
                problem = root._may_issue(i)
                if not problem:
                    return root
        if i + 1 == len(chain):
            raise CertificateError("certificate of %s: its issuer %s %s" % (
                one.name(), name_part(one.issuer), problem or "is not among the roots, or did not sign it"))
        above = chain[i + 1]
        if above.subject != one.issuer or not await one.signed_by(above):
            raise CertificateError("certificate of %s is not signed by the next one, of %s" % (one.name(), above.name()))
        problem = above._may_issue(i)
        if problem:
            raise CertificateError("certificate of %s, which signed %s, %s" % (above.name(), one.name(), problem))


def ids(one, others):
    """What others know a certificate by, as an OCSP CertID (RFC 6960): SHA-256 of its issuer's name, of its issuer's key, and its
    serial number: hex words in one text. `others`: certificates among which its issuer may be.
    """
    key = one.key_bits
    if not one.self_issued:
        for other in others:
            if other.subject == one.issuer:
                key = other.key_bits
                break
    return "%s %s %x" % (sha256(one.issuer).digest().hex(), sha256(key).digest().hex(), one.serial)


def name_part(name, attribute="CN"):
    """One attribute of a name in DER, as text; "" without one."""
    try:
        sets = der.Reader(name).inside(der.SEQUENCE)
        while sets.peek() is not None:
            pair = sets.inside(der.SET).inside(der.SEQUENCE)
            if _NAMES.get(pair.bytes(der.OID)) == attribute:
                start, stop = pair.span()
                return str(name[start:stop], "utf-8")
    except ValueError:
        pass                            # a name nobody can read has no parts
    return ""


def _algorithm(reader):
    """(how, bytes of the digest) as in _WAYS, or "pss"; (None, 0) for one that cannot be checked here."""
    kind = reader.bytes(der.OID)
    if kind in _WAYS:
        return _WAYS[kind]
    if kind == _RSA_PSS and reader.peek() == der.SEQUENCE:
        inner = reader.inside(der.SEQUENCE)
        if inner.peek() == _ALTERNATIVES and inner.inside(0xA0).inside(der.SEQUENCE).bytes(der.OID) == _SHA256_ID:
            mask = inner.inside(0xA1).inside(der.SEQUENCE)
            if mask.bytes(der.OID) == _MGF1 and mask.inside(der.SEQUENCE).bytes(der.OID) == _SHA256_ID:
                return "pss", 32
    return None, 0


def _time(reader):
    """UTC seconds; years beyond the clock's become its last one, those before 1970 its first."""
    short = reader.peek() == 0x17
    text = reader.bytes(0x17 if short else 0x18)
    if len(text) != (13 if short else 15) or text[-1:] != b"Z" or not text[:-1].isdigit():
        raise CertificateError("certificate has a time that is none: %r" % (text[:20],))
    text = text.decode()
    if short:
        text = ("19" if text >= "5" else "20") + text
    if text < "1970":
        return 0
    if text > "2199":
        text = "21991231235959Z"
    return parse_iso8601("%s-%s-%sT%s:%s:%sZ" % (text[:4], text[4:6], text[6:8], text[8:10], text[10:12], text[12:14]))
