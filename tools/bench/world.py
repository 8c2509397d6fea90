"""Figures of the whole charger in the simulated world, at virtual time, driven as any outside program would."""

import random
import time

from tools.bench.table import Figure, within
from tools.demo.simclient import BlockingSimulator, SimulatorEnded, SimulatorError, look

SEED = 20261122
HOURS = 2
PHASES = 40
EVENTS = {
    "unplugged": ("unplug", {}),
    "vehicle stops asking": ("vehicle", {"ready": False}),
    "residual current, DC": ("fault", {"name": "rcd_dc"}),
}


def figures():
    try:
        with BlockingSimulator.launch(speed="max", seed=SEED, set={"FreeVendActive": True}) as sim:
            yield _boot(sim)
            yield from _hours(sim)
            yield from (_opening(sim, what, *event) for what, event in EVENTS.items())
    except (SimulatorError, SimulatorEnded, OSError, TimeoutError) as e:
        yield Figure("not measured", None, "", str(e).splitlines()[0])


def _boot(sim):
    sim.do("plug")
    sim.do("vehicle", ready=True)
    sim.wait({"connectors.0.contactor.closed": True}, 60)
    return within(
        "power-on -> contactor closed, vehicle waiting", sim.t, "s", None, "virtual time, with plugging in", 2
    )


def _hours(sim):
    before = sim.state()
    began = time.perf_counter()
    sim.advance(HOURS * 3600)
    took = time.perf_counter() - began
    after = sim.state()
    speed = HOURS * 3600 / took
    yield Figure("virtual time, charging", f"x {speed:,.0f}", "", f"{HOURS} h in {took:.1f} s")
    yield within("a simulated day of it", 86400 / speed, "s", 120)
    for what, path, budget in (("flash erases", "flash.erases", 30), ("flash writes", "flash.writes", None)):
        each = (look(after, path) - look(before, path)) / HOURS
        yield within(f"{what} a charging hour, offline", each, "", budget, "", 1)
    grown = look(after, "heap.used") - look(before, "heap.used")
    yield Figure(
        "heap in use after it, world included", f"{look(after, 'heap.used') / 1000:,.0f} kB", "", f"{grown:+,} B"
    )


def _opening(sim, what, name, fields):
    """Worst of many phases, from the world's event to the charger's command."""
    dice = random.Random(SEED)
    sim.do("watch")
    worst = 0
    for _ in range(PHASES):
        sim.do("plug")
        sim.do("vehicle", ready=True)
        sim.wait({"connectors.0.contactor.closed": True}, 120)
        sim.advance(3 + dice.random())
        del sim.events[:]
        sim.do(name, **fields)
        happened = sim.t
        sim.wait({"connectors.0.contactor.command": False}, 10)
        opened = [e["t"] for e in sim.events if e["event"] == "contactor" and not e["command"]]
        worst = max(worst, opened[0] - happened)
        if name == "fault":
            sim.do("fault", on=False, **fields)
        sim.do("unplug")
        sim.advance(5)
    return within(f"{what}: to the command to open, worst", worst * 1000, "ms", 43, f"{PHASES} phases in the world", 1)
