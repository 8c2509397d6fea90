"""One answer to "why is it not charging?": the snapshot, the console and the central system are told the same."""

import json

import pytest

from tests.console.terminal import Terminal
from tests.csms.fake import run
from tests.sim.nursery import Sim
from tests.story.scenes import Scene

# situation -> (settings, what is done, the answer, OCPP status)
SITUATIONS = {
    "nobody has authorised": ({}, [("plug", {})], "waiting for authorisation", "Preparing"),
    "the vehicle wants nothing": ({"FreeVendActive": True}, [("plug", {})], "vehicle does not ask for energy", "SuspendedEV"),
    "a person has paused it": (
        {"FreeVendActive": True, "MaxCurrentA": 0}, [("plug", {}), ("vehicle", {"ready": True})],
        "user limits the current to 0 mA, below 6 A", "SuspendedEVSE"),
    "the neutral pole is welded": (
        {}, [("fault", {"name": "weld", "pole": "N"})], "contactor is welded: a pole stays live: N", "Faulted"),
}  # fmt: skip
AFTER_S = 40


@pytest.mark.parametrize("situation", SITUATIONS)
def test_console_and_snapshot(situation):
    settings, done, answer, status = SITUATIONS[situation]
    with Sim(*[word for item in settings.items() for word in ("--set", "%s=%s" % item)]) as sim:
        for command, fields in done:
            sim.do(command, **fields)
        sim.do("advance", s=AFTER_S)
        connector = sim.state()["connectors"][0]
        assert (connector["why"], connector["status"]) == (answer, status)
        with Terminal(sim) as terminal:
            terminal.type("\r")
            terminal.read()
            told = json.loads(terminal.ask("why --json").splitlines()[0])
        [one] = told["result"]
        assert answer in (one["why"], one["blockers"][0]["what"])


@pytest.mark.parametrize("situation", SITUATIONS)
def test_central_system_and_snapshot(situation):
    settings, done, answer, status = SITUATIONS[situation]

    @run
    async def told():
        async with Scene(settings=settings) as site:
            await site.booted()
            for command, fields in done:
                await site.do(command, **fields)
            await site.advance(AFTER_S)
            last = [one for one in site.point.calls("StatusNotification") if one["connectorId"] == 1][-1]
            assert (last["status"], last["info"]) == (status, answer[:50])
            assert (await site.connector())["why"] == answer

    told()
