"""The root of a board's file system: the selector, which no update replaces, and a firmware in slot a."""

import re

from tools.build.board import ROOT
from tools.build.code import cross
from tools.build.errors import BuildError

DATA = "data"  # the folder of what the firmware itself keeps (hal/esp32/main.py)
LOCKED = "bootlocked.py"  # what is frozen has a file of that name where nobody gets MicroPython's prompt
_BOOT = ROOT / "hal/boot"
# What main.py imports, by its name on the board: a module `slots` would be hidden by the folder /slots.
_BESIDE = {"bootslots": "slots.py", "bootsafe": "safe.py"}


def selector(target, locked=False):
    """{path: bytes} of what runs before any firmware: boot.py and main.py as text, what they import as .mpy."""
    files = selector_sources(target, locked)
    for name in _BESIDE:
        files[f"lib/{name}.mpy"] = cross(target.chip, f"{name}.py", files.pop(f"{name}.py"))
    return files


def selector_sources(target, locked=False, built_in=False):
    """The same as text; `locked`: nobody gets MicroPython's prompt; `built_in`: a firmware is frozen beside it. BuildError without a contactor's pin."""
    if not target.relays:
        raise BuildError(f"{target.name}: no contactor's pin is named: boot.py could not keep it open")
    values = {"RELAYS": target.relays, "CHIP": target.chip.name, "BOARD": target.name, "LOCKED": locked, "BUILT_IN": built_in}
    files = {"boot.py": _filled("boot.py", values, ["RELAYS", "LOCKED"]), "main.py": _filled("main.py", values, values)}
    for name, source in _BESIDE.items():
        files[f"{name}.py"] = (_BOOT / source).read_bytes()
    if locked and built_in:
        files[LOCKED] = b""
    return files


def is_locked(files):
    """Whether nobody gets MicroPython's prompt on a unit with this root."""
    return b"\nLOCKED = True" in files["main.py"]


def root(target, files, bundle, settings=None, locked=False):
    """{path: bytes} of a new board's file system: selector, slot a, and settings (a file's bytes) where some are given."""
    tree = selector(target, locked)
    tree |= {f"slots/a/{path}": data for path, data in files.items()}
    tree["slots/a/manifest"] = manifest(bundle)
    if settings:
        tree[f"{DATA}/settings.1"] = settings
    return tree


def manifest(bundle):
    """The head of a bundle, its signature included: what stands beside a slot's files."""
    return bundle[:bundle.index(b"\n", bundle.index(b"\nsignature ") + 1) + 1]


def _filled(name, values, wanted):
    """The text of hal/boot/`name` in bytes, with the `wanted` of `values` in its lines NAME = ..."""
    text = (_BOOT / name).read_text()
    for one in wanted:
        text, count = re.subn(rf"(?m)^{one} = (\(\)|\"\"|False)", f"{one} = {values[one]!r}", text)
        if count != 1:
            raise BuildError(f"hal/boot/{name} has no line {one} = to fill in")
    return text.encode()
