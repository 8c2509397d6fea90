"""The board's pins by name, as `board.pins` has them, with their active level taken care of.

Every pin of an output is brought to rest *before* it becomes an output: the port sets the level first, then the mode.
"""

from machine import Pin, Signal, SoftI2C
from micropython import const

_I2C_HZ = const(400000)


class Pins:
    """`output(name)` and `input(name)` give something with value(): 1 active, 0 at rest; an output has on() and off() too.

    None where the board has no such pin. `expanders` are MCP23017 drivers for those that are (expander, bit).
    """

    expanders: "list | tuple"

    def __init__(self, board):
        self._pins = board.pins
        self._low = board.active_low
        self.expanders = ()

    def number(self, name):
        """The GPIO of that name, None when it is not wired."""
        return self._pins.get(name)

    def inverted(self, name):
        """Whether its low level is the active one."""
        return name in self._low

    def bus(self, name, hold_us):
        """The I2C bus of that name, on which a part may hold the clock so long.

        Made of pins: the port's controller waits a tenth of a second and more when a line hangs.
        """
        return SoftI2C(Pin(self._pins[name + "_scl"]), Pin(self._pins[name + "_sda"]), freq=_I2C_HZ, timeout=hold_us)

    def output(self, name):
        """An output at rest."""
        pin = self._pins.get(name)
        if pin is None:
            return None
        low = self.inverted(name)
        if isinstance(pin, tuple):
            return _Output(self.expanders[pin[0]], pin[1], low)
        return Signal(Pin(pin, Pin.OUT, value=1 if low else 0), invert=low)

    def input(self, name, alarm=False):
        """An input. Its own pull rests it, unless `alarm`: then a broken wire reads active."""
        pin = self._pins.get(name)
        if pin is None:
            return None
        low = self.inverted(name)
        if isinstance(pin, tuple):
            return _Input(self.expanders[pin[0]], pin[1], low)     # they all pull up
        return Signal(Pin(pin, Pin.IN, Pin.PULL_UP if low != alarm else Pin.PULL_DOWN), invert=low)


class _Input:
    """An input of an expander."""

    def __init__(self, expander, bit, low):
        self._expander = expander
        self._bit = bit
        self._low = 1 if low else 0

    def value(self):
        return self._expander.value(self._bit) ^ self._low


class _Output:
    """An output of an expander."""

    def __init__(self, expander, bit, low):
        self._expander = expander
        self._bit = bit
        self._low = low
        self.off()

    def on(self):
        self._expander.set(self._bit, not self._low)

    def off(self):
        self._expander.set(self._bit, self._low)
