"""The commissioning record on the real littlefs: chained, whole after a power cut, and not to be changed unseen."""
import hashlib
import json
import unittest

from firmware.console.record import Damaged, Record, chained, hexed
from firmware.console.run import thousandths
from tests.storage.littlefs import FOLDER, BlockDevice, FilesTestCase, mount, unmount


def signed(record):
    """Close the record as a sign-off does."""
    line = {"step": "signoff", "verdict": "PASS"}
    record.append(line, {"hash": hexed(chained(record.read()[1], line)), "signature": "ab", "public_key": "cd"})


class RecordTest(FilesTestCase):
    def setUp(self):
        super().setUp()
        self.record = Record(FOLDER)

    def spoil(self, change):
        with open(self.record.path, "rb") as f:
            data = f.read()
        with open(self.record.path, "wb") as f:
            f.write(change(data))

    def test_there_is_none_at_first(self):
        self.assertEqual(self.record.read(), ([], b"", None))

    def test_each_line_is_hashed_with_all_before_it(self):
        self.record.begin({"serial": "R1"})
        self.record.append({"step": "a"})
        lines, found, closing = self.record.read()
        first = hashlib.sha256(lines[0].encode()).digest()
        self.assertEqual(found, hashlib.sha256(first + lines[1].encode()).digest())
        self.assertEqual((json.loads(lines[0])["previous"], closing), (None, None))

    def test_a_signed_record_is_kept_while_the_next_is_open_and_named_by_it(self):
        self.record.begin({})
        signed(self.record)
        before = self.record.read()
        self.record.begin({})
        first = json.loads(self.record.read()[0][0])
        self.assertEqual((first["number"], first["previous"]), (2, hexed(before[1])))
        self.assertEqual(self.record.read(self.record.last), before)
        self.record.begin({})           # given up
        third = json.loads(self.record.read()[0][0])
        self.assertEqual(third["number"], 3)
        self.assertEqual(self.record.read(self.record.last), before)

    def test_whatever_is_changed_in_a_signed_record_is_seen(self):
        self.record.begin({"serial": "R1"})
        self.record.append({"step": "a", "verdict": "FAIL"})
        signed(self.record)
        whole = open(self.record.path, "rb").read()
        for change in (lambda data: data.replace(b"FAIL", b"PASS"), lambda data: data.replace(b"R1", b"R2"),
                       lambda data: b"\n".join(data.split(b"\n")[:1] + data.split(b"\n")[2:]), lambda data: data + b'{"step": "b"}\n',
                       lambda data: data[5:], lambda data: data.replace(b"\n", b"\n\n", 1),
                       lambda data: b"\xff" + data, lambda data: b"[]\n"):
            self.spoil(lambda _: change(whole))
            self.assertRaises(Damaged, self.record.read)
        self.record.begin({})           # a new one can be begun all the same
        self.assertEqual(len(self.record.read()[0]), 1)

    def test_a_record_that_never_ends_is_no_record(self):
        self.spoil_new(b'{"step": "a"}\n' * 300)
        self.assertRaises(Damaged, self.record.read)

    def spoil_new(self, data):
        with open(self.record.path, "wb") as f:
            f.write(data)

    def test_a_cut_at_every_flash_operation_leaves_each_line_whole_or_absent(self):
        self.record.begin({"serial": "R1"})
        self.record.append({"step": "a", "text": "x" * 200})
        unmount()
        base, seen = bytes(self.device.data), set()
        for eighths in (0, 4, 7):
            cut, finished = 1, False
            while not finished:
                device = BlockDevice(data=bytearray(base), cut=cut, eighths=eighths)
                try:
                    mount(device)
                    signed(self.record)
                    self.record.begin({})
                    finished = device.operations < cut
                except OSError:
                    pass
                unmount()
                mount(BlockDevice(data=device.data))
                lines, _, closing = self.record.read()
                last, _, before = self.record.read(self.record.last)
                seen.add((len(lines), bool(closing), len(last)))
                self.assertTrue(not last or before is not None)
                self.record.begin({})   # it goes on, whatever was left
                number = json.loads(self.record.read()[0][0])["number"]
                self.assertIn(number, (2, 3))
                unmount()
                cut += 1
        # as before; signed; signed and put aside; the next begun
        self.assertEqual(seen, {(2, False, 0), (3, True, 0), (0, False, 3), (1, False, 3)})
        mount(self.device)


class Numbers(unittest.TestCase):
    def test_what_a_person_types_for_a_figure(self):
        for text, value in (("0.43", 430), ("230", 230000), ("-1.5", -1500), (".5", 500), ("7.", 7000), ("0.001", 1),
                            ("999999.999", 999999999)):
            self.assertEqual(thousandths(text), value)
        for text in ("", ".", "-", "1,5", "1e3", "--1", "0.4321", "1234567", "1 2", "x", "1.-5", "+1", "١"):
            self.assertIsNone(thousandths(text))


if __name__ == "__main__":
    unittest.main()
