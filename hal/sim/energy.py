"""The board's own metering chip in the world: its model sees what the world's meters see, the real driver reads it."""

from boards import in_chip
from hal.drivers.atm90e36 import Chip
from hal.sim.devices.atm90e36 import Atm90e36
from hal.sim.world.prng import Prng

_MWS_PER_WH = 3600000


class Metering(Atm90e36):
    """The chip's model, fed by the world at every instant at which somebody asks. Each boot of the charger has a new one."""

    def __init__(self, world, clock):
        super().__init__()
        self._world = world
        self._clock = clock
        self._meters = [one for one in world.connectors if one.spec.meter and in_chip(one.spec.meter)]
        self._wh = [one.meter.wh(world.now_us) for one in self._meters]
        self._prng = Prng(world.seed, "energy")
        self._seen_us = -1

    def transfer(self, write, read):
        now_us = self._clock.now_us
        if now_us != self._seen_us:
            self._seen_us = now_us
            if now_us > self._world.now_us:
                self._world.advance(now_us)
            self._see(now_us)
        super().transfer(write, read)

    def _see(self, now_us):
        self.dead = None
        self.noise = _clean
        for i, connector in enumerate(self._meters):
            slave = self._world.bus.slave_of(connector)
            if slave.silent or not connector.powered_meter():
                self.dead = 0xFF
            elif self._prng.below(1000) < slave.garbage_permille:
                self.noise = self._noisy
            reading = connector.meter.reading(now_us)
            first = connector.spec.meter["address"] - 1
            for line in range(connector.spec.phases):
                mv, ma = reading[line], reading[3 + line]
                self.phases[first + line] = [mv, min(ma, 0xFFFF), mv * ma // 1000]
            self.mhz = reading[6]
            self.count(first, (reading[8] - self._wh[i]) * _MWS_PER_WH)
            self._wh[i] = reading[8]

    def _noisy(self, word):
        return word ^ 1 << self._prng.below(16)


class _Spi:
    def __init__(self, chip):
        self._chip = chip

    def write(self, data):
        self._chip.transfer(data, bytearray(4))

    def write_readinto(self, data, into):
        read = bytearray(4)
        self._chip.transfer(bytes(data), read)
        into[:] = read


def port(world, clock):
    """hal.energy of a simulated board."""
    return Chip(_Spi(Metering(world, clock)), lambda level: None)


def _clean(word):
    return word
