"""When a meter is not believed, and why. Runs inside MicroPython."""

import unittest

from tests.metering.mpy.fakes import Bench, Random


class Belief(unittest.TestCase):
    async def test_energy_that_goes_back_is_wrong_and_never_shown(self):
        one = Bench()
        await one.second()
        one.slave.show(energy_wh=1000)
        self.assertFalse(await one.second())
        self.assertEqual((one.meter.state, one.meter.energy_wh), ("wrong", 1234))
        self.assertIn("went back from 1234 to 1000 Wh", one.meter.reason)
        one.slave.show(energy_wh=1235)
        self.assertTrue(await one.second())
        self.assertEqual((one.meter.state, one.meter.energy_wh, one.meter.rebased_wh), ("ok", 1235, 0))

    async def test_energy_that_jumps_is_wrong(self):
        one = Bench()
        await one.second()
        one.slave.show(energy_wh=101234)
        self.assertFalse(await one.second())
        self.assertEqual((one.meter.state, one.meter.energy_wh), ("wrong", 1234))
        self.assertIn("jumped", one.meter.reason)

    async def test_a_count_that_stays_changed_is_believed_after_three_readings_and_told_apart(self):
        for new_wh in (0, 500000):
            one = Bench()
            await one.second()
            one.slave.show(energy_wh=new_wh)
            for believed in (False, False, True):
                self.assertIs(await one.second(), believed)
            self.assertEqual((one.meter.energy_wh, one.meter.rebased_wh), (new_wh, new_wh - 1234))

    async def test_nonsense_that_changes_each_time_is_never_believed(self):
        one = Bench()
        await one.second()
        random = Random(9)
        for _ in range(50):
            one.slave.show(energy_wh=2000 + 1000 * random.below(100000))
            await one.second()
            if one.meter.rebased_wh:
                self.fail(one.meter.energy_wh)
        self.assertEqual(one.meter.energy_wh, 1234)

    async def test_what_flowed_during_a_silence_is_believed(self):
        one = Bench()
        await one.charge(3, 7200)
        one.slave.silent = True
        for _ in range(120):
            await one.second()
        one.slave.silent = False
        one.slave.show(energy_wh=1240 + 240)
        self.assertTrue(await one.second())
        self.assertEqual((one.meter.state, one.meter.energy_wh, one.meter.rebased_wh), ("ok", 1480, 0))

    async def test_a_meter_that_was_stuck_at_zero_is_believed_when_it_moves_again(self):
        one = Bench()
        one.slave.show(power_w=0, amps=(0, 0, 0))
        for _ in range(60):
            await one.second()
        one.slave.show(power_w=7200, amps=(31300, 0, 0), energy_wh=1234 + 120)
        self.assertTrue(await one.second(), one.meter.reason)
        self.assertEqual((one.meter.energy_wh, one.meter.rebased_wh), (1354, 0))

    async def test_a_silent_hour_may_hold_a_fifth_more_than_the_rating_and_no_more(self):
        for wh, believed in ((8700, True), (9000, False)):
            one = Bench()
            await one.second()
            one.slave.silent = True
            for _ in range(60):
                await one.second(60000)
            one.slave.silent = False
            one.slave.show(energy_wh=1234 + wh)
            self.assertIs(await one.second(), believed)

    async def test_a_float_register_that_has_grown_coarse_neither_jumps_nor_freezes(self):
        one = Bench()
        for second in range(120):
            one.slave.show(power_w=7200, energy_wh=999000000 + 2 * second)
            self.assertTrue(await one.second(), one.meter.reason)
        self.assertTrue(abs(one.meter.energy_wh - 999000238) <= 63)

    async def test_more_energy_than_any_meter_counts_is_wrong(self):
        one = Bench()
        for energy_wh in (20000000000, 5000000000):     # of the latter the journal could not keep the whole
            one.slave.show(energy_wh=energy_wh)
            self.assertFalse(await one.second())
            self.assertIsNone(one.meter.energy_wh)

    async def test_dead_mains_are_a_fact_and_not_a_fault(self):
        one = Bench()
        await one.second()
        one.slave.show(volts=(0, 0, 0), amps=(0, 0, 0), power_w=0, frequency_mhz=0)
        self.assertTrue(await one.second())
        self.assertEqual((one.meter.state, one.meter.volts_mv), ("ok", [0, 0, 0]))

    async def test_what_a_meter_need_not_have_is_none_where_it_is_no_number(self):
        one = Bench()
        one.slave.words.update({0x1E: 0x7FC0, 0x1F: 0, 0x4A: 0x7FC0, 0x4B: 0})
        self.assertTrue(await one.second())
        self.assertEqual((one.meter.power_factor_milli, one.meter.export_wh), (None, None))

    async def test_what_flowed_while_the_words_were_swapped_is_believed(self):
        one = Bench()
        await one.charge(5, 7200)
        one.slave.order = "CDAB"
        await one.charge(120, 7200)
        self.assertEqual(one.meter.state, "wrong")
        one.slave.order = "ABCD"
        await one.charge(1, 7200)
        self.assertEqual((one.meter.state, one.meter.energy_wh, one.meter.rebased_wh), ("ok", 1234 + 2 * 126, 0))

    async def test_what_flowed_while_energy_was_no_number_is_believed(self):
        one = Bench()
        await one.charge(5, 7200)
        for _ in range(120):
            one.slave.show(energy_wh=one.slave.facts["energy_wh"] + 2)
            one.slave.words.update({0x48: 0x7FC0, 0x49: 0})
            await one.second()
        self.assertEqual(one.meter.state, "wrong")
        await one.charge(1, 7200)
        self.assertEqual((one.meter.state, one.meter.energy_wh, one.meter.rebased_wh), ("ok", 1234 + 2 * 126, 0))

    async def test_a_count_set_anew_while_energy_flows_costs_one_poll_at_most(self):
        one = Bench()
        await one.charge(10, 7200)
        one.slave.show(energy_wh=500000)
        await one.charge(10, 7200)
        self.assertEqual(one.meter.energy_wh, 500020)
        self.assertEqual(one.meter.energy_wh - one.meter.rebased_wh, 1234 + 2 * 19)

    async def test_a_register_that_stands_still_while_energy_flows_is_frozen(self):
        one = Bench()
        one.slave.show(power_w=7200)
        seconds = 0
        while one.meter.state != "wrong" or not seconds:
            await one.second()
            seconds += 1
            self.assertTrue(seconds < 60)
        self.assertTrue(26 <= seconds <= 28, seconds)
        self.assertIn("stands at 1234 Wh while 7200 W flow", one.meter.reason)
        one.slave.show(energy_wh=1290)
        self.assertTrue(await one.second())
        self.assertEqual(one.meter.state, "ok")

    async def test_an_idle_register_is_not_frozen(self):
        one = Bench()
        one.slave.show(power_w=0, amps=(0, 0, 0))
        for _ in range(600):
            await one.second()
        self.assertEqual(one.meter.state, "ok")

    async def test_a_coarse_register_is_not_frozen_between_its_steps(self):
        one = Bench("em340", phases=3)
        for second in range(200):
            one.slave.show(power_w=7200, energy_wh=(1000 + 2 * second) // 100 * 100)
            await one.second()
            self.assertEqual(one.meter.state, "ok", one.meter.reason)

    async def test_no_number_in_what_every_meter_must_have_is_wrong(self):
        for register in (0x0000, 0x0006, 0x000C, 0x0046, 0x0048):
            one = Bench()
            await one.second()
            one.slave.words[register] = 0x7FC0
            one.slave.words[register + 1] = 0
            self.assertFalse(await one.second())
            self.assertEqual((one.meter.state, one.meter.energy_wh), ("wrong", 1234))
            self.assertIn("no number", one.meter.reason)

    async def test_a_phase_that_is_not_there_is_zero(self):
        one = Bench("abb_b2x")
        one.slave.words.update({0x5B02: 0xFFFF, 0x5B03: 0xFFFF, 0x5B0E: 0xFFFF, 0x5B0F: 0xFFFF})
        self.assertTrue(await one.second())
        self.assertEqual((one.meter.volts_mv[1], one.meter.amps_ma[1]), (0, 0))

    async def test_what_no_mains_can_be_is_wrong(self):
        for facts, words in (
            ({"volts": (600000, 0, 0)}, "voltage of 600000 mV"),
            ({"volts": (-1000, 0, 0)}, "voltage"),
            ({"frequency_mhz": 30000}, "frequency of 30000 mHz"),
            ({"power_w": 5000000}, "power of 5000000 W"),
            ({"amps": (2000000, 0, 0)}, "current of"),
            ({"energy_wh": -5000}, "energy of -5000 Wh"),
        ):
            one = Bench()
            await one.second()
            one.slave.show(**facts)
            self.assertFalse(await one.second(), words)
            self.assertTrue(one.meter.state == "wrong" and words in one.meter.reason, one.meter.reason)
            self.assertEqual(one.meter.energy_wh, 1234)

    async def test_a_reversed_current_transformer_is_told(self):
        one = Bench()
        one.slave.show(power_w=-7337)
        for _ in range(9):
            self.assertTrue(await one.second())
        self.assertFalse(await one.second())
        self.assertIn("flows backwards", one.meter.reason)

    async def test_energy_never_goes_back_whatever_comes(self):
        """Random readings, silences and garbage: what is shown rises, or the count is set anew and says by how much."""
        for seed in range(12):
            random = Random(100 + seed)
            one = Bench()
            last = None
            for _ in range(150):
                kind = random.below(10)
                wh = one.slave.facts["energy_wh"]
                one.slave.silent = kind == 0
                if kind == 1:
                    one.slave.show(energy_wh=max(0, wh - random.below(5000)))
                elif kind == 2:
                    one.slave.show(energy_wh=wh + random.below(100000))
                elif kind == 3:
                    one.slave.words[0x48] = random.below(65536)
                else:
                    one.slave.show(energy_wh=wh + random.below(3), power_w=random.below(7400))
                await one.second()
                now = one.meter.energy_wh
                if now is None:
                    continue
                if last is not None:
                    self.assertTrue(now - one.meter.rebased_wh >= last, "seed %d" % (100 + seed))
                last = now - one.meter.rebased_wh


if __name__ == "__main__":
    unittest.main()
