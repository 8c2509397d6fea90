"""The charger's log: a short ring of lines in RAM, and sinks that want each line as it comes (console, simulator)."""

LEVELS = ("debug", "info", "warning", "error")


class Log:
    """Keeps the last `size` lines. Nobody may log a password, a key or a PIN."""

    def __init__(self, clock, size=64):
        self._clock = clock
        self._lines = [None] * size
        self._next = 0
        self._sinks = []

    def sink(self, callback):
        """Have `callback(level, source, text)` called for each line from now on."""
        self._sinks.append(callback)

    def debug(self, source, text):
        self._put(0, source, text)

    def info(self, source, text):
        self._put(1, source, text)

    def warning(self, source, text):
        self._put(2, source, text)

    def error(self, source, text):
        self._put(3, source, text)

    def lines(self):
        """The lines kept, oldest first: (seconds since boot, level, source, text)."""
        size = len(self._lines)
        for i in range(size):
            line = self._lines[(self._next + i) % size]
            if line is not None:
                yield line

    def _put(self, level, source, text):
        if level:
            self._lines[self._next] = (self._clock.up_s(), LEVELS[level], source, text)
            self._next = (self._next + 1) % len(self._lines)
        for callback in self._sinks:
            callback(LEVELS[level], source, text)
