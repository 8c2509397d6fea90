"""`rudved flash`: what would be written where, and the same as one file that esptool merges, taken apart again and compared."""

import hashlib
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from tests.build.chipimage import image
from tests.build.fakerom import FakeRom
from tools.build import filesystems, nvs, partitions
from tools.build import image as micropython_image
from tools.build.board import target
from tools.build.errors import BuildError
from tools.build.make import make
from tools.cli import main

BOARD = "rudved_ac7"


@pytest.fixture
def given(tmp_path):
    whole, boot, app = image()
    path = tmp_path / "micropython.bin"
    path.write_bytes(whole)
    settings = tmp_path / "settings.txt"
    settings.write_text("MaxCurrentA=10\nWifiSsid=Depot\n")
    return path, boot, app, settings


def rudved(*words):
    done = CliRunner().invoke(main, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


def dry(given, tmp_path, *words, board=BOARD):
    code, said, trouble = rudved("flash", board, "--micropython", given[0], "--dry-run", "--out", tmp_path / "out", *words)
    assert code == 0, trouble
    return said


def test_dry_run_says_what_would_be_written_where_and_writes_a_whole_image(given, tmp_path):
    said = dry(given, tmp_path, "--settings", given[3], "--serial", "RV-000017")
    for line in ("0x0", "0x8000", "partitions", "0x9000", "serial number", "0x10000", "micropython (ota_0)", "0x690000", "would run: esptool"):
        assert line in said, said
    assert "write-flash --erase-all" in said and "--flash-size 16MB" in said


def test_whole_image_is_taken_apart_again_by_other_readers(given, tmp_path):
    dry(given, tmp_path, "--settings", given[3], "--serial", "RV-000017")
    whole = (tmp_path / "out/factory.bin").read_bytes()
    one = target(BOARD)
    table = partitions.read_table(whole[0x8000:0x8000 + partitions.SIZE])
    assert table == one.partitions()
    app = partitions.named(table, "ota_0")
    assert whole[app.offset:app.offset + len(given[2])] == given[2]
    vfs = partitions.named(table, "vfs")
    files = filesystems.read_littlefs(whole[vfs.offset:].ljust(vfs.size, b"\xff"))
    assert files["boot.py"].count(b"machine.Pin(") == 1
    assert {"MaxCurrentA": "10", "WifiSsid": "Depot"}.items() <= json.loads(files["data/settings.1"].split(b"\n", 1)[1]).items()
    assert files["slots/a/manifest"].startswith(b"RUDVED-BUNDLE 1\nboard rudved_ac7\n")
    kept = partitions.named(table, "nvs")
    assert whole[kept.offset:kept.end] == nvs.image(kept.size, "rudved", {"serial": b"RV-000017"})
    journal = partitions.named(table, "journal")
    assert whole[journal.offset:journal.end] == b"\xff" * journal.size


def test_bootloader_is_told_of_the_modules_flash_and_is_otherwise_the_given_one(given, tmp_path):
    dry(given, tmp_path)
    whole = (tmp_path / "out/factory.bin").read_bytes()
    boot = given[1]
    assert whole[:3] == boot[:3] and whole[4:len(boot)] == boot[4:]
    assert whole[3] == 4 << 4  # 16 MB
    said = subprocess.run([sys.executable, "-m", "esptool", "--chip", "esp32s3", "image-info", tmp_path / "out/factory.bin"],
                          capture_output=True, text=True).stdout  # fmt: skip
    assert "Flash size: 16MB" in said and "valid" in said, said


def test_plain_esp32_begins_at_its_own_place(tmp_path):
    whole, boot, app = image("esp32", 0x1000)
    path = tmp_path / "esp32.bin"
    path.write_bytes(whole)
    said = dry((path,), tmp_path, board="rudved_bench")
    assert "0x1000" in said and "--flash-size 4MB" in said
    made = (tmp_path / "out/factory.bin").read_bytes()
    assert made[4:len(boot)] == boot[4:]
    assert made[0x10000 - 0x1000:][:len(app)] == app


@pytest.mark.parametrize("spoil, told", [
    (lambda data: image("esp32")[0], "it is for esp32, rudved_ac7 has an esp32s3"),
    (lambda data: b"\x7fELF" + data[4:], "no ESP image begins here"),
    (lambda data: data[:0x8000], "too short"),
    (lambda data: data[0x10000:] + bytes(70000), "no partition table"),
    (lambda data: image(app_bytes=0x1E0000)[0], None),
    (lambda data: b"", "no ESP image"),
])
def test_image_that_does_not_fit_is_refused_by_name(given, tmp_path, spoil, told):
    given[0].write_bytes(spoil(given[0].read_bytes()))
    code, _, trouble = rudved("flash", BOARD, "--micropython", given[0], "--dry-run", "--out", tmp_path / "out")
    if told is None:
        assert code == 0, trouble
    else:
        assert code == 6 and told in trouble, trouble


def _frozen_into(path, *names):
    """An image whose application has these among the names of frozen files."""
    names = b"\0".join(name.encode() for name in ("", "hal/esp32/life.py", *names, ""))
    data = path.read_bytes()
    at = data.index(b"\xa9" * len(names))
    path.write_bytes(data[:at] + names + data[at + len(names):])


def test_beside_a_frozen_firmware_no_slot_is_filled_and_it_is_the_right_one(given, tmp_path):
    built = make(BOARD, folder=tmp_path / "out", settings_text="MaxCurrentA=10\n", locked=True)
    whole = given[0].read_bytes()
    own, locked = f"boards/{BOARD}/board.py", "bootlocked.py"
    for names, told in ((["boards/rudved_bench/board.py", locked], "is for rudved_bench"), ([own], "without LOCKED=1"), ([own, locked], None)):
        given[0].write_bytes(whole)
        _frozen_into(given[0], *names)
        if told:
            with pytest.raises(BuildError, match=told):
                micropython_image.parts(built, given[0])
    files = {part.name: part for part in micropython_image.parts(built, given[0])}["files"]
    size = target(BOARD).partition("vfs").size
    assert list(filesystems.read_littlefs(files.data.ljust(size, b"\xff"))) == ["data/settings.1"]


def test_nothing_is_written_without_a_yes_or_without_a_board_that_answers(given, tmp_path):
    code, _, trouble = rudved("flash", BOARD, "--micropython", given[0], "--out", tmp_path / "out", "--port", "/dev/pts/nothing")
    assert code == 2 and "say --yes" in trouble, trouble
    code, _, trouble = rudved("flash", BOARD, "--micropython", given[0], "--out", tmp_path / "out", "--port", "/dev/pts/nothing", "--yes")
    assert code == 4 and "/dev/pts/nothing" in trouble, trouble


def test_serial_number_that_cannot_be_is_refused(given, tmp_path):
    for serial in ("x" * 21, "a\nb"):
        code, _, trouble = rudved("flash", BOARD, "--micropython", given[0], "--dry-run", "--serial", serial, "--out", tmp_path / "out")
        assert code == 6 and "serial number" in trouble, (serial, trouble)


def test_nvs_image_is_the_one_of_espressifs_own_generator():
    # esp-idf-nvs-partition-gen 0.2.0, namespace rudved: i32 boots 7, hex2bin serial of 25 bytes
    serial = bytes.fromhex("52303030303030315230303030303031523030303030303152")
    made = nvs.image(0x4000, "rudved", {"boots": 7, "serial": serial})
    assert hashlib.sha256(made).hexdigest() == "c329686385d016dcd98e4b3e2ce95ff606007721024bcaacccd76a928b4eabd4"


def test_chip_in_download_mode_holds_afterwards_what_the_factory_image_holds(given, tmp_path):
    with FakeRom() as chip:
        code, said, trouble = rudved("flash", BOARD, "--micropython", given[0], "--out", tmp_path / "out", "--serial", "RV-000017",
                                     "--port", chip.port, "--by-hand", "--yes", "--json")  # fmt: skip
        assert code == 0, trouble + said
        assert chip.erased == 1
        whole = (tmp_path / "out/factory.bin").read_bytes()
        written = bytes(chip.flash)
    for part in json.loads(said)["result"]["parts"]:
        at = part["offset"]
        assert written[at:at + part["bytes"]] == whole[at:at + part["bytes"]], part["name"]
    vfs = target(BOARD).partition("vfs")
    assert "slots/a/manifest" in filesystems.read_littlefs(written[vfs.offset:vfs.end])
    journal = target(BOARD).partition("journal")
    assert written[journal.offset:journal.end] == b"\xff" * journal.size


def test_flash_that_does_not_keep_what_is_written_and_a_chip_of_another_kind_are_told(given, tmp_path):
    how = ("flash", BOARD, "--micropython", given[0], "--out", tmp_path / "out", "--by-hand", "--yes")
    with FakeRom(sticks=0x10100) as chip:
        code, _, trouble = rudved(*how, "--port", chip.port)
        assert code == 4 and "esptool" in trouble, trouble
    with FakeRom(chip_id=5) as chip:
        code, _, trouble = rudved(*how, "--port", chip.port)
        assert code == 4 and "esptool" in trouble and chip.erased == 0, trouble


def test_image_of_micropython_that_is_not_named_is_asked_for():
    code, _, trouble = rudved("flash", BOARD, "--dry-run")
    assert code == 2 and "MICROPYTHON_IMAGE" in trouble
