"""Contacts, guard, supply: what carries current and what takes it away."""

import unittest

from worldrig import DUTY_16A, DUTY_X1, TICK_US, Rig


class Contacts(unittest.TestCase):
    def setUp(self):
        self.rig = Rig()
        self.rig.run(0.1)

    def edge_us(self, on):
        """From the command to the contacts."""
        rig = self.rig
        rig.run_us(7000)
        before_us = rig.clock.now_us
        rig.k.contactor.command(on)
        rig.run(0.3)
        t_us, closed = rig.closings()[-1]
        self.assertEqual(closed, on)
        return t_us - before_us

    def test_closes_after_15_to_25_ms_and_opens_after_10_to_20_ms(self):
        spread = set()
        for _ in range(30):
            close_us = self.edge_us(True)
            open_us = self.edge_us(False)
            self.assertTrue(15000 <= close_us <= 25000, close_us)
            self.assertTrue(10000 <= open_us <= 20000, open_us)
            spread.add(close_us)
        self.assertTrue(len(spread) > 20)

    def test_a_command_taken_back_in_time_never_closes(self):
        self.rig.k.contactor.command(True)
        self.rig.quiet(0.01)
        self.rig.k.contactor.command(False)
        self.rig.run(0.2)
        self.assertEqual([closed for _, closed in self.rig.closings()], [False])

    def test_contacts_bounce_after_making(self):
        self.rig.k.contactor.command(True)
        seen = []
        for _ in range(400):
            self.rig.quiet(0.0001)
            if not seen or seen[-1] != self.rig.c.contactor.touching:
                seen.append(self.rig.c.contactor.touching)
        self.assertEqual(seen, [False, True, False, True, False, True])
        self.assertEqual(len(self.rig.closings()), 2)

    def test_feedback_shows_every_live_pole_half_a_cycle_later(self):
        self.assertEqual(self.rig.k.contactor.feedback(), 0)
        self.rig.k.contactor.command(True)
        self.rig.run(0.06)
        self.assertEqual(self.rig.k.contactor.feedback(), 3)
        self.rig.k.contactor.command(False)
        self.rig.run(0.025)
        self.assertEqual(self.rig.k.contactor.feedback(), 3)
        self.rig.run(0.02)
        self.assertEqual(self.rig.k.contactor.feedback(), 0)

    def test_a_dead_supply_reads_as_dead_poles(self):
        self.rig.k.contactor.command(True)
        self.rig.run(0.1)
        self.rig.do("mains", v=[0, 0, 0])
        self.rig.run(0.1)
        self.assertEqual(self.rig.k.contactor.feedback(), 0)

    def test_a_welded_pole_stays_live_and_is_the_only_one(self):
        self.rig = rig = Rig("rudved_ac22")
        rig.run(0.1)
        rig.k.contactor.command(True)
        rig.run(0.2)
        rig.fault("weld", pole="L2")
        rig.k.contactor.command(False)
        rig.run(0.2)
        self.assertEqual(rig.k.contactor.feedback(), 2)
        self.assertTrue(rig.world.truth(0)["closed"])
        self.assertEqual(rig.world.truth(0)["welded"], ["L2"])
        rig.fault("weld", on=False)
        rig.run(0.2)
        self.assertEqual(rig.k.contactor.feedback(), 0)

    def test_a_weld_shows_without_a_command_too(self):
        self.rig.fault("weld")
        self.rig.run(0.1)
        self.assertEqual(self.rig.k.contactor.feedback(), 1)

    def test_stuck_open_never_makes(self):
        self.rig.fault("contactor_stuck_open")
        self.rig.k.contactor.command(True)
        self.rig.run(0.3)
        self.assertEqual(self.rig.k.contactor.feedback(), 0)
        self.rig.fault("contactor_stuck_open", on=False)
        self.rig.run(0.3)
        self.assertEqual(self.rig.k.contactor.feedback(), 3)

    def test_an_opening_under_load_is_counted(self):
        rig = Rig()
        rig.charge()
        rig.do("vehicle", ready=False)
        rig.k.contactor.command(False)
        rig.run(0.1)
        self.assertEqual(rig.world.truth(0)["under_load"], 0)
        rig = Rig()
        rig.charge()
        rig.k.contactor.command(False)
        rig.run(0.1)
        self.assertEqual(rig.world.truth(0)["under_load"], 1)

    def test_events_tell_command_and_contacts_apart(self):
        self.rig.events.clear()
        self.rig.k.contactor.command(True)
        self.rig.run(0.1)
        told = [(fields["command"], fields["closed"]) for name, _, fields in self.rig.events if name == "contactor"]
        self.assertEqual(told, [(True, False), (True, True)])


