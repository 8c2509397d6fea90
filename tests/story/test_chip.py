"""`rudved … --hal esp32`: the whole charger with hal/esp32 on the virtual chip, before the same world."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.csms.certificates import authority
from tests.csms.fake import run
from tests.sim.nursery import Sim
from tests.story.scenes import CARD, Scene

BOARDS = ("rudved_ac22", "rudved_ac001", "rudved_bench")


def story(board):
    rudved = Path(sys.executable).with_name("rudved")
    argv = [rudved, "demo", "--board", board, "--hal", "esp32"]
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)


def test_the_story_is_played_on_the_chip_and_all_is_well():
    ended = story("rudved_ac7")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "All is well" in ended.stdout


@pytest.mark.prove
@pytest.mark.parametrize("board", BOARDS)
def test_the_story_is_played_on_the_chip_of_every_board(board):
    ended = story(board)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def charging(sim):
    sim.do("advance", s=2)
    sim.do("plug")
    sim.do("vehicle", ready=True)
    sim.wait({"connectors.0.contactor.closed": True}, 20)
    sim.do("advance", s=5)


@pytest.mark.parametrize("board", ["rudved_ac7", "rudved_bench"])  # a pump, the coprocessor
def test_a_stalled_chip_opens_within_its_guards_promise(board):
    with Sim("--hal", "esp32", "--board", board, "--set", "FreeVendActive=true") as sim:
        charging(sim)
        sim.do("watch")
        began_s = sim.ask("stall", ms=400)["t"]
        sim.do("advance", s=0.3)
        opened = [event for event in sim.events if event["event"] == "contactor" and not event["closed"]]
        assert opened and opened[0]["t"] - began_s <= 0.120 + 0.002
        assert sim.end() == 0


def test_a_hung_chip_is_reset_by_its_watchdog_and_knows_why():
    with Sim("--hal", "esp32", "--set", "FreeVendActive=true") as sim:
        charging(sim)
        sim.do("stall", ms=5000)
        sim.wait({"boots": 2}, 10)
        sim.do("advance", s=2)
        state = sim.state()
        assert (state["reset_cause"], state["connectors"][0]["contactor"]["closed"]) == ("watchdog", False)
        log = [event["text"] for event in sim.do("log")["events"] if event["event"] == "log"]
        assert any("boot 2 (watchdog)" in text for text in log), log
        assert sim.end() == 0


def test_what_a_power_cut_finds_is_there_after_it(tmp_path):
    options = ("--hal", "esp32", "--data", tmp_path, "--set", "FreeVendActive=true")
    with Sim(*options) as sim:
        charging(sim)
        sim.do("advance", s=60)
        sim.do("power", on=False)
        sim.do("advance", s=1)
        wh = sim.state()["connectors"][0]["meter_wh"]
        sim.do("power", on=True)
        sim.do("advance", s=5)
        ended = [event for event in sim.do("log")["events"] if event["event"] == "session" and event["what"] == "ended"]
        assert [event["reason"] for event in ended] == ["power_loss"] and abs(ended[0]["wh"] - wh) <= 1
        assert sim.state()["boots"] == 2
        assert sim.end() == 0
    with Sim(*options) as sim:
        assert sim.state()["boots"] == 3
        assert sim.end() == 0


@run
async def test_a_session_over_tls_on_the_chip(tmp_path):
    certificate, context = authority(tmp_path, "ours")
    async with Scene(ca=certificate, tls=context, grace=50, hal="esp32") as site:
        await site.booted()
        await site.begin()
        await site.advance(10)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


@run
async def test_a_dead_network_and_one_that_comes_back():
    async with Scene(hal="esp32") as site:
        await site.booted()
        await site.begin()
        await site.do("network", up=False)
        await site.advance(200)
        await site.until(5, ocpp__connected=False)
        await site.do("network", up=True)
        await site.until(120, ocpp__connected=True)
        await site.leave()
        await site.delivered()
        await site.account((CARD, "EVDisconnected"))


def test_two_runs_with_one_seed_are_the_same():
    def lived():
        with Sim("--hal", "esp32", "--seed", 7, "--set", "FreeVendActive=true") as sim:
            charging(sim)
            log = sim.do("log")
            assert sim.end() == 0
            return log

    assert lived() == lived()
