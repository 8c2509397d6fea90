"""`python -m tools.bench [block…]`: prints the figures, block by block. Blocks: interpreter, safety, heap, world, day."""

import platform
import subprocess
import sys
import time

from tools.bench import day, heap, world
from tools.bench.interpreter import Unmeasured, run
from tools.bench.table import CHIP, Figure, show, within

SEED = 20261122
PHASES = 250


def interpreter():
    """The machine's own speed, and what starting costs."""
    loop_us = run("calibrate.py")["loop_us"]
    yield Figure(
        "calibration: 100,000 turns of a loop", f"{loop_us / 1000:.1f} ms", "", "the yardstick for what follows"
    )
    yield within("interpreter: start to end", _start_ms("print(0)\n"), "ms")
    yield within("... and import of the firmware from source", _start_ms("import firmware.app\nprint(0)\n"), "ms")


def _start_ms(code, times=5):
    best = None
    for _ in range(times):
        began = time.perf_counter()
        run(code)
        took = (time.perf_counter() - began) * 1000
        best = took if best is None else min(best, took)
    return best


def safety():
    """The tick and how soon it opens."""
    got = run("tick.py")
    for state in ("idle", "charging"):
        us, p99 = got[state]["median_us"], got[state]["p99_us"]
        note = f"{us} us here, 99 %: {p99} us; sampling itself (4 ms on the chip) not counted"
        yield within(f"safety tick, {state}, on the chip (x {CHIP})", us * CHIP / 1000, "ms", 5, note, 1)
    total = got["idle"]["bytes"] + got["charging"]["bytes"]
    yield within(f"heap allocated by {2 * got['ticks']:,} ticks", total, "B", 0)
    for what, ms in run("latency.py", str(SEED), str(PHASES)).items():
        yield within(f"{what}: to the command to open, worst", ms, "ms", 43, f"{PHASES} phases, seed {SEED}", 1)


BLOCKS = {"interpreter": interpreter, "safety": safety, "heap": heap.figures, "world": world.figures, "day": day.figures}


def guarded(figures):
    """What cannot be measured is told as one row, and the next block goes on."""
    try:
        yield from figures
    except (Unmeasured, subprocess.SubprocessError) as e:
        yield Figure("not measured", None, "", str(e))


def main(names):
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}; ! marks what is over budget")
    for name in names or BLOCKS:
        show(name, guarded(BLOCKS[name]()))


if __name__ == "__main__":
    main(sys.argv[1:])
