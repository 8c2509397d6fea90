"""Heap of the firmware on 32-bit words (the wasm32 build): `.mpy` files in RAM, and a ROMFS image (code stays in flash)."""

import ast
import functools
import json
import shutil
import subprocess

from tools.bench import frozen, image
from tools.bench.interpreter import ROOT, Unmeasured
from tools.bench.table import Figure, within
from tools.build import code
from tools.build.board import target

ROOTS = ("firmware.app", f"boards.{image.BOARD}.board")
ON_DEMAND = "firmware.console.commission"
# The budget of code in flash, which frozen code keeps to: computed, and measured where it can be built (tests/build/test_frozen.py).
FROZEN_KB = 90
# (way, in words, budget of the whole at work, what it may take today), kB. Files of either kind do not keep to theirs; the last
# column is what a test holds us to: measured and 3 %.
WAYS = (("mpy", ".mpy in RAM", 230, 318), ("romfs", "code in flash", 90, 150))
WHOLE = "tools/bench/mpy/whole.py"


def figures():
    count, size, image_size = image.lay_out()
    yield Figure("a slot's .mpy files", f"{size / 1000:,.0f} kB", "", f"{count} files")
    yield Figure("... as a ROMFS image", f"{image_size / 1000:,.0f} kB")
    try:
        imported = {way: by_import(way) for way, *_ in WAYS}
        for way, name, *_ in WAYS:
            got = imported[way]
            yield within(f"kept by importing it: {name}", got["kept"] / 1000, "kB", None, f"peak {got['peak'] / 1000:.0f} kB", 1)
        for part, (ram, flash) in by_storey(imported["mpy"]["modules"], imported["romfs"]["modules"]).items():
            yield Figure(f"  {part}", f"{ram / 1000:.1f} kB", "", f"{flash / 1000:.1f} kB with its code in flash")
        for way, name, *_ in WAYS:
            more = f"{on_demand(way) / 1000:.1f} kB"
            yield Figure(f"  while `commission` runs: {name}", more, "", "beside it; gone afterwards, but for names")
        for way, name, budget, _ in WAYS:
            yield within(f"charging, connected: {name}", at_work(way)["kept"] / 1000, "kB", budget, "", 1)
        kept, spared = frozen_at_work()
        yield within("... frozen code, computed", kept / 1000, "kB", FROZEN_KB, f"{spared / 1000:.0f} kB less than from ROMFS", 1)
    except Unmeasured as e:
        yield Figure("heap on 32 bits", None, "", str(e))


def by_import(way):
    """{"kept", "peak", "modules"}: bytes that importing the firmware keeps, as a whole and each module's own share."""
    return _measured(way, "import", *_order())


def on_demand(way):
    """Bytes that the largest of the commands which are loaded on demand takes beside the firmware."""
    resident = _order()
    whole = _order((*ROOTS, ON_DEMAND))
    found = _measured(way, "import", *resident, *(one for one in whole if one not in resident))["modules"]
    return sum(found[one] for one in whole if one not in resident)


def at_work(way):
    """{"kept", "imported", "names", "loaded"}: bytes in use while charging with a central system connected, and after the imports
    alone; of the first, bytes of the pools of names; the modules that are loaded then.
    """
    return _measured(way, "charge", str(ROOT / WHOLE))


def frozen_at_work():
    """(bytes in use as `at_work`, were the code frozen; bytes less than from a ROMFS image): computed, see `frozen`."""
    found = at_work("romfs")
    board = target(image.BOARD)
    compiled, given = code.app(board), code.sources(board)
    spared = found["names"]
    for path, source in given.items():
        name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        if name in found["loaded"]:
            spared += frozen.spared(compiled[path.with_suffix(".mpy").as_posix()], source)
    return found["kept"] - spared, spared


def by_storey(ram, flash):
    """{folder: [bytes with .mpy in RAM, bytes with the code in flash]}, the largest first."""
    sums = {}
    for module in ram:
        parts = module.split(".")
        folder = ".".join(parts[:2]) if parts[0] == "firmware" and len(parts) > 2 else parts[0]
        found = sums.setdefault(folder, [0, 0])
        found[0] += ram[module]
        found[1] += flash[module]
    return dict(sorted(sums.items(), key=lambda item: -item[1][0]))


def missing():
    """Why it cannot be measured on this machine, or None."""
    if not shutil.which("node"):
        return "node is not installed"
    if not (ROOT / "node_modules/@micropython/micropython-webassembly-pyscript").is_dir():
        return "the wasm32 MicroPython is not installed (`npm ci`)"
    return None


@functools.cache
def _measured(way, *what):
    why = missing()
    if why:
        raise Unmeasured(why)
    image.lay_out()
    source = str(image.IMAGE) if way == "romfs" else ",".join(_folders(image.OUT))
    argv = ["node", str(ROOT / "tools/bench/heap32.mjs"), way, source, *what]
    p = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if p.returncode:
        raise Unmeasured(p.stderr.strip())
    return json.loads(p.stdout)


def _folders(base):
    return [str(path) for path in sorted(base.iterdir()) if path.is_dir()]


def _order(roots=ROOTS):
    """The modules of these and of all that they import, each after all that it imports."""
    order = []

    def visit(module, on_the_way):
        path = ROOT / (module.replace(".", "/") + ".py")
        if not path.is_file():
            path = ROOT / module.replace(".", "/") / "__init__.py"
        if module in on_the_way or module in order or not path.is_file():
            return
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                below = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom):
                below = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
            else:
                continue
            for one in below:
                visit(one, (*on_the_way, module))
        order.append(module)

    for root in roots:
        visit(root, ())
    return order
