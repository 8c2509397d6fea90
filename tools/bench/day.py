"""How long a simulated day takes: at virtual time, a session of half an hour in every hour."""

import resource
import time

from tools.bench.interpreter import run
from tools.bench.table import Figure, within
from tools.demo.simclient import BlockingSimulator, SimulatorEnded, SimulatorError

SEED = 20261122
HOUR_S = 3600
DAY_H = 24
CHARGING_S = 1800
PATIENCE_S = 40  # of real time; what is left of the day is taken to go as fast


def figures():
    try:
        hours, took_s, cpu_s = _hours()
    except (SimulatorError, SimulatorEnded, OSError, TimeoutError) as e:
        yield Figure("not measured", None, "", str(e).splitlines()[0])
        return
    loop_s = run("calibrate.py")["loop_us"] / 1e6
    day_s = took_s * DAY_H / hours
    note = f"{hours} h in {took_s:.1f} s, x {hours * HOUR_S / took_s:,.0f}; {day_s / loop_s:,.0f} calibration loops"
    yield within("a simulated day, a session an hour: processor time", cpu_s * DAY_H / hours, "s", 120, "with start and end")
    yield within("... real time, beside whatever else runs here", day_s, "s", None, note)


def _hours():
    """(hours lived, seconds they took, processor time of it all)."""
    before = _used_s()
    with BlockingSimulator.launch(speed="max", seed=SEED, set={"FreeVendActive": True}) as sim:
        begun, hours = time.perf_counter(), 0
        while hours < DAY_H and time.perf_counter() - begun < PATIENCE_S:
            sim.do("plug")
            sim.do("vehicle", ready=True)
            sim.advance(CHARGING_S)
            sim.do("unplug")
            sim.advance(HOUR_S - CHARGING_S)
            hours += 1
        took_s = time.perf_counter() - begun
    return hours, took_s, _used_s() - before


def _used_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
