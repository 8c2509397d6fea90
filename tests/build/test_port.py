"""Each board's folder, put through the ESP32 port of MicroPython itself: its cmake files, pins, manifest, preprocessor, Makefile."""

import json
import os
import re
import shutil
import subprocess
import sys

import boards
import pytest

from tests.build import port
from tools.build.board import ROOT, target

NAMES = boards.names()
pytestmark = [pytest.mark.prove, pytest.mark.xdist_group("frozen")]


@pytest.fixture(scope="module")
def top(tmp_path_factory):
    if not shutil.which("cmake"):
        pytest.skip("cmake is not installed")
    return port.checkout(tmp_path_factory.mktemp("micropython"))


@pytest.fixture(scope="module")
def esp32(top):
    return top / "ports/esp32"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    return port.idf(tmp_path_factory.mktemp("idf"))


@pytest.mark.parametrize("name", NAMES)
def test_port_makes_of_a_boards_folder_what_is_meant(name, esp32, environment, tmp_path):
    one, board = target(name), boards.load(name)
    chip, manifest, settings = port.configured(esp32, name, tmp_path / "build", environment)
    assert (chip, manifest) == (one.chip.name, str(one.folder / "manifest.py"))
    assert settings["CONFIG_PARTITION_TABLE_CUSTOM_FILENAME"] == f'"{one.folder / "partitions.csv"}"'
    assert settings[f"CONFIG_ESPTOOLPY_FLASHSIZE_{one.flash_size >> 20}MB"] == settings["CONFIG_ESP_DEFAULT_CPU_FREQ_MHZ_240"] == "y"
    assert settings.get("CONFIG_SPIRAM") == (None if board.module == "esp32_wroom" else "y")
    if chip == "esp32s3":
        assert settings["CONFIG_SPIRAM_MODE_OCT"] == "y" and not settings["CONFIG_SPIRAM_MODE_QUAD"]
    assert not [key for key in settings if key.startswith("CONFIG_BT")]
    found = port.macros(esp32, name, chip, settings, tmp_path / "headers")
    assert json.loads(found["MICROPY_HW_BOARD_NAME"]) == f"{board.vendor} {board.model}"
    assert port.value(found, "MICROPY_TASK_STACK_SIZE") == 24 * 1024
    assert port.value(found, "MICROPY_PY_BLUETOOTH") == 0 and "MICROPY_BLUETOOTH_NIMBLE" not in found
    assert port.value(found, "MICROPY_HW_ENABLE_UART_REPL") == ("console_tx" in board.pins)
    assert port.value(found, "MICROPY_HW_USB_CDC") == (chip == "esp32s3"), "where the console is on no UART it is on USB"
    assert port.value(found, "MICROPY_PY_NETWORK_LAN") == 1  # W5500, where one is fitted


@pytest.mark.parametrize("name", NAMES)
def test_port_knows_every_macro_that_a_board_sets_and_every_pin_that_it_names(name, esp32, tmp_path):
    folder = ROOT / "boards" / name
    sources = "".join(path.read_text() for path in sorted(esp32.glob("*.[ch]")))
    macros = re.findall(r"(?m)^#define (\w+)", (folder / "mpconfigboard.h").read_text())
    assert len(macros) >= 5 and not [one for one in macros if not re.search(rf"\b{one}\b", sources)]
    argv = [sys.executable, esp32 / "boards/make-pins.py", "--board-csv", folder / "pins.csv", "--prefix", esp32 / "boards/pins_prefix.c"]
    argv += ["--output-source", tmp_path / "pins.c", "--output-header", tmp_path / "pins.h"]
    subprocess.run(argv, check=True)
    made = dict(re.findall(r"MP_QSTR_(\w+)\), MP_ROM_PTR\(pin_GPIO(\d+)\)", (tmp_path / "pins.c").read_text()))
    assert made == {pin.upper(): str(number) for pin, number in boards.load(name).pins.items() if isinstance(number, int)}


@pytest.mark.parametrize("name", NAMES)
def test_ports_own_boards_have_all_that_a_boards_description_has(name, esp32):
    theirs = [json.loads(path.read_text()) for path in sorted(esp32.glob("boards/*/board.json"))]
    ours = json.loads((ROOT / "boards" / name / "board.json").read_text())
    assert set.intersection(*map(set, theirs)) <= set(ours) <= set.union(*map(set, theirs))
    assert set(ours["features"]) <= {feature for one in theirs for feature in one["features"]}
    offsets = {int(one["deploy_options"]["flash_offset"], 0) for one in theirs if one["mcu"] == ours["mcu"]}
    assert {int(ours["deploy_options"]["flash_offset"], 0)} == offsets == {target(name).chip.image_at}


def test_make_firmware_and_make_flash_do_with_a_checkout_what_the_readme_says(top, environment):
    name = "rudved_ac7"

    def make(*words):
        return subprocess.run(["make", *words, f"BOARD={name}"], cwd=ROOT, capture_output=True, text=True, env=os.environ | environment)

    done = make("firmware", f"MICROPYTHON={top}", "LOCKED=1", "VERSION=9.9.9")
    assert done.returncode == 0, done.stdout + done.stderr
    made = ROOT / "build" / name / "micropython.bin"
    assert f"boards/{name}/board.py\0".encode() in made.read_bytes()
    done = make("flash", "DRY=1", "LOCKED=1", f"MICROPYTHON_IMAGE={made}")
    assert done.returncode == 0 and "would run: esptool" in done.stdout, done.stdout + done.stderr
    done = make("firmware", f"MICROPYTHON={top}/ports")
    assert done.returncode and "no checkout of MicroPython" in done.stderr
