"""Which port is taken, as pyserial lists them on Linux, macOS and Windows."""

from types import SimpleNamespace

import pytest
from serial.tools import list_ports

from tools.host import ports
from tools.host.exits import Trouble


def usb(device, vid, pid, number=None, location=None):
    return SimpleNamespace(device=device, vid=vid, pid=pid, serial_number=number, location=location, description=device)


def plain(device):
    return usb(device, None, None)


S3, CP210X, CH340, FTDI = (0x303A, 0x1001), (0x10C4, 0xEA60), (0x1A86, 0x7523), (0x0403, 0x6001)
KEYBOARD = (0x046D, 0xC31C)
SYSTEMS = {
    "linux": ([plain("/dev/ttyS0"), usb("/dev/ttyACM0", *S3)], "/dev/ttyACM0"),
    "linux-ftdi": ([usb("/dev/ttyUSB3", *FTDI), usb("/dev/ttyACM1", *KEYBOARD)], "/dev/ttyUSB3"),
    "macos": ([plain("/dev/cu.Bluetooth-Incoming-Port"), usb("/dev/cu.usbserial-0001", *CP210X)], "/dev/cu.usbserial-0001"),
    "windows": ([plain("COM1"), usb("COM12", *CH340)], "COM12"),
}


@pytest.fixture(autouse=True)
def plugged(monkeypatch):
    """A list that stands for what is plugged in; RUDVED_PORT of whoever runs the tests is not ours."""
    monkeypatch.delenv("RUDVED_PORT", raising=False)
    found = []
    monkeypatch.setattr(list_ports, "comports", lambda: list(found))
    return found


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_only_usb_bridge_is_taken(plugged, system):
    listed, expected = SYSTEMS[system]
    plugged += listed
    assert ports.find() == expected


def test_a_named_port_wins_and_need_not_be_listed(plugged, monkeypatch):
    plugged += [usb("/dev/ttyUSB0", *CP210X)]
    monkeypatch.setenv("RUDVED_PORT", "/dev/pts/9")
    assert ports.find() == "/dev/pts/9"
    assert ports.find("COM3") == "COM3"


def test_of_several_none_is_guessed_and_each_is_named(plugged):
    plugged += [usb("/dev/ttyUSB1", *FTDI, number="A50285BI"), usb("/dev/ttyUSB0", *CP210X)]
    with pytest.raises(Trouble) as told:
        ports.find()
    assert told.value.exit == 3
    text = str(told.value)
    assert text.index("/dev/ttyUSB0 (Silicon Labs CP210x)") < text.index("/dev/ttyUSB1 (FTDI, serial number A50285BI)")


def test_without_any_the_others_are_named_and_none_is_opened(plugged):
    plugged += [plain("COM1"), usb("COM4", *KEYBOARD)]
    with pytest.raises(Trouble, match="COM1, COM4") as told:
        ports.find()
    assert told.value.exit == 3


def test_a_charger_that_comes_back_under_another_name_is_the_same_one(plugged):
    plugged += [usb("/dev/ttyACM0", *S3, number="F4:12:FA:00:00:01"), usb("/dev/ttyACM1", *S3, number="F4:12:FA:00:00:02")]
    place = ports.Place("/dev/ttyACM0")
    plugged.clear()
    assert place.now() is None
    plugged += [usb("/dev/ttyACM0", *S3, number="F4:12:FA:00:00:02"), usb("/dev/ttyACM2", *S3, number="F4:12:FA:00:00:01")]
    assert place.now() == "/dev/ttyACM2"


def test_a_bridge_without_a_number_is_known_by_its_socket(plugged):
    plugged += [usb("COM7", *CH340, location="1-4")]
    place = ports.Place("COM7")
    plugged.clear()
    plugged += [usb("COM8", *CH340, location="1-3")]
    assert place.now() is None
    plugged += [usb("COM9", *CH340, location="1-4")]
    assert place.now() == "COM9"


def test_a_url_is_always_there():
    assert ports.Place("socket://127.0.0.1:2000").now() == "socket://127.0.0.1:2000"
