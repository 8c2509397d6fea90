"""The guard that needs no part beside the chip: the ULP coprocessor owns the contactors' pins and lets go without tokens.

It runs while the processor collects, erases flash, hangs or lies at a prompt, and survives its resets. It does not survive
the loss of the slow clock or of the supply; there the pins' pull-downs open the contactors.
"""

from hal.esp32 import ulpcode

_RTC_SLOW = 0x50000000
_OUT_CLEAR = 0x3FF48408  # RTC_GPIO_OUT_W1TC_REG


class Ulp:
    """`pins`: the contactors' GPIOs. `ulp` is an `esp32.ULP()`, `memory` `machine.mem32`.

    `relays[i]` stands where connector i's output pin would: on(), off(), value().
    """

    def __init__(self, spec, pins, ulp, memory):
        self.make = spec.make
        self.promise_ms = spec.promise_ms
        self.relays = [Relay(self, i, ulpcode.out_bit(pin)) for i, pin in enumerate(pins)]
        self._memory = memory
        self._wanted = 0
        self._count = 0
        for relay in self.relays:
            self._wanted |= ulpcode.OPEN << relay.shift
        # The program begins with its variables at rest, whatever a life before this one left there.
        ulp.set_wakeup_period(0, ulpcode.WAKE_US)
        ulp.load_binary(0, ulpcode.image(pins))
        self._say()
        ulp.run(4 * ulpcode.ENTRY)

    def token(self):
        """TICK."""
        self._count = (self._count + (1 << ulpcode.COUNT_SHIFT)) & 0xFFC0
        self._say()

    def want(self, shift, bits):
        """TICK."""
        self._wanted = self._wanted & ~(3 << shift) | bits << shift
        self._say()

    def clear(self, bit):
        """TICK. The pin goes low now; a coprocessor at that moment past its look at the word opens at its next wake."""
        self._memory[_OUT_CLEAR] = bit

    def wanted(self, shift):
        return self._wanted >> shift & 3

    def _say(self):
        # One word in one write: the coprocessor never sees half of it.
        self._memory[_RTC_SLOW] = self._count | self._wanted


class Relay:
    """One contactor's pin in the coprocessor's hands."""

    def __init__(self, guard, index, bit):
        self.shift = 2 * index
        self._guard = guard
        self._bit = bit

    def on(self):
        """TICK. Closes at the coprocessor's next wake, within 11 ms, if tokens come."""
        self._guard.want(self.shift, ulpcode.CLOSED)

    def off(self):
        """TICK."""
        self._guard.want(self.shift, ulpcode.OPEN)
        self._guard.clear(self._bit)

    def value(self):
        """What is asked for."""
        return self._guard.wanted(self.shift) == ulpcode.CLOSED
