"""Settings that an older firmware wrote, on the real littlefs. Runs inside MicroPython."""
import binascii
import json
import unittest

from firmware.storage import migrations, records
from firmware.storage.journal import Journal
from tests.storage.littlefs import FOLDER, BlockDevice, FilesTestCase, mount, unmount
from tests.storage.ramflash import FakeClock, RamFlash


def write_slot(generation, texts):
    """A slot as version 1 wrote it: no version among the settings."""
    body = json.dumps(texts).encode()
    head = "RUDVED-SETTINGS %d %08x %d\n" % (generation, binascii.crc32(body, generation), len(body))
    with open(FOLDER + "/settings.%d" % (generation % 2), "wb") as f:
        f.write(head.encode() + body)


class OlderFirmware(FilesTestCase):
    OLD = {"ConnectorPhaseRotation": "RST, 1.RTS,0.XYZ", "MaxCurrentA": "16", "Unheard": "of"}

    def test_what_version_1_wrote_is_migrated_as_it_is_read(self):
        write_slot(5, self.OLD)
        s = self.settings()
        self.assertEqual((s.get("ConnectorPhaseRotation"), s.get("MaxCurrentA"), s.generation), (("1.RTS",), 16, 5))
        self.assertEqual(s.damage, "")

    def test_nothing_is_written_by_migrating_and_the_next_commit_writes_today_s(self):
        write_slot(5, self.OLD)
        before = self.device.operations
        s = self.settings()
        self.assertEqual(self.device.operations, before)
        s.set("LightIntensity", 9)
        with open(FOLDER + "/settings.0", "rb") as f:
            body = json.loads(f.read().partition(b"\n")[2])
        self.assertEqual(body["@version"], str(migrations.VERSION))
        self.assertEqual((body["ConnectorPhaseRotation"], body["MaxCurrentA"], body["Unheard"]), ("1.RTS", "16", "of"))
        s = self.settings()
        self.assertEqual((s.get("ConnectorPhaseRotation"), s.get("MaxCurrentA"), s.damage), (("1.RTS",), 16, ""))
        self.assertRaises(KeyError, s.get, "@version")

    def test_a_slot_of_a_newer_firmware_is_read_as_it_is(self):
        write_slot(5, {"@version": "99", "MaxCurrentA": "16", "ConnectorPhaseRotation": "1.RST"})
        s = self.settings()
        self.assertEqual((s.get("MaxCurrentA"), s.get("ConnectorPhaseRotation"), s.damage), (16, ("1.RST",), ""))

    def test_a_version_that_is_none_counts_as_the_first(self):
        for version in ("", "x", "-1", "0", "1.5"):
            write_slot(5, {"@version": version, "ConnectorPhaseRotation": "RST"})
            self.assertEqual(self.settings().get("ConnectorPhaseRotation"), ())

    def test_a_late_commit_of_the_older_firmware_is_migrated_too(self):
        write_slot(5, {"MaxCurrentA": "16"})
        journal = Journal(RamFlash(6), FakeClock(), 1).open()
        journal.append(records.SETTING, records.encode_setting(6, {"ConnectorPhaseRotation": "junk,1.RST", "BlinkRepeat": "7"}))
        s = self.settings()
        s.attach(journal, lambda: True)
        self.assertEqual((s.get("ConnectorPhaseRotation"), s.get("BlinkRepeat"), s.get("MaxCurrentA")), (("1.RST",), 7, 16))

    def test_each_step_leaves_what_is_new_already(self):
        for texts in ({}, {"ConnectorPhaseRotation": "0.RST,1.RTS"}, {"ConnectorPhaseRotation": "1.RST", "MaxCurrentA": "9"}):
            for version in range(-1, migrations.VERSION + 2):
                told = dict(texts)
                migrations.migrate(told, version)
                self.assertEqual(told, texts)

    def test_what_fits_together_no_more_goes_back_alone_and_blocks_no_commit(self):
        write_slot(5, {"CsmsUrl": "http://old.example", "MaxCurrentA": "16"})
        s = self.settings()
        self.assertEqual((s.get("CsmsUrl"), s.get("MaxCurrentA")), ("", 16))
        self.assertIn("CsmsUrl cannot be 'http://old.example'", s.damage)
        s.set("LightIntensity", 9)
        self.assertEqual(self.settings().damage, "")

    def test_a_cut_at_every_flash_operation_of_the_first_commit_after_an_update_leaves_old_or_new(self):
        write_slot(5, self.OLD)
        unmount()
        base, seen = bytes(self.device.data), set()
        for eighths in (0, 4, 7):
            cut, finished = 1, False
            while not finished:
                device = BlockDevice(data=bytearray(base), cut=cut, eighths=eighths)
                try:
                    mount(device)
                    self.settings().set("MaxCurrentA", 20)
                    finished = device.operations < cut
                except OSError:
                    pass
                unmount()
                mount(BlockDevice(data=device.data))
                s = self.settings()
                seen.add(s.get("MaxCurrentA"))
                self.assertIn(s.get("MaxCurrentA"), (16, 20))
                self.assertEqual((s.get("ConnectorPhaseRotation"), s.damage), (("1.RTS",), ""))
                unmount()
                cut += 1
        self.assertEqual(seen, {16, 20})
        mount(self.device)


if __name__ == "__main__":
    unittest.main()
