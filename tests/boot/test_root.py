"""The file system of a new unit, started as MicroPython's port does: /boot.py, then /main.py, in the real interpreter.

Of the chip only `machine` is a stand-in; the slot's hal/esp32/main.py is one that tells where everything came from.
"""

import json
import subprocess

import pytest

from tools.build import bundle, code, tree
from tools.build.board import target
from tools.interpreter import interpreter

_MACHINE = """
import micropython, sys
WDT_RESET, PWRON_RESET, SOFT_RESET = 3, 1, 5
told = micropython.told
told.append("machine")
class Pin:
    OUT = 1
    def __init__(self, number, mode, value):
        told.append([number, value])
def WDT(timeout):
    told.append(["watchdog", timeout])
def reset_cause():
    return PWRON_RESET
def reset():
    told.append("reset")
    import json
    print("TOLD" + json.dumps(told))
    sys.exit(0)
"""
_MAIN = """
import machine, boards, firmware.app, firmware.version, hal.drivers.peaks
def run(name, slots):
    board = boards.load(name)
    files = [one.__file__ for one in (boards, firmware.app, firmware.version, hal.drivers.peaks)]
    machine.told.append([name, board.model, slots.running, slots.chip, firmware.version.VERSION, files])
    {end}
"""
_START = """
import vfs, os, sys
vfs.umount("/")
vfs.mount(vfs.VfsPosix({root!r}), "/")
os.chdir("/")
sys.path[:] = ["", ".frozen", "/lib"]
import micropython
class Prompt:  # Ctrl-C comes just before it is taken away
    told = []
    const = micropython.const
    def kbd_intr(self, key):
        self.told.append(["kbd_intr", key])
        raise KeyboardInterrupt
sys.modules["micropython"] = Prompt()
for name in ("boot.py", "main.py"):
    with open(name) as f:
        exec(f.read(), {{"__name__": "__main__"}})
import machine, json
print("TOLD" + json.dumps(machine.told))
"""


@pytest.fixture
def unit(tmp_path):
    return laid_out(tmp_path)


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    return laid_out(tmp_path_factory.mktemp("locked"), locked=True)


def laid_out(tmp_path, locked=False):
    one = target("rudved_ac7", "sim")
    files = code.app(one, "3.2.1")
    built = tree.root(one, files, bundle.pack(one, files, "3.2.1", 1, 1), locked=locked)
    for name, data in built.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "lib/machine.py").write_text(_MACHINE)
    return tmp_path


def start(unit, end, slot="a", typed=""):
    main = unit / f"slots/{slot}/hal/esp32/main.py"
    main.parent.mkdir(parents=True, exist_ok=True)
    main.write_text(_MAIN.format(end=end))
    argv = [interpreter(), "-X", "heapsize=2M", "-c", _START.format(root=str(unit))]
    p = subprocess.run(argv, capture_output=True, text=True, env={}, input=typed)
    told = [line[4:] for line in p.stdout.splitlines() if line.startswith("TOLD")]
    assert told, p.stdout + p.stderr
    return json.loads(told[0])


def test_new_unit_keeps_its_contactors_open_first_and_runs_the_slots_own_modules(unit):
    told = start(unit, "raise KeyboardInterrupt")
    assert told[:3] == ["machine", [6, 0], ["watchdog", 60000]]
    name, model, running, chip, version, files = told[3]
    assert (name, model, running, chip, version) == ("rudved_ac7", "AC7", "a", "sim", "3.2.1")
    assert all(path.startswith("/slots/a/") for path in files), files
    assert told[4:] == [[6, 0], ["watchdog", 86400000]]  # Ctrl-C: open again, and the prompt is left alone


def test_locked_unit_takes_ctrl_c_away_before_anything_else_and_minds_none_that_came_before(locked):
    told = start(locked, "raise ValueError")
    assert told[:4] == [["kbd_intr", -1], "machine", [6, 0], ["kbd_intr", -1]]
    assert told[4] == ["watchdog", 60000] and told[-1] == "reset"


def test_locked_unit_gives_nobody_a_prompt_and_starts_anew(locked):
    assert start(locked, "raise KeyboardInterrupt")[-2:] == [[6, 0], "reset"]
    (locked / "slots/a/manifest").unlink()  # safe mode
    assert start(locked, "", typed="prompt\n")[-2:] == [[6, 0], "reset"]


def test_firmware_that_dies_is_booked_and_the_chip_starts_anew(unit):
    for fails in (1, 2, 3):
        told = start(unit, "raise MemoryError('full')")
        assert told[-2:] == [[6, 0], "reset"]
        assert f" a . -1 {fails} ".encode() in (unit / f"slots/boot.{fails % 2}").read_bytes()
        assert "MemoryError: full" in (unit / "slots/crash").read_text()
