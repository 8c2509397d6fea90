"""The hal of the simulated board: the contract of hal/__init__.py over the world and the host."""

from micropython import const

from hal.sim import energy
from hal.sim.line import Line, PtyLine
from hal.sim.ports import Ports
from hal.sim.world.prng import Prng

_BYTES_A_DRAW = const(3)


class OutsideLine(PtyLine):
    """An RS-485 port whose slaves are programs of the host: after each question the clock waits for their answer."""

    def __init__(self, fd, machine):
        super().__init__(fd)
        self._machine = machine

    async def send(self, frame):
        await super().send(frame)
        self._machine.owe()


class Random:
    """Bytes that depend on nothing but seed and boot: random(n) gives n of them."""

    def __init__(self, seed, boots):
        self._prng = Prng(seed, "charger/%d" % boots)

    def __call__(self, n):
        found = bytearray(n)
        bits = 0
        for i in range(n):
            if i % _BYTES_A_DRAW == 0:
                bits = self._prng.bits() >> 8
            found[i] = bits & 255
            bits >>= 8
        return bytes(found)


class Hal:
    """`reset(cause)` is whoever can end this interpreter; `meter_fd` the end of an outside meter line, None for the world's."""

    def __init__(self, machine, clock, world, seed, serial, boots, cause, meter_fd):
        board = world.board
        ports = Ports(world, machine.clock)
        self.board = board
        self.identity = {"vendor": board.vendor, "model": board.model, "serial": serial,
                         "firmware": None, "iccid": None, "imsi": None}  # it is on Wi-Fi
        self.reset_cause = cause
        self.boots = boots
        self.every = machine.every
        self.reset = machine.reset
        self.clock = clock
        self.connectors = ports.connectors
        self.inputs = ports.inputs
        self.temperatures = ports.temperatures
        self.buttons = ports.buttons
        self.indicator = ports.indicator
        self.ventilation = ports.ventilation
        self.buzzer = None
        self.reader = ports.reader
        self.guard = ports.guard
        self.watchdog = ports.watchdog
        self.energy = energy.port(world, machine.clock) if board.metering_chip else None
        self.rs485 = None
        if board.rs485:
            self.rs485 = Line(world, machine.clock) if meter_fd is None else OutsideLine(meter_fd, machine)
        self.console = self.flash = self.network = self.wifi = self.files = self.slots = None  # given by whoever has them
        self.random = Random(seed, boots)
