"""Card readers with a Wiegand output: 26, 34 or 37 bits on two wires, a low pulse on D0 is a 0 and on D1 a 1.

The chip's interrupts are soft and their queue is eight deep: a bit may come late or be lost, so when a pulse came is known
to milliseconds only. What counts is the number of bits and both parities; anything else is noise, a keypad or a loss.

The tick waits in the same queue. So a wire that pulses without end, longer than any frame, is heard no more until a poll
finds that some time has passed: noise costs the tick its place for some callbacks, not for good.
"""

from micropython import const

_LONGEST = const(40)
_GAP_MS = const(20)  # pulses come each 0.2 to 2 ms; a collection may hold some back for a while
_SILENCE_MS = const(50)  # and so long after the last a frame is whole

# bits: (data bits in the even parity, data bits in the odd one); they share the middle one of 35
_FORMATS = {26: (12, 12), 34: (16, 16), 37: (18, 18)}


class Reader:
    """`d0` and `d1` are input pins with pull-ups; `clock` has ticks_ms() and diff(). `falling` is machine.Pin.IRQ_FALLING.

    `poll()` gives a card's data bits as 3, 4 or 5 bytes, the first bit highest, once for each time the reader sends them.
    `alive()` only tells that both wires rest high: such a reader says nothing of itself. `refused` counts frames that were
    none.
    """

    def __init__(self, d0, d1, clock, falling):
        self.refused = 0
        self._pins = (d0, d1)
        self._falling = falling
        self._clock = clock
        self._bits = bytearray(_LONGEST)
        self._n = 0
        self._last_ms = clock.ticks_ms()
        self._whole = bytearray(_LONGEST)  # the frame before this one
        self._whole_n = 0
        self._listen(self._zero, self._one)

    def _listen(self, zero, one):
        """To these, or with None to nothing."""
        self._deaf = zero is None
        self._pins[0].irq(zero, self._falling)
        self._pins[1].irq(one, self._falling)

    def poll(self):
        """The bytes of a card that was held to it since the last poll, or None."""
        while True:
            if not self._whole_n and self._n and self._clock.diff(self._clock.ticks_ms(), self._last_ms) >= _SILENCE_MS:
                self._next()
                if self._deaf:
                    self._listen(self._zero, self._one)
            count = self._whole_n
            if not count:
                return None
            uid = _decode(self._whole, count)
            self._whole_n = 0
            if uid is not None:
                return uid
            self.refused += 1

    def alive(self):
        return self._pins[0]() == 1 and self._pins[1]() == 1

    def _zero(self, pin):
        self._take(0)

    def _one(self, pin):
        self._take(1)

    def _take(self, bit):
        """INTERRUPT: allocates nothing."""
        now_ms = self._clock.ticks_ms()
        if self._n and self._clock.diff(now_ms, self._last_ms) > _GAP_MS:
            self._next()
        self._last_ms = now_ms
        if self._n < _LONGEST:
            self._bits[self._n] = bit
            self._n += 1
        else:
            self._listen(None, None)

    def _next(self):
        """What has come is a whole frame; one that nobody has fetched yet is lost."""
        self._bits, self._whole = self._whole, self._bits
        self._whole_n = self._n
        self._n = 0


def _decode(bits, count):
    """The data bits in bytes, or None where number or parities are wrong."""
    if count not in _FORMATS:
        return None
    even, odd = _FORMATS[count]
    if sum(bits[: 1 + even]) & 1 or not sum(bits[count - 1 - odd : count]) & 1:
        return None
    value = 0
    for i in range(1, count - 1):
        value = value << 1 | bits[i]
    return value.to_bytes((count + 5) // 8, "big")
