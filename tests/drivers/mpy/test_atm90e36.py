"""The metering chip behind the interface of the Modbus meters: driver, profile, `Meter` and the chip's registers.

Runs inside MicroPython.
"""

import asyncio
import unittest

import boards
from firmware.metering import profiles
from firmware.metering.meters import Meters
from firmware.support.clock import Clock
from hal.drivers.atm90e36 import Chip
from hal.sim.devices.atm90e36 import Atm90e36
from tests.drivers.mpy.buses import Spi


class Ticks:
    def __init__(self):
        self.ms = 0

    def ticks_ms(self):
        return self.ms & 0x1FFFFFFF

    def diff(self, later, earlier):
        return later - earlier

    def add(self, ticks, delta):
        return ticks + delta


def board_of(name, rows):
    """A board of the folder with other meters: (profile, address) a connector."""
    board = boards.load(name)
    for spec, (profile, address) in zip(board.connectors, rows):
        spec.meter = {"profile": profile, "address": address, "side": "supply", "order": None}
    board.rs485 = None
    return board


class BenchTestCase(unittest.TestCase):
    def build(self, name="rudved_ac7", rows=(("atm90e36", 1),), calibration=None):
        self.model = Atm90e36()
        self.spi = spi = Spi(self.model)
        self.chip = Chip(spi, spi.cs, calibration)
        self.assertEqual(spi.cs.level, 1)
        self.ticks = Ticks()
        self.meters = Meters(board_of(name, rows), None, Clock(self.ticks), None, self.chip)
        self.meter = self.meters[0]

    async def second(self, ms=1000, meter=None):
        self.ticks.ms += ms
        self.model.pass_ms(ms)
        return await (meter or self.meter).poll()

    async def begin(self):
        await self.second()  # sets it up
        self.assertTrue(await self.second(), self.meter.reason)
        self.assertEqual(self.spi.cs.level, 1)


