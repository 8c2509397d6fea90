"""The whole state of a bench, taken and put back: every object that can be reached from it, in place.

A golden row begins a thousand times from one charging moment, the model check from every state it has found.
"""

from array import array

_PLAIN = (int, str, bytes, bool, float, type(None))


class Snapshot:
    """`Snapshot(*roots)` remembers; `restore()` puts every attribute and every list, dict, array back as it was."""

    def __init__(self, *roots):
        self._objects = []
        self._lists = []
        self._dicts = []
        self._buffers = []
        self._seen = {}
        for root in roots:
            self._walk(root)
        del self._seen

    def _walk(self, thing):
        if isinstance(thing, _PLAIN) or id(thing) in self._seen:
            return
        if isinstance(thing, (bytearray, array)):
            self._seen[id(thing)] = True
            self._buffers.append((thing, thing[:]))
        elif isinstance(thing, (list, tuple)):
            self._seen[id(thing)] = True
            if isinstance(thing, list):
                self._lists.append((thing, list(thing)))
            for one in thing:
                self._walk(one)
        elif isinstance(thing, dict):
            self._seen[id(thing)] = True
            self._dicts.append((thing, dict(thing)))
            for one in list(thing.values()):
                self._walk(one)
        elif hasattr(thing, "__dict__") and not isinstance(thing, type):
            self._seen[id(thing)] = True
            fields = list(thing.__dict__.items())
            self._objects.append((thing, fields))
            for _, value in fields:
                self._walk(value)

    def restore(self):
        for thing, fields in self._objects:
            for name, value in fields:
                setattr(thing, name, value)
        for thing, copy in self._lists:
            thing[:] = copy
        for thing, copy in self._dicts:
            if thing != copy:
                thing.clear()
                thing.update(copy)
        for thing, copy in self._buffers:
            thing[:] = copy
