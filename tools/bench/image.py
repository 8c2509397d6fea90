"""What would be put on a board: the firmware as `.mpy`, and as a ROMFS image."""

import pathlib
import shutil
import subprocess
import sys

from tools.bench.interpreter import ROOT

OUT = ROOT / "build/mpy"
IMAGE = ROOT / "build/firmware.romfs"
PARTS = ("firmware", "boards", "hal/__init__.py", "hal/drivers")


def sources():
    """The files of the firmware, relative to the root."""
    for part in PARTS:
        path = ROOT / part
        found = [path] if path.suffix else sorted(path.rglob("*.py"))
        yield from (p.relative_to(ROOT) for p in found if p.name != "manifest.py")


def compile_all():
    """Compile into build/mpy what is newer than its `.mpy`; gives (files, bytes) of the whole."""
    wanted = {OUT / source.with_suffix(".mpy"): source for source in sources()}
    for old in OUT.rglob("*.mpy"):
        if old not in wanted:
            old.unlink()
    for target, source in wanted.items():
        if not target.exists() or target.stat().st_mtime < (ROOT / source).stat().st_mtime:
            target.parent.mkdir(parents=True, exist_ok=True)
            # viper and native code is the chip's; the host and the wasm build cannot load that of another machine
            argv = [_tool("mpy-cross"), "-march=xtensawin", "-s", str(source), "-o", str(target), str(ROOT / source)]
            subprocess.run(argv, check=True)
    return len(wanted), sum(target.stat().st_size for target in wanted)


def romfs():
    """Build the ROMFS image of build/mpy; gives its bytes."""
    argv = [_tool("mpremote"), "romfs", "--no-mpy", "--output", str(IMAGE), "build", str(OUT)]
    subprocess.run(argv, check=True, capture_output=True)
    return IMAGE.stat().st_size


def _tool(name):
    beside = pathlib.Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)
