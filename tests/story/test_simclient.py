"""The client of the control port: answers, refusals, events, and a simulator that ends by itself."""

import sys
from pathlib import Path

import pytest

from tests.csms.fake import run
from tools.demo import simclient
from tools.demo.simclient import BlockingSimulator, Simulator, SimulatorEnded, SimulatorError, command_line, look

FAKE = Path(__file__).with_name("fake_sim.py")


@pytest.fixture
def fake(monkeypatch):
    def choose(how):
        monkeypatch.setattr(
            simclient, "command_line", lambda **options: [sys.executable, str(FAKE), how, *command_line(**options)]
        )

    choose("well")
    return choose


def test_options_are_the_words_of_the_command_line():
    words = command_line(csms="ws://x", cp_id="CP1", lenient=True, data=None, set={"FreeVendActive": True})
    assert words[words.index("sim") :] == [
        "sim",
        "--set",
        "FreeVendActive=true",
        "--csms",
        "ws://x",
        "--cp-id",
        "CP1",
        "--lenient",
    ]


def test_a_field_is_found_by_its_dotted_path():
    assert look({"connectors": [{"contactor": {"closed": True}}]}, "connectors.0.contactor.closed") is True


@run
async def test_answers_events_and_time_come_back(fake):
    heard = []
    async with Simulator.launch(heard.append, speed="max") as sim:
        assert await sim.do("tap", uid="04") == {"id": 1, "do": "tap", "uid": "04"}
        assert sim.t == 1.5
        await sim.do("plug")
        assert sim.events == heard == [{"event": "pilot", "t": 2.5, "letter": "B"}]
        assert "--speed" in sim.ready["words"]
        assert (await sim.wait({"a": 1}, 5))["timeout_s"] == 5


@run
async def test_a_refusal_carries_the_simulators_own_words(fake):
    async with Simulator.launch() as sim:
        with pytest.raises(SimulatorError, match="connector 9: this board has 1"):
            await sim.do("refuse")
        await sim.state()


@run
async def test_a_broken_invariant_ends_every_command_with_the_log(fake):
    with pytest.raises(SimulatorEnded, match="invariant 1"):
        async with Simulator.launch() as sim:
            await sim.do("crash")
    with pytest.raises(SimulatorEnded, match="status 1"):
        async with Simulator.launch() as sim:
            with pytest.raises(SimulatorEnded):
                await sim.do("crash")
            with pytest.raises(SimulatorEnded):
                await sim.state()


@run
async def test_a_simulator_that_does_not_start_or_ends_badly_is_told(fake):
    fake("stillborn")
    with pytest.raises(SimulatorEnded, match="the board file is wrong"):
        await Simulator.launch().__aenter__()
    fake("sour")
    with pytest.raises(SimulatorEnded, match="ends badly"):
        async with Simulator.launch():
            pass


def test_without_asyncio_the_same_commands_block(fake):
    with BlockingSimulator.launch() as sim:
        assert sim.do("plug")["do"] == "plug"
        assert sim.events[0]["letter"] == "B" and sim.t == 2.5
        with pytest.raises(SimulatorError):
            sim.do("refuse")
        process = sim._process.popen
    assert process.poll() == 0
