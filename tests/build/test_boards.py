"""Each folder of boards/ is a board directory of MicroPython, and says there what our own board.py says."""

import json
import os
import re
import stat

import boards
import pytest

from tools.build import code, micropython
from tools.build.board import ROOT, target
from tools.build.errors import BuildError
from tools.build.make import make

NAMES = boards.names()


@pytest.mark.parametrize("name", NAMES)
def test_board_directory_agrees_with_the_boards_module(name):
    one = target(name)
    told = json.loads((one.folder / "board.json").read_text())
    assert told["mcu"] == one.chip.name
    assert set(told) >= {"deploy", "docs", "features", "images", "mcu", "product", "thumbnail", "url", "vendor"}
    cmake = (one.folder / "mpconfigboard.cmake").read_text()
    assert re.findall(r"set\(IDF_TARGET (\w+)\)", cmake) == [one.chip.name]
    assert "${MICROPY_BOARD_DIR}/manifest.py" in cmake and "${MICROPY_BOARD_DIR}/partitions.csv" in cmake
    config = (one.folder / "sdkconfig.board").read_text()
    assert f"CONFIG_ESPTOOLPY_FLASHSIZE_{one.flash_size >> 20}MB=y" in config
    assert "CONFIG_PARTITION_TABLE_CUSTOM=y" in config and "CONFIG_ESP_SYSTEM_PANIC_PRINT_REBOOT=y" in config
    header = (one.folder / "mpconfigboard.h").read_text()
    assert told["product"] in header and "MICROPY_PY_BLUETOOTH                (0)" in header and "sdkconfig.ble" not in cmake
    pins = boards.load(name).pins
    assert ("MICROPY_HW_ENABLE_UART_REPL         (1)" in header) == ("console_tx" in pins)


@pytest.mark.parametrize("name", NAMES)
def test_partition_table_has_what_the_firmware_asks_for(name):
    one = target(name)
    for label in ("nvs", "journal", "vfs"):
        assert one.partition(label).size >= 0x4000
    # a day at a reading a minute is 84 kB; three quarters of the pages are kept erased
    assert one.partition("journal").size * 3 // 4 >= 84 * 1024
    assert max(part.end for part in one.partitions()) <= one.flash_size
    ota = [part for part in one.partitions() if part.label.startswith("ota_")]
    assert len({part.size for part in ota}) <= 1, "images must fit either"


@pytest.mark.parametrize("name", ("rudved_ac7", "rudved_bench"))
def test_what_is_frozen_is_what_a_bundle_holds_and_the_selector(name, tmp_path):
    built = make(name, folder=tmp_path)
    micropython.stage(built, "9.9.9", locked=True)
    called = []
    text = (built.target.folder / "manifest.py").read_text()
    exec(text, {"include": lambda path: called.append(path), "freeze": lambda path: called.append(path)})
    assert called == ["$(PORT_DIR)/boards/manifest.py", f"$(BOARD_DIR)/../../build/{name}/frozen"]
    staged = {path.relative_to(tmp_path / "frozen").as_posix() for path in (tmp_path / "frozen").rglob("*.py")}
    carried = {path.removesuffix(".mpy") + ".py" for path in built.files}
    assert staged == carried | {"boot.py", "main.py", "bootslots.py", "bootsafe.py", "bootlocked.py"}
    assert "BUILT_IN = True" in (tmp_path / "frozen/main.py").read_text()
    assert "LOCKED = True" in (tmp_path / "frozen/main.py").read_text() and "LOCKED = False" in (tmp_path / "root/main.py").read_text()
    assert 'VERSION = "9.9.9"' in (tmp_path / "frozen/firmware/version.py").read_text()
    for path in sorted((tmp_path / "frozen").glob("*.py")):  # MicroPython's build compiles each; so does the pinned compiler
        code.cross(built.target.chip, path.name, path.read_bytes())


def _program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def _checkout(folder, minor=26):
    """What `micropython.port` asks of a checkout."""
    _program(folder / "ports/esp32/Makefile", "all:\n\tmkdir -p $(BUILD)\n\techo $(BOARD) $(BOARD_DIR) $(VERSION) > $(BUILD)/firmware.bin\n")
    _program(folder / "py/mpconfig.h", f"#define MICROPY_VERSION_MAJOR 1\n#define MICROPY_VERSION_MINOR {minor}\n")
    _program(folder / "lib/micropython-lib/README.md", "")
    return folder


def test_checkout_or_toolchain_that_is_missing_is_named_before_anything_is_built(tmp_path, monkeypatch):
    one = target("rudved_ac7")
    _program(tmp_path / "idf/idf.py", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", f"{tmp_path}/idf{os.pathsep}/usr/bin:/bin")
    whole = _checkout(tmp_path / "whole")
    assert micropython.port(one, str(whole)) == whole / "ports/esp32"
    refused = [
        ("no checkout of MicroPython", one, tmp_path / "none", None),
        ("MicroPython 1.23: 1.24 or later", one, _checkout(tmp_path / "old", 23), None),
        ("no path with a space", one, _checkout(tmp_path / "a space"), None),
        ("leave --out away", one, whole, "out"),
        ("no chip that", target("rudved_ac7", "sim"), whole, None),
    ]
    for told, for_target, checkout, folder in refused:
        with pytest.raises(BuildError, match=told):
            micropython.port(for_target, checkout, folder)
    (whole / "lib/micropython-lib/README.md").unlink()
    with pytest.raises(BuildError, match="no lib/micropython-lib: run `make -C .*/whole/ports/esp32 submodules`"):
        micropython.port(one, whole)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with pytest.raises(BuildError, match="idf.py is not on the PATH"):
        micropython.port(one, whole)


def test_ports_own_make_is_run_and_hears_nothing_of_ours_nor_of_another_checkout(tmp_path, monkeypatch):
    port = _checkout(tmp_path) / "ports/esp32"
    built = make("rudved_ac7")
    monkeypatch.setenv("MAKEFLAGS", "r -- VERSION=1.2.0")
    made = micropython.build(built, port)
    assert made.read_text().split() == ["rudved_ac7", str(ROOT / "boards/rudved_ac7")]
    cache = built.folder / "micropython/CMakeCache.txt"
    for source, kept in ((port, True), (tmp_path / "another", False)):
        cache.write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={source}\n")
        micropython.build(built, port)
        assert cache.exists() is kept, "cmake goes on in no folder that another checkout has used"
    (port / "Makefile").write_text("all:\n\tfalse\n")
    with pytest.raises(BuildError, match="failed"):
        micropython.build(built, port)
    assert not (built.folder / "micropython/firmware.bin").exists(), "an image of an earlier build is no result"
