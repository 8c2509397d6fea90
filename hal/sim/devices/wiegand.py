"""A reader with a Wiegand output, and the interrupts of the ESP32's port behind its two wires.

Those are soft: eight wait at most, a ninth is lost without a word; while the interpreter is stalled none runs.
"""

_DEPTH = 8
_FORMATS = {26: (12, 12), 34: (16, 16), 37: (18, 18)}


class Wire:
    """An input pin with `irq(handler, trigger)`. It rests high."""

    def __init__(self, source):
        self.level = 1
        self._source = source
        self._handler = None

    def __call__(self):
        return self.level

    def irq(self, handler, trigger):
        self._handler = handler

    def fall(self):
        if self._handler:
            self._source.schedule(self._handler, self)


class Source:
    """`d0`, `d1` are its wires, `now_ms` its clock: every bit takes `period_us`. `stall(ms)` holds interrupts back from now."""

    def __init__(self, period_us=2000):
        self.now_us = 0
        self.lost = 0
        self.d0 = Wire(self)
        self.d1 = Wire(self)
        self._period_us = period_us
        self._waiting = []
        self._stalled_until_us = 0

    def ticks_ms(self):
        return self.now_us // 1000 % (1 << 30)

    def diff(self, later, earlier):
        return (later - earlier + (1 << 29)) % (1 << 30) - (1 << 29)

    def stall(self, ms):
        self._stalled_until_us = self.now_us + ms * 1000

    def schedule(self, handler, pin):
        if len(self._waiting) == _DEPTH:
            self.lost += 1
        else:
            self._waiting.append((handler, pin))

    def wait(self, ms):
        self._pass(ms * 1000)

    def send(self, bits):
        """Pulses for a list of bits."""
        for bit in bits:
            (self.d1 if bit else self.d0).fall()
            self._pass(self._period_us)

    def card(self, value, count=26):
        """A card whose data bits are `value`, as a frame of so many bits."""
        data = [value >> i & 1 for i in range(count - 3, -1, -1)]
        even, odd = _FORMATS[count]
        self.send([sum(data[:even]) & 1] + data + [1 - (sum(data[-odd:]) & 1)])

    def _pass(self, us):
        end_us = self.now_us + us
        while self.now_us < end_us:
            self.now_us = min(end_us, self.now_us + 1000)
            while self._waiting and self.now_us >= self._stalled_until_us:
                handler, pin = self._waiting.pop(0)
                handler(pin)
