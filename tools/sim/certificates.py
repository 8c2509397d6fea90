"""Certificates and keys for the charger's store: PEM or DER in, DER out (the unix interpreter reads no PEM)."""

import base64
import binascii
import re

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_KEYS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")


class BadCertificate(Exception):
    """The text names the file and what is wrong with it."""


def store(ca=None, client_cert=None, client_key=None):
    """{name in the store: DER bytes}: ca*.der, client*.der in the order they stand in their files, client.key."""
    files = {}
    for prefix, path in (("ca", ca), ("client", client_cert)):
        for i, der in enumerate(_blocks(path, ("CERTIFICATE",)) if path else ()):
            files[f"{prefix}{i}.der"] = der
    if client_key:
        keys = _blocks(client_key, _KEYS)
        files["client.key"] = keys[0]
    return files


def _blocks(path, kinds):
    try:
        with open(path, "rb") as f:
            data = f.read()
    except OSError as error:
        raise BadCertificate(f"{path}: {error.strerror}") from None
    if data[:1] == b"\x30":  # an ASN.1 sequence: DER
        return [data]
    found = [(kind.decode(), body) for kind, body in _BLOCK.findall(data)]
    wanted = [body for kind, body in found if kind in kinds]
    if not wanted:
        other = ", ".join(kind for kind, _ in found) or "neither PEM nor DER"
        raise BadCertificate(f"{path}: no {kinds[0].lower()} in it ({other})")
    try:
        return [base64.b64decode(b"".join(body.split()), validate=True) for body in wanted]
    except binascii.Error as error:
        raise BadCertificate(f"{path}: {error}") from None
