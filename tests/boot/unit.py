"""A new unit's own files, switched on: from /boot.py, on the virtual chip with its world, over time of the world's.

The selector and every module of the slot are what a unit is flashed with, as compiled for its chip, but for the two in
native code, which only an Xtensa runs. The terminal is standard input, the central system one on a socket.
"""

import asyncio
import json
import pathlib

from tools.build.make import make
from tools.interpreter import interpreter

ROOT = pathlib.Path(__file__).parents[2]
BOARDS = ("rudved_bench", "rudved_ac7")
_SETTINGS = """\
FreeVendActive=true
CsmsUrl={url}
ChargePointId=NEW-1
WifiSsid=Rudved
WifiPassword=commissioned
MeterValueSampleInterval=5
"""
_PROGRAM = """
import sys, os, vfs, json
sys.path[:] = [{root!r} + "/tests/hal/mpy", {root!r}, ".frozen"]
import bench
from bench import CLOCK, MACHINE, chips, vtime
from hal.sim.world import World
told = []
CLOCK.world = world = World(bench.boards.load({board!r}), 1, lambda name, t_us, **fields: told.append([name, fields]))
CLOCK.after = lambda: None
world.power_on()

def restart():
    raise SystemExit("the chip starts anew")

partitions = dict(journal=bench.RamFlash()) if {journal!r} else dict()
chip = chips.Chip(MACHINE, world, chips.fresh(), "power_on", restart, dict(up=True), dict(zero_us=None), partitions)
chip.install()
native = () if {frozen!r} else ("hal.drivers.peaks", "hal.esp32.burst")
for name in list(sys.modules):
    if name.split(".")[0] in ("boards", "firmware", "hal") and not name.startswith("hal.sim") and name not in native:
        del sys.modules[name]       # the unit brings its own
script = [(5, "plug", dict()), (6, "vehicle", dict(ready=True))]

def act():
    vtime._host.sleep_ms(3)         # the central system lives in the time of the host
    if script and CLOCK.now_us >= script[0][0] * 1000000:
        _, command, fields = script.pop(0)
        world.do(command, fields)
    if CLOCK.now_us > {end} * 1000000:
        told.append(["end", world.truth(0)])
        raise KeyboardInterrupt

MACHINE.every(100, act)
vfs.umount("/")
vfs.mount(vfs.VfsPosix({unit!r}), "/")
os.chdir("/")
# the port looks for boot and main among what is frozen first
sys.path[:] = [".frozen", "", "/lib"] if {frozen!r} else ["", ".frozen", "/lib"]
for name in ("boot", "main"):
    if {frozen!r}:
        __import__(name)
    else:
        with open(name + ".py") as f:
            exec(f.read(), dict(__name__="__main__"))
mine = [module for name, module in sys.modules.items() if name.split(".")[0] in ("boards", "firmware", "hal")]
mine = [module for module in mine if not module.__name__.startswith("hal.sim") and module.__name__ not in native]
files = [module.__file__ for module in mine if hasattr(module, "__file__")]     # a folder has none
told.append(["end", world.truth(0)])
print("TOLD" + json.dumps([told, files]))
{after}
"""


def build(board, folder, csms):
    """The root of a unit's file system that charges whoever plugs in, with that central system."""
    return make(board, folder=folder, settings_text=_SETTINGS.format(url=csms.url)).folder / "root"


async def switch_on(board, unit, journal, end_s, typed, after="", frozen=None):
    """Lets it live so long, with `typed` at its terminal; (what it printed, events of the world, files its modules came from).

    `journal`: the partition table has one. The car comes at 5 s. At the end Ctrl-C comes; an event "end" tells of connector
    1 before it, and another after it. `after` is a program that runs then. `frozen`: an interpreter with all of it frozen in.
    """
    program = _PROGRAM.format(root=str(ROOT), unit=str(unit), board=board, journal=journal, end=end_s, after=after, frozen=bool(frozen))
    argv = [frozen or interpreter(), "-X", "heapsize=16M", "-c", program]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT, env={})
    said = (await process.communicate(typed))[0].decode()
    assert process.returncode == 0 and "TOLD" in said, said[-3000:]
    return said, *json.loads(said.split("TOLD")[1].split("\n")[0])
