"""Reading the control port: one line, one request; a bad line becomes a sentence that says what was wrong with it."""

import json
import math

# The `do` words of SIMULATOR.md: those the board's interpreter knows, those the parent serves itself.
BOARD = (
    "state", "plug", "unplug", "vehicle", "tap", "button", "fault", "mains", "meter", "temperature", "network", "power", "power_cut_at",
    "reset", "stall", "config", "advance", "wait",
)
PARENT = ("watch", "log", "quit")
LINE_BYTES = 65536


class BadRequest(Exception):
    """The text is the answer's `error`; `id` what the answer is to carry."""

    def __init__(self, text, id=None):
        super().__init__(text)
        self.id = id


class Request:
    """`id` is the client's own (any JSON value), `fields` everything beside `id` and `do`."""

    def __init__(self, id, do, fields):
        self.id = id
        self.do = do
        self.fields = fields


def parse(line):
    """The Request in a line (bytes); raises BadRequest."""
    try:
        value = json.loads(line.decode(), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BadRequest(f"not UTF-8: byte {error.start} is 0x{line[error.start]:02x}") from None
    except RecursionError:
        raise BadRequest("not a request: nested too deeply") from None
    except json.JSONDecodeError as error:
        raise BadRequest(f"not JSON: {error.msg} at column {error.colno}") from None
    except ValueError as error:
        raise BadRequest(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest(f'not an object: {_kind(value)}; a request is like {{"id": 1, "do": "state"}}')
    id = value.pop("id", None)
    if not _sound(id):
        raise BadRequest("id: a text that is no Unicode, or a number beyond all bounds")
    if "do" not in value:
        raise BadRequest(f"do is missing; there are: {', '.join(BOARD + PARENT)}", id)
    do = value.pop("do")
    if not isinstance(do, str) or do not in BOARD + PARENT:
        raise BadRequest(f"unknown do {_short(do)}; there are: {', '.join(BOARD + PARENT)}", id)
    if not _sound(value):
        raise BadRequest(f"{do}: a text that is no Unicode, or a number beyond all bounds", id)
    return Request(id, do, value)


def own_fields(request):
    """The fields of a request that the parent serves itself, with defaults; raises BadRequest."""
    known = {"watch": {"on": True}, "log": {"since": 0}, "quit": {}}[request.do]
    for name in request.fields:
        if name not in known:
            raise BadRequest(f"{request.do}: no field {_short(name)}; allowed: {', '.join(known) or 'none'}", request.id)
    fields = known | request.fields
    if request.do == "watch" and not isinstance(fields["on"], bool):
        raise BadRequest(f"watch: on is {_short(fields['on'])}; allowed: true or false", request.id)
    if request.do == "log" and (isinstance(fields["since"], bool) or not isinstance(fields["since"], int | float)):
        raise BadRequest(f"log: since is {_short(fields['since'])}; allowed: seconds of world time", request.id)
    return fields


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


def _sound(value):
    """True when every text can be written as UTF-8 and every number is finite."""
    if isinstance(value, str):
        return not any("\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) < 1 << 63
    if isinstance(value, list):
        return all(map(_sound, value))
    if isinstance(value, dict):
        return all(_sound(name) and _sound(one) for name, one in value.items())
    return True


def _kind(value):
    names = {list: "a list", str: "a text", bool: "a boolean", int: "a number", float: "a number", type(None): "null"}
    return names[type(value)]


def _short(value):
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:37] + "..."
