# What one safety tick costs, over the plainest hardware: the core alone, without the simulator's physics.
import json
import sys
import time

import micropython

from tests.safety.mpy.bench import Bench
from tools.bench.mpy.calibrate import loop_us

_TICKS = 2000


def cost(bench):
    """Microseconds of a tick, median and 99 %; bytes allocated by as many with the heap unlocked; the yardstick beside it."""
    core, clock = bench.core, bench.clock
    yardstick_us = loop_us()
    us = []
    for _ in range(_TICKS):
        began = time.ticks_us()
        core.tick()
        us.append(time.ticks_diff(time.ticks_us(), began))
        _go_on(core, clock)
    total = 0
    for _ in range(_TICKS):
        before = micropython.mem_total()
        core._tick()
        total += micropython.mem_total() - before
        _go_on(core, clock)
    us.sort()
    yardstick_us = min(yardstick_us, loop_us())
    return {"median_us": us[_TICKS // 2], "p99_us": us[_TICKS * 99 // 100], "bytes": total, "loop_us": yardstick_us}


def _go_on(core, clock):
    clock.us += 16000
    for unit in core.units:
        unit.permit.grant(32000)
        unit.measured([230000] * 3, [unit.offered_ma] * 3, 50000)


def outlets():
    """Three outlets in one core, each with energy."""
    benches = []
    for _ in range(3):
        bench = Bench(pilot=False)
        bench.run(2000)
        bench.plug_switch.plug = True
        bench.allow(15000)
        bench.run(8000, lambda one=bench: one.contactor.on)
        benches.append(bench)
    whole = benches[0]
    whole.core.units = [bench.unit for bench in benches]
    whole.core._count_units = 3
    return whole


idle = Bench()
idle.run(2000)
states = {"one connector, idle": idle, "one connector, charging": Bench().charge(),
          "a socket of three phases, charging": Bench(socket=True, phases=3).charge(), "three outlets, charging": outlets()}
answer = {"ticks": _TICKS, "costs": {name: cost(states[name]) for name in states}}
for name in states:
    for unit in states[name].core.units:
        if not unit.command and "charging" in name:
            sys.exit("the contactor opened while it was measured: " + unit.why)
print(json.dumps(answer))
