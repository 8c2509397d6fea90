"""No secret in any log line or answer: knows the values of secret settings and looks for them in all that goes out."""

import json

_HIDDEN = "(secret)"
_SHORTEST = 4  # a shorter value would be found in anything


class Secrets:
    def __init__(self):
        self._keys = set()
        self._values = set()  # as they look inside JSON text

    def keys(self, names):
        """These settings are secret, in whatever case somebody writes them."""
        self._keys.update(name.lower() for name in names)

    def learn(self, settings):
        """A dict of settings that somebody sets."""
        for name, value in settings.items():
            if self._is_secret(name):
                self._add(value)

    def frame(self, fields):
        """The fields of an `ocpp` event as they may be shown: a frame that sets a secret shows that it does, not which."""
        frame = fields.get("frame")
        message = _message(frame)
        if not message or message[0] != 2 or len(message) < 4 or message[2] != "ChangeConfiguration":
            return fields
        if not isinstance(message[3], dict) or not self._is_secret(message[3].get("key")):
            return fields
        self._add(message[3].get("value"))
        message[3]["value"] = _HIDDEN
        return fields | {"frame": json.dumps(message) if isinstance(frame, str) else message}

    def hide(self, text):
        """(text without secrets, whether there was one)."""
        found = False
        for value in self._values:
            if value in text:
                text = text.replace(value, _HIDDEN)
                found = True
        return text, found

    def _is_secret(self, name):
        return isinstance(name, str) and name.lower() in self._keys

    def _add(self, value):
        if isinstance(value, str) and len(value) >= _SHORTEST:
            self._values.add(json.dumps(value)[1:-1])


def _message(frame):
    if isinstance(frame, str):
        try:
            frame = json.loads(frame)
        except ValueError:
            return None
    return list(frame) if isinstance(frame, list) else None
