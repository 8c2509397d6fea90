"""Several connectors, availability and reservation. Runs inside MicroPython."""
import unittest

from firmware.charging.limits import Limits
from firmware.charging.tokens import Reservation
from tests.charging.bench import Authority, BenchTestCase


class ThreeConnectors(BenchTestCase):
    connectors = 3

    def tags(self):
        return [c.session.id_tag if c.session else None for c in self.bench.charger.connectors]

    def test_a_card_goes_to_the_connector_that_waits(self):
        b = self.bench
        b.plug(2)
        b.run(3)
        self.tap("CARD")
        b.run(2)
        self.assertEqual(self.tags(), [None, "CARD", None])

    def test_of_two_that_wait_to_the_one_plugged_in_last(self):
        b = self.bench
        b.plug(3)
        b.run(5)
        b.plug(1)
        b.run(5)
        self.tap("ONE")
        b.run(2)
        self.tap("TWO")
        b.run(2)
        self.assertEqual(self.tags(), ["ONE", None, "TWO"])

    def test_with_none_that_waits_to_the_next_one_plugged_in(self):
        b = self.bench
        self.tap("CARD")
        b.run(5)
        self.assertEqual([c.status for c in b.charger.connectors], ["available"] * 3)
        b.plug(3)
        b.run(3)
        self.assertEqual(self.tags(), [None, None, "CARD"])

    def test_a_card_that_waits_for_any_plug_expires_and_can_be_taken_back(self):
        b = self.bench
        self.tap("ONE")
        self.tap("TWO")
        self.tap("ONE")
        b.run(70)
        self.assertEqual(b.seen("card.cancelled"), [(0, "ONE")])
        self.assertEqual(b.seen("card.expired"), [(0, "TWO")])
        b.plug(1)
        b.run(5)
        self.assertEqual(self.tags(), [None, None, None])

    def test_each_card_stops_its_own_session_and_no_other(self):
        b = self.bench
        for n, card in enumerate(("ONE", "TWO", "THREE")):
            b.plug(n + 1)
            b.run(3)
            self.tap(card)
            b.run(3)
        self.tap("TWO")
        b.run(5)
        self.assertEqual(self.tags(), ["ONE", None, "THREE"])
        self.assertEqual(b.seen("session.ended"), [(2, "card")])

    def test_one_connector_s_fault_is_its_own(self):
        b = self.bench
        for n in (1, 2):
            b.plug(n)
            b.run(3)
            self.tap("CARD%d" % n)
            b.run(5)
        b.units[1].fault("residual")
        b.run(3)
        self.assertEqual([c.status for c in b.charger.connectors], ["charging", "faulted", "available"])

    def test_group_cards_stop_within_the_group_only(self):
        b = self.bench
        b.charger.authorisation.authority = Authority(
            A=("Accepted", "G"), B=("Accepted", "H"), C=("Accepted", "H"))
        for n, card in ((1, "A"), (2, "B")):
            b.plug(n)
            b.run(3)
            self.tap(card)
            b.run(3)
        self.tap("C")
        b.run(5)
        self.assertEqual(self.tags(), ["A", None, None])

    def test_remote_start_on_a_connector_and_on_any(self):
        b = self.bench
        b.plug(2)
        b.run(3)
        self.assertTrue(b.charger.remote_start("ANY"))
        b.run(2)
        self.assertTrue(b.charger.remote_start("THIRD", 3))
        b.run(1)
        self.assertEqual(b.charger.connectors[2].status, "preparing")
        b.plug(3)
        b.run(3)
        self.assertEqual(self.tags(), [None, "ANY", "THIRD"])


class Availability(BenchTestCase):
    connectors = 2

    def statuses(self):
        return [c.status for c in self.bench.charger.connectors]

    def test_out_of_service_and_back(self):
        b = self.bench
        self.assertEqual(b.charger.set_availability(2, False), "accepted")
        b.run(1)
        self.assertEqual(self.statuses(), ["available", "unavailable"])
        b.plug(2)
        b.run(2)
        self.assertFalse(b.charger.remote_start("APP", 2))
        self.assertEqual(b.charger.set_availability(2, True), "accepted")
        b.run(1)
        self.assertEqual(self.statuses(), ["available", "preparing"])

    def test_the_whole_charger(self):
        b = self.bench
        b.charger.set_availability(0, False)
        b.run(1)
        self.assertEqual(self.statuses(), ["unavailable", "unavailable"])
        self.tap("CARD")
        self.assertEqual(b.seen("card.refused"), [(0, "unavailable")])
        b.charger.set_availability(0, True)
        b.run(1)
        self.assertEqual(self.statuses(), ["available", "available"])

    def test_a_running_session_is_let_end_first(self):
        b = self.bench
        self.charging()
        self.assertEqual(b.charger.set_availability(1, False), "scheduled")
        b.run(10)
        self.assertEqual(self.statuses()[0], "charging")
        b.unplug()
        b.run(5)
        self.assertEqual(self.statuses()[0], "unavailable")

    def test_it_survives_a_power_cut_also_when_it_was_said_while_charging(self):
        b = self.bench
        self.charging()
        b.charger.set_availability(1, False)
        b.charger.set_availability(2, False)
        b.cut()
        b.unplug()
        b.run(10)
        self.assertEqual(self.statuses(), ["unavailable", "unavailable"])

    def test_a_connector_the_board_does_not_have(self):
        self.assertEqual(self.bench.charger.set_availability(3, False), "rejected")


class Reserving(BenchTestCase):
    connectors = 2

    def test_a_reserved_connector_is_for_its_card_only(self):
        b = self.bench
        self.assertTrue(b.charger.reserve(1, Reservation(9, "MINE")))
        b.run(1)
        self.assertEqual(b.connector.status, "reserved")
        b.plug(1)
        b.run(3)
        self.tap("OTHER")
        b.run(3)
        self.assertIsNone(b.session)
        self.tap("MINE")
        b.run(3)
        self.assertEqual((b.session.id_tag, b.session.reservation), ("MINE", 9))
        self.assertIsNone(b.connector.reserved)

    def test_a_card_of_the_group_may_use_it(self):
        b = self.bench
        b.charger.authorisation.authority = Authority(OTHER=("Accepted", "G"))
        b.charger.reserve(1, Reservation(9, "MINE", "G"))
        b.plug(1)
        b.run(3)
        self.tap("OTHER")
        b.run(3)
        self.assertEqual(b.session.id_tag, "OTHER")

    def test_a_connector_in_use_cannot_be_reserved(self):
        self.charging()
        self.assertFalse(self.bench.charger.reserve(1, Reservation(9, "MINE")))
        self.assertTrue(self.bench.charger.reserve(2, Reservation(9, "MINE")))
        self.assertTrue(self.bench.charger.reserve(2, None))


class NamedLimits(unittest.TestCase):
    def test_the_smallest_rules_and_has_a_name(self):
        limits = Limits(32000)
        self.assertEqual(limits.current(), (32000, "board"))
        limits.set("user", 32000)
        self.assertEqual(limits.current(), (32000, "board"))
        limits.set("profile", 10000)
        limits.set("user", 16000)
        self.assertEqual(limits.current(), (10000, "profile"))
        limits.set("profile", None)
        limits.set("profile", None)
        self.assertEqual(limits.current(), (16000, "user"))
        self.assertEqual(limits.all(), {"board": 32000, "user": 16000})


if __name__ == "__main__":
    unittest.main()
