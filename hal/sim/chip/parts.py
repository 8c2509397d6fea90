"""What goes on beside the interpreter, also while that is stalled: the ULP coprocessor, and pulses of a Wiegand reader."""

from micropython import const

from hal.sim.world.part import NEVER, Part

_BIT_US = const(2000)
_IDLE_US = const(20000)
_PARITY = const(16)                     # data bits under each parity of a 34-bit frame


class Coprocessor(Part):
    """The ULP, once it runs: its pins are the contactors' relays, and what it drives is all the guard there is.

    `core` is `hal.sim.devices.ulp.Coprocessor`; `relays` are (GPIO, connector of the world).
    """

    def __init__(self, world, core, relays):
        self._world = world
        self._core = core
        self.relays = relays
        self._at_us = 0

    def run(self):
        self._at_us = self._world.now_us
        self.due_us = self._at_us

    def running(self):
        return self.due_us != NEVER

    def look(self, now_us):
        """Its pins as they are now."""
        self._core.advance((now_us - self._at_us) * 1000)
        self._at_us = now_us
        changed = False
        for gpio, connector in self.relays:
            level = self._core.pad(gpio)
            if level is not None and self._world.powered:
                changed = changed or connector.contactor.command != bool(level)
                connector.contactor.command = bool(level)
                if level:
                    changed = self._world.guard.token(now_us) or changed
        return changed

    def step(self, now_us):
        self.look(now_us)
        self.due_us = now_us + max(1, (self._core.next_ns() - self._core.now_ns + 999) // 1000)


class Wiegand(Part):
    """A reader that sends the card before it once, as 34 bits on two wires. `pulse(wire)`: 0 or 1 falls.

    A card with more than four bytes is known by its first four, as such readers do.
    """

    def __init__(self, world, pulse):
        self._reader = world.reader
        self._pulse = pulse
        self._sent = None
        self._bits = []
        self.due_us = world.now_us

    def step(self, now_us):
        if not self._bits:
            uid = self._reader.card(now_us)
            key = None if uid is None else (uid, self._reader.until_us)
            if key is not None and key != self._sent:
                self._bits = _frame(bytes.fromhex(uid)[:4])
            self._sent = key or self._sent
        if self._bits:
            self._pulse(self._bits.pop(0))
        self.due_us = now_us + (_BIT_US if self._bits else _IDLE_US)


def _frame(data):
    bits = [byte >> i & 1 for byte in data for i in range(7, -1, -1)]
    return [sum(bits[:_PARITY]) & 1] + bits + [1 - (sum(bits[_PARITY:]) & 1)]
