"""Settings on the real littlefs over a RAM block device that loses its supply. Runs inside MicroPython."""
import unittest

import vfs

from firmware.storage import keyhelp, keys
from firmware.storage.journal import Journal
from firmware.storage.settings import Settings
from firmware.storage.values import SettingError
from tests.storage.littlefs import FOLDER as _FOLDER
from tests.storage.littlefs import BlockDevice, FilesTestCase, Spec, mount, unmount
from tests.storage.ramflash import FakeClock, PowerCut, RamFlash


class Values(FilesTestCase):
    def test_defaults_have_their_types(self):
        s = self.settings()
        self.assertIs(s.get("FreeVendActive"), False)
        self.assertEqual(s.get("ConnectionTimeOut"), 60)
        self.assertEqual(s.get("FreeVendIdTag"), "FREEVEND")
        self.assertEqual(s.get("MeterValuesAlignedData"), ("Energy.Active.Import.Register",))
        self.assertEqual(s.text("MeterValuesAlignedData"), "Energy.Active.Import.Register")
        self.assertEqual(s.damage, "")

    def test_every_default_is_a_value_its_own_row_allows(self):
        for name in self.settings().names():
            key = self.settings().key(name)
            self.assertTrue(key.access in ("R", "W", "RW"), name)
            self.assertTrue(key.kind in ("int", "bool", "str", "csl"), name)

    def test_every_setting_has_its_help_and_no_other_has(self):
        names = self.settings().names()
        self.assertEqual([row.split("|")[0] for row in keyhelp.TABLE.decode().split("\n")[:-1]], names)
        self.assertEqual([name for name in names if not keyhelp.of(name)], [])
        self.assertEqual(keyhelp.of("Max"), "")

    def test_no_name_stands_twice(self):
        names = self.settings().names()
        self.assertEqual(len(names), len(set(names)))

    def test_a_value_survives_the_next_boot(self):
        self.settings().set("ConnectionTimeOut", "90")
        self.settings().set("MaxCurrentA", 16)
        s = self.settings()
        self.assertEqual((s.get("ConnectionTimeOut"), s.get("MaxCurrentA"), s.generation), (90, 16, 2))

    def test_what_is_not_allowed_is_refused_with_key_value_and_what_is_allowed(self):
        s = self.settings()
        for name, value, words in (
                ("MeterValueSampleInterval", "soon", "a whole number from 0 to 86400 s"),
                ("MeterValueSampleInterval", "-1", "from 0 to 86400"),
                ("MeterValueSampleInterval", "1_0", "whole number"),
                ("MeterValueSampleInterval", " 5", "whole number"),
                ("MeterValueSampleInterval", "", "whole number"),
                ("MeterValueSampleInterval", "9" * 40, "whole number"),
                ("MeterValueSampleInterval", True, "whole number"),
                ("FreeVendActive", "yes", "true or false"),
                ("FreeVendIdTag", "", "1 to 20 characters"),
                ("FreeVendIdTag", "x" * 21, "1 to 20 characters"),
                ("FreeVendIdTag", "a\nb", "1 to 20 characters"),
                ("Ventilation", "sometimes", "none, always, relay"),
                ("MeterValuesSampledData", "Voltage,SoC", "out of Energy.Active"),
                ("MeterValuesSampledData", "Voltage,Voltage", "separated by commas"),
                ("MeterValuesSampledData", "Voltage,", "separated by commas"),
                ("MaxCurrentA", "5", "from 6 to 32 A or 0"),
                ("MaxCurrentA", "33", "from 6 to 32 A or 0"),
                ("CsmsUrl", "http://example.org", "ws:// or wss://"),
                ("ConnectorPhaseRotation", "1.RST,0.TRR", "one of NotApplicable"),
                ("ConnectorPhaseRotation", "2.RST", "connectors 0 to 1"),
                ("ConnectorPhaseRotation", "junk", "1. and one of")):
            try:
                s.set(name, value)
                self.fail("%s took %r" % (name, value))
            except SettingError as error:
                self.assertIn(words, str(error))
                self.assertIn(name, str(error))
                self.assertIn(repr(value), str(error))
        self.assertEqual(s.generation, 0)

    def test_an_unknown_key_and_a_read_only_one_say_so(self):
        s = self.settings()
        for name, why in (("NoSuchKey", "unknown"), ("NumberOfConnectors", "read_only")):
            try:
                s.stage(name, "1")
                self.fail(name)
            except SettingError as error:
                self.assertEqual(error.why, why)
        self.assertEqual(s.staged(), {})
        s.set("SupportedFeatureProfiles", "Core,Reservation", inside=True)
        self.assertEqual(s.get("SupportedFeatureProfiles"), ("Core", "Reservation"))

    def test_the_board_decides_bounds(self):
        s = self.settings(Spec(16000, 3))
        self.assertEqual((s.get("MaxCurrentA"), s.get("NumberOfConnectors")), (16, 3))
        self.assertRaises(SettingError, s.set, "MaxCurrentA", "17")
        s.set("MaxCurrentA", "0")
        self.assertEqual(s.get("MaxCurrentA"), 0)

    def test_a_secret_is_never_shown(self):
        s = self.settings()
        s.stage("AuthorizationKey", "correct horse battery")
        self.assertEqual(s.diff(), [("AuthorizationKey", None, None)])
        s.apply(s.staged())
        self.assertIsNone(s.text("AuthorizationKey"))
        self.assertEqual(s.get("AuthorizationKey"), "correct horse battery")
        try:
            s.set("AuthorizationKey", "tooshort")
        except SettingError as error:
            self.assertFalse("tooshort" in str(error))
        s.set("AuthorizationKey", "")


