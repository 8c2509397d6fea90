"""What `make firmware` makes of a board, laid into its file system and switched on: from /boot.py to a charging car.

The selector and every module of the slot are the files a unit is flashed with, as compiled for its chip, but for the two
in native code, which only an Xtensa runs. Below them is the virtual chip with its world; the terminal is standard input,
the central system a real one on a socket. Time is the world's.
"""

import asyncio
import json
import pathlib
import sys

import pytest

from tests.csms.fake import run
from tools.build.make import make
from tools.csms import CentralSystem

ROOT = pathlib.Path(__file__).parents[2]
BIN = pathlib.Path(sys.executable).parent
_END_S = 24
_PROGRAM = """
import sys, os, vfs, json
sys.path[:] = [".frozen", {root!r} + "/tests/hal/mpy", {root!r}]
import bench
from bench import CLOCK, MACHINE, chips, vtime
from hal.sim.world import World
told, levels = [], []
CLOCK.world = world = World(bench.boards.load({board!r}), 1, lambda name, t_us, **fields: told.append([name, fields]))
CLOCK.after = lambda: None
world.power_on()

def restart():
    raise SystemExit("the chip starts anew")

partitions = dict(journal=bench.RamFlash()) if {journal!r} else dict()
chip = chips.Chip(MACHINE, world, chips.fresh(), "power_on", restart, dict(up=True), dict(zero_us=None), partitions)
chip.install()
native = ("hal.drivers.peaks", "hal.esp32.burst")
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
sys.path[:] = ["", ".frozen", "/lib"]
for name in ("boot.py", "main.py"):
    with open(name) as f:
        exec(f.read(), dict(__name__="__main__"))
mine = [module for name, module in sys.modules.items() if name.split(".")[0] in ("boards", "firmware", "hal")]
mine = [module for module in mine if not module.__name__.startswith("hal.sim") and module.__name__ not in native]
files = [module.__file__ for module in mine if hasattr(module, "__file__")]     # a folder has none
told.append(["end", world.truth(0)])
print("TOLD" + json.dumps([told, files]))
"""


@run
@pytest.mark.parametrize("board, journal", [
    ("rudved_bench", False),  # on a stock MicroPython, whose partition table has no journal
    pytest.param("rudved_ac7", True, marks=pytest.mark.prove),
])
async def test_new_unit_opens_its_console_reads_its_meter_and_charges_with_its_central_system(board, journal, tmp_path):
    async with CentralSystem() as csms:
        settings = f"FreeVendActive=true\nCsmsUrl={csms.url}\nChargePointId=NEW-1\n"
        settings += "WifiSsid=Rudved\nWifiPassword=commissioned\nMeterValueSampleInterval=5\n"
        unit = make(board, folder=tmp_path, settings_text=settings).folder / "root"
        program = _PROGRAM.format(root=str(ROOT), unit=str(unit), board=board, journal=journal, end=_END_S)
        argv = [BIN / "micropython", "-X", "heapsize=16M", "-c", program]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT, env={})
        said = (await process.communicate(b"status\r\n"))[0].decode()
        assert process.returncode == 0 and "TOLD" in said, said[-2000:]
        told, files = json.loads(said.split("TOLD")[1])
        assert len(files) > 100 and all(path.startswith(("/slots/a/", "/lib/")) for path in files), files
        assert "installer> status" in said and "connector 1: Available" in said
        assert ("no partition 'journal'" in said) is not journal
        assert (unit / "data/journal").exists() is not journal
        charging, ended = (fields for name, fields in told if name == "end")
        assert charging["closed"] and [fields["wh"] for name, fields in told if name == "meter"][-1] > 5
        point = csms.point("NEW-1")
        assert len(point.boots) == 1 and point.status[1] == "Charging", point.status
        (transaction,) = csms.transactions
        assert transaction.open and transaction.last_wh > 5
        assert "stopped: no contactor closes" in said and not told[-2][1]["command"]  # Ctrl-C
        csms.check()
