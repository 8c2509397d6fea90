"""The vehicle: when it asks, what it draws, when it stops."""

import unittest

from worldrig import DUTY_6A, DUTY_16A, DUTY_32A, DUTY_X1, SECOND_US, Rig

from hal.sim.world.vehicle import decode_ma


class Duty(unittest.TestCase):
    def test_the_vehicle_side_of_the_table(self):
        for ma, duty in ((6000, 6553), (10000, 10922), (13000, 14199), (16000, 17476), (32000, 34952), (51000, 55705), (63000, 58458),
                         (80000, 62914)):
            heard_ma = decode_ma(duty)
            self.assertTrue(ma - 20 <= heard_ma <= ma, (ma, heard_ma))

    def test_from_8_to_10_percent_is_6_a(self):
        self.assertEqual(decode_ma(65536 * 85 // 1000), 6000)

    def test_what_is_no_offer(self):
        for permille in (0, 20, 50, 75, 975, 1000):
            self.assertEqual(decode_ma(65536 * permille // 1000), 0)


class Asking(unittest.TestCase):
    def setUp(self):
        self.rig = Rig()
        self.rig.offer(DUTY_X1)

    def test_a_plugged_vehicle_is_in_state_b(self):
        self.assertEqual(self.rig.letter(), "A")
        self.rig.do("plug")
        self.assertEqual(self.rig.letter(), "B")

    def test_it_asks_its_reaction_time_after_a_valid_pwm(self):
        self.rig.do("plug")
        self.rig.do("vehicle", ready=True, reaction_s=1.5)
        self.rig.quiet(5)
        self.assertEqual(self.rig.letter(), "B")
        self.rig.offer(DUTY_16A)
        self.rig.quiet(1.49)
        self.assertEqual(self.rig.letter(), "B")
        self.rig.quiet(0.02)
        self.assertEqual(self.rig.letter(), "C")

    def test_ready_under_a_standing_pwm_is_state_c_at_once(self):
        self.rig.do("plug")
        self.rig.offer(DUTY_16A)
        self.rig.quiet(5)
        self.rig.do("vehicle", ready=True)
        self.assertEqual(self.rig.letter(), "C")
        self.rig.do("vehicle", ready=False)
        self.assertEqual(self.rig.letter(), "B")

    def test_ventilation_is_state_d(self):
        self.rig.do("plug")
        self.rig.do("vehicle", ready=True, ventilation=True)
        self.rig.offer(DUTY_16A)
        self.rig.quiet(1)
        self.assertEqual(self.rig.letter(), "D")

    def test_who_drives_away_is_not_ready_any_more(self):
        self.rig.do("plug")
        self.rig.do("vehicle", ready=True)
        self.rig.do("unplug")
        self.rig.do("plug")
        self.rig.offer(DUTY_16A)
        self.rig.quiet(2)
        self.assertEqual(self.rig.letter(), "B")

    def test_what_was_wanted_before_the_plug_holds(self):
        self.rig.do("vehicle", ready=True)
        self.rig.do("plug")
        self.rig.offer(DUTY_16A)
        self.rig.quiet(2)
        self.assertEqual(self.rig.letter(), "C")


class Drawing(unittest.TestCase):
    def setUp(self):
        self.rig = Rig()

    def amps(self):
        return self.rig.world.truth(0)["amps"][0]

    def test_current_ramps_up_over_about_2_s_after_closing(self):
        rig = self.rig
        rig.offer(DUTY_X1)
        rig.do("plug")
        rig.do("vehicle", ready=True)
        rig.offer(DUTY_32A)
        rig.run(1)
        rig.k.contactor.command(True)
        rig.run(0.4)
        self.assertEqual(self.amps(), 0)
        rig.run(1.1)
        self.assertTrue(8 < self.amps() < 24, self.amps())
        rig.run(1.5)
        self.assertTrue(31.9 < self.amps() <= 32, self.amps())

    def test_a_decrease_is_followed_within_the_reaction_time(self):
        self.rig.charge()
        self.rig.offer(DUTY_6A)
        self.rig.run(0.4)
        self.assertTrue(self.amps() > 31)
        self.rig.run(0.2)
        self.assertTrue(5.9 < self.amps() <= 6, self.amps())

    def test_an_increase_is_ramped(self):
        self.rig.charge(DUTY_6A)
        self.rig.offer(DUTY_32A)
        self.rig.run(1)
        self.assertTrue(6 < self.amps() < 31, self.amps())
        self.rig.run(2)
        self.assertTrue(self.amps() > 31.9)

    def test_one_that_does_not_follow_draws_its_own(self):
        self.rig.do("vehicle", follows_limit=False, max_a=20)
        self.rig.charge(DUTY_6A)
        self.assertEqual(self.amps(), 20)

    def test_x1_stops_current_and_opens_s2_within_3_s(self):
        self.rig.charge()
        self.rig.offer(DUTY_X1)
        self.rig.run(0.55)
        self.assertEqual(self.amps(), 0)
        self.assertEqual(self.rig.letter(), "C")
        self.rig.run(0.1)
        self.assertEqual(self.rig.letter(), "B")

    def test_a_lost_pilot_stops_it_within_100_ms(self):
        self.rig.charge()
        self.rig.fault("pilot_short")
        self.rig.run(0.1)
        self.assertEqual(self.rig.letter(), "B")
        self.assertEqual(self.amps(), 0)

    def test_pwm_again_before_s2_opens_goes_on(self):
        self.rig.charge()
        self.rig.offer(DUTY_X1)
        self.rig.run(0.55)
        self.rig.offer(DUTY_16A)
        self.rig.run(4)
        self.assertEqual(self.rig.letter(), "C")
        self.assertTrue(15.9 < self.amps() <= 16)

    def test_its_own_maximum_counts_at_once(self):
        self.rig.charge()
        self.rig.do("vehicle", max_a=10)
        self.rig.quiet(0.001)
        self.assertEqual(self.amps(), 10)

    def test_a_full_battery_tapers_and_stops_asking(self):
        self.rig.do("vehicle", taper_wh=20)
        self.rig.charge()
        self.rig.run(12)
        self.assertTrue(5 < self.amps() < 31, self.amps())
        self.rig.run(450)
        self.assertEqual(self.rig.letter(), "B")
        self.assertTrue(20 < self.rig.world.truth(0)["meter_wh"] < 400)

    def test_no_voltage_no_current(self):
        self.rig.charge()
        self.rig.do("mains", v=[0, 0, 0])
        self.assertEqual(self.amps(), 0)
        self.rig.do("mains", v=[230, 230, 230])
        self.rig.run(4)
        self.assertTrue(self.amps() > 31)

    def test_a_lone_phase_needs_the_neutral(self):
        self.rig.charge()
        self.rig.do("mains", neutral=False)
        self.assertEqual(self.amps(), 0)


class ThreePhases(unittest.TestCase):
    def setUp(self):
        self.rig = Rig("rudved_ac22")

    def amps(self):
        return self.rig.world.truth(0)["amps"]

    def test_a_vehicle_uses_as_many_phases_as_it_has(self):
        for phases in (1, 2, 3):
            self.rig = Rig("rudved_ac22")
            self.rig.do("vehicle", phases=phases, max_a=16)
            self.rig.charge()
            self.assertEqual(self.amps(), [16.0] * phases + [0.0] * (3 - phases))

    def test_a_balanced_load_goes_on_without_neutral_a_lone_phase_does_not(self):
        self.rig.charge()
        self.rig.do("mains", neutral=False)
        self.rig.run(4)
        self.assertTrue(min(self.amps()) > 31)
        volts = self.rig.world.truth(0)["volts"]
        self.assertTrue(max(volts) - min(volts) > 60, volts)
        self.rig.do("vehicle", phases=1)
        self.rig.run(4)
        self.assertEqual(self.amps(), [0.0] * 3)


class Outlet(unittest.TestCase):
    def test_a_plain_load_draws_as_soon_as_there_is_voltage(self):
        rig = Rig("rudved_ac001")
        self.assertFalse(rig.k.plug_switch.pressed())
        rig.do("plug")
        self.assertTrue(rig.k.plug_switch.pressed())
        rig.do("vehicle", ready=True)
        rig.run(0.1)
        rig.k.contactor.command(True)
        rig.run(0.1)
        self.assertEqual(rig.world.truth(0)["amps"][0], 15)

    def test_each_outlet_hangs_on_its_own_line(self):
        rig = Rig("rudved_ac001")
        for i in range(3):
            rig.do("plug", connector=i + 1)
            rig.do("vehicle", connector=i + 1, ready=True, max_a=5 + i)
            rig.ports.connectors[i].contactor.command(True)
        rig.run(1)
        for i in range(3):
            amps = [0.0] * 3
            amps[i] = 5.0 + i
            self.assertEqual(rig.world.truth(i)["amps"], amps)
        rig.do("mains", v=[230, 0, 230])
        rig.run(1)
        self.assertEqual([sum(rig.world.truth(i)["amps"]) for i in range(3)], [5.0, 0.0, 7.0])


class Independence(unittest.TestCase):
    def test_how_often_one_looks_changes_nothing(self):
        coarse, fine = Rig(), Rig()
        for rig, step in ((coarse, 0.09), (fine, 0.0007)):
            rig.charge()
            rig.do("vehicle", taper_wh=30)
            end_us = rig.clock.now_us + 30 * SECOND_US
            while rig.clock.now_us < end_us:
                rig.world.token()
                rig.clock.run_to(min(end_us, rig.clock.now_us + int(step * SECOND_US)))
        self.assertEqual(coarse.world.truth(0), fine.world.truth(0))
        self.assertEqual(coarse.events, fine.events)


if __name__ == "__main__":
    unittest.main()
