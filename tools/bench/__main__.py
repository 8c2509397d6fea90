"""`python -m tools.bench [block…]`: prints the figures, block by block. Blocks: interpreter, safety, heap, world, ocpp, day."""

import platform
import subprocess
import sys
import time

from tools.bench import day, heap, ocpp, world
from tools.bench.interpreter import Unmeasured, run
from tools.bench.table import CHIP_LOOP_MS, Figure, show, within

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
    for state, cost in got["costs"].items():
        ms = {one: cost[one] * CHIP_LOOP_MS / cost["loop_us"] for one in ("median_us", "p99_us")}
        budget = 5 if state.startswith("one") else None
        note = f"99 %: {ms['p99_us']:.1f} ms, whatever else runs here included; {cost['median_us']} us here; no burst (4 ms on the chip)"
        yield within(f"safety tick on the chip, {state}", ms["median_us"], "ms", budget, note, 1)
    total = sum(cost["bytes"] for cost in got["costs"].values())
    yield within(f"heap allocated by {len(got['costs']) * got['ticks']:,} ticks", total, "B", 0)
    got = run("latency.py", str(SEED), str(PHASES), heap="8192wk")
    for name, limit_us, plain_us, stalled_us in got["rows"]:
        note = f"{PHASES} instants each, seed {SEED}"
        yield within(f"{name}: to the command to open, worst", plain_us / 1000, "ms", limit_us // 1000, note, 1)
        stall_ms = got["stall_us"] // 1000
        yield within(f"... with a stall of {stall_ms} ms", stalled_us / 1000, "ms", limit_us // 1000 + stall_ms, "", 1)


BLOCKS = {
    "interpreter": interpreter, "safety": safety, "heap": heap.figures, "world": world.figures, "ocpp": ocpp.figures, "day": day.figures,
}  # fmt: skip


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
