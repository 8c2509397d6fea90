"""A MicroPython of the board's own, the firmware frozen into it: wants a checkout of MicroPython and the ESP-IDF toolchain.

What is frozen is what a bundle holds, as text, with the selector beside it. A slot that an update fills goes before it.
"""

import os
import pathlib
import shutil
import subprocess

from tools.build import code, tree
from tools.build.errors import BuildError

_BUILD_S = 3600


def stage(built, version=None, locked=False):
    """Lay out build/BOARD/frozen, which the board's manifest.py freezes; its folder."""
    folder = built.folder / "frozen"
    shutil.rmtree(folder, ignore_errors=True)
    files = {path.as_posix(): data for path, data in code.sources(built.target, version).items()}
    files |= tree.selector_sources(built.target, locked, built_in=True)
    for name in sorted(files):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])
    return folder


def build(built, checkout):
    """Build MicroPython for the board out of `checkout`; the path of firmware.bin in build/BOARD. BuildError says what is missing."""
    port = pathlib.Path(checkout).resolve() / "ports/esp32"
    board = built.target.name
    if built.target.chip.image_at is None:
        raise BuildError(f"{built.target.chip.name} is no chip that MicroPython's ESP32 port runs on")
    if not (port / "Makefile").is_file():
        raise BuildError(f"{checkout}: no checkout of MicroPython (there is no ports/esp32/Makefile in it)")
    if not shutil.which("idf.py"):
        raise BuildError("idf.py is not on the PATH: install ESP-IDF 5.5 and `source export.sh` first (README, \"A MicroPython of its own\")")
    compiler = port.parents[1] / "mpy-cross/build/mpy-cross"
    if not compiler.is_file():
        raise BuildError(f"{compiler} is missing: run `make -C {compiler.parents[1]}` once")
    if built.folder != (built.target.folder.parents[1] / "build" / board):
        raise BuildError("a MicroPython of its own is built in build/BOARD: leave --out away")
    argv = ["make", "-C", str(port), f"BOARD={board}", f"BOARD_DIR={built.target.folder}", f"BUILD={built.folder / 'micropython'}"]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, timeout=_BUILD_S, env=dict(os.environ))
    made = built.folder / "micropython/firmware.bin"
    if done.returncode or not made.is_file():
        raise BuildError(f"MicroPython's build failed (status {done.returncode}); its words are above")
    target = built.folder / "micropython.bin"
    shutil.copy(made, target)
    return target
