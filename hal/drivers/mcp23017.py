"""MCP23017: sixteen pins more, on I2C. Registers: Microchip's data sheet, table 3-3 (IOCON.BANK = 0)."""

from micropython import const

_IODIR = const(0x00)  # 1 is an input
_GPPU = const(0x0C)
_GPIO = const(0x12)
_OLAT = const(0x14)

_SPAN = const(8)  # registers from the pull-ups to the port
_MISSES = const(3)


class Expander:
    """`i2c` is a machine.SoftI2C whose time-out is short: the chip never holds the clock. Bits 0..7 are GPA0..7, 8..15 GPB0..7.

    Every pin is an input with a pull-up until it is `set`. `poll()` once a tick reads all inputs and renews a part of the
    set-up, so that one which a discharge has reset is right again after three. Inputs count only with the pull-ups read
    back as they were set: a data line that is held low reads zeros and acknowledges everything. When that fails three
    times, every input reads 1, as a broken wire does.
    """

    def __init__(self, i2c, address):
        self.ok = True
        self._i2c = i2c
        self._address = address
        self._three = bytearray(3)  # what is sent is one buffer: out of two the port may make a third, on the heap
        self._got = bytearray(_SPAN)
        self._outputs = 0
        self._levels = 0
        self._pulled = 0
        self._inputs = 0xFFFF
        self._misses = 0
        self._turn = 0

    def value(self, bit):
        """TICK. The level of an input at the last poll; of an output, what it is set to."""
        return (self._levels if self._outputs >> bit & 1 else self._inputs) >> bit & 1

    def set(self, bit, on):
        """TICK, and outside it. An output of that level from now on, or from the next poll at which the chip answers.

        The tick may come between two steps: a conditional expression would let it in between the reading and the writing.
        """
        mask = 1 << bit
        if on:
            self._levels |= mask
        else:
            self._levels &= ~mask
        self._fill(_OLAT, self._levels)
        self._send()
        if not self._outputs & mask:
            self._outputs |= mask
            self._fill(_IODIR, ~self._outputs)
            self._send()

    def poll(self):
        """TICK. Brings inputs and set-up up to date."""
        self._renew()
        try:
            self._i2c.writeto(self._address, self._three)
            self._i2c.readfrom_mem_into(self._address, _GPPU, self._got)
        except OSError:
            self._missed()
            return
        self._take()

    # Each of these is a call of its own, so that no frame needs more words than fit the stack.

    def _renew(self):
        """TICK."""
        self._turn += 1
        if self._turn == 1:
            self._fill(_OLAT, self._levels)  # before the direction: no output begins at a wrong level
        elif self._turn == 2:
            self._fill(_IODIR, ~self._outputs)
        else:
            self._turn = 0
            self._pulled = ~self._outputs & 0xFFFF
            self._fill(_GPPU, self._pulled)

    def _take(self):
        """TICK."""
        got = self._got
        if got[0] | got[1] << 8 != self._pulled:
            self._missed()
            return
        self._misses = 0
        self.ok = True
        self._inputs = got[_GPIO - _GPPU] | got[_GPIO - _GPPU + 1] << 8

    def _missed(self):
        """TICK."""
        self._misses += self._misses < _MISSES
        if self._misses == _MISSES:
            self.ok = False
            self._inputs = 0xFFFF

    def _send(self):
        """TICK."""
        try:
            self._i2c.writeto(self._address, self._three)
        except OSError:
            pass  # the polls bring it

    def _fill(self, register, bits):
        """TICK."""
        three = self._three
        three[0] = register
        three[1] = bits & 0xFF
        three[2] = bits >> 8 & 0xFF
