"""`code` and `secret`: the maker's one-time codes, and new secrets for the roles."""
from micropython import const

from firmware.console.access import SECRETS
from firmware.console.answers import Answer, Refusal
from firmware.crypto.hmac import hmac_sha256

_CODE_CHARACTERS = const(10)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"      # Crockford's: nothing that is read out wrongly


def answer(secret, serial, role, challenge):
    """What the maker answers to a challenge: the first 10 characters of HMAC-SHA256 in base 32."""
    text = "rudved-code 1 %s %s %s" % (serial, role, challenge)
    return _letters(hmac_sha256(secret.encode(), text.encode()))[:_CODE_CHARACTERS]


def _letters(data):
    """Bytes in base 32, five at a time."""
    out = ""
    for at in range(0, len(data) - 4, 5):
        bits = int.from_bytes(data[at:at + 5], "big")
        for shift in range(35, -1, -5):
            out += _ALPHABET[bits >> shift & 31]
    return out


def challenge(console, role):
    """A new challenge: its answer opens `role` once."""
    app, access = console.app, console.access
    access.may_try(role)
    secret = app.settings.get("FactorySecret")
    if not secret:
        raise Refusal("NOTHING", "no factory secret is set, so nobody can answer")
    asked = _letters(app.hal.random(5))
    access.expect(role, answer(secret, app.hal.identity["serial"], role, asked))
    return asked


def keep(console, role, secret):
    """A new secret for `role`, at once."""
    settings, access = console.app.settings, console.access
    access.need("factory" if role == "factory" and settings.get("FactorySecret") else "installer")
    was = access.role
    settings.set(SECRETS[role], secret)
    if access.role != was:              # the open door has fallen shut behind who stands inside
        access.grant(was)
    if role == "factory":
        access.expect("", "")           # what it would have answered


# Commands

def code(console, args):
    role = args[0] if args else "installer"
    asked = challenge(console, role)
    serial = console.app.hal.identity["serial"]
    return Answer({"serial": serial, "role": role, "challenge": asked, "valid_h": 72}, [
        "Tell the maker: %s %s %s" % (serial, role, asked),
        "Then `login %s` and type the answer. It is good once, for 72 hours or until a restart." % role])


async def secret(console, args):
    role = args[0] if args else "installer"
    if role not in SECRETS:
        raise Refusal("USAGE", "secrets there are: installer, factory")
    first = await console.ask("new secret, 8 to 64 characters: ")
    if first != await console.ask("once more: "):
        raise Refusal("WRONG", "the two differ; nothing changed")
    if not first:
        raise Refusal("USAGE", "an empty secret is none; nothing changed")
    keep(console, role, first)
    return Answer({"role": role}, ["The %s secret is set." % role])
