"""Heap of the firmware's code on 32-bit words: as `.py`, as `.mpy` in RAM, and in a ROMFS image (code stays in flash)."""

import json
import subprocess

from tests.harness.targets import Wasm32
from tools.bench import image
from tools.bench.interpreter import ROOT, Unmeasured, run
from tools.bench.table import Figure, within

MODULES = ("firmware.app", "boards.rudved_ac7.board")
FROM_RAM, FROM_FLASH = 230, 90  # kB, for the whole program at work

_ON_64_BITS = """
import gc, json, asyncio, binascii, struct, hashlib, collections, array, re
gc.collect()
before = gc.mem_alloc()
for name in {modules}: __import__(name)
peak = gc.mem_alloc() - before
gc.collect()
print(json.dumps(dict(kept=gc.mem_alloc() - before, peak=peak)))
"""


def figures():
    count, size = image.compile_all()
    yield Figure("firmware as .mpy", f"{size / 1000:,.0f} kB", "", f"{count} files")
    yield Figure("firmware as a ROMFS image", f"{image.romfs() / 1000:,.0f} kB")
    yield _imported("heap kept by importing it: .mpy in RAM", "mpy", ",".join(_folders(image.OUT)), FROM_RAM)
    yield _imported("heap kept by importing it: from ROMFS", "romfs", str(image.IMAGE), FROM_FLASH)


def _folders(base):
    return [str(path) for path in sorted(base.iterdir()) if path.is_dir()]


def _imported(what, how, source, budget):
    missing = Wasm32.missing()
    try:
        if missing is None:
            argv = ["node", str(ROOT / "tools/bench/heap32.mjs"), how, source, *MODULES]
            p = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
            if p.returncode:
                raise Unmeasured(p.stderr.strip())
            got, note = json.loads(p.stdout), "wasm32"
        elif how == "romfs":
            raise Unmeasured(f"on 64 bits an image lies in the heap itself ({missing})")
        else:
            got = run(_ON_64_BITS.format(modules=MODULES), path=image.OUT)
            got = {name: number // 2 for name, number in got.items()}
            note = f"64 bits, halved: {missing}"
    except Unmeasured as e:
        return Figure(what, None, f"<= {budget} kB", str(e))
    note = f"{note}; peak {got['peak'] / 1000:.0f} kB; the budget is for the program at work"
    return within(what, got["kept"] / 1000, "kB", budget, note, 1)
