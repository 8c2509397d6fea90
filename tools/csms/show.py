"""One line of text for a frame, and typed words turned into calls."""

import json

from tools.csms.frames import ERROR


class Misunderstood(ValueError):
    """A typed line that is no command; the text says what would have been understood."""


def one_line(frame, text, width=160):
    """A frame as a person reads it: its name, then `name value` of what it carries."""
    if frame is None:
        line = f"?? {text!r}"
    elif frame.kind == ERROR:
        line = f"{frame.name}  {frame.error_code}: {frame.error_text}"
    else:
        line = f"{frame.name}  {_flat(frame.payload)}"
    return line if len(line) <= width else line[: width - 1] + "…"


def _flat(value):
    if isinstance(value, dict):
        return ", ".join(f"{name} {_flat(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return "[" + "; ".join(_flat(inner) for inner in value) + "]"
    return str(value)


HELP = """\
start [idTag] [connector]        RemoteStartTransaction
stop [transaction]               RemoteStopTransaction (the last open one)
get [key ...]                    GetConfiguration
set key value                    ChangeConfiguration
reset soft|hard                  Reset
trigger message [connector]      TriggerMessage (BootNotification, Heartbeat, StatusNotification, MeterValues …)
unlock [connector]               UnlockConnector
available|unavailable [connector]  ChangeAvailability (0: the whole charge point)
clear                            ClearCache
call Action {json}               any call of OCPP 1.6
book                             the transactions so far
help, quit"""


def command(words, id_tag="04A1B2C3", transaction=None):
    """(action, payload) of a typed line's words. Misunderstood says what is wrong with them."""
    verb, *rest = words
    try:
        return _VERBS[verb](rest, id_tag, transaction)
    except KeyError:
        raise Misunderstood(f"{verb!r} is no command; try help") from None
    except (IndexError, TypeError, ValueError) as error:
        raise Misunderstood(f"{verb}: {error}; try help") from None


def _start(rest, id_tag, _):
    payload = {"idTag": rest[0] if rest else id_tag}
    if len(rest) > 1:
        payload["connectorId"] = int(rest[1])
    return "RemoteStartTransaction", payload


def _stop(rest, _, transaction):
    if not rest and transaction is None:
        raise ValueError("no transaction is open")
    return "RemoteStopTransaction", {"transactionId": int(rest[0]) if rest else transaction}


def _trigger(rest, *_):
    payload = {"requestedMessage": rest[0]}
    if len(rest) > 1:
        payload["connectorId"] = int(rest[1])
    return "TriggerMessage", payload


def _set(rest, *_):
    return "ChangeConfiguration", {"key": rest[0], "value": " ".join(rest[1:])}


def _reset(rest, *_):
    return "Reset", {"type": (rest[0] if rest else "soft").capitalize()}


def _any(rest, *_):
    payload = json.loads(" ".join(rest[1:]) or "{}")
    return rest[0], dict(payload)


def _availability(kind):
    return lambda rest, *_: ("ChangeAvailability", {"connectorId": int(rest[0]) if rest else 0, "type": kind})


_VERBS = {
    "start": _start,
    "stop": _stop,
    "get": lambda rest, *_: ("GetConfiguration", {"key": rest} if rest else {}),
    "set": _set,
    "reset": _reset,
    "trigger": _trigger,
    "unlock": lambda rest, *_: ("UnlockConnector", {"connectorId": int(rest[0]) if rest else 1}),
    "available": _availability("Operative"),
    "unavailable": _availability("Inoperative"),
    "clear": lambda *_: ("ClearCache", {}),
    "call": _any,
}