class Committing(FilesTestCase):
    def test_staged_changes_wait_are_shown_and_can_be_forgotten(self):
        s = self.settings()
        s.stage("LightIntensity", "40")
        s.stage("BlinkRepeat", "3")
        self.assertEqual(sorted(s.diff()), [("BlinkRepeat", "2", "3"), ("LightIntensity", "100", "40")])
        self.assertEqual(s.get("LightIntensity"), 100)
        s.rollback()
        self.assertEqual((s.staged(), s.diff()), ({}, []))
        self.assertEqual(s.get("LightIntensity"), 100)

    def test_changes_are_checked_as_a_whole(self):
        s = self.settings()
        s.stage("ReconnectBackoffMinS", "300")
        self.assertRaises(SettingError, s.apply, s.staged())
        self.assertEqual(s.get("ReconnectBackoffMinS"), 2)
        s.stage("ReconnectBackoffMaxS", "600")
        self.assertEqual(sorted(s.apply(s.staged())), ["ReconnectBackoffMaxS", "ReconnectBackoffMinS"])

    def test_apply_takes_all_or_nothing(self):
        s = self.settings()
        self.assertRaises(SettingError, s.apply, {"LightIntensity": "1", "BlinkRepeat": "many"})
        self.assertEqual(s.get("LightIntensity"), 100)

    def test_watchers_hear_of_what_changes_and_of_nothing_else(self):
        s = self.settings()
        heard = []
        s.watch(lambda name, value: heard.append((name, value)))
        s.apply({"LightIntensity": "100", "BlinkRepeat": "5"})
        self.assertEqual(heard, [("BlinkRepeat", 5)])

    def test_nothing_is_written_when_nothing_changes(self):
        s = self.settings()
        before = self.device.operations
        s.set("LightIntensity", 100)
        self.assertEqual((self.device.operations, s.generation), (before, 0))


class Damage(FilesTestCase):
    def slots(self):
        s = self.settings()
        s.set("LightIntensity", "10")
        s.set("LightIntensity", "20")

    def spoil(self, number):
        path = _FOLDER + "/settings.%d" % number
        with open(path, "rb") as f:
            data = bytearray(f.read())
        data[-3] ^= 1
        with open(path, "wb") as f:
            f.write(data)

    def test_one_bad_slot_leaves_the_other(self):
        self.slots()
        self.spoil(0)                   # generation 2
        s = self.settings()
        self.assertEqual(s.get("LightIntensity"), 10)
        self.assertEqual(s.damage, "slot 0: its content is damaged")
        s.set("LightIntensity", "30")
        self.assertEqual(self.settings().get("LightIntensity"), 30)
        self.assertEqual(self.settings().damage, "")

    def test_two_bad_slots_are_defaults_and_say_so(self):
        self.slots()
        self.spoil(0)
        self.spoil(1)
        s = self.settings()
        self.assertEqual(s.get("LightIntensity"), 100)
        self.assertIn("defaults", s.damage)

    def test_a_value_out_of_today_s_range_costs_only_itself(self):
        self.settings(Spec(32000)).apply({"MaxCurrentA": 25, "LightIntensity": 10})
        s = self.settings(Spec(16000))
        self.assertEqual((s.get("MaxCurrentA"), s.get("LightIntensity")), (16, 10))
        self.assertIn("MaxCurrentA", s.damage)

    def test_keys_of_a_newer_firmware_are_carried_along(self):
        newer = keys.TABLE + b"Future|int|1|0|9||RW|\n"
        Settings(_FOLDER, Spec(), newer).set("Future", 7)
        self.settings().set("LightIntensity", 10)
        s = Settings(_FOLDER, Spec(), newer)
        self.assertEqual((s.get("Future"), s.get("LightIntensity")), (7, 10))


