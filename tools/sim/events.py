"""The event log: what happened, in the order it was told, each as one line of JSON without secrets."""

import json

_KEPT = 500_000

# MicroPython's dicts keep no order; people read a snapshot in this one, anything else by the alphabet.
_ORDER = (
    "t", "utc", "board", "power", "boots", "reset_cause", "connectors", "id", "letter", "offered", "pilot_high_mv", "pilot_low_mv", "duty",
    "limit_a", "limit_by", "phases", "contactor", "command", "closed", "locked", "amps", "volts", "meter_wh", "power_w", "session",
    "transaction", "id_tag", "wh", "status", "error", "faults", "why", "temperature_c", "led", "network", "ocpp", "heap", "tick", "flash",
)
_RANK = {name: i for i, name in enumerate(_ORDER)}


def in_order(value):
    """The same value with the members of its objects in the order people read them."""
    if isinstance(value, dict):
        return {name: in_order(value[name]) for name in sorted(value, key=lambda name: (_RANK.get(name, len(_RANK)), name))}
    if isinstance(value, list):
        return [in_order(one) for one in value]
    return value


class EventLog:
    def __init__(self, secrets):
        self._secrets = secrets
        self._events = []  # (microseconds, line)
        self._dropped = 0

    def add(self, name, t_us, fields):
        """(line, whether a secret had to be taken out of it)."""
        if name == "ocpp":
            fields = self._secrets.frame(fields)
        event = {"event": name, "t": t_us / 1e6}
        if "connector" in fields:
            event["connector"] = fields["connector"]
        event |= {key: fields[key] for key in sorted(fields)}
        line, leak = self._secrets.hide(json.dumps(event))
        self._events.append((t_us, line))
        if len(self._events) > _KEPT:
            self._dropped += _KEPT // 10
            del self._events[: _KEPT // 10]
        return line, leak

    def since(self, t_us):
        """The lines of events not before `t_us`."""
        return [line for at_us, line in self._events if at_us >= t_us]

    def answer(self, since_s):
        """The result of `log`; `dropped` counts old events that were let go, of a very long run."""
        return {"events": [json.loads(line) for line in self.since(since_s * 1e6)], "dropped": self._dropped}
