"""The pilot circuit as a converter sees it."""

import unittest
from array import array

import micropython
from worldrig import DUTY_6A, DUTY_16A, DUTY_32A, DUTY_X1, Rig

from hal.sim.native import _plain, native
from hal.sim.world.errors import WorldError

OHM = {"B": 2740.0, "C": 882.0, "D": 246.0}
FOUR_MS_US = 64 * 60


def closed_form_mv(letter):
    """12 V behind 1 kOhm, a diode of 0.7 V and the vehicle's resistor."""
    if letter == "A":
        return 12000.0
    return 700 + (12000 - 700) * OHM[letter] / (OHM[letter] + 1000)


def show(rig, letter, duty):
    """Bring the vehicle to that letter under that duty."""
    rig.do("unplug")
    rig.offer(duty)
    if letter != "A":
        rig.do("plug")
        rig.do("vehicle", ready=letter != "B", ventilation=letter == "D", reaction_s=0)
    rig.quiet(0.05)


class Levels(unittest.TestCase):
    def setUp(self):
        self.rig = Rig()
        self.pilot = self.rig.k.pilot

    def near(self, seen_mv, expected_mv, within_mv=50):
        self.assertTrue(abs(seen_mv - expected_mv) <= within_mv, "%d mV instead of %d mV" % (seen_mv, expected_mv))

    def test_every_letter_at_6_16_and_32_a_is_within_50_mv_of_the_closed_form(self):
        for duty in (DUTY_6A, DUTY_16A, DUTY_32A):
            for letter in "ABCD":
                show(self.rig, letter, duty)
                self.assertEqual(self.rig.letter(), letter)
                for _ in range(20):
                    self.pilot.sample()
                    self.near(self.pilot.high_mv, closed_form_mv(letter))
                    self.near(self.pilot.low_mv, -12000)
                    self.assertTrue(self.pilot.spread_mv < 250, self.pilot.spread_mv)
                    self.assertTrue(self.pilot.n_high >= 3, self.pilot.n_high)

    def test_steady_levels_are_high_at_x1_and_low_at_f(self):
        show(self.rig, "B", DUTY_X1)
        self.pilot.sample()
        self.near(self.pilot.low_mv, closed_form_mv("B"))
        self.assertEqual(self.pilot.n_high, 64)
        self.rig.offer(0)
        self.pilot.sample()
        self.near(self.pilot.high_mv, -12000)

    def test_without_its_diode_the_vehicle_loads_the_negative_side_too(self):
        show(self.rig, "C", DUTY_16A)
        self.rig.do("vehicle", diode=False)
        self.pilot.sample()
        self.near(self.pilot.high_mv, 12000 * 882 / 1882)
        self.near(self.pilot.low_mv, -12000 * 882 / 1882)

    def test_short_reads_zero_and_cut_wire_reads_as_no_vehicle(self):
        show(self.rig, "B", DUTY_16A)
        self.rig.fault("pilot_short")
        self.pilot.sample()
        self.near(self.pilot.high_mv, 0)
        self.near(self.pilot.low_mv, 0)
        self.rig.fault("pilot_short", on=False)
        self.rig.fault("pilot_open")
        self.pilot.sample()
        self.near(self.pilot.high_mv, 12000)

    def test_without_supply_there_is_nothing_on_the_wire(self):
        show(self.rig, "B", DUTY_16A)
        self.rig.world.power_off()
        self.pilot.sample()
        self.near(self.pilot.high_mv, 0)

    def test_an_undriven_pin_says_f_after_a_reset(self):
        show(self.rig, "B", DUTY_16A)
        self.rig.world.reset_outputs()
        self.pilot.sample()
        self.near(self.pilot.high_mv, -12000)

    def test_noise_spreads_the_levels(self):
        show(self.rig, "B", DUTY_16A)
        self.rig.fault("pilot_noise", mv=900)
        worst_mv = 0
        for _ in range(20):
            self.pilot.sample()
            worst_mv = max(worst_mv, self.pilot.spread_mv)
        self.assertTrue(worst_mv > 500, worst_mv)

    def test_offset_moves_both_levels(self):
        show(self.rig, "C", DUTY_16A)
        self.rig.fault("pilot_offset", mv=-400)
        self.pilot.sample()
        self.near(self.pilot.high_mv, closed_form_mv("C") - 400)
        self.rig.fault("pilot_offset", on=False)
        self.pilot.sample()
        self.near(self.pilot.high_mv, closed_form_mv("C"))

    def test_an_outlet_has_no_pilot_to_disturb(self):
        rig = Rig("rudved_ac001")
        self.assertIsNone(rig.k.pilot)
        self.assertRaises(WorldError, rig.fault, "pilot_short")


