"""The firmware as frozen code, in a 32-bit MicroPython with the chip's floats: MicroPython's own tools take it, and it does its work."""

import dataclasses
import json
import shutil
import subprocess

import boards
import pytest

from tests.boot import unit
from tests.build import frozen
from tests.csms.fake import run
from tools.bench import heap, image
from tools.bench.interpreter import SCRIPTS, Unmeasured
from tools.build import code, filesystems
from tools.build.board import target
from tools.csms import CentralSystem

pytestmark = [pytest.mark.prove, pytest.mark.xdist_group("frozen")]


def micropython(program, *argv, path=None, heap="4M"):
    """What the last line of a program (text, or a file) says, as JSON."""
    source = ["-c", program] if isinstance(program, str) else [program]
    argv = [path or frozen.interpreter(), "-X", f"heapsize={heap}", *source, *map(str, argv)]
    done = subprocess.run(argv, capture_output=True, text=True, env={"MICROPYPATH": ".frozen"}, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def at_work(name, *argv, path=None):
    found = micropython(SCRIPTS / "atwork.py", *argv, path=path)
    print(f"{name}: {found['kept'] / 1000:.1f} kB at work, {found['imported'] / 1000:.1f} kB of them by importing it")
    return found


def test_charging_with_a_central_system_it_keeps_to_its_budget_and_to_what_is_computed(tmp_path):
    found = at_work("frozen", "", tmp_path)
    assert found["from"] == ["boards/__init__.py", "firmware/app.py"]
    assert found["kept"] <= heap.FROZEN_KB * 1000
    try:
        computed, _ = heap.frozen_at_work()
    except Unmeasured as why:
        pytest.skip(f"... but what is computed cannot be: {why}")
    assert abs(found["kept"] - computed) <= computed * 0.04, (found["kept"], computed)


@pytest.mark.parametrize("way, name, most_kb", [(way, name, most) for way, name, _, most in heap.WAYS])
def test_with_the_chips_floats_it_takes_from_files_no_more_than_in_wasm32(way, name, most_kb, tmp_path):
    image.lay_out()
    where = image.IMAGE if way == "romfs" else image.OUT
    assert at_work(name, where, tmp_path, path=frozen.plain())["kept"] <= most_kb * 1000


def test_all_of_it_is_there_and_is_imported_from_flash():
    frozen.interpreter()
    staged = {path.relative_to(frozen.STAGED).as_posix() for path in frozen.STAGED.rglob("*.py")}
    # what asks for the chip's own modules, and the selector, are imported by a unit below
    names = [path[:-3].removesuffix("/__init__").replace("/", ".") for path in sorted(staged)]
    plain = [name for name in names if not name.startswith(("hal.esp32", "boot", "main"))]
    files = micropython(f"""
import sys, json
for name in {plain}:
    __import__(name)
print(json.dumps([module.__file__ for module in sys.modules.values() if hasattr(module, "__file__")]))
""")
    assert len(plain) > 130 and {path for path in files if not path.startswith("asyncio")} == {
        path for path in staged if not path.startswith(("hal/esp32", "boot", "main"))
    }


_IMAGES = """
import sys, vfs
sys.path[:] = [{root!r} + "/tests/hal/mpy", {root!r}, ".frozen"]
import bench, json
from bench import CLOCK, MACHINE, chips
from hal.sim.world import World
CLOCK.world = World(bench.boards.load({board!r}), 1, lambda name, t_us, **fields: None)
chips.Chip(MACHINE, CLOCK.world, chips.fresh(), "power_on", None, dict(up=True), dict(zero_us=None), dict(journal=bench.RamFlash())).install()
for name in list(sys.modules):
    if name.split(".")[0] in ("boards", "firmware", "hal") and not name.startswith("hal.sim"):
        del sys.modules[name]
with open({image!r}, "rb") as f:
    data = f.read()

class Flash:
    def readblocks(self, block, buf, offset=0):
        at = block * 4096 + offset
        buf[:] = data[at : at + len(buf)]
    def ioctl(self, op, arg):
        return dict([(4, len(data) // 4096), (5, 4096)]).get(op, 0)

vfs.mount({kind}, "/image")
sys.path[:] = [{path!r}, ".frozen"]
for name in {names!r}:
    __import__(name)
from hal.esp32.life import build
build(sys.modules["boards"].load({board!r}), "/", "0")
print(json.dumps([module.__file__ for module in sys.modules.values() if getattr(module, "__file__", "").startswith({path!r})]))
"""


_ROMFS, _LITTLEFS = ("vfs.VfsRom(data)", "/image"), ("vfs.VfsLfs2(Flash())", "/image/slots/a")


@pytest.mark.parametrize("name, kind, path", [(name, *(_LITTLEFS if name == frozen.BOARD else _ROMFS)) for name in boards.names()])
def test_every_module_is_imported_from_an_image_and_the_hal_built_with_the_chips_words_and_floats(name, kind, path, tmp_path):
    one = target(name)
    one = dataclasses.replace(one, chip=dataclasses.replace(one.chip, march="x86", arch=1))  # native code that this machine runs
    files = code.app(one)
    romfs = filesystems.romfs(files)
    root = {f"slots/a/{name}": data for name, data in files.items()}
    (tmp_path / "image").write_bytes(romfs if "Rom" in kind else filesystems.littlefs(root, one.partition("vfs").size)[0])
    names = [name.removesuffix(".mpy").removesuffix("/__init__").replace("/", ".") for name in sorted(files)]
    program = _IMAGES.format(root=str(unit.ROOT), board=name, image=str(tmp_path / "image"), kind=kind, path=path, names=names)
    assert sorted(micropython(program, path=frozen.plain(), heap="32M")) == sorted(f"{path}/{name}" for name in files)


def test_a_module_that_is_loaded_on_demand_runs_again_and_gives_all_its_heap_back():
    kept = micropython("""
import gc, sys, json
from firmware.support import ondemand
kept = []
for _ in range(4):
    module = ondemand.load("firmware.console.commission")
    assert module.__file__ == "firmware/console/commission.py" and len(dir(module)) > 3
    del module
    ondemand.release("firmware.console.commission")
    assert "firmware.console.commission" not in sys.modules
    gc.collect()
    kept.append(gc.mem_alloc())
print(json.dumps(kept))
""")
    assert kept[1] == kept[2] == kept[3], kept


def test_traceback_names_the_file_and_the_line_of_the_checkout():
    said = micropython("""
import io, sys, json
from firmware.storage import values
try:
    values.parse(None, None)
except Exception as error:
    text = io.StringIO()
    sys.print_exception(error, text)
    print(json.dumps(text.getvalue().split("\\n")[-3]))
""")
    line = int(said.split("line ")[1].split(",")[0])
    assert 'File "firmware/storage/values.py"' in said and said.endswith(", in parse")
    assert "key.kind" in (unit.ROOT / "firmware/storage/values.py").read_text().splitlines()[line - 1]


@run
async def test_new_unit_with_empty_slots_charges_with_its_central_system_from_flash_alone(tmp_path):
    async with CentralSystem() as csms:
        built = unit.build(frozen.BOARD, tmp_path, csms)
        image = unit.flash(built, {path: data for path, data in built.root.items() if path.startswith("data/")})
        said, told, files = await unit.switch_on(built, image, True, 24, b"update status\r\n", frozen=frozen.interpreter())
        assert len(files) > 100 and not any(path.startswith("/") for path in files), files
        assert "firmware 0.1.0 runs from what is built in\r\n" in said
        charging, _ = (fields for name, fields in told if name == "end")
        assert charging["closed"] and csms.point("NEW-1").status[1] == "Charging"
        csms.check()


@run
async def test_slot_goes_before_what_is_frozen_and_makes_room_for_it_when_it_dies_again_and_again(tmp_path):
    async with CentralSystem() as csms:
        built = unit.build(frozen.BOARD, tmp_path, csms)  # its native code is the chip's: here its start ends with an error
        image = unit.flash(built)
        for _ in range(3):
            with pytest.raises(AssertionError, match="incompatible .mpy arch"):
                await unit.switch_on(built, image, True, 24, b"", frozen=frozen.interpreter())
        assert "incompatible .mpy arch" in filesystems.read_littlefs(image.read_bytes())["slots/crash"].decode()
        _, _, files = await unit.switch_on(built, image, True, 3, b"", frozen=frozen.interpreter())
        assert len(files) > 100 and not any(path.startswith("/") for path in files), files
