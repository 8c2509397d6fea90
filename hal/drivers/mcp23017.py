"""MCP23017: sixteen pins more, on I2C. Registers: Microchip's data sheet, table 3-3 (IOCON.BANK = 0)."""

from micropython import const

_IODIR = const(0x00)  # 1 is an input
_GPPU = const(0x0C)
_GPIO = const(0x12)
_OLAT = const(0x14)

_MISSES = const(3)


class Expander:
    """`i2c` is a machine.I2C whose own time-out is 2 ms or less. Bits 0..7 are GPA0..7, 8..15 GPB0..7.

    Every pin is an input with a pull-up until it is `set`. `poll()` once a tick reads all inputs and renews a part of the
    set-up, so that one which a discharge has reset is right again after three. When it does not answer three times, every
    input reads 1, as a broken wire does.
    """

    def __init__(self, i2c, address):
        self.ok = True
        self._i2c = i2c
        self._address = address
        self._two = bytearray(2)
        self._outputs = 0
        self._levels = 0
        self._inputs = 0xFFFF
        self._misses = 0
        self._turn = 0

    def value(self, bit):
        """TICK. The level of an input at the last poll; of an output, what it is set to."""
        return (self._levels if self._outputs >> bit & 1 else self._inputs) >> bit & 1

    def set(self, bit, on):
        """TICK. From now on an output of that level; where the chip does not answer, at the next poll at which it does."""
        mask = 1 << bit
        self._levels = self._levels | mask if on else self._levels & ~mask
        self._write(_OLAT, self._levels)
        if not self._outputs & mask:
            self._outputs |= mask
            self._write(_IODIR, ~self._outputs)

    def poll(self):
        """TICK. Brings inputs and set-up up to date."""
        self._turn += 1
        if self._turn == 1:
            self._write(_OLAT, self._levels)  # before the direction: no output begins at a wrong level
        elif self._turn == 2:
            self._write(_IODIR, ~self._outputs)
        else:
            self._write(_GPPU, ~self._outputs)
            self._turn = 0
        self._read()

    # Each of these is a call of its own, so that no frame needs more words than fit the stack.

    def _read(self):
        """TICK."""
        try:
            self._i2c.readfrom_mem_into(self._address, _GPIO, self._two)
        except OSError:
            self._missed()
            return
        self._misses = 0
        self.ok = True
        self._inputs = self._two[0] | self._two[1] << 8

    def _missed(self):
        """TICK."""
        self._misses += self._misses < _MISSES
        if self._misses == _MISSES:
            self.ok = False
            self._inputs = 0xFFFF

    def _write(self, register, bits):
        two = self._two
        two[0] = bits & 0xFF
        two[1] = bits >> 8 & 0xFF
        self._send(register)

    def _send(self, register):
        """TICK."""
        try:
            self._i2c.writeto_mem(self._address, register, self._two)
        except OSError:
            pass  # the read that follows within a tick tells