class Facts(BenchTestCase):
    async def test_one_phase_is_told_in_the_units_of_every_meter(self):
        self.build()
        self.model.phases[0] = [231470, 31940, 7393000]
        self.model.mhz = 49980
        self.model.factor_milli = -998
        await self.begin()
        meter = self.meter
        self.assertEqual(meter.state, "ok")
        self.assertEqual((meter.volts_mv, meter.amps_ma), ([231470, 0, 0], [31940, 0, 0]))
        self.assertEqual((meter.power_w, meter.frequency_mhz, meter.power_factor_milli), (7393, 49980, -998))

    async def test_three_phases_are_added_up(self):
        self.build("rudved_ac22", (("atm90e36_3p", 1),))
        self.model.factor_all_milli = 987
        self.model.phases = [[231000, 30500, -7045000], [230000, 32000, 7360000], [229000, 31000, 7099000]]
        await self.begin()
        meter = self.meter
        self.assertEqual(meter.volts_mv, [231000, 230000, 229000])
        self.assertEqual(meter.amps_ma, [30500, 32000, 31000])
        self.assertEqual(meter.power_w, 7360 + 7099 - 7045)
        self.assertEqual(meter.power_factor_milli, 987)
        for _ in range(3600):
            await self.second()
        flowed_s = 3601
        self.assertTrue(-2 <= meter.energy_wh - (7360 + 7099) * flowed_s // 3600 <= 0)
        self.assertTrue(-2 <= meter.export_wh - 7045 * flowed_s // 3600 <= 0)

    async def test_each_phase_is_a_meter_of_its_own(self):
        self.build("rudved_ac001", (("atm90e36", 1), ("atm90e36", 2), ("atm90e36", 3)))
        self.model.phases = [[230000, 1000 * i, 230000 * i] for i in (1, 2, 3)]
        for _ in range(3):
            for i in range(3):
                await self.meters[i].poll()
            self.ticks.ms += 3600000
            self.model.pass_ms(3600000)
        for i in range(3):
            self.ticks.ms += 1000
            await self.meters[i].poll()
        self.assertEqual([meter.power_w for meter in self.meters], [230, 460, 690])
        self.assertEqual([meter.energy_wh // 230 for meter in self.meters], [3, 6, 9])

    async def test_what_flows_back_is_its_own_phases_export(self):
        self.build("rudved_ac001", (("atm90e36", 1), ("atm90e36", 2), ("atm90e36", 3)))
        await self.begin()
        self.model.phases[1] = [230000, 1000, -230000]
        self.model.pass_ms(3600000)
        for i in range(3):
            self.assertTrue(await self.meters[i].poll())
        self.assertEqual([meter.export_wh for meter in self.meters], [0, 230, 0])
        self.assertEqual([meter.energy_wh for meter in self.meters], [0, 0, 0])
        self.assertEqual(self.meters[1].power_w, -230)

    async def test_no_watt_hour_is_lost_or_doubled_whenever_it_is_read(self):
        self.build()
        await self.begin()
        self.model.phases[0] = [230000, 32000, 7360000]
        flowed_ms = 0
        for ms in (1000, 10, 3000, 999, 60000, 1, 4321) * 40:
            self.assertTrue(await self.second(ms))
            flowed_ms += ms
        self.assertTrue(0 <= 7360 * (flowed_ms // 1000) // 3600 - self.meter.energy_wh <= 2)

    async def test_the_register_goes_on_from_where_it_was(self):
        self.build()
        self.chip.start(1, 123456)
        self.model.phases[0] = [230000, 32000, 7360000]
        await self.begin()
        self.assertTrue(123456 <= self.meter.energy_wh <= 123460)
        for _ in range(60):
            await self.second()
        self.assertTrue(123456 + 120 <= self.meter.energy_wh <= 123456 + 128)

    def test_every_profile_of_the_chip_is_a_block_of_the_driver(self):
        for name in ("atm90e36", "atm90e36_3p"):
            profile = profiles.load(name)
            self.assertEqual(profile.function, 0)
            self.assertEqual(profile.step_wh, 1)


class Health(BenchTestCase):
    async def test_a_chip_without_an_answer_is_a_stale_meter_and_comes_back(self):
        for level in (0x00, 0xFF):
            self.build()
            await self.begin()
            self.model.dead = level
            for _ in range(3):
                self.assertFalse(await self.second())
            self.assertEqual(self.meter.state, "stale")
            self.assertIn("metering chip", self.meter.reason)
            self.model.dead = None
            self.assertTrue(await self.second())
            self.assertEqual(self.meter.state, "ok")

    async def test_one_reset_by_a_discharge_is_set_up_anew(self):
        self.build()
        await self.begin()
        self.model.reset()
        self.assertFalse(self.chip.alive())
        self.assertFalse(await self.second())
        self.assertTrue(await self.second())

    async def test_setting_it_up_empties_no_counter(self):
        self.build()
        await self.begin()
        self.model.phases[0] = [230000, 32000, 7360000]
        self.model.pass_ms(1800000)
        spi = Spi(self.model)
        meters = Meters(board_of("rudved_ac7", (("atm90e36", 1),)), None, Clock(self.ticks), None, Chip(spi, spi.cs))
        self.assertTrue(await meters[0].poll())
        self.assertEqual(meters[0].energy_wh, 3680)

    async def test_a_register_that_was_changed_by_itself_is_noticed_by_its_checksum(self):
        calibration = (tuple(range(12)), tuple(range(100, 114)))
        for register in (0x33, 0x36, 0x48, 0x61, 0x6E):
            self.build(calibration=calibration)
            await self.begin()
            self.assertEqual([self.model._r[0x41], self.model._r[0x4C], self.model._r[0x61]], [0, 11, 100])
            self.model._r[register] ^= 0x40
            self.assertFalse(self.chip.alive(), hex(register))
            self.assertFalse(await self.second())
            self.assertTrue(await self.second())

    async def test_noise_on_the_bus_puts_no_wrong_energy_into_the_register(self):
        state = [7]

        def spoil(word):
            state[0] = (state[0] * 1103515245 + 12345) & 0x3FFFFFFF
            return word ^ (1 << (state[0] >> 20 & 15)) if state[0] >> 16 & 15 == 0 else word

        self.build()
        await self.begin()
        self.model.phases[0] = [230000, 32000, 7360000]
        self.model.noise = spoil
        for _ in range(1800):
            await self.second()
        self.model.noise = lambda word: word
        for _ in range(10):
            await self.second()
        flowed_wh = 7360 * 1812 // 3600
        self.assertTrue(flowed_wh * 8 // 10 <= self.meter.energy_wh <= flowed_wh + 1, self.meter.energy_wh)

    async def test_what_is_no_block_is_refused(self):
        self.build()
        for address, register, count in ((1, 0, 8), (1, 1, 9), (4, 0, 9), (0, 0x10, 14)):
            with self.assertRaises(ValueError):
                await self.chip.read(address, 3, register, count, None)

    async def test_meters_poll_it_without_a_line(self):
        self.build()
        asked, read = [], self.chip.read

        async def heard(*block):
            asked.append(block)
            return await read(*block)

        self.chip.read = heard
        task = asyncio.create_task(self.meters.run())
        for _ in range(20):
            await asyncio.sleep_ms(0)
        task.cancel()
        self.assertTrue(asked)
        self.assertIsNone(self.meters.master)


if __name__ == "__main__":
    unittest.main()
