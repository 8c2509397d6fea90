"""Supply, resets, stalls, and what outlives an interpreter."""

import json

import pytest

from tests.sim.port import NotReady, Sim

PROGRAMS = "tests.sim.mpy.programs."


def texts(sim, source):
    return [event["text"] for event in sim.do("log")["events"] if event["event"] == "log" and event["source"] == source]


def test_a_cut_runs_nothing_of_the_firmware_and_a_boot_finds_flash_as_it_was():
    with Sim(program=PROGRAMS + "tidy") as sim:
        sim.do("advance", s=3.5)
        sim.do("power", on=False)
        sim.do("power", on=True)
        assert texts(sim, "tidy") == ["last: None, journal: " + repr(b"\xff" * 13), "last: boot 1, number 4, journal: b'record 000001'"]


def test_while_off_the_world_lives_and_the_charger_shows_nothing():
    with Sim() as sim:
        sim.do("advance", s=1)
        sim.do("power", on=False)
        t = sim.ask("advance", s=100)["t"]
        sim.do("plug")
        state = sim.state()
        assert state["power"] is False and state["utc"] is None and state["led"] is None and state["ocpp"] is None and state["tick"] is None
        connector = state["connectors"][0]
        assert connector["letter"] is None and connector["contactor"] == {"command": None, "closed": False} and connector["volts"][0] == 230
        assert "no supply" in sim.ask("config", get=["MaxCurrentA"])["error"]
        assert "no supply" in sim.ask("stall", ms=5)["error"] and "no supply" in sim.ask("reset")["error"]
        assert sim.do("power", on=False) == {}
        sim.do("power", on=True)
        sim.wait({"connectors.0.letter": "B"}, timeout_s=1)
        state = sim.state()
        assert state["boots"] == 2 and state["reset_cause"] == "power_on" and state["t"] == pytest.approx(t, abs=0.2)


def test_power_events_tell_both_ways():
    with Sim() as sim:
        sim.do("power", on=False)
        sim.do("power", on=True)
        sim.do("reset", cause="watchdog")
        power = [(event["on"], event["cause"]) for event in sim.do("log")["events"] if event["event"] == "power"]
        assert power == [(True, "power_on"), (False, "power"), (True, "power_on"), (True, "watchdog")]


@pytest.mark.parametrize("cause", ["watchdog", "hard"])
def test_a_reset_boots_afresh_with_its_cause(cause):
    with Sim() as sim:
        sim.do("advance", s=1)
        sim.do("reset", cause=cause)
        state = sim.state()
        assert state["boots"] == 2 and state["reset_cause"] == cause
        sim.wait({"tick.count": 10}, timeout_s=1)


def test_an_advance_under_way_goes_on_over_a_reset():
    with Sim("--set", "FreeVendActive=true") as sim:
        sim.do("stall", ms=5000)  # the watchdog resets in the middle of it
        sim.do("advance", s=0.5)
        sim.do("stall", ms=5000)
        answer = sim.ask("advance", s=10)
        assert answer["t"] == pytest.approx(10.5, abs=0.01)
        assert sim.state()["reset_cause"] in ("watchdog", "power_on")


def test_a_stall_stops_ticks_and_the_watchdog_ends_a_long_one():
    with Sim() as sim:
        sim.do("advance", s=2)
        count = sim.state()["tick"]["count"]
        sim.do("stall", ms=500)
        assert sim.ask("advance", s=0.4)["t"] == pytest.approx(2.4)
        assert sim.state()["tick"]["count"] == count
        sim.do("advance", s=1)
        state = sim.state()
        assert state["tick"]["count"] > count and 500 <= state["tick"]["worst_gap_ms"] <= 520 and state["boots"] == 1
        sim.do("stall", ms=60_000)
        sim.do("advance", s=10)
        state = sim.state()
        assert state["boots"] == 2 and state["reset_cause"] == "watchdog" and state["tick"]["count"] > 0


