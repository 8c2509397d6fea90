"""The scan finds meters at any speed, address and word order, and refuses to guess. Runs inside MicroPython."""

import asyncio
import unittest

from firmware.metering import profile as facts
from firmware.metering import profiles
from firmware.metering.scan import ADDRESSES, FRAMES, SPEEDS, Scan
from firmware.support.clock import Clock
from tests.metering.mpy.fakes import Line, Random, Slave, Ticks, parts, refusal

# Profiles whose maps are one and the same cannot be told apart by reading.
ALIKE = {"sdm120": ["sdm120", "sdm220", "sdm230"], "sdm630": ["sdm630", "sdm72v2"]}
for _names in list(ALIKE.values()):
    for _name in _names:
        ALIKE[_name] = _names


class Wire:
    """A line with slaves that understand one speed and frame only; registers they have not are refused."""

    def __init__(self, *slaves, speed=(9600, "N", 1), garble=False):
        self.slaves = slaves
        self.speed = speed
        self.garble = garble
        self.ticks = Ticks()
        self.line = Line(self.ticks, self.answer)

    def answer(self, frame):
        if self.line.settings != self.speed:
            return ((20, b"\x5a\x00\xff"),) if self.garble else ()
        address, function, register, count = parts(frame)
        for slave in self.slaves:
            if slave.address == address and function == slave.profile.function:
                reads = slave.profile.reads
                # Meters answer for the blocks of their map, holes and all, and refuse the rest.
                if any(read.register <= register and register + count <= read.register + read.count for read in reads):
                    return slave.answer(frame)
                return ((20, refusal(address, function, 2)),)
            if slave.address == address:
                return ((20, refusal(address, function, 1)),)
        return ()

    def scan(self, heard=None):
        async def sleep_ms(ms):
            self.ticks.ms += ms
            await asyncio.sleep_ms(0)

        return Scan(self.line, Clock(self.ticks), heard, sleep_ms=sleep_ms)


def loaded(name, address=1, order=None):
    """A slave with figures that agree: 7337 W on one phase, or on three."""
    slave = Slave(name, address, order)
    three = any(facts.FACTS[point[0]] == "volts_mv.2" for read in slave.profile.reads for point in read.points)
    if three:
        slave.show(volts=(230000, 231000, 229000), amps=(31900, 31000, 30000), power_w=21000, energy_wh=1234500)
    else:
        slave.show(volts=(230000, 0, 0), amps=(31900, 0, 0), power_w=7300, energy_wh=1234500)
    return slave


class Scanning(unittest.TestCase):
    async def test_every_profile_is_found_in_each_of_its_orders(self):
        for name in profiles.names():
            if not profiles.load(name).function:
                continue  # on no line
            for order in profiles.load(name).orders:
                scan = Wire(loaded(name, 1, order)).scan()
                found = await scan.run()
                self.assertEqual(len(found), 1)
                fits = [fit.profile for fit in found[0].fits]
                self.assertEqual(fits, ALIKE.get(name, [name]), "%s %s" % (name, scan.words()))
                self.assertEqual([fit.order for fit in found[0].fits], [order] * len(fits))

    async def test_maps_that_are_alike_are_all_told_and_none_is_chosen(self):
        scan = Wire(loaded("sdm120")).scan()
        await scan.run()
        self.assertIsNone(scan.found[0].sure)
        self.assertIn("sdm120 (ABCD): 230.0 V, 50.00 Hz, 7300 W, 1234500 Wh, 1 live or sdm220", scan.words()[0])

    async def test_a_meter_that_only_one_profile_fits_is_named(self):
        for name in ("em4m", "em2m", "iem3000", "em340", "abb_b2x", "dtsu666"):
            scan = Wire(loaded(name)).scan()
            await scan.run()
            self.assertEqual(scan.found[0].sure.profile, name)

    async def test_speed_and_parity_are_found(self):
        for speed in ((19200, "E", 1), (2400, "N", 1), (1200, "N", 2)):
            scan = Wire(loaded("iem3000", 10), speed=speed).scan()
            unit = (await scan.run())[0]
            self.assertEqual((unit.baud, unit.parity, unit.stop, unit.address), speed + (10,))

    async def test_all_meters_of_a_line_are_found_and_other_speeds_not_tried(self):
        wire = Wire(loaded("em2m", 3), loaded("em2m", 1), loaded("em4m", 247))
        scan = wire.scan()
        self.assertEqual([unit.address for unit in await scan.run()], [1, 3, 247])
        self.assertEqual(wire.line.settings, (9600, "N", 1))

    async def test_an_address_off_the_quick_list_is_found_when_every_one_is_tried(self):
        wire = Wire(loaded("em2m", 77))
        self.assertEqual(await wire.scan().run(speeds=(9600,), frames=(("N", 1),)), [])
        found = await wire.scan().run(speeds=(9600,), frames=(("N", 1),), addresses=range(70, 80))
        self.assertEqual([unit.address for unit in found], [77])

    async def test_words_in_the_order_that_the_profile_does_not_expect_are_told(self):
        scan = Wire(loaded("iem3000", 1, "CDAB")).scan()
        await scan.run()
        self.assertEqual((scan.found[0].sure.profile, scan.found[0].sure.order), ("iem3000", "CDAB"))

    async def test_without_mains_it_refuses_to_guess(self):
        slave = loaded("em4m")
        slave.show(volts=(0, 0, 0), frequency_mhz=0, amps=(0, 0, 0), power_w=0)
        scan = Wire(slave).scan()
        await scan.run()
        self.assertEqual(scan.found[0].fits, [])
        self.assertIn("no profile shows mains", scan.words()[0])

    async def test_figures_that_do_not_agree_are_no_fit(self):
        slave = loaded("em4m")
        slave.show(power_w=99)
        scan = Wire(slave).scan()
        await scan.run()
        self.assertEqual(scan.found[0].fits, [])

    async def test_an_idle_meter_is_found(self):
        slave = loaded("em4m")
        slave.show(power_w=0, amps=(0, 0, 0))
        scan = Wire(slave).scan()
        await scan.run()
        self.assertEqual(scan.found[0].sure.profile, "em4m")

    async def test_nobody_there_says_to_swap_a_and_b_after_everything_was_tried(self):
        told = []
        wire = Wire()
        scan = wire.scan(lambda done, of: told.append((done, of)))
        await scan.run()
        total = len(SPEEDS) * len(FRAMES) * len(ADDRESSES) * 2
        self.assertEqual(told[-1], (total, total))
        self.assertEqual(scan.words(), ["no answer at any address: is the meter powered? swap A and B"])
        self.assertTrue(wire.ticks.ms < 90000, wire.ticks.ms)

    async def test_garbled_answers_are_told(self):
        scan = Wire(garble=True, speed=(57600, "N", 1)).scan()
        self.assertEqual(await scan.run(speeds=(9600,), frames=(("N", 1),)), [])
        self.assertEqual(scan.words(), ["something answers, garbled, at 9600 8N1: check speed and wiring"])

    async def test_random_answers_never_make_a_meter(self):
        for seed in range(10):
            random = Random(seed + 1)
            wire = Wire()
            wire.line.answer = lambda frame: ((random.below(200), random.bytes(random.below(40))),)
            self.assertEqual(await wire.scan().run(speeds=(9600,), frames=(("N", 1),)), [])


if __name__ == "__main__":
    unittest.main()
