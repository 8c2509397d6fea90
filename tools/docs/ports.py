"""What MicroPython's ESP32 port wants in a board directory, out of `board.py`: what to build, for which flash, and with what frozen.

The partition table alone is written by hand. Names of the port's own files differ between versions of MicroPython: each is
asked for before it is used (`tests/build/test_port.py` holds the folders against the port itself).
"""

import json

from boards import load
from tools.build.chips import CHIPS, MODULES

# module -> (in words, PSRAM's settings: files of which the port has one, files it has)
_PSRAM = {
    "esp32s3_n16r8": ("ESP32-S3-WROOM-1 N16R8, 16 MB of flash and 8 MB of octal PSRAM", ("spiram_sx", "spiram_quad"), ("spiram_oct",)),
    "esp32_wrover": ("ESP32-WROVER-E, 4 MB of flash and 8 MB of PSRAM", ("spiram", "spiram_esp32"), ()),
    "esp32_wroom": ("ESP32-WROOM-32E, 4 MB of flash", (), ()),
}
# The flash of these takes four lines at 80 MHz, as in the port's own boards; the others' is left at what ESP-IDF takes for sure.
_FAST_FLASH = ("esp32s3_n16r8",)
_NAMES = {"esp32": "ESP32", "esp32s3": "ESP32-S3"}


def _head(name, comment):
    board = load(name)
    return board, f"{comment} {board.vendor} {board.model}. Generated from board.py; python -m tools.docs"


def cmake(name):
    """mpconfigboard.cmake."""
    board, head = _head(name, "#")
    words, one_of, all_of = _PSRAM[board.module]
    lines = [head, f"# {words}.", f"set(IDF_TARGET {MODULES[board.module][0]})", "", "set(SDKCONFIG_DEFAULTS boards/sdkconfig.base)"]
    if one_of:
        lines += [
            "# The file's name depends on MicroPython's version.",
            f"foreach(PART {' '.join(one_of)})",
            "    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/boards/sdkconfig.${PART})",
            "        list(APPEND SDKCONFIG_DEFAULTS boards/sdkconfig.${PART})",
            "        set(PSRAM_FOUND ${PART})",
            "    endif()",
            "endforeach()",
            "if(NOT PSRAM_FOUND)",
            f'    message(FATAL_ERROR "MicroPython has none of boards/sdkconfig.{", ".join(one_of)}: too old or too new a version")',
            "endif()",
        ]
    if MODULES[board.module][0] == "esp32s3":
        lines += [
            "# Until MicroPython 1.27 USB had a file of its own.",
            "if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/boards/sdkconfig.usb)",
            "    list(APPEND SDKCONFIG_DEFAULTS boards/sdkconfig.usb)",
            "endif()",
        ]
    lines += ["list(APPEND SDKCONFIG_DEFAULTS"]
    lines += [f"    boards/sdkconfig.{part}" for part in (*all_of, "240mhz")]
    lines += [
        "    ${MICROPY_BOARD_DIR}/sdkconfig.board",
        "    ${CMAKE_BINARY_DIR}/sdkconfig.partitions",
        ")",
        "# ESP-IDF wants the table's whole path.",
        "file(WRITE ${CMAKE_BINARY_DIR}/sdkconfig.partitions",
        '    "CONFIG_PARTITION_TABLE_CUSTOM_FILENAME=\\"${MICROPY_BOARD_DIR}/partitions.csv\\"\\n")',
        "",
        "set(MICROPY_FROZEN_MANIFEST ${MICROPY_BOARD_DIR}/manifest.py)",
    ]
    return lines


def header(name):
    """mpconfigboard.h."""
    board, head = _head(name, "//")
    uart = "console_tx" in board.pins
    return [
        head,
        f'#define MICROPY_HW_BOARD_NAME               "{board.vendor} {board.model}"',
        f'#define MICROPY_HW_MCU_NAME                 "{_NAMES[MODULES[board.module][0]]}"',
        "",
        "// The console is on " + ("UART 0." if uart else "USB; the pins of UART 0 are the board's own."),
        f"#define MICROPY_HW_ENABLE_UART_REPL         ({int(uart)})",
        "",
        "// The firmware's deepest calls, with the safety tick on top of them, come close to the usual 16 kB.",
        "#define MICROPY_TASK_STACK_SIZE             (24 * 1024)",
        "",
        "// No Bluetooth: sdkconfig.ble is left out.",
        "#define MICROPY_PY_BLUETOOTH                (0)",
    ]


def sdkconfig(name):
    """sdkconfig.board."""
    board, head = _head(name, "#")
    fast = ["CONFIG_ESPTOOLPY_FLASHMODE_QIO=y", "CONFIG_ESPTOOLPY_FLASHFREQ_80M=y"]
    return [
        head,
        f"CONFIG_ESPTOOLPY_FLASHSIZE_{MODULES[board.module][1] >> 20}MB=y",
        *(fast if board.module in _FAST_FLASH else []),
        "CONFIG_PARTITION_TABLE_CUSTOM=y",
        "# A program that dies restarts; it never waits for a debugger with a contactor closed.",
        "CONFIG_ESP_SYSTEM_PANIC_PRINT_REBOOT=y",
        "CONFIG_ESP_TASK_WDT_PANIC=y",
    ]


def manifest(name):
    """manifest.py."""
    return [
        f"# What is frozen: the port's own modules, and what `make firmware BOARD={name} MICROPYTHON=...` has laid out.",
        'include("$(PORT_DIR)/boards/manifest.py")',
        f'freeze("$(BOARD_DIR)/../../build/{name}/frozen")',
    ]


def described(name):
    """board.json."""
    board = load(name)
    mcu = MODULES[board.module][0]
    features = ["External Flash", "WiFi"] + (["Ethernet"] if board.ethernet else [])
    features += [] if board.module == "esp32_wroom" else ["External RAM"]
    told = {
        "deploy": [], "deploy_options": {"flash_offset": f"{CHIPS[mcu].image_at:#x}"}, "docs": "README.md", "features": sorted(features),
        "images": [], "mcu": mcu, "product": f"{board.vendor} {board.model}", "thumbnail": "", "url": "", "vendor": board.vendor,
    }
    return json.dumps(told, indent=4).split("\n")


FILES = {
    "mpconfigboard.cmake": cmake, "mpconfigboard.h": header, "sdkconfig.board": sdkconfig, "manifest.py": manifest, "board.json": described,
}
