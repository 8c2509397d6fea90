"""The board's own metering chip: the real driver, over the chip's model, which sees what the world's meters see."""

from boards import in_chip
from hal.drivers.atm90e36 import Chip
from hal.sim.chips.atm90e36 import Atm90e36
from hal.sim.world.prng import Prng

_MWS_PER_WH = 3600000


class _Spi:
    def __init__(self, chip):
        self._chip = chip

    def write(self, data):
        self._chip.transfer(data, bytearray(4))

    def write_readinto(self, data, into):
        read = bytearray(4)
        self._chip.transfer(bytes(data), read)
        into[:] = read


class EnergyPort:
    """hal.energy. A reset of the charger leaves the chip counting; a power cut empties its counters, as a new one of these does."""

    def __init__(self, world, clock, seed):
        self._world = world
        self._clock = clock
        self._model = Atm90e36()
        self._chip = Chip(_Spi(self._model), lambda level: None)
        self._meters = [one for one in world.connectors if one.spec.meter and in_chip(one.spec.meter)]
        self._wh = [one.meter.wh(world.now_us) for one in self._meters]
        self._prng = Prng(seed, "energy")
        self.start = self._chip.start
        self.alive = self._chip.alive
        self.sleep_ms = self._chip.sleep_ms

    async def read(self, address, function, register, count, into, retries=None):
        self._see()
        return await self._chip.read(address, function, register, count, into, retries)

    def _see(self):
        """The chip's inputs, and what has flowed since the last time."""
        now_us = self._clock.now_us
        if now_us > self._world.now_us:
            self._world.advance(now_us)
        model = self._model
        model.dead = None
        model.noise = _clean
        for i, connector in enumerate(self._meters):
            slave = self._world.bus.slave_of(connector)
            if slave.silent or not connector.powered_meter():
                model.dead = 0xFF
            elif self._prng.below(1000) < slave.garbage_permille:
                model.noise = self._noisy
            reading = connector.meter.reading(now_us)
            first = connector.spec.meter["address"] - 1
            for line in range(connector.spec.phases):
                mv, ma = reading[line], reading[3 + line]
                model.phases[first + line] = [mv, min(ma, 0xFFFF), mv * ma // 1000]
            model.mhz = reading[6]
            model.count(first, (reading[8] - self._wh[i]) * _MWS_PER_WH)
            self._wh[i] = reading[8]

    def _noisy(self, word):
        return word ^ 1 << self._prng.below(16)


def _clean(word):
    return word
