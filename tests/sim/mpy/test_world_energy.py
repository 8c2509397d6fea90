"""A board whose meter is its own metering chip: the firmware's meters over the real driver, the chip's model and the world.

Runs inside MicroPython.
"""

import unittest

import boards
from firmware.metering.meters import Meters
from firmware.support.clock import Clock
from hal.sim import energy
from tests.sim.mpy.worldrig import SECOND_US, Rig


class Ticks:
    def __init__(self, rig):
        self._rig = rig

    def ticks_ms(self):
        return self._rig.clock.now_us // 1000

    def diff(self, later, earlier):
        return later - earlier

    def add(self, ticks, delta):
        return ticks + delta


def board(name, rows):
    one = boards.load(name)
    for spec, (profile, address) in zip(one.connectors, rows):
        spec.meter = {"profile": profile, "address": address, "side": "supply", "order": None}
    one.rs485 = None
    one.metering_chip = True
    return one


class Metering(unittest.TestCase):
    def build(self, name="rudved_ac7", rows=(("atm90e36", 1),)):
        self.rig = Rig(board(name, rows))
        self.port = energy.port(self.rig.world, self.rig.clock)
        self.meters = Meters(self.rig.world.board, None, Clock(Ticks(self.rig)), None, self.port)

    async def poll(self, seconds=1):
        self.rig.quiet(seconds)
        believed = []
        for meter in self.meters:
            believed.append(await meter.poll())
        return believed

    async def test_what_the_world_measures_the_meter_shows(self):
        self.build()
        await self.poll()
        self.rig.world.connectors[0].meter.measure([231000, 0, 0], [16000, 0, 0], 50000, True, self.rig.clock.now_us)
        for _ in range(100):
            self.assertEqual(await self.poll(), [True])
        meter = self.meters[0]
        self.assertEqual((meter.volts_mv[0], meter.amps_ma[0], meter.power_w), (231000, 16000, 3696))
        truth = self.rig.world.connectors[0].meter.wh(self.rig.clock.now_us)
        self.assertEqual(truth, 102)
        self.assertTrue(0 <= truth - meter.energy_wh <= 1, meter.energy_wh)

    async def test_three_outlets_share_one_chip(self):
        self.build("rudved_ac001", (("atm90e36", 1), ("atm90e36", 2), ("atm90e36", 3)))
        await self.poll()
        for i, connector in enumerate(self.rig.world.connectors):
            connector.meter.measure([230000, 0, 0], [1000 * (i + 1), 0, 0], 50000, True, self.rig.clock.now_us)
        await self.poll()
        self.assertEqual([meter.amps_ma[0] for meter in self.meters], [1000, 2000, 3000])

    async def test_a_silent_chip_is_a_stale_meter(self):
        self.build()
        await self.poll()
        await self.poll()
        self.assertEqual(self.meters[0].state, "ok")
        self.rig.fault("meter_silent")
        for _ in range(3):
            self.assertEqual(await self.poll(), [False])
        self.assertEqual(self.meters[0].state, "stale")
        self.rig.fault("meter_silent", on=False)
        self.assertEqual(await self.poll(), [True])
        self.assertTrue(self.rig.clock.now_us > 5 * SECOND_US)


if __name__ == "__main__":
    unittest.main()
