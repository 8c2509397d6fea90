"""Security events: none is lost by a cut, none that was passed on comes again, and noise is bounded."""
import unittest

from firmware.storage import records
from firmware.storage.journal import Journal
from firmware.storage.securitylog import SecurityLog
from tests.storage.ramflash import FakeClock, RamFlash

UTC = 1795341600


class Silent:
    def info(self, source, text):
        pass

    warning = error = info


class Events(unittest.TestCase):
    def setUp(self):
        self.flash = RamFlash(8)
        self.clock = FakeClock(5, UTC)
        self.boots = 0
        self.boot()

    def boot(self):
        self.boots += 1
        self.journal = Journal(RamFlash(8, self.flash.data), self.clock, self.boots).open()
        for reader in ("charging", "ocpp", "settings"):
            self.journal.keep(reader, None)
        self.log = SecurityLog(self.journal, self.clock, Silent())

    def kinds(self):
        return [next(self.log.entries(seq))[2:] for seq in self.log.waiting]

    def test_what_waits_survives_a_cut_in_order(self):
        self.log.put("StartupOfTheDevice", "power_on")
        self.log.put("SettingSystemTime")
        self.boot()
        self.log.put("ResetOrReboot", "soft")
        self.assertEqual(self.kinds(), [("StartupOfTheDevice", "power_on"), ("SettingSystemTime", ""), ("ResetOrReboot", "soft")])

    def test_what_was_passed_on_does_not_come_again(self):
        for n in range(5):
            self.log.put("Kind", str(n))
        for seq in self.log.waiting[:3]:
            self.log.passed(seq)
        self.boot()
        self.assertEqual(self.kinds(), [("Kind", "3"), ("Kind", "4")])
        for seq in list(self.log.waiting):
            self.log.passed(seq)
        self.boot()
        self.log.put("Kind", "new")
        self.assertEqual(self.kinds(), [("Kind", "new")])
        self.assertEqual(len(list(self.log.entries())), 6)

    def test_pages_with_waiting_events_are_not_erased_and_old_ones_make_room_in_the_end(self):
        self.log.put("First")
        for _ in range(60):
            self.journal.append(records.NOTE, records.encode_note("x", "y" * 200))
        while self.journal.tidy(True):
            pass
        self.boot()
        self.assertEqual(self.kinds()[0], ("First", ""))
        for n in range(70):
            self.log.put("Kind", str(n))
        self.assertEqual(len(self.log.waiting), 64)
        self.assertEqual(self.kinds()[-1], ("Kind", "69"))

    def test_events_that_nobody_is_told_hold_no_page(self):
        self.log.put("Before")
        self.log = SecurityLog(self.journal, self.clock, Silent(), told=False)
        self.log.put("Kind")
        self.assertEqual((self.log.waiting, self.journal.kept("security")), ([], self.journal.next_seq))
        self.assertEqual([kind for _, _, kind, _ in self.log.entries()], ["Before", "Kind"])

    def test_noise_comes_once_in_its_pause(self):
        for _ in range(100):
            self.log.put("InvalidMessages", "x", 3600)
        self.assertEqual(len(self.log.waiting), 1)
        self.clock.ms += 3601000
        self.log.put("InvalidMessages", "x", 3600)
        self.assertEqual(len(self.log.waiting), 2)

    def test_event_that_is_too_long_is_cut_not_lost(self):
        self.log.put("Kind", "\u20ac" * 1000)
        self.assertEqual(self.kinds()[0][0], "Kind")

    def test_news_are_told(self):
        heard = []
        self.log.news = lambda: heard.append(1)
        self.log.put("Kind")
        self.assertEqual(heard, [1])


if __name__ == "__main__":
    unittest.main()
