"""Heap of the firmware's code on 32-bit words: as `.py`, as `.mpy` in RAM, and in a ROMFS image (code stays in flash)."""

import json
import subprocess

from tests.harness.targets import Wasm32
from tools.bench import image
from tools.bench.interpreter import ROOT, Unmeasured, run
from tools.bench.table import Figure, within

MODULES = ("firmware.app", "boards.rudved_ac7.board")

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
    for what, how in (("heap kept by importing it: .mpy in RAM", "mpy"), ("... from ROMFS", "romfs")):
        try:
            got, note = _import(how)
        except Unmeasured as e:
            yield Figure(what, None, "", str(e))
        else:
            yield within(what, got["kept"] / 1000, "kB", None, f"{note}; peak {got['peak'] / 1000:.0f} kB", 1)


def saved_by_flash():
    """Bytes that importing from ROMFS leaves free, against `.mpy` in RAM, on 32 bits; None where node is missing."""
    try:
        image.compile_all()
        image.romfs()
        return _import("mpy")[0]["kept"] - _import("romfs")[0]["kept"]
    except Unmeasured:
        return None


def _folders(base):
    return [str(path) for path in sorted(base.iterdir()) if path.is_dir()]


def _import(how):
    """({"kept", "peak"} bytes on 32 bits, how that was measured)."""
    missing = Wasm32.missing()
    if missing and how == "romfs":
        raise Unmeasured(f"on 64 bits an image lies in the heap itself ({missing})")
    if missing:
        got = run(_ON_64_BITS.format(modules=MODULES), path=image.OUT)
        return {name: number // 2 for name, number in got.items()}, f"64 bits, halved: {missing}"
    source = str(image.IMAGE) if how == "romfs" else ",".join(_folders(image.OUT))
    argv = ["node", str(ROOT / "tools/bench/heap32.mjs"), how, source, *MODULES]
    p = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if p.returncode:
        raise Unmeasured(p.stderr.strip())
    return json.loads(p.stdout), "wasm32"
