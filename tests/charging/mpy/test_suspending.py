"""What suspends a session and what resumes it; cards refused later; charging without a card. Runs inside MicroPython."""
import unittest

from tests.charging.bench import BenchTestCase, Spec


class Suspending(BenchTestCase):
    def test_a_vehicle_that_pauses_and_goes_on(self):
        b = self.bench
        session = self.charging()
        b.outside.ready = False
        b.run(3)
        self.assertEqual((b.connector.status, session.state_why), ("suspended_vehicle", "vehicle"))
        b.outside.ready = True
        b.run(3)
        self.assertEqual(b.connector.status, "charging")
        self.assertEqual(b.seen("session.suspended"), [(1, "vehicle")])
        self.assertEqual(b.seen("session.resumed"), [(1, "vehicle")])

    def test_a_person_s_limit_takes_effect_at_once_and_0_pauses(self):
        b = self.bench
        session = self.charging()
        b.settings.set("MaxCurrentA", 10)
        b.run(0.1)
        self.assertEqual((b.unit.permit.current_ma, b.unit.permit.by), (10000, "user"))
        b.settings.set("MaxCurrentA", 0)
        b.run(3)
        self.assertEqual((session.state, session.state_why, b.unit.command), ("suspended_charger", "user", False))
        b.settings.set("MaxCurrentA", 32)
        b.run(3)
        self.assertEqual((b.unit.permit.current_ma, b.unit.permit.by), (32000, "board"))
        self.assertEqual(b.connector.status, "charging")

    def test_the_permit_is_renewed_and_lapses_when_nobody_steps(self):
        b = self.bench
        self.charging()
        b.run(60)
        self.assertTrue(b.unit.permit.live)
        for _ in range(30):
            b.unit.tick(100)
        self.assertFalse(b.unit.permit.live)

    def test_a_meter_lost_for_a_minute_pauses_and_goes_on_when_it_is_back(self):
        b = self.bench
        session = self.charging()
        b.outside.answers = False
        b.run(60)
        self.assertEqual(b.connector.status, "charging")
        b.run(15)
        self.assertEqual((session.state, session.state_why), ("suspended_charger", "meter"))
        b.outside.answers = True
        b.run(5)
        self.assertEqual(b.connector.status, "charging")

    def test_a_vehicle_that_never_asks_is_suspended_and_not_charging(self):
        b = self.bench
        b.outside.ready = False
        b.plug()
        b.run(3)
        self.tap("CARD")
        b.run(8)
        self.assertEqual(b.connector.status, "suspended_vehicle")


class AtAnOutlet(BenchTestCase):
    """Nobody tells there what the vehicle wants: its taking nothing is all there is to see."""

    preset = {"OutletEndS": 300}

    def setUp(self):
        Spec.pilot = False
        super().setUp()

    def tearDown(self):
        super().tearDown()
        Spec.pilot = True

    def test_a_vehicle_that_takes_nothing_for_long_ends_the_session(self):
        b = self.bench
        session = self.charging()
        b.outside.ready = False
        b.run(290)
        self.assertFalse(session.ending)
        b.run(20)
        self.assertEqual((session.ended, session.reason, b.unit.locked), (True, "no_load", False))

    def test_but_not_while_it_is_the_charger_that_gives_nothing(self):
        b = self.bench
        session = self.charging()
        b.unit.fault("under_voltage")
        b.run(1000)
        self.assertFalse(session.ending)
        b.unit.fault("under_voltage", False)
        b.run(10)
        self.assertEqual(b.connector.status, "charging")

    def test_0_ends_nothing(self):
        b = self.bench
        b.settings.set("OutletEndS", 0)
        session = self.charging()
        b.outside.ready = False
        b.run(3000)
        self.assertFalse(session.ending)


class LaterRefused(BenchTestCase):
    refused = {"status": "Invalid", "parent": "", "expiry": None}

    def test_a_card_refused_later_ends_the_session(self):
        session = self.charging()
        self.bench.charger.judged(session.id, self.refused)
        self.bench.run(4)
        self.assertEqual((session.ended, session.reason), (True, "deauthorised"))

    def test_or_suspends_it_where_the_setting_says_so(self):
        b = self.bench
        b.settings.set("StopTransactionOnInvalidId", False)
        session = self.charging()
        b.charger.judged(session.seq, self.refused)
        b.run(4)
        self.assertEqual((session.ending, session.state, session.state_why), (False, "suspended_charger", "card"))
        self.assertFalse(b.unit.command)

    def test_max_energy_on_invalid_id_is_given_first(self):
        b = self.bench
        b.settings.set("MaxEnergyOnInvalidId", 500)
        session = self.charging()
        b.run(300)
        before = session.wh
        b.charger.judged(session.id, self.refused)
        b.run(120)
        self.assertFalse(session.ending)
        b.run(200)
        self.assertEqual((session.ended, session.reason), (True, "deauthorised"))
        self.assertTrue(500 <= session.wh - before <= 515, str(session.wh - before))


class FreeVend(BenchTestCase):
    preset = {"FreeVendActive": True, "FreeVendIdTag": "FREE"}

    def test_whoever_plugs_in_is_charged(self):
        b = self.bench
        b.run(2)
        b.plug()
        b.run(5)
        self.assertEqual((b.connector.status, b.session.id_tag, b.session.why_began), ("charging", "FREE", "free_vend"))

    def test_one_session_a_plug(self):
        b = self.bench
        b.plug()
        b.run(5)
        self.assertTrue(b.charger.remote_stop(b.session.id))
        b.run(30)
        self.assertEqual((b.session, b.connector.status), (None, "finishing"))
        b.unplug()
        b.run(2)
        b.plug()
        b.run(5)
        self.assertEqual(b.connector.status, "charging")

    def test_a_card_does_not_stop_it(self):
        b = self.bench
        b.plug()
        b.run(5)
        self.tap("CARD")
        b.run(5)
        self.assertEqual(b.connector.status, "charging")

    def test_after_a_power_cut_it_charges_again(self):
        b = self.bench
        b.plug()
        b.run(60)
        b.cut()
        b.run(10)
        self.assertEqual(b.connector.status, "charging")
        ends = [end.reason for _, end in b.told() if end]
        self.assertEqual(ends, ["power_loss"])


if __name__ == "__main__":
    unittest.main()
