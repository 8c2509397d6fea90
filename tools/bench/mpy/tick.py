# What one safety tick costs, over the plainest hardware: the core alone, without the simulator's physics.
import json
import time

import micropython

from tests.safety.mpy.bench import Bench

_TICKS = 3000


def cost(bench):
    """Microseconds of each tick, sorted; bytes allocated by all of them with the heap unlocked."""
    core, clock = bench.core, bench.clock
    us = []
    for _ in range(_TICKS):
        began = time.ticks_us()
        core.tick()
        us.append(time.ticks_diff(time.ticks_us(), began))
        clock.us += 16000
        bench.unit.permit.grant(32000)
    total = 0
    for _ in range(_TICKS):
        before = micropython.mem_total()
        core._tick()
        total += micropython.mem_total() - before
        clock.us += 16000
        bench.unit.permit.grant(32000)
    us.sort()
    return {"median_us": us[_TICKS // 2], "p99_us": us[_TICKS * 99 // 100], "bytes": total}


idle = Bench()
idle.run(2000)
charging = Bench().charge()
answer = {"idle": cost(idle), "charging": cost(charging), "ticks": _TICKS}
if not charging.contactor.on:
    raise SystemExit("the contactor opened while it was measured: " + charging.unit.why)
print(json.dumps(answer))
