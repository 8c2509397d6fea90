"""The line between an interpreter and the simulator's parent: JSON Lines over two inherited file descriptors."""

import json
import select

from micropython import const

_READ = const(2048)


class Link:
    """`receive()` gives the requests that have come, `send()` hands a message over whole. The end of it ends us."""

    def __init__(self, fd_in, fd_out):
        self.stream = open(fd_in, "rb")  # made non-blocking by the parent
        self._out = open(fd_out, "wb")
        self._poll = select.poll()
        self._poll.register(self.stream, select.POLLIN)
        self._buffer = bytearray(_READ)
        self._rest = b""
        self._early = None  # requests that came together with the first message

    def send(self, message):
        try:
            self._out.write(json.dumps(message) + "\n")
        except OSError:
            raise SystemExit(1)

    def receive(self):
        """The list of messages that are there, without waiting; SystemExit when the parent is gone."""
        messages, self._early = self._early, None
        while self._poll.poll(0):
            n = self.stream.readinto(self._buffer)
            if n is None:
                break
            if not n:
                raise SystemExit(1)
            if messages is None:
                messages = []
            lines = (self._rest + self._buffer[:n]).split(b"\n")
            self._rest = lines.pop()
            messages += [json.loads(line) for line in lines]
        return messages or ()

    def await_first(self):
        """Wait for one message: what an interpreter is told before anything else."""
        while True:
            self._poll.poll(-1)
            messages = self.receive()
            if messages:
                self._early = messages[1:]
                return messages[0]
