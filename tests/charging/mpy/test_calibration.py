"""The file of the calibration: whole or as before at every cut, and nothing believed of it that cannot be."""
import binascii
import unittest

from firmware.charging import calibration
from tests.storage.littlefs import FOLDER, BlockDevice, FilesTestCase, mount, unmount

_OLD = {"pilot": {"1": [5, 4090]}, "temperature": {"board": -3}}
_NEW = {"pilot": {"1": [-599, 4301]}, "temperature": {"board": 50, "socket": -50}}


class _Hal:
    files = FOLDER


class File(FilesTestCase):
    def put(self, text):
        with open(calibration.path(_Hal), "wb") as f:
            f.write(("%08x " % binascii.crc32(text.encode())).encode() + text.encode())

    def test_nothing_kept_is_nothing_wrong(self):
        self.assertEqual(calibration.read(_Hal), {})

    def test_it_is_the_old_one_or_the_new_one_wherever_the_supply_is_cut(self):
        calibration.write(_Hal, _OLD)
        base = bytes(self.device.data)
        cut, found = 1, None
        while found != _NEW or cut < 3:
            unmount()
            device = BlockDevice(data=bytearray(base), cut=cut)
            mount(device)
            try:
                calibration.write(_Hal, _NEW)
            except OSError:
                pass
            unmount()
            mount(BlockDevice(data=device.data))
            found = calibration.read(_Hal)
            self.assertIn(found, (_OLD, _NEW), cut)
            cut += 1
        self.assertTrue(3 < cut < 60, cut)

    def test_what_is_implausible_is_not_believed_though_its_crc_fits(self):
        for text in ('{"pilot": {"1": [601, 4096]}}', '{"pilot": {"1": [0, 4302]}}', '{"pilot": {"1": [0, 3890]}}',
                     '{"pilot": {"1": [0.5, 4096]}}', '{"pilot": {"1": [0]}}',
                     '{"temperature": {"board": 51}}', '{"temperature": {"board": null}}', "{", "[]", "7"):
            self.put(text)
            self.assertRaises((ValueError, TypeError, AttributeError), calibration.read, _Hal)

    def test_no_byte_of_it_can_be_another(self):
        calibration.write(_Hal, _OLD)
        with open(calibration.path(_Hal), "rb") as f:
            data = f.read()
        for at in range(len(data)):
            for bit in (1, 32):
                spoiled = bytearray(data)
                spoiled[at] ^= bit
                with open(calibration.path(_Hal), "wb") as f:
                    f.write(spoiled)
                self.assertRaises(ValueError, calibration.read, _Hal)
        for length in range(len(data)):
            with open(calibration.path(_Hal), "wb") as f:
                f.write(data[:length])
            self.assertRaises(ValueError, calibration.read, _Hal)


if __name__ == "__main__":
    unittest.main()