class WhileCharging(FilesTestCase):
    def setUp(self):
        super().setUp()
        self.flash = RamFlash(6)
        self.closed = False

    def boot(self, boots):
        journal = Journal(RamFlash(6, self.flash.data), FakeClock(), boots).open()
        s = self.settings()
        s.attach(journal, lambda: not self.closed)
        return s, journal

    def test_a_commit_while_a_contactor_is_closed_writes_no_file_and_is_not_lost(self):
        s, _ = self.boot(1)
        s.set("LightIntensity", 10)
        self.closed = True
        before = self.device.operations
        s.apply({"MaxCurrentA": 10, "BlinkRepeat": 9})
        self.assertFalse(s.flush())
        self.assertEqual((self.device.operations, s.get("MaxCurrentA")), (before, 10))
        s, _ = self.boot(2)             # the supply was cut
        self.assertEqual((s.get("MaxCurrentA"), s.get("BlinkRepeat"), s.get("LightIntensity")), (10, 9, 10))
        self.closed = False
        self.assertTrue(s.flush())
        s.set("MaxCurrentA", 20)
        s, _ = self.boot(3)
        self.assertEqual((s.get("MaxCurrentA"), s.get("BlinkRepeat")), (20, 9))
        self.assertEqual(self.settings().get("BlinkRepeat"), 9)

    def test_a_late_commit_holds_its_record_in_the_journal_until_it_is_in_its_slot(self):
        s, journal = self.boot(1)
        self.assertEqual(journal.kept("settings"), journal.next_seq)
        self.closed = True
        s.set("MaxCurrentA", 10)
        s.set("MaxCurrentA", 11)
        self.assertEqual(journal.kept("settings"), 1)
        self.closed = False
        s.flush()
        self.assertEqual(journal.kept("settings"), journal.next_seq)

    def test_a_cut_inside_a_late_commit_keeps_the_old_value(self):
        for byte in range(0, 60, 7):
            self.flash = RamFlash(6)
            journal = Journal(self.flash, FakeClock(), 1).open()
            s = self.settings()
            s.attach(journal, lambda: False)
            self.flash.cut_at(1, byte)
            self.assertRaises(PowerCut, s.set, "MaxCurrentA", 10)
            s, _ = self.boot(2)
            self.assertIn(s.get("MaxCurrentA"), (10, 32))


class PowerCuts(unittest.TestCase):
    def trial(self, base, url, cut, eighths):
        """Old or new after a cut there? None when the commit needs fewer operations."""
        device = BlockDevice(data=bytearray(base), cut=cut, eighths=eighths)
        finished = False
        try:
            mount(device)
            Settings(_FOLDER, Spec()).apply({"LightIntensity": 3, "CsmsUrl": url + "c" * 100})
            finished = device.operations < cut
        except OSError:
            pass
        unmount()
        mount(BlockDevice(data=device.data))
        s = Settings(_FOLDER, Spec())
        pair = s.get("LightIntensity"), s.get("CsmsUrl")[-1:]
        self.assertIn(pair, ((2, "b"), (3, "c")))
        self.assertEqual(s.damage, "")
        s.set("LightIntensity", 4)      # and settings can still be written
        self.assertEqual(Settings(_FOLDER, Spec()).get("LightIntensity"), 4)
        unmount()
        return None if finished else "old" if pair[0] == 2 else "new"

    def test_a_cut_at_every_flash_operation_of_a_commit_leaves_old_or_new(self):
        for url, name in (("ws://", "C"), ("ws://" + "x" * 90, "D" * 50)):
            device = BlockDevice()
            vfs.VfsLfs2.mkfs(device)
            mount(device)
            s = Settings(_FOLDER, Spec())
            s.apply({"LightIntensity": 1, "CsmsUrl": url + "a" * 100, "CpoName": name, "FreeVendIdTag": name[:20]})
            s.apply({"LightIntensity": 2, "CsmsUrl": url + "b" * 100, "StopTxnSampledData": keys.MEASURANDS})
            unmount()
            base = bytes(device.data)
            seen = {"old": 0, "new": 0}
            for eighths in (0, 1, 4, 7):
                cut = 1
                result = self.trial(base, url, cut, eighths)
                while result:
                    seen[result] += 1
                    cut += 1
                    result = self.trial(base, url, cut, eighths)
            self.assertTrue(seen["old"] > 3 and seen["new"] >= 1, str(seen))
            print("settings: %d cut points, each torn in four ways, %s" % (cut - 1, seen))

    def test_a_file_system_that_fails_changes_nothing_and_says_so(self):
        device = BlockDevice()
        vfs.VfsLfs2.mkfs(device)
        mount(device)
        s = Settings(_FOLDER, Spec())
        s.stage("LightIntensity", 5)
        device.cut = device.operations + 1
        self.assertRaises(OSError, s.apply, s.staged())
        self.assertEqual(s.get("LightIntensity"), 100)
        self.assertEqual(s.staged(), {"LightIntensity": 5})
        unmount()


if __name__ == "__main__":
    unittest.main()