class Guard(unittest.TestCase):
    def setUp(self):
        self.rig = Rig()
        self.rig.charge()

    def test_without_tokens_the_contactor_is_open_within_the_promise(self):
        rig = self.rig
        rig.ports.guard.token()
        last_us = rig.clock.now_us
        rig.quiet(1)
        t_us, closed = rig.closings()[-1]
        self.assertFalse(closed)
        self.assertTrue(100000 < t_us - last_us <= rig.ports.guard.promise_ms * 1000, t_us - last_us)
        self.assertTrue(rig.world.truth(0)["command"])

    def test_a_gap_shorter_than_the_token_time_is_ridden_out(self):
        self.rig.ports.guard.token()
        self.rig.quiet(0.095)
        self.rig.run(0.1)
        self.assertTrue(self.rig.closings()[-1][1])

    def test_tokens_let_the_coil_on_again(self):
        self.rig.quiet(1)
        self.rig.run(0.1)
        self.assertTrue(self.rig.closings()[-1][1])

    def test_nothing_closes_before_the_first_token(self):
        rig = Rig()
        rig.k.contactor.command(True)
        rig.quiet(1)
        self.assertFalse(rig.world.truth(0)["closed"])


class Watchdog(unittest.TestCase):
    def test_asks_for_a_reset_one_second_after_the_last_feed(self):
        rig = Rig()
        for _ in range(100):
            rig.ports.watchdog.feed()
            rig.run_us(TICK_US)
        self.assertIsNone(rig.world.wants_reset)
        rig.quiet(0.97)
        self.assertIsNone(rig.world.wants_reset)
        rig.quiet(0.02)
        self.assertEqual(rig.world.wants_reset, "watchdog")
        rig.world.reset_outputs()
        self.assertIsNone(rig.world.wants_reset)
        rig.quiet(5)
        self.assertIsNone(rig.world.wants_reset)

    def test_its_instant_is_among_the_next_ones(self):
        rig = Rig()
        rig.ports.watchdog.feed()
        self.assertTrue(rig.world.next_us() <= rig.clock.now_us + 1000000)


class Supply(unittest.TestCase):
    def test_a_cut_drops_every_output_and_the_world_lives_on(self):
        rig = Rig("rudved_ac22")
        rig.k.lock.drive(1)
        rig.charge(DUTY_16A)
        before = rig.world.truth(0)
        self.assertTrue(before["locked"])
        rig.world.power_off("test")
        rig.quiet(0.1)
        after = rig.world.truth(0)
        self.assertFalse(after["closed"])
        self.assertFalse(after["command"])
        self.assertTrue(after["locked"])
        self.assertTrue(after["plugged"])
        self.assertEqual(rig.letter(), "B")
        self.assertIn(("power", {"on": False, "cause": "test"}), [(name, fields) for name, _, fields in rig.events])

    def test_a_charger_without_supply_moves_nothing(self):
        rig = Rig()
        rig.run(0.1)
        rig.world.power_off()
        rig.k.contactor.command(True)
        rig.k.pilot.drive(DUTY_X1)
        rig.k.residual.test(True)
        rig.run(1)
        self.assertFalse(rig.world.truth(0)["closed"])
        self.assertEqual(rig.c.pilot.duty, 0)
        self.assertFalse(rig.k.residual.tripped())

    def test_a_reset_opens_and_leaves_the_supply(self):
        rig = Rig()
        rig.charge()
        rig.world.reset_outputs()
        rig.quiet(0.05)
        self.assertFalse(rig.world.truth(0)["closed"])
        self.assertTrue(rig.world.powered)


if __name__ == "__main__":
    unittest.main()
