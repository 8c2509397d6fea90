"""MicroPython's ESP32 port as far as it goes without ESP-IDF: a checkout of it, and its own tools run on a board's folder.

As a program it stands for `idf.py`: it does what the port's cmake files have ESP-IDF do up to the C compiler, and what the linker
would give has no code, but the names of what was frozen.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

from tests.build import chipimage, frozen
from tools.build import partitions
from tools.build.board import ROOT, target

_PARTS = ("extmod", "mpy-cross", "ports/esp32", "py", "shared", "tools")
# Debian leaves micropython-lib out; these are the packages of it that the port's manifest asks for.
_PACKAGES = ("aioespnow", "bundle-networking", "dht", "ds18x20", "neopixel", "onewire", "umqtt.robust", "umqtt.simple", "upysh")
_IDF = {
    # after its board's file the port's CMakeLists.txt includes ESP-IDF
    "tools/cmake/project.cmake": 'macro(idf_build_set_property)\nendmacro()\nfile(WRITE ${CMAKE_BINARY_DIR}/told "${IDF_TARGET}\\n'
    '${MICROPY_FROZEN_MANIFEST}\\n")\n',
    "components/partition_table/gen_esp32part.py": "from tools.build import partitions\nAPP_TYPE = 0\nclass PartitionTable:\n"
    "    def from_binary(data):\n        for one in (table := partitions.read_table(data)):\n"
    "            object.__setattr__(one, 'name', one.label)\n        return table\n",
}
_HEADERS = ("esp_random.h", "esp_system.h", "freertos/FreeRTOS.h", "driver/i2s.h", "driver/i2s_std.h", "esp_wifi_types.h")
_CHIPS = {
    "esp32": ("CONFIG_IDF_TARGET_ESP32=1", "SOC_DAC_SUPPORTED=1"),
    "esp32s3": ("CONFIG_IDF_TARGET_ESP32S3=1", "SOC_USB_OTG_SUPPORTED=1", "SOC_USB_SERIAL_JTAG_SUPPORTED=1"),
}


def checkout(folder):
    """A checkout of MicroPython, submodules and all, in `folder`; the test is skipped where there is no source."""
    frozen.interpreter()  # has built its mpy-cross
    for part in _PARTS:
        shutil.copytree(frozen.tree() / part, folder / part, symlinks=True)
    lib = folder / "lib/micropython-lib"
    for name in _PACKAGES:
        _write(lib / "micropython" / name / "manifest.py", "metadata()\n")
    _write(lib / "README.md", "")
    return folder


def idf(folder):
    """An ESP-IDF whose `idf.py` is this file; the environment in which it is found."""
    for name, text in _IDF.items():
        _write(folder / name, text)
    _write(folder / "idf.py", f'#!/bin/sh\nexec {sys.executable} -m tests.build.port "$@"\n')
    (folder / "idf.py").chmod(0o755)
    return {"IDF_PATH": str(folder), "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "PYTHON": sys.executable}


def configured(port, board, build, environment):
    """(chip, manifest, {key: last value}) of what the port's CMakeLists.txt makes of the board's folder."""
    argv = ["cmake", "-S", port, "-B", build, "-D", f"MICROPY_BOARD={board}", "-D", f"MICROPY_BOARD_DIR={ROOT / 'boards' / board}"]
    done = subprocess.run(argv, capture_output=True, text=True, env=os.environ | environment)
    assert done.returncode == 0, done.stderr
    chip, manifest = (build / "told").read_text().split()
    lines = (build / "sdkconfig.combined").read_text().splitlines()
    return chip, manifest, dict(line.split("=", 1) for line in lines if line.startswith("CONFIG_"))


def macros(port, board, chip, settings, folder):
    """{name: text} of every macro after the port's own header, with the board's before it."""
    for name in _HEADERS:
        _write(folder / name, "")
    set_ = [f"{key}={1 if value == 'y' else value}" for key, value in settings.items() if value not in ("", "n")]
    argv = ["gcc", "-m32", "-E", "-dM", "-DNO_QSTR", *(f"-D{one}" for one in (*_CHIPS[chip], "CONFIG_IDF_TARGET_ARCH_XTENSA=1", *set_))]
    argv += [f"-I{one}" for one in (folder, ROOT / "boards" / board, port, port.parents[1])]
    text = '#include "mpconfigport.h"\n#include "uart.h"\n'
    done = subprocess.run([*argv, "-"], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(re.findall(r"(?m)^#define (\w+) ?(.*)$", done.stdout))


def value(found, name):
    """What the C preprocessor makes of a macro in an #if: its number."""
    text, before = name, None
    while text != before:
        before, text = text, re.sub(r"[A-Za-z_]\w*", lambda word: found.get(word[0], "0"), text)
    return int(eval(text.replace("&&", " and ").replace("||", " or ").replace("!", " not ")))


def frozen_names(port, manifest, board, out):
    """The files that the port's makemanifest.py freezes, compiled for Xtensa; `out` is the C file it writes."""
    top = port.parents[1]
    paths = {"MPY_DIR": top, "PORT_DIR": port, "BOARD_DIR": ROOT / "boards" / board, "MPY_LIB_DIR": top / "lib/micropython-lib"}
    given = [word for name, path in paths.items() for word in ("-v", f"{name}={path}")]
    argv = [sys.executable, top / "tools/makemanifest.py", "-o", out, *given, "-b", out.parent, "-f-march=xtensawin", "--mpy-tool-flags=", manifest]
    (out.parent / "genhdr").mkdir(parents=True, exist_ok=True)
    shutil.copy(frozen.interpreter().parent / "genhdr/qstrdefs.preprocessed.h", out.parent / "genhdr")
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    text = out.read_text()
    names = text[text.index("mp_frozen_names"):]
    return re.findall(r'"([^"]+?)\\0"', names[:names.index("};")])


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def main(argv):
    given = dict(argv[at + 1].split("=", 1) for at, word in enumerate(argv) if word == "-D")
    build = pathlib.Path(argv[argv.index("-B") + 1])
    board = given["MICROPY_BOARD"]
    assert argv[-1] == "build" and given["MICROPY_BOARD_DIR"] == str(ROOT / "boards" / board)
    port = pathlib.Path.cwd()
    chip, manifest, settings = configured(port, board, build, {})
    names = frozen_names(port, manifest, board, build / "frozen_content.c")
    app = chipimage.header(chip, 0xA9, 1 << 20)
    names = b"\0".join(name.encode() for name in names)
    at = app.index(b"\xa9" * len(names))
    offset = target(board).chip.image_at
    _write(build / "sdkconfig", f'CONFIG_IDF_TARGET="{chip}"\nCONFIG_BOOTLOADER_OFFSET_IN_FLASH={offset:#x}\n')
    table = pathlib.Path(settings["CONFIG_PARTITION_TABLE_CUSTOM_FILENAME"].strip('"'))
    size = int(re.search(r"FLASHSIZE_(\d+)MB", " ".join(key for key in settings if "FLASHSIZE" in key and "_4MB" not in key) or "FLASHSIZE_4MB")[1])
    for name, data in (
        ("bootloader/bootloader.bin", chipimage.header(chip, 0xB0, 16384)),
        ("partition_table/partition-table.bin", partitions.table(partitions.read_csv(table.read_text(), size << 20))),
        ("micropython.bin", app[:at] + names + app[at + len(names):]),
    ):
        (build / name).parent.mkdir(parents=True, exist_ok=True)
        (build / name).write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1:])
