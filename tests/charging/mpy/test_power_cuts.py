"""The supply goes while a session runs, begins or ends: none is lost, doubled or has a wrong Wh. Runs inside MicroPython."""
import unittest

from firmware.storage import records
from tests.charging.bench import UTC, BenchTestCase
from tests.storage.ramflash import PowerCut


class SupplyLost(BenchTestCase):
    def one(self):
        """(Begin, End) of the only session in the journal."""
        told = self.bench.told()
        self.assertEqual(len(told), 1)
        return told[0]

    def test_a_running_session_is_closed_with_power_loss_and_the_meter_s_register(self):
        b = self.bench
        self.charging()
        b.run(450)
        register_wh = b.outside.register_mwh // 1000
        b.cut()
        b.run(5)
        begin, end = self.one()
        self.assertEqual((end.reason, end.wh, end.sure), ("power_loss", register_wh, True))
        self.assertTrue(end.wh - begin.wh > 800)
        self.assertEqual(b.seen("session.ended"), [(1, "power_loss")])
        self.assertFalse(b.unit.command)

    def test_its_time_is_that_of_the_last_record(self):
        b = self.bench
        self.charging()
        b.run(450)                      # growth is kept each 300 s
        b.cut(away_s=5000)
        b.run(5)
        boot, up_s, utc_s = self.one()[1].at
        self.assertEqual(boot, 1)
        self.assertTrue(300 <= up_s <= 310, str(up_s))
        self.assertTrue(UTC + 300 <= utc_s <= UTC + 310)

    def test_a_meter_that_does_not_answer_leaves_the_last_journaled_register(self):
        b = self.bench
        self.charging()
        b.run(450)
        b.outside.answers = False
        b.cut()
        b.run(30)
        self.assertEqual(b.connector.status, "finishing")
        b.run(40)
        begin, end = self.one()
        self.assertFalse(end.sure)
        self.assertTrue(550 <= end.wh - begin.wh <= 600, str(end.wh - begin.wh))

    def test_a_meter_that_is_behind_or_too_far_ahead_is_not_believed(self):
        for change_wh in (-500, 3000):
            b = self.bench
            self.charging()
            b.run(450)
            b.outside.register_mwh += change_wh * 1000
            b.cut()
            b.run(5)
            begin, end = self.one()
            self.assertFalse(end.sure)
            self.assertTrue(550 <= end.wh - begin.wh <= 600, str(end.wh - begin.wh))
            self.tearDown()
            self.setUp()

    def test_resume_goes_on_with_the_same_session(self):
        b = self.bench
        b.settings.set("ResumeAfterPowerLoss", "resume")
        session = self.charging()
        b.run(450)
        b.cut()
        b.run(8)
        self.assertEqual((b.session.id, b.session.resumed, b.connector.status), (session.id, True, "charging"))
        b.run(400)
        b.unplug()
        b.run(3)
        begin, end = self.one()
        self.assertEqual((end.reason, end.wh), ("unplugged", b.outside.register_mwh // 1000))
        self.assertEqual(begin.wh, 1000)

    def test_resume_without_the_vehicle_ends_it(self):
        b = self.bench
        b.settings.set("ResumeAfterPowerLoss", "resume")
        self.charging()
        b.unplug()
        b.cut()
        b.run(10)
        self.assertEqual(self.one()[1].reason, "power_loss")
        self.assertEqual(b.connector.status, "available")

    def test_resume_over_several_cuts_is_one_session(self):
        b = self.bench
        b.settings.set("ResumeAfterPowerLoss", "resume")
        self.charging()
        for _ in range(5):
            b.run(100)
            b.cut()
        b.run(10)
        self.tap("CARD")
        b.run(5)
        _, end = self.one()
        self.assertEqual((end.reason, end.wh), ("card", b.outside.register_mwh // 1000))

    def test_the_same_card_stops_a_resumed_session(self):
        b = self.bench
        b.settings.set("ResumeAfterPowerLoss", "resume")
        self.charging()
        b.cut()
        b.run(8)
        self.tap("CARD")
        b.run(5)
        self.assertEqual(self.one()[1].reason, "card")

    def test_a_session_that_was_about_to_end_keeps_its_own_reason_and_time(self):
        b = self.bench
        b.settings.set("ResumeAfterPowerLoss", "resume")
        self.charging()
        b.run(50)
        self.tap("CARD")
        b.run(0.2)                      # the vehicle has not stopped yet
        self.assertTrue(b.session.ending)
        up_s = b.clock.up_s()
        b.cut()
        b.run(5)
        _, end = self.one()
        self.assertEqual((end.reason, end.id_tag, end.at[:2]), ("card", "CARD", (1, up_s)))
        self.assertEqual(end.wh, b.outside.register_mwh // 1000)

    def test_other_resets_have_their_own_reasons(self):
        b = self.bench
        for cause, reason in (("watchdog", "watchdog"), ("brownout", "power_loss"), ("hard", "hard_reset"), ("panic", "reboot")):
            b.unplug()
            b.run(2)
            self.charging()
            b.cut(cause)
            b.run(5)
            self.assertEqual(b.seen("session.ended"), [(1, reason)])

    def test_without_a_clock_the_times_are_seconds_of_that_boot(self):
        b = self.bench
        b.boot(utc=False)
        self.charging()
        b.cut(utc=False)
        b.run(5)
        self.assertEqual(self.one()[1].at[2], None)

    def test_a_cut_inside_every_write_of_a_session_loses_and_doubles_nothing(self):
        """Writes: BEGIN, edge, growth, edge of ending, END; each cut at several bytes."""
        outcomes = {}
        for byte in (0, 21, 33, 200):
            write = 0
            finished = False
            while not finished:
                write += 1
                self.tearDown()
                self.setUp()
                b = self.bench
                b.settings.set("MeterGrowthIntervalS", 30)
                b.plug()
                b.run(3)
                b.flash.cut_at(write, byte)
                try:
                    self.tap("CARD")
                    b.run(34)
                    self.tap("CARD")
                    b.run(5)
                    finished = True
                except PowerCut:
                    pass
                register_wh = b.outside.register_mwh // 1000
                b.cut()
                b.run(8)
                told = b.told()
                self.assertTrue(len(told) <= 1)
                if told:
                    begin, end = told[0]
                    self.assertEqual((begin.wh, end.wh, end.sure), (1000, register_wh, True))
                    outcomes[end.reason] = outcomes.get(end.reason, 0) + 1
                else:
                    self.assertEqual(register_wh, 1000)
                    outcomes["none"] = outcomes.get("none", 0) + 1
                # And the next session is whole again.
                b.unplug()
                b.run(3)
                self.charging("NEXT")
                b.unplug()
                b.run(4)
                self.assertEqual(b.told()[-1][1].reason, "unplugged")
        self.assertEqual(sorted(outcomes), ["card", "none", "power_loss"])
        print("cuts inside a session's %d writes: %s" % (write - 1, outcomes))


class Pages(BenchTestCase):
    def fill(self, kind, until_free):
        journal = self.bench.journal
        while journal.free_pages > until_free:
            journal.append(kind, bytes(900))

    def test_a_full_journal_refuses_sessions_and_lets_the_running_one_end(self):
        b = self.bench
        b.settings.set("CsmsUrl", "ws://somewhere")
        session = self.charging()
        self.fill(records.END, 1)
        while True:
            try:
                b.journal.append(records.METER, bytes(200))
            except Exception:
                break
        b.run(1000)
        self.tap("CARD")
        b.run(5)
        self.assertTrue(session.ended)
        self.assertEqual(session.wh, b.outside.register_mwh // 1000 - 1000)
        self.fill(records.END, 0)
        while True:
            try:
                b.journal.append(records.BEGIN, bytes(20))
            except Exception:
                break
        self.tap("OTHER")
        b.run(5)
        self.assertEqual(b.seen("start.refused"), [(1, "journal")])
        self.assertTrue(any("not delivered" in line for line in b.log_lines))

    def test_without_a_central_system_history_makes_room(self):
        b = self.bench
        for n in range(60):
            self.charging("CARD%d" % n)
            b.unplug()
            b.run(3)
            b.journal.append(records.NOTE, bytes(700))
            b.journal.tidy(b.unit.closed is False)
        self.assertTrue(b.journal.free_pages >= 8, str(b.journal.free_pages))


class Wear(BenchTestCase):
    def test_writes_and_erases_of_a_charging_hour(self):
        b = self.bench
        b.settings.set("MeterValueSampleInterval", 60)
        b.settings.set("CsmsUrl", "ws://nobody.answers")
        self.charging()
        b.step_ms = 500
        before = b.flash.programs, b.flash.programmed
        b.run(3600)
        writes, size = b.flash.programs - before[0], b.flash.programmed - before[1]
        print("journal, one connector, a sample a minute, offline: %d writes, %d bytes, %d erases a charging hour" % (
            writes, size, (size + 4095) // 4096))
        self.assertTrue(writes <= 61, str(writes))
        self.assertTrue(size < 2 * 4096, str(size))
        self.assertEqual(b.flash.erases, 0)

    def test_without_samples_only_growth_is_written(self):
        b = self.bench
        self.charging()
        b.step_ms = 500
        before = b.flash.programs
        b.run(3600)
        self.assertEqual(b.flash.programs - before, 12)

    def test_a_vehicle_that_takes_nothing_costs_no_growth(self):
        b = self.bench
        self.charging()
        b.outside.ready = False
        b.run(20)
        b.step_ms = 500
        before = b.flash.programs
        b.run(1800)
        self.assertEqual(b.flash.programs, before + 1)      # what it took before it paused


if __name__ == "__main__":
    unittest.main()
