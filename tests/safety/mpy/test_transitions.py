"""The rows of the transition table, one test each, over a bench connector in hand-moved time."""
import unittest

from bench import Bench

from firmware.safety import limits, pilot


class Transitions(unittest.TestCase):
    def test_t1_plug_is_believed_after_60_ms_and_a_glitch_is_not(self):
        b = Bench()
        b.run(1000)
        b.pilot.letter = "B"
        b.run(40)
        b.pilot.letter = "A"
        b.run(200)
        self.assertFalse(b.unit.plugged)
        b.pilot.letter = "B"
        self.assertTrue(b.run(500, lambda: b.unit.plugged) <= 100)

    def test_t2_vehicle_straight_to_c_is_no_fault_and_charges(self):
        b = Bench()
        b.pilot.letter = "C"
        b.allow()
        b.run(6000)
        self.assertTrue(b.contactor.on)
        self.assertTrue(b.unit.direct)
        self.assertEqual(b.unit.faults, [])

    def test_t3_offers_only_with_permit_six_amperes_and_a_passed_self_test(self):
        b = Bench()
        b.pilot.letter = "B"
        b.run(3000)
        self.assertFalse(b.unit.offered)
        self.assertEqual(b.unit.why, "waiting for authorisation")
        b.allow(5900)
        b.run(1000)
        self.assertFalse(b.unit.offered)
        b.allow(6000)
        b.run(1000)
        self.assertTrue(b.unit.offered)
        self.assertEqual(b.pilot.duty, 6553)

    def test_t4_lost_permit_withdraws_the_offer_with_the_next_tick(self):
        b = Bench()
        b.pilot.letter = "B"
        b.allow()
        b.run(3000)
        self.assertTrue(b.unit.offered)
        b.stop()
        b.run(40)
        self.assertEqual(b.pilot.duty, limits.DUTY_X1)

    def test_t5_closes_between_half_a_second_and_three_seconds_after_c(self):
        b = Bench()
        b.run(2000)
        b.pilot.letter = "B"
        b.allow()
        b.run(5000, lambda: b.unit.offered)
        b.run(1000)
        b.pilot.letter = "C"
        took = b.run(5000, lambda: b.contactor.on)
        self.assertTrue(500 <= took <= 700, took)

    def test_t5_never_closes_late(self):
        b = Bench()
        b.run(2000)
        b.pilot.letter = "B"
        b.pilot.diode = False
        b.allow()
        b.run(1000, lambda: b.unit.offered)
        b.pilot.low_mv = -10200            # neither a proof nor a fault
        b.pilot.sample = _sampled(b.pilot, -10200)
        b.pilot.letter = "C"
        took = b.run(4000, b.withdrawn)
        self.assertTrue(2500 <= took <= 2600, took)
        self.assertFalse(b.contactor.on)
        took = b.run(9000, lambda: b.unit.offered)
        self.assertTrue(limits.REOPEN_PAUSE_MS <= took <= limits.REOPEN_PAUSE_MS + 40, took)

    def test_t6_vehicle_opening_s2_opens_within_43_ms(self):
        b = Bench().charge()
        b.pilot.letter = "B"
        took = b.run(500, b.opened)
        self.assertTrue(took <= 43, took)
        self.assertTrue(b.unit.offered)

    def test_t7_stop_waits_for_the_vehicle_but_no_longer_than_six_seconds(self):
        b = Bench().charge()
        b.stop()
        b.run(40)
        self.assertEqual(b.pilot.duty, limits.DUTY_X1)
        self.assertTrue(b.contactor.on)
        took = b.run(8000, b.opened)
        self.assertTrue(5900 <= took <= 6020, took)
        self.assertEqual(b.unit.contactor.under_load, 1)

    def test_t7_vehicle_that_obeys_is_opened_at_once(self):
        b = Bench().charge()
        b.stop()
        b.run(500)
        b.pilot.letter = "B"
        self.assertTrue(b.run(500, b.opened) <= 43)
        self.assertEqual(b.unit.contactor.under_load, 0)

    def test_t8_resume_before_six_seconds_keeps_the_contactor_and_holds_x1_for_three(self):
        b = Bench().charge()
        b.unit.permit.grant(0, "user")
        b.permit = None
        b.run(100)
        b.allow()
        took = b.run(5000, lambda: b.unit.offered)
        self.assertTrue(2800 <= took <= 3100, took)
        b.run(5000)
        self.assertTrue(b.contactor.on)
        self.assertEqual(b.unit.contactor.closings, 1)

    def test_t8_reoffer_after_opening_pauses_five_seconds(self):
        b = Bench().charge()
        b.stop()
        b.run(6100)
        self.assertFalse(b.contactor.on)
        b.allow()
        took = b.run(9000, lambda: b.unit.offered)
        self.assertTrue(4800 <= took <= 5100, took)
        b.run(2000)
        self.assertTrue(b.contactor.on)

    def test_t10_unplug_opens_within_43_ms_even_right_after_closing(self):
        b = Bench()
        b.run(2000)
        b.pilot.letter = "C"
        b.allow()
        b.run(5000, lambda: b.contactor.on)
        b.pilot.letter = "A"
        took = b.run(500, b.opened)
        self.assertTrue(took <= 43, took)
        self.assertFalse(b.unit.plugged)

    def test_t11_pilot_short_opens_and_is_told_after_half_a_second(self):
        b = Bench().charge()
        b.pilot.letter = "E"
        took = b.run(500, b.opened)
        self.assertTrue(took <= 43, took)
        b.run(700)
        self.assertEqual([f.name for f in b.unit.faults], ["pilot_short"])

    def test_t12_fault_pulses_f_then_x1_so_that_an_unplug_is_seen(self):
        b = Bench().charge()
        b.residual.leak = True
        b.run(20)
        self.assertFalse(b.contactor.on)
        b.run(20)
        self.assertEqual(b.pilot.duty, limits.DUTY_F)
        pulse = b.run(2000, lambda: b.pilot.duty != limits.DUTY_F)
        self.assertTrue(300 <= pulse + 20 <= 500, pulse)
        self.assertEqual(b.pilot.duty, limits.DUTY_X1)
        b.pilot.letter = "A"
        b.run(200)
        self.assertFalse(b.unit.plugged)

    def test_t13_pilot_between_the_windows_opens_at_two_bursts_and_is_a_fault_after_500_ms(self):
        b = Bench().charge()
        b.pilot.letter = "X"
        took = b.run(500, b.opened)
        self.assertTrue(took <= 43, took)
        self.assertEqual(b.unit.faults, [])
        b.run(600)
        self.assertEqual([f.name for f in b.unit.faults], ["pilot_invalid"])
        b.pilot.letter = "B"
        took = b.run(40000, lambda: not b.unit.faults)
        self.assertTrue(29000 <= took <= 31000, took)

    def test_t13_voltages_that_wander_from_illegal_to_short_are_no_new_beginning(self):
        b = Bench().charge()
        for _ in range(4):
            for letter in "XE":
                b.pilot.letter = letter
                b.run(100)
        self.assertTrue(len(b.unit.faults) > 0)

    def test_t13_one_odd_burst_does_nothing(self):
        b = Bench().charge()
        sample = b.pilot.sample
        odd = [True]

        def once():
            sample()
            if odd:
                odd.pop()
                b.pilot.spread_mv = 2500
            else:
                b.pilot.spread_mv = 40
        b.pilot.sample = once
        b.run(200)
        self.assertTrue(b.contactor.on)

    def test_d_is_refused_where_no_ventilation_is(self):
        b = Bench().charge()
        b.pilot.letter = "D"
        self.assertTrue(b.run(500, b.opened) <= 43)
        b.run(100)
        self.assertEqual(b.unit.why, "vehicle asks for ventilation")
        self.assertEqual(b.unit.faults, [])

    def test_d_charges_where_the_room_is_ventilated(self):
        b = Bench()
        b.core.ventilated = True
        b.charge()
        b.pilot.letter = "D"
        b.run(1000)
        self.assertTrue(b.contactor.on)

    def test_energy_is_wanted_in_c_and_d_only(self):
        b = Bench()
        for letter, wanted in (("A", False), ("B", False), ("C", True), ("D", True), ("E", False), ("X", False)):
            b.pilot.letter = letter
            b.run(200)
            self.assertEqual(b.unit.energy_wanted, wanted)

    def test_contactor_stays_open_for_the_first_second_after_power_on(self):
        b = Bench()
        b.pilot.letter = "C"
        b.allow()
        took = b.run(6000, lambda: b.contactor.on)
        self.assertTrue(took >= 1000, took)

    def test_nobody_renews_the_permit_and_the_offer_ends_within_the_lease(self):
        b = Bench().charge()
        b.permit = None                     # the charging logic hangs
        took = b.run(5000, b.withdrawn)
        self.assertTrue(took <= 2040, took)
        b.run(100)
        self.assertEqual([f.name for f in b.unit.faults], ["lease"])

    def test_increase_waits_five_seconds_and_a_decrease_does_not(self):
        b = Bench().charge(16000)
        b.run(6000)
        b.allow(20000)
        b.run(600)
        self.assertEqual(b.unit.offered_ma, 20000)
        b.allow(32000)
        took = b.run(9000, lambda: b.unit.offered_ma == 32000)
        self.assertTrue(4000 <= took <= 5100, took)
        b.allow(10000)
        self.assertTrue(b.run(1000, lambda: b.unit.offered_ma == 10000) <= 40)

    def test_sleeping_vehicle_is_woken_once_by_four_seconds_of_f(self):
        b = Bench()
        b.run(2000)
        b.pilot.letter = "B"
        b.allow()
        b.run(3000)
        b.run(90000, lambda: b.pilot.duty == limits.DUTY_F)
        self.assertEqual(b.pilot.duty, limits.DUTY_F)
        pulse = b.run(9000, lambda: b.pilot.duty == limits.DUTY_X1)
        self.assertTrue(3900 <= pulse <= 4100, pulse)
        self.assertTrue(b.run(9000, lambda: b.unit.offered) >= 900)
        b.run(90000, lambda: b.pilot.duty == limits.DUTY_F)
        self.assertTrue(b.unit.offered)
        b.pilot.letter = "C"
        b.run(2000)
        self.assertTrue(b.contactor.on)

    def test_vehicle_that_has_charged_is_not_woken_again(self):
        b = Bench().charge()
        b.pilot.letter = "B"
        b.run(90000, lambda: b.pilot.duty == limits.DUTY_F)
        self.assertTrue(b.unit.offered)