class Bursts(unittest.TestCase):
    def setUp(self):
        self.rig = Rig()
        self.pilot = self.rig.k.pilot

    def test_a_burst_takes_64_intervals(self):
        before_us = self.rig.clock.now_us
        self.pilot.sample()
        self.assertEqual(self.rig.clock.now_us - before_us, FOUR_MS_US)
        self.assertEqual(self.pilot.interval_us, 60)

    def test_a_duty_takes_effect_with_the_next_period(self):
        self.rig.offer(DUTY_X1)
        self.rig.do("plug")
        self.pilot.drive(DUTY_16A)
        self.assertEqual(self.rig.c.pilot.duty, DUTY_X1)
        self.rig.quiet(0.0011)
        self.assertEqual(self.rig.c.pilot.duty, DUTY_16A)

    def test_a_vehicle_that_switches_inside_the_burst_shows_both_levels(self):
        rig = self.rig
        show(rig, "B", DUTY_X1)
        rig.do("vehicle", ready=True, reaction_s=0.001)
        self.pilot.drive(DUTY_32A)
        due_us = rig.c.pilot.due_us
        rig.clock.run_to(due_us)
        self.pilot.sample()
        self.assertEqual(rig.letter(), "C")
        self.assertTrue(self.pilot.spread_mv > 1000 or self.pilot.n_high < 25, (self.pilot.spread_mv, self.pilot.n_high))

    def test_it_works_under_the_heap_lock_and_leaves_its_depth(self):
        micropython.heap_lock()
        micropython.heap_lock()
        self.pilot.drive(DUTY_X1)
        self.rig.k.contactor.command(True)
        self.rig.ports.guard.token()
        self.pilot.sample()
        locked = False
        try:
            bytearray(2000)
        except MemoryError:
            locked = True
        depth = micropython.heap_unlock()
        last = micropython.heap_unlock()
        self.assertTrue(locked)
        self.assertEqual((depth, last), (1, 0))

    def test_one_seed_gives_one_noise(self):
        first, again, other = [self.readings(seed) for seed in (5, 5, 6)]
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def readings(self, seed):
        rig = Rig(seed=seed)
        rig.offer(DUTY_16A)
        found = []
        for _ in range(5):
            rig.k.pilot.sample()
            found.append((rig.k.pilot.high_mv, rig.k.pilot.low_mv, rig.k.pilot.spread_mv))
        return found

    def test_native_and_plain_text_of_the_loops_agree(self):
        settle = array("H", [200, 100, 50, 25, 12, 6, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0])
        outcome = []
        for burst in (native("hal.sim.world.burst", "burst"), _plain("hal.sim.world.burst")["burst"]):
            codes = array("H", [0] * 64)
            arguments = array("I", [12345, 998000, 1000037, 266700, 800000, 150000, 60000, 389, 2000])
            burst(codes, settle, arguments, 0, 40)
            burst(codes, settle, arguments, 40, 24)
            outcome.append((list(codes), list(arguments)))
        self.assertEqual(outcome[0], outcome[1])
        codes = array("H", outcome[0][0])
        found = []
        for peaks in (native("hal.drivers.peaks", "peaks"), _plain("hal.drivers.peaks")["peaks"]):
            result = array("i", [0] * 5)
            peaks(codes, 64, 130, 4095, result)
            found.append(list(result))
        self.assertEqual(found[0], found[1])


class Peaks(unittest.TestCase):
    def find(self, codes):
        result = array("i", [0] * 5)
        native("hal.drivers.peaks", "peaks")(array("H", codes), len(codes), 130, 4095, result)
        return list(result)

    def test_three_highest_and_three_lowest(self):
        self.assertEqual(self.find([500, 3000, 3010, 490, 2990, 510, 1700]), [9000, 1500, 3, 3, 20])

    def test_failed_conversions_are_left_out(self):
        self.assertEqual(self.find([0, 4095, 500, 500, 500, 4095, 0]), [1500, 1500, 3, 3, 0])

    def test_fewer_than_three_say_nothing(self):
        self.assertEqual(self.find([0, 4095, 500, 500]), [0] * 5)

    def test_order_does_not_matter(self):
        codes = [100 + 37 * i % 64 for i in range(64)]
        self.assertEqual(self.find(codes), self.find(sorted(codes)))


class Aliasing(unittest.TestCase):
    """At 6 A the high phase lasts 100 us of each 1000 us: the hard case for a slow converter."""

    def blind(self, interval_us):
        """Share of 300 bursts at scattered phases in which three good highs of state A were not found."""
        rig = Rig()
        rig.offer(DUTY_6A)
        if interval_us != 60:
            rig.fault("adc_slow", us=interval_us)
        pilot = rig.k.pilot
        blind = 0
        for i in range(300):
            pilot.sample()
            blind += pilot.high_mv < 11400 or pilot.spread_mv > 1000 or pilot.n_high < 3
            rig.clock.run_to(rig.clock.now_us + 3331 + 17 * (i % 59))
        self.assertEqual(pilot.interval_us, interval_us)
        return blind

    def test_at_40_60_and_90_us_no_burst_is_blind(self):
        for interval_us in (40, 60, 90):
            self.assertEqual(self.blind(interval_us), 0)

    def test_at_125_and_200_us_many_are(self):
        for interval_us in (125, 200):
            self.assertTrue(self.blind(interval_us) > 15, interval_us)

    def test_at_100_us_some_find_too_few(self):
        self.assertTrue(self.blind(100) >= 1)

    def test_a_slow_converter_can_be_healed(self):
        rig = Rig()
        rig.fault("adc_slow", us=125)
        rig.fault("adc_slow", on=False)
        rig.k.pilot.sample()
        self.assertEqual(rig.k.pilot.interval_us, 60)


if __name__ == "__main__":
    unittest.main()
