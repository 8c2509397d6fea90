"""OCPP-J 1.6 messages as text: [2, id, action, payload], [3, id, payload], [4, id, code, description, details]."""
import json
from binascii import hexlify

from micropython import const

CALL = const(2)
RESULT = const(3)
ERROR = const(4)

_ID_LIMIT = const(36)  # OCPP-J 1.6, 4.1.4
_DESCRIPTION_LIMIT = const(255)


class CallError(Exception):
    """What a CALL is refused with, or was refused with by the other side. `code` is one of OCPP-J 1.6, 4.2.3."""

    def __init__(self, code, description=""):
        super().__init__(code, description)
        self.code = code
        self.description = description


class BadMessage(Exception):
    """A frame that is no OCPP-J message. `id` is set where it can still be refused, else it is to be dropped."""

    def __init__(self, text, id=None, code="FormationViolation"):
        super().__init__(text)
        self.text = text
        self.id = id
        self.code = code


class Tenths:
    """A number of tenths as JSON shows it: 82 -> 8.2. MicroPython prints the float 8.2 as 8.199999999999999."""

    def __init__(self, tenths):
        self._tenths = tenths

    def __repr__(self):
        return "%d.%d" % divmod(self._tenths, 10)


def call(id, action, payload):
    return json.dumps([CALL, id, action, payload], separators=(",", ":"))


def result(id, payload):
    return json.dumps([RESULT, id, payload], separators=(",", ":"))


def error(id, code, description=""):
    return json.dumps([ERROR, id, code, description[:_DESCRIPTION_LIMIT], {}], separators=(",", ":"))


def decode(text):
    """[type, id, …] of a frame, its shape checked. Raises BadMessage.

    A CALL comes back as [2, id, action, payload], an answer as [3, id, payload] or [4, id, code, description].
    """
    try:
        if text.rstrip()[-1:] != "]":   # up to MicroPython 1.25 json does not miss what closes an array
            raise ValueError
        message = json.loads(_join_surrogates(text))
    except (ValueError, OverflowError):
        raise BadMessage("not JSON")
    if not isinstance(message, list) or len(message) < 2:
        raise BadMessage("not an array of a message type and an id")
    kind, id = message[0], message[1]
    if kind is True or kind not in (CALL, RESULT, ERROR):
        raise BadMessage("message type %r" % (kind,))  # 4.1.3: to be ignored
    if not isinstance(id, str) or not 0 < len(id) <= _ID_LIMIT:
        raise BadMessage("message id is not a string of 1 to %d characters" % _ID_LIMIT)
    if kind == CALL:
        return _call(message, id)
    if kind == RESULT:
        if len(message) != 3 or not isinstance(message[2], dict):
            # It answers a CALL of ours, though badly: whoever waits must not wait for the time-out.
            return [ERROR, id, "FormationViolation", "the answer's payload is not an object"]
        return message
    code = message[2] if len(message) > 2 and isinstance(message[2], str) else "GenericError"
    return [ERROR, id, code, str(message[3]) if len(message) > 3 else ""]


def _call(message, id):
    if len(message) < 4:
        raise BadMessage("a CALL has four elements", id, "ProtocolError")
    if len(message) > 4:
        raise BadMessage("a CALL has four elements", id, "FormationViolation")
    if not isinstance(message[2], str):
        raise BadMessage("the action is not a string", id, "TypeConstraintViolation")
    if not isinstance(message[3], dict):
        raise BadMessage("the payload is not an object", id, "FormationViolation")
    return message


def new_id(random):
    """A message id no other of this charger has, in this or any other boot: 128 random bits."""
    return hexlify(random(16)).decode()


def _join_surrogates(text):
    """Write \\ud83d\\ude00 as the one character it means: json.loads would keep two halves that are no UTF-8."""
    at = text.find("\\ud")
    if at < 0:
        at = text.find("\\uD")
        if at < 0:
            return text
    out = []
    done = 0
    at = text.find("\\u")
    while at >= 0:
        if at and _escaped(text, at):
            at = text.find("\\u", at + 2)
            continue
        code = int(text[at + 2:at + 6], 16)
        end = at + 6
        if 0xD800 <= code < 0xE000:
            low = int(text[at + 8:at + 12], 16) if text[at + 6:at + 8] == "\\u" else 0
            if code >= 0xDC00 or not 0xDC00 <= low < 0xE000:
                raise ValueError("half a surrogate pair")
            out.append(text[done:at])
            out.append(chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)))
            end = done = at + 12
        at = text.find("\\u", end)
    out.append(text[done:])
    return "".join(out)


def _escaped(text, at):
    """Whether the backslash at `at` is itself escaped: an odd number of backslashes stands before it."""
    n = 0
    while at - n > 0 and text[at - n - 1] == "\\":
        n += 1
    return n % 2 == 1