def test_a_cut_inside_the_nth_flash_write_comes_exactly_there():
    with Sim(program=PROGRAMS + "tidy") as sim:
        sim.do("advance", s=1.5)
        writes = sim.state()["flash"]["writes"]
        sim.do("power_cut_at", flash_write=1, byte=7)
        sim.do("advance", s=2)
        state = sim.state()
        assert state["power"] is False and state["flash"]["writes"] == writes + 1
        cut = [event for event in sim.do("log")["events"] if event["event"] == "power"][-1]
        assert cut == {"event": "power", "t": cut["t"], "cause": "flash", "on": False} and cut["t"] == pytest.approx(2, abs=0.1)
        assert sim.state()["t"] == pytest.approx(3.5)


def test_settings_are_whole_after_a_cut_at_any_write():
    with Sim() as sim:
        before, cuts = 20, 0
        sim.do("config", set={"MaxCurrentA": before})
        for n in range(1, 30):
            wanted = 30 - before % 20
            sim.do("power_cut_at", flash_write=n, byte=3)
            answer = sim.ask("config", set={"MaxCurrentA": wanted})
            if answer["ok"]:
                break  # the whole change costs fewer writes than that
            assert answer["error"] == "the supply was cut in the middle of it"
            assert sim.state()["power"] is False
            sim.do("power", on=True)
            now = int(sim.do("config", get=["MaxCurrentA"])["MaxCurrentA"])
            assert now in (before, wanted)
            before, cuts = now, cuts + 1
        assert answer["ok"] and cuts >= 3


def test_a_data_folder_goes_on_where_the_last_run_ended(tmp_path):
    with Sim("--data", tmp_path) as sim:
        sim.do("config", set={"MaxCurrentA": 13})
        sim.do("meter", wh=123456)
        sim.do("plug")
        sim.do("advance", s=5)
        assert sim.end() == 0
    with Sim("--data", tmp_path) as sim:
        sim.wait({"connectors.0.letter": "B"}, timeout_s=1)
        state = sim.state()
        assert state["boots"] == 2 and state["reset_cause"] == "power_on" and state["t"] >= 5
        assert state["connectors"][0]["meter_wh"] == 123456
        assert sim.do("config", get=["MaxCurrentA"]) == {"MaxCurrentA": "13"}


def test_boots_never_repeat_even_when_the_simulator_is_killed(tmp_path):
    for boot in (1, 2, 3):
        with Sim("--data", tmp_path) as sim:
            assert sim.state()["boots"] == boot
            sim.process.kill()
            sim.process.wait()


def test_a_data_folder_of_another_board_or_in_use_is_refused(tmp_path):
    with Sim("--data", tmp_path):
        with pytest.raises(NotReady) as refused:
            Sim("--data", tmp_path)
        assert refused.value.status == 2 and "another simulator" in refused.value.text
    with pytest.raises(NotReady) as refused:
        Sim("--data", tmp_path, "--board", "rudved_ac22")
    assert refused.value.status == 2 and "rudved_ac7" in refused.value.text


def test_the_world_s_clock_outlives_the_charger_s_and_the_charger_s_dies_with_its_supply():
    with Sim() as sim:
        sim.do("advance", s=1)
        assert sim.state()["utc"] is None
        sim.do("power", on=False)
        sim.do("advance", s=1)
        sim.do("power", on=True)
        assert sim.state()["utc"] is None and sim.state()["t"] == pytest.approx(2)


def test_two_runs_with_one_seed_and_the_same_commands_have_the_same_log():
    def run():
        with Sim("--seed", 7, "--set", "FreeVendActive=true") as sim:
            sim.do("plug")
            sim.do("vehicle", ready=True)
            sim.wait({"connectors.0.contactor.closed": True})
            sim.do("advance", s=60)
            sim.do("fault", name="rcd_dc")
            sim.do("advance", s=5)
            sim.do("fault", name="rcd_dc", on=False)
            sim.do("unplug")
            sim.do("advance", s=5)
            sim.do("power", on=False)
            sim.do("power", on=True)
            sim.do("stall", ms=3000)
            sim.do("advance", s=30)
            return json.dumps(sim.do("log"))

    assert run() == run()
