"""App bundles: one file with a firmware for an A/B slot, as `firmware/update/` takes it.

    RUDVED-BUNDLE 1
    board rudved_ac7
    chip esp32s3
    mpy 11014                   what sys.implementation._mpy must be
    version 0.1.0
    config 1 1                  oldest version of kept data it reads, and the one it writes
    files 96 231234             how many, and their bytes
    SHA256 SIZE PATH            a line each, sorted by path
    signature HEX               P-256 over the SHA-256 of all above, DER; "none" without a key
    (the files' bytes, one after the other)
"""

import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tools.build.errors import BuildError

MAGIC = "RUDVED-BUNDLE 1"
_FILE = re.compile(r"([0-9a-f]{64}) ([0-9]{1,7}) ([A-Za-z0-9_./-]{1,96})")


def pack(target, files, version, config, oldest_config, key=None):
    """A bundle's bytes. `files` is {path: bytes}; `key` a P-256 private key or None."""
    lines = [
        MAGIC, f"board {target.name}", f"chip {target.chip.name}", f"mpy {target.chip.mpy}", f"version {version}",
        f"config {oldest_config} {config}", f"files {len(files)} {sum(map(len, files.values()))}",
    ]
    lines += [f"{hashlib.sha256(files[path]).hexdigest()} {len(files[path])} {path}" for path in sorted(files)]
    said = "".join(line + "\n" for line in lines).encode()
    signature = "none"
    if key:
        # the same key and content give the same bytes
        signature = key.sign(said, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)).hex()
    return said + f"signature {signature}\n".encode() + b"".join(files[path] for path in sorted(files))


def unpack(data, public=None):
    """({name: value} of the head, {path: bytes}) of a bundle, every sum checked; with `public` the signature. BuildError."""
    head, files, at = {}, {}, 0
    listed = []
    while "signature" not in head:
        end = data.find(b"\n", at)
        if end < 0:
            raise BuildError("no bundle: its head does not end")
        line = data[at:end].decode(errors="replace")
        if not at and line != MAGIC:
            raise BuildError(f"no bundle: it begins with {line[:40]!r}, not {MAGIC!r}")
        match = _FILE.fullmatch(line)
        if match:
            listed.append(match.groups())
        elif at:
            name, _, value = line.partition(" ")
            head[name] = value
        before, at = at, end + 1
    if public:
        try:
            public.verify(bytes.fromhex(head["signature"]), data[:before], ec.ECDSA(hashes.SHA256()))
        except (ValueError, InvalidSignature):
            raise BuildError("the bundle's signature does not fit the key") from None
    for digest, size, path in listed:
        files[path] = data[at:at + int(size)]
        at += int(size)
        if hashlib.sha256(files[path]).hexdigest() != digest:
            raise BuildError(f"{path}: its SHA-256 is not the manifest's")
    if at != len(data):
        raise BuildError(f"{len(data) - at} bytes stand behind the last file")
    return head, files


def private_key(path):
    """The P-256 private key in a PEM file, not encrypted. BuildError."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise BuildError(f"{path}: no private key can be read ({error})") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BuildError(f"{path}: not a P-256 key (`openssl ecparam -name prime256v1 -genkey -noout`)")
    return key


def public_hex(key):
    """What the setting FirmwareKey takes: the public point, uncompressed, in hex."""
    public = key.public_key() if hasattr(key, "public_key") else key
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint).hex()