def _sampled(io, low_mv):
    def sample():
        io.clock.us += 3840
        io.high_mv = io.LEVELS[io.letter]
        io.low_mv = low_mv if 0 < io.duty < 65536 else io.high_mv
    return sample


def _told_ma(duty):
    """What a vehicle reads from a duty in 1/65536 (10 to 96 %)."""
    return duty * 3750 // 4096 if duty <= 55705 else (duty - 41943) * 15625 // 4096


class Duty(unittest.TestCase):
    def test_no_current_is_ever_offered_above_what_was_asked_and_the_error_is_small(self):
        for first, last in ((6000, 51000), (52600, 80000)):
            for ma in range(first, last + 1):
                told = _told_ma(pilot.duty_of(ma))
                if not ma - 20 <= told <= ma:
                    self.fail("%d mA is told as %d mA" % (ma, told))

    def test_gap_between_the_two_lines_is_offered_as_51_amperes(self):
        for ma in (51001, 52000, 52500, 52599):
            self.assertEqual(pilot.duty_of(ma), pilot.duty_of(51000))

    def test_table_of_reference_duties(self):
        for amps, duty in ((6, 6553), (10, 10922), (16, 17476), (32, 34952), (51, 55705), (63, 58458), (80, 62914)):
            self.assertEqual(pilot.duty_of(amps * 1000), duty)

    def test_below_six_amperes_nothing_is_offered(self):
        for ma in (0, 1, 5999, -6000):
            self.assertEqual(pilot.duty_of(ma), limits.DUTY_X1)


if __name__ == "__main__":
    unittest.main()
