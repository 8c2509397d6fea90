"""A setting's value as a typed object, as text, and from either: int, bool, str, and csl as a tuple of str."""


class SettingError(ValueError):
    """A value that a key does not take; its text is a complete sentence.

    key, value (secrets are not shown), allowed; why: "unknown", "read_only" or "value".
    """

    def __init__(self, key, value, allowed, why="value"):
        self.key = key
        self.value = value
        self.allowed = allowed
        self.why = why
        if why == "unknown":
            text = "%s: there is no such setting" % key
        elif why == "read_only":
            text = "%s cannot be set: it is read only" % key
        else:
            text = "%s cannot be %r: allowed is %s" % (key, value, allowed)
        super().__init__(text)


def parse(key, value):
    """`value` (text, or already the right type) as the type of `key` (a `keys.Key`); SettingError where it is not."""
    typed = _PARSERS[key.kind](key, value)
    if typed is None:
        raise SettingError(key.name, "(secret)" if key.secret else value, key.allowed())
    return typed


def text_of(value):
    """A typed value as OCPP and files write it."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)


def _int(key, value):
    if isinstance(value, str):
        digits = value[1:] if value[:1] == "-" else value
        if not digits.isdigit() or len(digits) > 9:
            return None
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if key.low <= value <= key.high or value in (key.choices or ()) else None


def _bool(key, value):
    if isinstance(value, bool):
        return value
    # The standard writes them small; central systems that write True are common and mean no harm.
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def _str(key, value):
    if not isinstance(value, str) or not _printable(value):
        return None
    if key.choices and value in key.choices:
        return value
    if key.choices and key.choices != ("",):
        return None
    return value if key.low <= len(value) <= key.high else None


def _csl(key, value):
    if isinstance(value, str):
        value = tuple(part.strip() for part in value.split(",")) if value.strip() else ()
    if not isinstance(value, tuple) or not key.low <= len(value) <= key.high:
        return None
    for i, member in enumerate(value):
        if not isinstance(member, str) or not member or "," in member or len(member) > 64 or not _printable(member):
            return None
        if member in value[:i] or (key.choices and member not in key.choices):
            return None
    return value


def _printable(text):
    return all(32 <= ord(c) != 127 for c in text)


_PARSERS = {"int": _int, "bool": _bool, "str": _str, "csl": _csl}
