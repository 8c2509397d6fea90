"""A session from card to end on one connector. Runs inside MicroPython."""
import asyncio
import unittest

from firmware.storage import records
from tests.charging.bench import Authority, BenchTestCase


class Beginning(BenchTestCase):
    def test_a_card_after_plugging_begins_a_session(self):
        b = self.bench
        b.plug()
        b.run(3)
        self.assertEqual(b.connector.status, "preparing")
        self.assertFalse(b.unit.permit.live)
        self.tap("CARD")
        b.run(1)
        self.assertEqual(b.session.id_tag, "CARD")
        b.run(3)
        self.assertEqual((b.connector.status, b.unit.command), ("charging", True))
        self.assertEqual(b.seen("session.started"), [(1, "offline_unknown")])

    def test_a_card_before_plugging_waits_for_the_plug(self):
        b = self.bench
        b.run(3)
        self.tap("CARD")
        b.run(20)
        self.assertEqual(b.connector.status, "preparing")
        b.plug()
        b.run(5)
        self.assertEqual(b.connector.status, "charging")

    def test_a_card_that_brings_no_vehicle_is_forgotten_after_connection_time_out(self):
        b = self.bench
        b.settings.set("ConnectionTimeOut", 30)
        self.tap("CARD")
        b.run(29)
        self.assertEqual(b.connector.status, "preparing")
        b.run(2)
        self.assertEqual((b.connector.status, b.seen("card.expired")), ("available", [(1, "CARD")]))
        b.plug()
        b.run(10)
        self.assertIsNone(b.session)

    def test_connection_time_out_0_waits_for_ever(self):
        b = self.bench
        b.settings.set("ConnectionTimeOut", 0)
        self.tap("CARD")
        b.run(400)
        b.plug()
        b.run(5)
        self.assertEqual(b.connector.status, "charging")

    def test_the_same_card_again_before_plugging_takes_its_word_back(self):
        b = self.bench
        self.tap("CARD")
        b.run(1)
        self.tap("CARD")
        b.run(1)
        self.assertEqual((b.connector.status, b.seen("card.cancelled")), ("available", [(1, "CARD")]))

    def test_the_begin_is_in_the_journal_before_the_first_permit(self):
        b = self.bench
        b.plug()
        b.run(3)
        begun = []
        grant = b.unit.permit.grant

        def watched(*args):
            begun.append([r.kind for r in b.journal.records()])
            grant(*args)

        b.unit.permit.grant = watched
        self.tap("CARD")
        b.run(2)
        self.assertTrue(begun and records.BEGIN in begun[0])

    def test_without_a_meter_there_is_no_session_and_the_reason_is_told(self):
        b = self.bench
        b.outside.answers = False
        b.plug()
        self.tap("CARD")
        b.run(15)
        self.assertIsNone(b.session)
        self.assertEqual(b.seen("start.refused"), [(1, "meter")])
        self.assertEqual(b.connector.why, "no session: meter")
        b.outside.answers = True
        b.run(5)
        self.assertEqual(b.connector.status, "charging")

    def test_without_a_meter_a_setting_allows_it(self):
        b = self.bench
        b.settings.set("AllowWithoutMeter", True)
        b.outside.answers = False
        b.plug()
        self.tap("CARD")
        b.run(5)
        self.assertEqual(b.connector.status, "charging")

    def test_a_lasting_fault_refuses_a_session(self):
        b = self.bench
        b.unit.fault("residual_test")
        b.plug()
        b.run(3)
        self.assertEqual(b.connector.status, "faulted")
        self.tap("CARD")
        self.assertEqual(b.seen("card.refused"), [(0, "fault:residual_test")])

    def test_session_ids_differ_over_boots(self):
        seen = []
        for _ in range(3):
            seen.append(self.charging().id)
            self.bench.unplug()
            self.bench.run(5)
            self.bench.cut()
        self.assertEqual(len(set(seen)), 3)


