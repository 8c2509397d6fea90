"""What leaves the house carries no secret and names no driver: the second net, after the charger's own."""

import hashlib
import re
import secrets

_SECRET = re.compile(r"(secret|password|passwd|authorizationkey|private|token|\bpin\b)", re.IGNORECASE)
_CARDS = ("id_tag", "idTag", "parentIdTag", "card", "FreeVendIdTag")
_IN_URL = re.compile(r"(\w+://)[^/\s@\"]+@")
MASK = "(redacted)"


def redact(data):
    """A copy: values of secrets masked, logins cut out of addresses, cards named card-1a2b3c: the same card the same name,
    in this copy only."""
    salt = secrets.token_bytes(16)
    names = {card: f"card-{hashlib.sha256(salt + card.encode()).hexdigest()[:6]}" for card in _cards(data)}
    found = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True)))) if names else None

    def text(value):
        value = _IN_URL.sub(rf"\1{MASK}@", value)
        return found.sub(lambda match: names[match.group()], value) if found else value

    def walk(value, name=""):
        if isinstance(value, dict):
            return {key: walk(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner, name) for inner in value]
        if isinstance(value, str):
            return MASK if value and _SECRET.search(name) else text(value)
        return value

    return walk(data)


def _cards(value, name=""):
    """Every text that is a card's number."""
    if isinstance(value, dict):
        return {card for key, inner in value.items() for card in _cards(inner, key)}
    if isinstance(value, list):
        return {card for inner in value for card in _cards(inner, name)}
    return {value} if isinstance(value, str) and len(value) >= 4 and name in _CARDS else set()
