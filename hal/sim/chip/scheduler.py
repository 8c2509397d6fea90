"""The port's only kind of interrupt: soft ones. At most eight wait for the interpreter; a ninth is lost and nobody is told.

They run between bytecodes, so not while the interpreter is stalled, and never inside one another.
"""

from micropython import const

_DEPTH = const(8)


class Scheduler:
    """`alive()` says that the interpreter runs bytecodes; `report(where, exception)` prints, as the port does, and goes on."""

    def __init__(self, alive, report):
        self._alive = alive
        self._report = report
        self._queue = []
        self.busy = False
        self.dropped = 0

    def schedule(self, callback, argument):
        """An interrupt handler wants this called. False when it was lost."""
        self.run()                      # those that a stall held up go first
        if len(self._queue) >= _DEPTH:
            self.dropped += 1
            return False
        self._queue.append((callback, argument))
        self.run()
        return True

    def schedule_all(self, callback, argument, count):
        """The same, so many times over, while the interpreter was stalled."""
        for _ in range(count):
            if len(self._queue) < _DEPTH:
                self._queue.append((callback, argument))
            else:
                self.dropped += 1
        self.run()

    def run(self):
        """Let those that wait run, if the interpreter does."""
        if self.busy or not self._alive():
            return
        self.busy = True
        try:
            while self._queue:
                callback, argument = self._queue.pop(0)
                try:
                    callback(argument)
                except Exception as error:
                    self._report("scheduler", error)
        finally:
            self.busy = False

    def clear(self):
        self._queue = []
