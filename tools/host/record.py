"""A commissioning record as the charger keeps it: lines of JSON, chained by SHA-256, the last hash signed by its own key.

h0 = SHA-256(line 0), hn = SHA-256(hn-1 + line n), of the lines as they stand (firmware/console/record.py). Whoever has the
lines can check them without us: this is the check.
"""

import hashlib
import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from tools.host.exits import Trouble

MAGIC, VERSION = "rudved-commission", 1
SIGNED, UNSIGNED, BROKEN = "signed", "unsigned", "broken"


@dataclass
class Record:
    """`head` is the first line, `steps` the results in the order they were done; `curves` is what this host saw besides
    ({"load": [{t_s, power_w, wh}], "pilot": {interval_us, mv}} by step), which no signature covers."""

    lines: list
    hash: str
    signature: str | None
    public_key: str | None
    curves: dict

    def __post_init__(self):
        told = [json.loads(line) for line in self.lines]
        self.head, self.steps = told[0], told[1:]

    @property
    def results(self):
        """The last result of each step, in the order they were first done."""
        found = {}
        for step in self.steps:
            found[step["step"]] = step
        return found

    @property
    def signoff(self):
        return self.results.get("signoff")

    @property
    def name(self):
        """What its files are called."""
        return f"commissioning-{self.head['serial']}-{self.head['number']}"

    @property
    def verdict(self):
        """PASS, FAIL, or None while it is open."""
        if not self.signoff:
            return None
        return "FAIL" if any(step["verdict"] == "FAIL" for step in self.results.values()) else "PASS"

    def check(self):
        """(SIGNED, UNSIGNED or BROKEN, a sentence that says why)."""
        if chain(self.lines) != self.hash:
            return BROKEN, "the lines do not fit the hash: something was changed, or is missing"
        if not self.signature or not self.public_key:
            return UNSIGNED, "the lines fit the hash; nobody has signed it"
        try:
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(self.public_key))
            key.verify(bytes.fromhex(self.signature), bytes.fromhex(self.hash), ec.ECDSA(utils.Prehashed(SHA256())))
        except (ValueError, InvalidSignature):
            return BROKEN, "the signature is not one of this hash by this key"
        return SIGNED, f"the lines fit the hash, and the charger's key {self.key_print} signed it"

    @property
    def key_print(self):
        """A key as people compare it: the first 16 hexadecimal digits of its SHA-256."""
        return hashlib.sha256(bytes.fromhex(self.public_key)).hexdigest()[:16] if self.public_key else "-"

    def data(self):
        """All of it, for a file of JSON that `of` reads again."""
        return {
            "format": MAGIC, "lines": self.lines, "hash": self.hash, "signature": self.signature, "public_key": self.public_key,
            "curves": self.curves,
        }  # fmt: skip


def chain(lines):
    """The hash of all lines, as hexadecimal digits."""
    found = b""
    for line in lines:
        found = hashlib.sha256(found + line.encode()).digest()
    return found.hex()


def of(data, curves=None):
    """The `Record` of an answer of `commission record`, or of a file's JSON. Trouble FILE where it is none."""
    try:
        made = Record(data["lines"], data["hash"], data["signature"], data["public_key"], curves or data.get("curves") or {})
        wrong = None if made.head["record"] == MAGIC else "it is something else"
        if made.head.get("version") != VERSION:
            wrong = f"it is of version {made.head.get('version')}, this program reads version {VERSION}"
        steps_fit = all({"step", "verdict", "text", "figures", "limits"} <= set(step) for step in made.steps)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise Trouble("FILE", f"this is no commissioning record: {error!r}") from None
    if wrong or not steps_fit:
        raise Trouble("FILE", f"this is no commissioning record: {wrong or 'a step lacks a field'}")
    return made


def read(path):
    """The record in a file that `rudved commission` wrote."""
    try:
        with open(path, encoding="utf-8") as file:
            return of(json.load(file))
    except (OSError, ValueError) as error:
        raise Trouble("FILE", f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
