"""A new unit's own image, switched on: from /boot.py, on the virtual chip with its world, over time of the world's.

The flash is what `make firmware` made of it, read by the interpreter's own littlefs; selector and modules are as compiled for
the chip, but for the two in native code, which only an Xtensa runs. The terminal is a pseudo-terminal, the central system one
on a socket, the meter the world's or one outside.
"""

import asyncio
import json
import os
import pathlib
import tty

from tools.build import filesystems, tree
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
import sys, os, vfs, json, select
sys.path[:] = [{root!r} + "/tests/hal/mpy", {root!r}, ".frozen"]
import bench
from bench import CLOCK, MACHINE, chips, vtime
from hal.sim import flash, line
from hal.sim.chip.serial import OutsideLine
from hal.sim.world import World
told = []
CLOCK.world = world = World(bench.boards.load({board!r}), 1, lambda name, t_us, **fields: told.append([name, fields]))
CLOCK.after = lambda: None
world.power_on()

def restart():
    raise SystemExit("the chip starts anew")

class Kept:
    def pass_through(self, what, size):
        return -1

device = flash.BlockDevice(flash.Partition({image!r}, {pages}, Kept()))
outside = None
if {meter!r} is not None:
    meter = line.PtyLine({meter!r})
    answer = select.poll()
    answer.register(meter._tty, select.POLLIN)
    outside = OutsideLine(CLOCK, meter, lambda: answer.poll(10000))     # the meter lives in the time of the host
partitions = dict(journal=bench.RamFlash()) if {journal!r} else dict()
chip = chips.Chip(MACHINE, world, chips.fresh(), "power_on", restart, dict(up=True), dict(zero_us=None), partitions, outside)
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
vfs.mount(vfs.VfsLfs2(device), "/")
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


def build(board, folder, csms, settings="", **how):
    """`Built`: a unit that charges whoever plugs in, with that central system. `settings`: more lines NAME=VALUE."""
    return make(board, folder=folder, settings_text=_SETTINGS.format(url=csms.url) + settings, **how)


def flash(built, files=None):
    """A unit's flash as a file: the image that was built, or one with these `files`, {path: bytes}."""
    size = built.target.partition("vfs").size
    path = built.folder / "flash.img"
    if files:
        data, _ = filesystems.littlefs(files, size, (tree.DATA,))
    else:
        data = (built.folder / "vfs.img").read_bytes()
    path.write_bytes(data.ljust(size, b"\xff"))
    return path


async def switch_on(built, image, journal, end_s, typed, after="", meter=None, frozen=None):
    """Lets it live so long, with `typed` at its terminal; (what it printed, events of the world, files its modules came from).

    `journal`: the partition table has one. The car comes at 5 s. At the end Ctrl-C comes; an event "end" tells of connector
    1 before it, and another after it. `after` is a program that runs then. `meter`: a pseudo-terminal's master (file
    descriptor) behind which an outside meter answers. `frozen`: an interpreter with the firmware frozen in.
    """
    board = built.target.name
    program = _PROGRAM.format(root=str(ROOT), image=str(image), pages=image.stat().st_size // filesystems.BLOCK, board=board,
                              journal=journal, end=end_s, after=after, meter=meter, frozen=bool(frozen))  # fmt: skip
    argv = [frozen or interpreter(), "-X", "heapsize=16M", "-c", program]
    master, slave = os.openpty()
    tty.setraw(slave)
    os.write(master, typed)
    process = await asyncio.create_subprocess_exec(*argv, stdin=slave, stdout=slave, stderr=slave, env={},
                                                   pass_fds=() if meter is None else (meter,))  # fmt: skip
    os.close(slave)
    said = (await asyncio.to_thread(_read, master)).decode()
    assert await process.wait() == 0 and "TOLD" in said, said[-3000:]
    return said, *json.loads(said.split("TOLD")[1].split("\n")[0])


def _read(master):
    """All that is printed, until the other end is closed."""
    said = b""
    with os.fdopen(master, "rb", 0) as f:
        while True:
            try:
                said += f.read(65536)
            except OSError:  # EIO: nobody holds the terminal any more
                return said
