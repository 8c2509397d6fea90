"""The world judges the charger: each rule is broken on purpose here, and kept."""

import unittest

from worldrig import DUTY_16A, DUTY_32A, DUTY_X1, Rig


class Belief:
    """What a charger in order says of one connector that charges."""

    def __init__(self):
        self.command = True
        self.permit_live = True
        self.latched = False
        self.session_id = "s1"
        self.faults = ()
        self.limits = {"board": 32000, "user": 32000, "temperature": 32000}
        self.self_tested = True
        self.stop_commanded_us = None


class View:
    def __init__(self, connectors):
        self.connectors = connectors


class Judged(unittest.TestCase):
    def setUp(self):
        self.start("rudved_ac7")

    def start(self, board):
        self.rig = Rig(board)
        self.belief = Belief()
        self.rig.world.judge(View([self.belief]))
        self.rig.charge()
        self.assertEqual(self.said(), [])

    def said(self):
        """The numbers of the rules that were broken."""
        return [int(text.split()[1].rstrip(":")) for text in self.rig.world.violations]

    def text(self):
        return " ".join(self.rig.world.violations)


class Rule1(Judged):
    def test_a_charging_session_breaks_nothing(self):
        self.rig.run(60)
        self.assertEqual(self.said(), [])

    def test_the_contactor_opens_within_100_ms_of_the_vehicle_s_edge(self):
        self.rig.do("vehicle", ready=False)
        self.rig.run(0.07)
        self.rig.k.contactor.command(False)
        self.rig.run(1)
        self.assertEqual(self.said(), [])

    def test_later_is_a_violation_told_once(self):
        self.rig.do("vehicle", ready=False)
        self.rig.run(5)
        self.assertEqual(self.said(), [1])
        self.assertIn("no energy asked for", self.text())

    def test_a_stall_excuses_no_more_than_the_guard_promises(self):
        self.rig.do("vehicle", ready=False)
        self.rig.world.declare_stall(2000000)
        self.rig.run(0.2)
        self.assertEqual(self.said(), [])
        self.rig.run(0.05)
        self.assertEqual(self.said(), [1])

    def test_a_short_stall_excuses_its_own_length(self):
        self.rig.do("vehicle", ready=False)
        self.rig.world.declare_stall(60000)
        self.rig.run(0.15)
        self.assertEqual(self.said(), [])
        self.rig.run(0.05)
        self.assertEqual(self.said(), [1])

    def test_a_latched_fault_opens_within_100_ms(self):
        self.belief.latched = True
        self.rig.run(0.09)
        self.assertEqual(self.said(), [])
        self.rig.run(0.05)
        self.assertEqual(self.said(), [1])

    def test_a_commanded_stop_waits_6_s_for_the_vehicle(self):
        self.rig.do("vehicle", reaction_s=60)
        self.belief.permit_live = False
        self.belief.stop_commanded_us = self.rig.clock.now_us
        self.rig.offer(DUTY_X1)
        self.rig.run(6)
        self.assertEqual(self.said(), [])
        self.rig.run(0.2)
        self.assertEqual(self.said(), [1, 1])

    def test_what_broke_twice_is_told_twice(self):
        for _ in range(2):
            self.rig.do("vehicle", ready=False)
            self.rig.run(1)
            self.rig.do("vehicle", ready=True)
            self.rig.run(1)
        self.assertEqual(self.said(), [1, 1])


class Rule2(Judged):
    def test_live_contacts_without_a_plug(self):
        self.rig.do("unplug")
        self.rig.run(0.09)
        self.assertEqual(self.said(), [])
        self.rig.run(0.05)
        self.assertEqual(self.said(), [2])

    def test_a_weld_is_excused_when_it_is_named_within_1_s(self):
        self.rig.fault("weld", pole="L1")
        self.rig.k.contactor.command(False)
        self.belief.command = False
        self.rig.do("unplug")
        self.rig.run(0.9)
        self.belief.faults = ("welded",)
        self.rig.run(10)
        self.assertEqual(self.said(), [])

    def test_a_weld_nobody_names_is_not(self):
        self.rig.fault("weld", pole="L1")
        self.rig.k.contactor.command(False)
        self.belief.command = False
        self.rig.run(2)
        self.assertEqual(self.said(), [2])
        self.assertIn("weld", self.text())


