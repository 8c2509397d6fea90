"""The module `select` of the virtual chip: the port's poll tells of an object what was asked for, and nothing more.

A connection that was refused is one that may be written to, unless POLLHUP was asked for; there is no POLLERR
(ports/esp32 modsocket.c, socket_stream_ioctl).
"""

import select as _host

POLLIN, POLLOUT, POLLERR, POLLHUP = _host.POLLIN, _host.POLLOUT, _host.POLLERR, _host.POLLHUP


class poll:
    def __init__(self):
        self._poll = _host.poll()
        self._asked = {}

    def register(self, obj, flags=POLLIN | POLLOUT):
        self._asked[id(obj)] = flags
        self._poll.register(obj, flags)

    def unregister(self, obj):
        self._asked.pop(id(obj), None)
        self._poll.unregister(obj)

    def poll(self, timeout=-1):
        return [(obj, self._told(id(obj), events)) for obj, events in self._poll.poll(timeout)]

    def _told(self, key, events):
        if events & (POLLERR | POLLHUP):
            events |= POLLIN | POLLOUT | POLLHUP
        return events & self._asked[key]
