"""What a meter says, how old it is, and in which word order it says it. Runs inside MicroPython."""

import asyncio
import gc
import unittest

import boards
from firmware.metering import profile as facts
from firmware.metering import profiles
from firmware.metering.meter import detect_order
from firmware.metering.meters import Meters
from firmware.support.clock import Clock
from tests.metering.mpy.fakes import Bench, Line, Slave, Ticks, bench


class Facts(unittest.TestCase):
    async def test_every_profile_is_read_in_each_of_its_orders(self):
        for name in profiles.names():
            if not profiles.load(name).function:
                continue  # tests/drivers/mpy/test_atm90e36.py
            for order in profiles.load(name).orders:
                one = Bench(name, slave_order=order)
                coarse = one.meter.profile.step_wh
                one.slave.show(energy_wh=7654300, power_w=7337)
                self.assertTrue(await one.second(), "%s %s: %s" % (name, order, one.meter.reason))
                meter = one.meter
                self.assertEqual((meter.state, meter.reason, meter.order), ("ok", None, order))
                self.assertEqual(meter.energy_wh, 7654300 // coarse * coarse if coarse > 10 else 7654300)
                self.assertEqual(meter.power_w, 7337)
                self.assertEqual(meter.volts_mv[0], 230000)
                self.assertEqual(meter.amps_ma[0], 31900)
                self.assertEqual(meter.frequency_mhz, 50000)
                if "volts_mv.2" in [facts.FACTS[point[0]] for read in meter.profile.reads for point in read.points]:
                    self.assertEqual(meter.volts_mv, [230000, 231000, 229000])

    async def test_eastron_meters_are_read_in_the_other_order_where_the_board_says_so(self):
        for name in ("sdm120", "sdm630"):
            one = Bench(name, slave_order="CDAB", order="CDAB")
            self.assertTrue(await one.second())
            self.assertEqual(one.meter.energy_wh, 1234)

    async def test_before_the_first_answer_nothing_is_known(self):
        meter = Bench().meter
        self.assertEqual((meter.energy_wh, meter.age_ms(), meter.state), (None, None, "stale"))
        self.assertEqual(meter.reason, "never read")

    async def test_the_first_poll_reads_everything(self):
        one = Bench("sdm630", phases=3)
        self.assertTrue(await one.meter.poll(False))
        self.assertEqual(one.meter.volts_mv, [230000, 231000, 229000])

    async def test_facts_tell_their_age(self):
        one = Bench()
        await one.second(1000)
        self.assertTrue(1000 <= one.meter.age_ms() < 1100)
        one.ticks.ms += 4000
        self.assertTrue(5000 <= one.meter.age_ms() < 5100)
        self.assertEqual(one.meter.state, "ok")
        one.ticks.ms += 6000
        self.assertEqual(one.meter.state, "stale")
        self.assertIn("not read for", one.meter.reason)

    async def test_three_failures_make_it_stale_and_one_answer_good_again(self):
        one = Bench()
        await one.second()
        one.slave.silent = True
        for want in ("ok", "ok", "stale", "stale"):
            await one.second()
            self.assertEqual(one.meter.state, want)
        self.assertIn("no answer", one.meter.reason)
        self.assertEqual(one.meter.energy_wh, 1234)
        one.slave.silent = False
        self.assertTrue(await one.second())
        self.assertEqual(one.meter.state, "ok")

    async def test_only_polls_whose_facts_stand_here_count_as_believed(self):
        one = Bench()
        await one.second()
        self.assertEqual(one.meter.believed, 1)
        one.slave.silent = True
        await one.second()
        self.assertEqual(one.meter.believed, 1)

    async def test_a_month_of_silence_does_not_look_young(self):
        one = Bench(ms=(1 << 30) - 3000)
        await one.second()
        one.slave.silent = True
        for _ in range(60):
            one.ticks.ms += 43000000
            await one.second()
            self.assertTrue(one.meter.age_ms() >= 43000000)
            self.assertEqual(one.meter.state, "stale")

    async def test_one_bad_frame_changes_nothing(self):
        one = Bench()
        await one.second()
        good = one.line.answer
        one.line.answer = lambda frame: ((20, b"\x01\x04\x1c" + bytes(30)),)
        await one.second()
        one.line.answer = good
        self.assertEqual((one.meter.state, one.meter.energy_wh, one.meter.power_w), ("ok", 1234, 7337))

    async def test_polling_leaves_no_memory_behind(self):
        one = Bench("sdm630", phases=3)
        await one.charge(30, 7200)
        one.line.sent.clear()
        one.line.sent_ms.clear()
        gc.collect()
        before = gc.mem_alloc()
        await one.charge(200, 7200)
        one.line.sent.clear()
        one.line.sent_ms.clear()
        gc.collect()
        self.assertTrue(gc.mem_alloc() - before < 256, gc.mem_alloc() - before)


class Orders(unittest.TestCase):
    async def test_an_em4m_of_either_firmware_is_found_out(self):
        for order in ("ABCD", "CDAB"):
            one = Bench("em4m", slave_order=order)
            self.assertIsNone(one.meter.order)
            await one.second()
            self.assertEqual(one.meter.order, order)

    async def test_without_mains_it_refuses_to_guess(self):
        one = Bench("em4m")
        one.slave.show(volts=(0, 0, 0), frequency_mhz=0)
        self.assertFalse(await one.second())
        self.assertEqual((one.meter.order, one.meter.energy_wh, one.meter.state), (None, None, "wrong"))
        self.assertIn("word order", one.meter.reason)
        one.slave.show(volts=(230000, 0, 0), frequency_mhz=50000)
        self.assertTrue(await one.second())
        self.assertEqual((one.meter.order, one.meter.state), ("ABCD", "ok"))

    def test_only_150_to_300_v_and_45_to_55_hz_decide(self):
        for volts_mv, mhz, found in (
            (230000, 50000, True), (150000, 45000, True), (300000, 55000, True), (149000, 50000, False),
            (301000, 50000, False), (230000, 44000, False), (230000, 56000, False), (0, 0, False),
        ):  # fmt: skip
            for order in ("ABCD", "CDAB"):
                slave = Slave("em4m", order=order)
                slave.show(volts=(volts_mv, 0, 0), frequency_mhz=mhz)
                blocks = [[slave.words.get(read.register + i, 0) for i in range(read.count)] for read in slave.profile.reads]
                self.assertEqual(detect_order(slave.profile, blocks), order if found else None)

    def test_words_that_read_alike_both_ways_decide_nothing(self):
        """230.26 V and 50.07 Hz in whichever order."""
        profile = profiles.load("em4m")
        blocks = [[0x4248] * read.count for read in profile.reads]
        blocks[profile.point("volts_mv.0")[0]] = [0x4366] * 22
        self.assertIsNone(detect_order(profile, blocks))

    async def test_swapped_words_are_never_believed(self):
        for name in ("sdm120", "sdm630", "iem3000", "dtsu666", "em340", "abb_b2x"):
            for volts_mv, watts in ((230000, 7337), (229731, 1), (245123, 22013)):
                one = Bench(name)
                await one.second()
                energy_wh = one.meter.energy_wh
                one.slave.order = "CDAB" if one.slave.order == "ABCD" else "ABCD"
                one.slave.show(volts=(volts_mv, 0, 0), power_w=watts)
                self.assertFalse(await one.second(), name)
                self.assertEqual((one.meter.state, one.meter.energy_wh), ("wrong", energy_wh))
                self.assertEqual(one.meter.reason, "words come as %s, not %s" % (one.slave.order, one.meter.order))


class Freshness(unittest.TestCase):
    async def test_a_fresh_reading_is_taken_as_it_is(self):
        one = Bench()
        await one.second(500)
        asked = len(one.line.sent)
        self.assertTrue(await one.meter.fresh(1000))
        self.assertEqual(len(one.line.sent), asked)

    async def test_an_old_reading_is_asked_anew(self):
        one = Bench()
        await one.second(2000)
        one.slave.show(energy_wh=1236)
        self.assertTrue(await one.meter.fresh(1000))
        self.assertEqual(one.meter.energy_wh, 1236)
        self.assertTrue(one.meter.age_ms() < 1000)

    async def test_a_silent_meter_gives_up_within_the_time(self):
        one = Bench()
        one.slave.silent = True
        began = one.ticks.ms
        self.assertFalse(await one.meter.fresh(1000, 3000))
        self.assertTrue(3000 <= one.ticks.ms - began < 5000, one.ticks.ms - began)

    async def test_a_register_that_was_set_anew_is_fresh_once_confirmed(self):
        one = Bench()
        await one.second(2000)
        one.slave.show(energy_wh=500000)
        self.assertTrue(await one.meter.fresh(1000))
        self.assertEqual(one.meter.energy_wh, 500000)

    async def test_cancelling_it_leaves_the_meter_usable(self):
        for steps in range(6):
            one = Bench()
            task = asyncio.create_task(one.meter.fresh(1000))
            for _ in range(steps):
                await asyncio.sleep_ms(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
            self.assertTrue(await one.meter.fresh(0))


class AllMeters(unittest.TestCase):
    def build(self, name):
        board = boards.load(name)
        self.slaves = [Slave(spec.meter["profile"], spec.meter["address"]) for spec in board.connectors]
        self.ticks = Ticks()

        def responder(frame):
            return [one for slave in self.slaves for one in slave.answer(frame)]

        master, self.line, self.ticks = bench(responder)
        return Meters(board, self.line, Clock(self.ticks), master)

    async def run_for(self, meters, ms):
        task = asyncio.create_task(meters.run())
        end = self.ticks.ms + ms
        while self.ticks.ms < end:
            await asyncio.sleep_ms(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass

    def test_every_boards_meters_have_a_profile(self):
        for name in boards.names():
            meters = Meters(boards.load(name), Line(Ticks()), Clock(Ticks()))
            self.assertEqual(len(meters), len(boards.load(name).connectors))
            self.assertTrue(all(meter is not None for meter in meters))

    async def test_three_outlets_are_polled_each_about_once_a_second(self):
        meters = self.build("rudved_ac001")
        self.slaves[1].show(energy_wh=7000)
        await self.run_for(meters, 20000)
        self.assertEqual([meter.energy_wh for meter in meters], [1234, 7000, 1234])
        for meter in meters:
            self.assertTrue(19 <= meter.believed <= 21, meter.believed)
            self.assertEqual(meter.state, "ok")

    async def test_a_dead_meter_holds_up_the_others_little(self):
        meters = self.build("rudved_ac001")
        self.slaves[0].silent = True
        await self.run_for(meters, 20000)
        self.assertEqual([meter.state for meter in meters], ["stale", "ok", "ok"])
        self.assertTrue(meters[2].believed >= 16, meters[2].believed)

    async def test_nothing_is_polled_while_somebody_holds_the_line(self):
        meters = self.build("rudved_ac001")
        async with meters.held:
            task = asyncio.create_task(meters.run())
            for _ in range(50):
                await asyncio.sleep_ms(0)
            self.assertEqual(self.line.sent, [])
        for _ in range(50):
            await asyncio.sleep_ms(0)
        self.assertTrue(len(self.line.sent) > 1)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass

    async def test_one_meter_on_a_line_reads_everything_each_second(self):
        meters = self.build("rudved_ac22")
        self.assertEqual(meters.slow_rounds, 1)

    def test_a_slow_line_reads_volts_and_amps_every_five_seconds(self):
        board = boards.load("rudved_ac22")
        board.rs485 = {"baud": 1200, "parity": "N", "stop": 1}
        self.assertEqual(Meters(board, Line(Ticks()), Clock(Ticks())).slow_rounds, 5)

    async def test_a_board_without_meters_has_none_and_its_task_ends(self):
        board = boards.load("rudved_ac7")
        board.connectors[0].meter = None
        meters = Meters(board, Line(Ticks()), Clock(Ticks()))
        self.assertIsNone(meters[0])
        await meters.run()

    async def test_a_fresh_reading_may_be_had_while_the_task_polls(self):
        meters = self.build("rudved_ac7")
        task = asyncio.create_task(meters.run())
        for _ in range(20):
            self.assertTrue(await meters.fresh(meters[0], 0))
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass


if __name__ == "__main__":
    unittest.main()