class Rule3(Judged):
    def test_a_sensed_limit_has_5_s(self):
        self.belief.limits["temperature"] = 16000
        self.rig.run(4.9)
        self.assertEqual(self.said(), [])
        self.rig.run(0.2)
        self.assertEqual(self.said(), [3])
        self.assertIn("temperature", self.text())

    def test_a_person_s_decrease_has_not(self):
        self.belief.limits["user"] = 16000
        self.rig.run(1.1)
        self.assertEqual(self.said(), [3])

    def test_one_that_was_lifted_has_its_time_anew_when_it_comes_again(self):
        self.belief.limits["stall"] = 0
        self.rig.run(3)
        del self.belief.limits["stall"]
        self.rig.run(60)
        self.belief.limits["stall"] = 0
        self.rig.run(4.9)
        self.assertEqual(self.said(), [])
        self.rig.run(0.2)
        self.assertEqual(self.said(), [3])

    def test_one_that_is_followed_is_fine(self):
        self.belief.limits["user"] = 16000
        self.rig.offer(DUTY_16A)
        self.rig.run(10)
        self.assertEqual(self.said(), [])

    def test_a_cable_that_carries_less_than_is_offered(self):
        rig = self.rig = Rig("rudved_ac22")
        rig.world.judge(View([Belief()]))
        rig.do("plug", cable_a=20)
        rig.offer(DUTY_32A)
        rig.run(6)
        self.assertEqual(self.said(), [3])
        self.assertIn("cable", self.text())


class Rule4(Judged):
    def test_no_command_before_the_self_test(self):
        rig = self.rig = Rig()
        belief = Belief()
        belief.self_tested = False
        rig.world.judge(View([belief]))
        rig.run(0.1)
        self.assertEqual(self.said(), [])
        rig.k.contactor.command(True)
        rig.run(0.02)
        self.assertEqual(self.said(), [4])


class Rule5(Judged):
    def test_a_session_that_reports_what_the_meter_counted(self):
        self.rig.run(120)
        wh = self.rig.world.truth(0)["meter_wh"]
        self.assertTrue(wh > 200)
        self.belief.command = False
        self.rig.k.contactor.command(False)
        self.rig.run(1)
        self.assertEqual(self.rig.world.session_ended("s1", wh), 0)
        self.assertEqual(self.said(), [])

    def test_one_that_reports_something_else(self):
        self.rig.run(120)
        self.rig.world.session_ended("s1", self.rig.world.truth(0)["meter_wh"] - 3)
        self.assertEqual(self.said(), [5])

    def test_wh_belong_to_the_session_in_which_they_were_counted(self):
        self.rig.run(60)
        first = self.rig.world.truth(0)["meter_wh"]
        self.belief.session_id = "s2"
        self.rig.run(60)
        self.rig.world.session_ended("s1", first)
        self.rig.world.session_ended("s2", self.rig.world.truth(0)["meter_wh"] - first)
        self.assertEqual(self.said(), [])

    def test_they_survive_a_power_cut(self):
        self.rig.run(60)
        self.rig.world.power_off()
        wh = self.rig.world.truth(0)["meter_wh"]
        after = Rig(state=self.rig.world.dump())
        after.quiet(10)
        self.assertEqual(after.world.session_ended("s1", wh), 0)

    def test_a_register_set_by_hand_proves_nothing_and_is_no_violation(self):
        self.rig.run(60)
        self.rig.do("meter", wh=7)
        self.rig.run(60)
        self.rig.world.session_ended("s1", 99999)
        self.assertEqual(self.said(), [])


if __name__ == "__main__":
    unittest.main()
