"""Each make of guard under the running firmware: whatever stops the interpreter, the contacts part within its promise."""

import pytest

from boards.fields import GUARD_PROMISE_MS
from tests.sim.nursery import Sim

MAKES = sorted(GUARD_PROMISE_MS)
BENCH = ("--set", "AllowBenchGuard=true", "--set", "FreeVendActive=true")


def charging(sim):
    sim.do("plug")
    sim.do("vehicle", ready=True)
    sim.wait({"connectors.0.contactor.closed": True}, timeout_s=30)
    sim.do("advance", s=5)
    sim.do("watch")
    return sim.ask("state")["t"]


def opened(sim):
    """When the contacts parted, by the events since `watch`."""
    return next(e["t"] for e in sim.events if e["event"] == "contactor" and not e["closed"])


@pytest.mark.parametrize("make", MAKES)
def test_a_stalled_interpreter(make):
    with Sim("--guard", make, *BENCH) as sim:
        began = charging(sim)
        sim.do("stall", ms=60_000)
        sim.do("advance", s=3)
        assert 0 < opened(sim) - began <= GUARD_PROMISE_MS[make] / 1000
        assert sim.state()["reset_cause"] == "watchdog"
        assert not sim.state()["connectors"][0]["contactor"]["closed"]


@pytest.mark.parametrize("make", MAKES)
def test_a_rebooting_interpreter(make):
    with Sim("--guard", make, *BENCH) as sim:
        began = charging(sim)
        sim.do("reset", cause="hard")
        sim.do("advance", s=1)
        assert 0 < opened(sim) - began <= GUARD_PROMISE_MS[make] / 1000
        assert not sim.state()["connectors"][0]["contactor"]["closed"]


@pytest.mark.parametrize("make", MAKES)
def test_an_interpreter_that_an_exception_has_stopped(make):
    with Sim("--guard", make, *BENCH, program="tests.sim.mpy.programs.throws") as sim:
        sim.do("watch")
        sim.do("plug")
        sim.do("vehicle", ready=True)
        sim.do("advance", s=12)
        died = next(e["t"] for e in sim.events if e["event"] == "log" and "a fault of the program" in e["text"])
        assert any(e["event"] == "contactor" and e["closed"] and e["t"] < died - 2 for e in sim.events)
        parted = next(e["t"] for e in sim.events if e["event"] == "contactor" and not e["closed"] and e["t"] > died)
        assert parted - died <= GUARD_PROMISE_MS[make] / 1000


def test_a_guard_for_the_bench_is_refused_with_the_reason_until_a_person_allows_it():
    with Sim("--guard", "watchdog", "--set", "FreeVendActive=true") as sim:
        sim.do("plug")
        sim.do("vehicle", ready=True)
        sim.do("advance", s=20)
        connector = sim.state()["connectors"][0]
        assert (connector["why"], connector["status"]) == ("guard is fit for the bench only", "Unavailable")
        assert not connector["offered"]
        sim.do("config", set={"AllowBenchGuard": True})
        sim.wait({"connectors.0.contactor.closed": True}, timeout_s=60)
        sim.do("config", set={"AllowBenchGuard": False})
        sim.wait({"connectors.0.contactor.closed": False}, timeout_s=7)
