"""Vehicles that public trackers tell odd things of (evse-safety 1.11, 4.2), each as a simulated one before the real core."""
import unittest

from worldbench import WorldBench

from hal.sim.world.models import MODELS

MPY_HEAP = "8192wk"
_tried = set()


def bench(model, ready=True, current_ma=32000):
    _tried.add(model)
    b = WorldBench()
    b.run(1500)
    b.allow(current_ma)
    b.do("plug", vehicle=model)
    b.do("vehicle", ready=ready)
    return b


class Vehicles(unittest.TestCase):
    def fine(self, b):
        self.assertEqual(b.names(), [])
        self.assertEqual(b.world.violations, [])

    def charges(self, b, within_ms=20000):
        b.until(lambda: b.closed, within_ms)
        b.run(4000)
        self.assertTrue(b.closed)
        self.fine(b)
        return b

    def test_ordinary_car(self):
        self.assertTrue(max(self.charges(bench("car")).truth.ma) > 30000)

    def test_simplified_pilot_charges_and_is_known_for_one(self):
        b = self.charges(bench("simplified"))
        self.assertTrue(b.unit.direct)
        self.assertEqual(max(b.truth.ma), 10000)
        b.stop()
        self.assertTrue(5900000 <= b.until_open(b.now_us(), 7000) <= 6100000)
        self.fine(b)

    def test_a_resistor_without_a_diode_never_gets_energy(self):
        b = bench("resistor_box")
        b.run(20000)
        self.assertEqual(b.unit.contactor.closings, 0)
        self.assertIn("diode", b.names())
        b.do("unplug")
        b.run(31000)
        self.assertEqual(b.names(), [])

    def test_a_vehicle_that_never_leaves_c_at_x1_is_opened_after_six_seconds_and_goes_on_later(self):
        b = self.charges(bench("kona"))
        b.stop()
        self.assertTrue(5900000 <= b.until_open(b.now_us(), 7000) <= 6100000)
        b.run(30000)
        self.assertEqual((b.unit.letter, b.closed), ("C", False))
        b.allow()
        self.charges(b)

    def test_or_resumes_at_once_within_them(self):
        b = self.charges(bench("kona"))
        b.stop()
        b.run(3000)
        b.allow()
        b.run(9000)
        self.assertTrue(b.closed and b.unit.offered)
        self.assertEqual(b.unit.contactor.closings, 1)
        self.fine(b)

    def test_a_vehicle_that_wants_eight_amperes_is_not_asking_at_seven(self):
        b = bench("zoe", current_ma=7000)
        b.run(20000)
        self.assertEqual((b.unit.why, b.closed), ("vehicle does not ask for energy", False))
        b.allow(10000)
        self.charges(b)

    def test_a_glitch_after_a_change_of_the_offer_opens_in_time_and_ends_nothing(self):
        b = self.charges(bench("bmw_phev"))
        b.allow(16000)
        self.assertTrue(b.until_open(b.now_us()) <= 100000)
        b.run(100)
        self.charges(b)
        self.assertEqual(b.unit.contactor.closings, 2)

    def test_a_vehicle_that_glitches_is_interrupted_for_more_current_only_each_ten_minutes_and_for_less_in_whole_steps(self):
        b = self.charges(bench("bmw_phev", current_ma=16000))
        b.allow(12000)
        b.until_open(b.now_us())
        b.run(100)
        self.charges(b)
        self.assertTrue(b.unit.shy)
        offered = b.unit.offered_ma
        for current_ma in (12900, 13999, 12000, 32000, 12500):
            b.allow(current_ma)
            b.run(6000)
            self.assertEqual((b.unit.offered_ma, b.closed), (offered, True))
        b.allow(11900)
        b.run(200)
        self.assertEqual(b.unit.offered_ma, 10000)
        b.unit.ages.ms[8] = 600000      # since the last increase
        b.allow(32000)
        b.run(6500)
        self.charges(b)
        self.assertEqual(b.unit.offered_ma, 32000)
        b.do("unplug")
        b.run(1000)
        self.assertFalse(b.unit.shy)

    def test_openings_that_answer_the_own_offer_are_no_chatter(self):
        b = self.charges(bench("bmw_phev"))
        for i in range(25):
            b.allow(12000 if i & 1 else 10000)
            b.unit.ages.ms[8] = 600000
            b.until_open(b.now_us(), 1000)
            b.run(100)
            b.until(lambda: b.closed, 20000)
            b.run(500)
        self.assertTrue(b.unit.contactor.closings > 20)
        self.fine(b)

    def test_pulses_of_c_of_250_ms_close_nothing(self):
        b = bench("bmw_ix3")
        b.until(b.offered, 9000)
        pulses_end_us = b.now_us() + 500000 + 3 * 500000
        while b.now_us() < pulses_end_us:
            b.tick()
            self.assertFalse(b.commanded)
        self.charges(b)

    def test_a_sleeper_is_woken_once_by_f_and_charges(self):
        b = bench("e_golf")
        b.stop()
        b.run(70000)
        self.assertTrue(b.truth.vehicle.asleep)
        b.allow()
        b.run(70000)
        self.assertEqual(b.unit.why, "vehicle does not ask for energy")
        self.charges(b)

    def test_or_is_left_asleep_where_the_setting_says_so(self):
        b = bench("e_golf")
        b.unit.wake = False
        b.stop()
        b.run(70000)
        b.allow()
        b.run(120000)
        self.assertEqual((b.unit.why, b.closed), ("vehicle does not ask for energy", False))
        self.fine(b)

    def test_a_vehicle_that_wants_the_edge_to_x2_gets_one_by_waking_it(self):
        b = bench("edge", ready=False)
        b.until(b.offered, 9000)
        b.run(3000)
        b.do("vehicle", ready=True)
        b.run(60000)
        self.assertFalse(b.closed)
        self.charges(b, 40000)

    def test_a_vehicle_that_gives_up_after_three_interruptions_is_no_fault_of_the_charger(self):
        b = self.charges(bench("tesla"))
        for _ in range(3):
            b.stop()
            b.until_open(b.now_us(), 7000)
            b.allow()
            b.run(12000)
        self.assertEqual((b.unit.why, b.closed), ("vehicle does not ask for energy", False))
        self.fine(b)
        b.do("unplug")
        b.run(500)
        b.do("plug", vehicle="tesla")
        b.do("vehicle", ready=True)
        self.charges(b)

    def test_a_vehicle_that_wakes_its_charger_closes_nothing_and_faults_nothing(self):
        b = bench("waker", ready=False)
        b.stop()
        b.run(5000)
        b.do("vehicle", ready=True)
        for _ in range(150):
            b.tick()
            self.assertFalse(b.commanded)
        self.fine(b)
        b.allow()
        self.charges(b)

    def test_s2_that_flutters_once_a_second_is_never_closed_more_often_than_every_five(self):
        b = bench("flutter_1hz")
        b.run(60000)
        self.assertTrue(b.unit.contactor.closings <= 10, b.unit.contactor.closings)
        self.assertEqual(b.world.violations, [])

    def test_s2_that_flutters_20_times_a_second_closes_nothing(self):
        b = bench("flutter_20hz")
        b.run(30000)
        self.assertEqual((b.unit.contactor.closings, b.world.violations), (0, []))

    def test_a_vehicle_that_draws_half_as_much_again_is_opened_and_told(self):
        b = self.charges(bench("car", current_ma=16000))
        b.do("vehicle", follows_limit=False, max_a=25)
        b.until_open(b.now_us(), 20000)
        self.assertIn("over_current", b.names())

    def test_a_vehicle_that_trickles_0_3_amperes_for_ever_charges_for_ever(self):
        b = self.charges(bench("car"))
        b.do("vehicle", max_a=0.3)
        b.run(120000)
        self.assertTrue(b.closed)
        self.fine(b)

    def test_no_model_is_left_out(self):
        if len(_tried) > 1:             # a run of this test alone asks for none
            self.assertEqual(_tried, set(MODELS))


if __name__ == "__main__":
    unittest.main()