class Ending(BenchTestCase):
    def test_the_same_card_stops_the_session_it_began(self):
        b = self.bench
        session = self.charging()
        self.tap("CARD")
        b.run(5)
        self.assertEqual((session.ended, session.reason, session.ended_by), (True, "card", "CARD"))
        self.assertEqual((b.connector.status, b.unit.command, b.unit.released), ("finishing", False, 1))
        b.unplug()
        b.run(1)
        self.assertEqual(b.connector.status, "available")

    def test_a_different_card_never_stops_it(self):
        b = self.bench
        session = self.charging()
        self.tap("OTHER")
        b.run(5)
        self.assertFalse(session.ending)
        self.assertEqual(b.seen("card.refused"), [(0, "occupied")])

    def test_a_card_of_the_same_group_stops_it(self):
        b = self.bench
        b.charger.authorisation.authority = Authority(CARD=("Accepted", "FLEET"), OTHER=("Accepted", "FLEET"))
        session = self.charging()
        self.tap("OTHER")
        b.run(5)
        self.assertEqual((session.ended, session.reason, session.ended_by), (True, "card", "OTHER"))

    def test_an_accepted_card_without_a_group_is_no_group(self):
        b = self.bench
        b.charger.authorisation.authority = Authority(CARD=("Accepted", ""), OTHER=("Accepted", ""))
        session = self.charging()
        self.tap("OTHER")
        b.run(5)
        self.assertFalse(session.ending)

    def test_unplugging_ends_it(self):
        b = self.bench
        session = self.charging()
        b.unplug()
        b.run(3)
        self.assertEqual((session.ended, session.reason, b.connector.status), (True, "unplugged", "available"))

    def test_unplugging_suspends_it_where_the_setting_says_so(self):
        b = self.bench
        b.settings.set("StopTransactionOnEVSideDisconnect", False)
        session = self.charging()
        b.unplug()
        b.run(5)
        self.assertEqual((session.ending, session.state, session.state_why), (False, "suspended_vehicle", "unplugged"))
        b.plug()
        b.run(5)
        self.assertEqual(b.connector.status, "charging")
        self.assertIs(b.session, session)

    def test_not_one_watt_hour_is_missing_at_the_end(self):
        b = self.bench
        session = self.charging()
        b.run(1000)
        for end in (lambda: self.tap("CARD"), b.unplug):
            end()
            b.run(5)
        self.assertTrue(session.sure)
        self.assertEqual(session.meter_start_wh, 1000)
        self.assertEqual(session.register_wh, b.outside.register_mwh // 1000)
        self.assertTrue(session.wh > 1900)

    def test_the_end_is_written_after_the_contactor_is_open_and_before_it_is_told(self):
        b = self.bench
        self.charging()
        told = []

        def observer(event):
            if event.what == "session.ended":
                told.append((b.unit.command, [r.kind for r in b.journal.records()][-1]))

        b.charger.observe(observer)
        self.tap("CARD")
        b.run(5)
        self.assertEqual(told, [(False, records.END)])

    def test_a_silent_meter_holds_the_end_for_a_minute_and_then_the_last_register_stands(self):
        b = self.bench
        session = self.charging()
        b.run(60)
        b.outside.answers = False
        b.run(1)
        known = b.meters[0].energy_wh
        b.unplug()
        b.run(50)
        self.assertFalse(session.ended)
        b.run(20)
        self.assertEqual((session.ended, session.sure, session.register_wh), (True, False, known))
        self.assertIsNone(b.session)

    def test_a_meter_that_comes_back_within_the_minute_tells_all(self):
        b = self.bench
        session = self.charging()
        b.outside.answers = False
        b.run(30)
        b.unplug()
        b.run(20)
        b.outside.answers = True
        b.run(3)
        self.assertEqual((session.ended, session.sure), (True, True))
        self.assertEqual(session.register_wh, b.outside.register_mwh // 1000)

    def test_a_meter_that_is_set_anew_costs_the_session_nothing(self):
        b = self.bench
        session = self.charging()
        b.run(600)
        b.meters[0].rebased_wh -= 900
        b.run(600)
        b.unplug()
        b.run(3)
        self.assertEqual(session.register_wh, b.outside.register_mwh // 1000)

    def test_a_lasting_fault_ends_it_with_its_name(self):
        b = self.bench
        session = self.charging()
        b.unit.fault("residual")
        b.run(3)
        self.assertEqual((session.ended, session.reason, b.connector.status), (True, "fault:residual", "faulted"))

    def test_the_emergency_stop_has_its_own_reason(self):
        session = self.charging()
        self.bench.unit.fault("emergency_stop")
        self.bench.run(3)
        self.assertEqual((session.ended, session.reason), (True, "emergency_stop"))

    def test_a_fault_that_passes_suspends_it(self):
        b = self.bench
        session = self.charging()
        b.unit.fault("under_voltage")
        b.run(3)
        self.assertEqual((session.state, session.state_why), ("suspended_charger", "fault:under_voltage"))
        b.unit.fault("under_voltage", False)
        b.run(3)
        self.assertEqual((session.ending, b.connector.status), (False, "charging"))

    def test_a_welded_contactor_does_not_keep_a_session_open(self):
        b = self.bench
        session = self.charging()
        b.unit.welded = True
        b.unit.fault("welded")
        b.run(15)
        self.assertEqual((session.ended, session.reason), (True, "fault:welded"))

    def test_a_dead_safety_core_ends_it(self):
        session = self.charging()
        self.bench.charger.core.dead = True
        self.bench.run(3)
        self.assertEqual((session.ended, session.reason), (True, "fault:safety_core"))

    def test_idle_for_too_long_ends_it(self):
        b = self.bench
        b.settings.set("SuspendedIdleMaxS", 120)
        session = self.charging()
        b.outside.ready = False
        b.run(100)
        self.assertFalse(session.ending)
        b.run(30)
        self.assertEqual((session.ended, session.reason), (True, "idle"))

    def test_after_a_session_the_same_plug_may_be_used_again(self):
        b = self.bench
        first = self.charging()
        self.tap("CARD")
        b.run(5)
        self.tap("OTHER")
        b.run(5)
        self.assertEqual((b.session.id_tag, b.connector.status), ("OTHER", "charging"))
        self.assertEqual(b.session.meter_start_wh, first.register_wh)

    def test_stop_all_waits_for_the_ends_and_begins_nothing_new(self):
        b = self.bench
        session = self.charging()

        async def story():
            stopping = asyncio.create_task(b.charger.stop_all("soft"))
            await asyncio.sleep(0)
            b.run(4)
            return await stopping

        self.assertTrue(asyncio.run(story()))
        self.assertEqual((session.ended, session.reason), (True, "soft_reset"))
        self.tap("OTHER")
        self.assertEqual(b.seen("card.refused"), [(0, "restart")])

    def test_unlock_ends_the_session_and_lets_the_plug_go(self):
        b = self.bench
        session = self.charging()

        async def story():
            unlocking = asyncio.create_task(b.charger.unlock(1))
            await asyncio.sleep(0)
            b.run(4)
            return await unlocking

        self.assertEqual(asyncio.run(story()), "unlocked")
        self.assertEqual((session.reason, b.unit.locked), ("unlock", False))


if __name__ == "__main__":
    unittest.main()
