"""Figures of the whole charger in the simulated world, at virtual time, driven as any outside program would."""

import asyncio
import random
import time

from tools.bench.table import Figure, within
from tools.demo.simclient import BlockingSimulator, SimulatorEnded, SimulatorError, look
from tools.demo.site import Site

SEED = 20261122
HOUR_S = 3600
STEP_S = 300
PATIENCE_S = 10  # of real time, for how fast the world's time goes
# What happens, and how often one charger takes it: more than ten closings in an hour are chatter, a fourth trip latches.
EVENTS = {
    "unplugged": ("unplug", {}, 8),
    "vehicle stops asking": ("vehicle", {"ready": False}, 8),
    "residual current, DC": ("fault", {"name": "rcd_dc"}, 3),
}
RUNS = 4


def figures():
    try:
        with BlockingSimulator.launch(speed="max", seed=SEED, set={"FreeVendActive": True}) as sim:
            yield _to_closed(sim)
            yield from _charging(sim)
        yield from (_opening(what, *event) for what, event in EVENTS.items())
        yield from asyncio.run(_online())
    except (SimulatorError, SimulatorEnded, OSError, TimeoutError) as e:
        yield Figure("not measured", None, "", str(e).splitlines()[0])


def _to_closed(sim):
    sim.do("plug")
    sim.do("vehicle", ready=True)
    sim.wait({"connectors.0.contactor.closed": True}, 60)
    note = "virtual time; with the vehicle's own and the residual-current test"
    return within("power-on -> contactor closed, free vend, vehicle waiting", sim.t, "s", None, note, 2)


def _charging(sim):
    before, begun, passed = sim.state(), time.perf_counter(), 0
    while time.perf_counter() - begun < PATIENCE_S and passed < HOUR_S:
        sim.advance(STEP_S)
        passed += STEP_S
    took, after = time.perf_counter() - begun, sim.state()
    yield Figure(
        "world's time against real time, charging", f"x {passed / took:,.0f}", "", f"{passed} s in {took:.1f} s"
    )
    for what, path, budget in (("flash erases", "flash.erases", 30), ("flash writes", "flash.writes", None)):
        each = (look(after, path) - look(before, path)) * HOUR_S / passed
        yield within(f"{what} a charging hour, offline", each, "", budget, "", 1)


def _opening(what, name, fields, times):
    """The worst of many phases, from the world's event to the charger's command."""
    dice = random.Random(SEED)
    worst_s = 0
    for run in range(RUNS):
        with BlockingSimulator.launch(speed="max", seed=SEED + run, set={"FreeVendActive": True}) as sim:
            sim.do("watch")
            for _ in range(times):
                worst_s = max(worst_s, _open_once(sim, dice.random(), name, fields))
    return within(f"{what}: to the command to open, worst", worst_s * 1000, "ms", 43, f"{RUNS * times} phases", 1)


def _open_once(sim, phase_s, name, fields):
    """Charge, let `name` happen, and get ready to charge again; the seconds it took."""
    sim.do("plug")
    sim.do("vehicle", ready=True)
    sim.wait({"connectors.0.contactor.closed": True}, 120)
    sim.advance(round(3 + phase_s, 6))
    del sim.events[:]
    happened = sim.t
    sim.do(name, **fields)
    sim.advance(0.5)
    if name == "fault":
        sim.do("fault", on=False, **fields)
    sim.do("unplug")
    sim.advance(5)
    opened = [e["t"] for e in sim.events if e["event"] == "contactor" and not e["command"]]
    return min(opened, default=sim.t) - happened


async def _online():
    """With the demo central system: how soon it hears of a charger whose supply comes back. In real time, for at full speed
    all that needs no waiting is done in no time."""
    async with Site(speed=1, set={"FreeVendActive": True}) as site:
        await site.booted()
        await site.do("power", on=False)
        await site.advance(1)
        del site.sim.events[:]
        began = time.perf_counter()
        await site.do("power", on=True)
        async with asyncio.timeout(30):
            while not any(e["event"] == "ocpp" and "BootNotification" in e["frame"] for e in site.sim.events):
                await asyncio.sleep(0.005)
        return [within("power-on -> BootNotification sent", time.perf_counter() - began, "s", 4, "real time, on this machine", 2)]
