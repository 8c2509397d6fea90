"""A MicroPython of the board's own, the firmware frozen into it: wants a checkout of MicroPython and the ESP-IDF toolchain.

What is frozen is what a bundle holds, as text, with the selector beside it. A slot that an update fills goes before it.
"""

import os
import pathlib
import re
import shutil
import subprocess

from tools.build import code, privates, tree
from tools.build.board import ROOT
from tools.build.errors import BuildError

_BUILD_S = 3600
_OLDEST = (1, 24)  # hal/esp32 asks for nothing that came later, nor do the boards' folders
_HOW = 'tools/build/README.md, "A MicroPython of its own"'


def port(target, checkout, folder=None):
    """ports/esp32 of a checkout in which a board can be built; BuildError says what is missing, or that `folder` may not be given."""
    if folder:
        raise BuildError("a MicroPython of its own is built in build/BOARD: leave --out away", "USAGE")
    top = pathlib.Path(checkout).expanduser().resolve()
    if target.chip.image_at is None:
        raise BuildError(f"{target.chip.name} is no chip that MicroPython's ESP32 port runs on")
    if not (top / "ports/esp32/Makefile").is_file():
        raise BuildError(f"{checkout}: no checkout of MicroPython (there is no ports/esp32/Makefile in it)")
    found = _version(top / "py/mpconfig.h")
    if found and found < _OLDEST:
        raise BuildError(f"{checkout} is MicroPython {_dotted(found)}: {_dotted(_OLDEST)} or later is needed")
    for path in (top, ROOT):
        if re.search(r"\s", str(path)):
            raise BuildError(f"{str(path)!r}: MicroPython's build takes no path with a space in it")
    if not shutil.which("idf.py"):
        raise BuildError(f"idf.py is not on the PATH: install ESP-IDF and `. export.sh` first ({_HOW})")
    if not (top / "lib/micropython-lib/README.md").is_file():
        raise BuildError(f"{checkout} has no lib/micropython-lib: run `make -C {top}/ports/esp32 submodules` once ({_HOW})")
    return top / "ports/esp32"


def _version(header):
    """(major, minor) of a checkout; None where it does not say so."""
    try:
        text = header.read_text()
    except OSError:
        return None
    numbers = [re.search(rf"(?m)^#define MICROPY_VERSION_{part} +\(?(\d+)", text) for part in ("MAJOR", "MINOR")]
    return tuple(int(one[1]) for one in numbers) if all(numbers) else None


def _dotted(version):
    return ".".join(map(str, version))


def stage(built, version=None, locked=False):
    """Lay out build/BOARD/frozen, which the board's manifest.py freezes; its folder."""
    folder = built.folder / "frozen"
    shutil.rmtree(folder, ignore_errors=True)
    files = {path.as_posix(): privates.marked(text) for path, text in code.sources(built.target, version).items()}
    files |= tree.selector_sources(built.target, locked, built_in=True)
    for name in sorted(files):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])
    return folder


def _forget_another(out, where):
    """Remove what was built in `out` from another checkout: cmake would go on with neither."""
    cache = out / "CMakeCache.txt"
    found = re.search(r"(?m)^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$", cache.read_text()) if cache.is_file() else None
    if found and pathlib.Path(found[1]) != where:
        shutil.rmtree(out)


def build(built, where):
    """Build MicroPython for the board in `where` (`port`); the path of its image in build/BOARD. BuildError where it fails.

    What MicroPython's build says goes to stderr.
    """
    board = built.target.name
    out = built.folder / "micropython"
    argv = ["make", "-C", str(where), f"BOARD={board}", f"BOARD_DIR={built.target.folder}", f"BUILD={out}"]
    # What this checkout's own make was told (variables, no built-in rules) is not meant for MicroPython's.
    ours = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    made = out / "firmware.bin"
    made.unlink(missing_ok=True)
    _forget_another(out, where)
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=2, timeout=_BUILD_S, env=environment)
    except subprocess.TimeoutExpired:
        raise BuildError(f"MicroPython's build did not end within {_BUILD_S} s") from None
    if done.returncode or not made.is_file():
        raise BuildError(f"MicroPython's build failed (status {done.returncode}); its words are above")
    target = built.folder / "micropython.bin"
    shutil.copy(made, target)
    return target
