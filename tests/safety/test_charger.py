"""The safety core inside the running charger: its settings, what outlives a power cut, and what each face says of it."""

import pytest
from littlefs import LittleFS

from tests.console.terminal import Terminal
from tests.sim.nursery import Sim

FREE = ("--set", "FreeVendActive=true")


def charge(sim, connector=1):
    sim.do("plug", connector=connector)
    sim.do("vehicle", connector=connector, ready=True)
    sim.wait({f"connectors.{connector - 1}.contactor.closed": True}, timeout_s=40)


def seen(sim, connector=1):
    return sim.state()["connectors"][connector - 1]


def cut(sim):
    sim.do("power", on=False)
    sim.do("advance", s=1)
    sim.do("power", on=True)


def setting(sim, name):
    return sim.do("config", get=[name])[name]


def test_a_weld_stays_latched_over_a_cut_also_when_the_contacts_came_loose_meanwhile():
    with Sim(*FREE) as sim:
        charge(sim)
        sim.do("fault", name="weld", pole="N")
        sim.do("vehicle", ready=False)
        sim.wait({"connectors.0.faults": ["welded"]}, timeout_s=1)
        sim.do("advance", s=0.15)
        assert seen(sim)["why"] == "contactor is welded: a pole stays live: N"
        sim.do("power", on=False)
        sim.do("fault", name="weld", on=False)
        sim.do("unplug")
        sim.do("power", on=True)
        sim.do("advance", s=5)
        assert (seen(sim)["faults"], seen(sim)["status"]) == (["welded"], "Faulted")


def test_what_one_outlet_latches_outlives_a_cut_while_another_charges():
    with Sim("--board", "rudved_ac001", *FREE) as sim:
        charge(sim, 2)
        sim.do("plug", connector=1)
        sim.do("fault", name="rcd_dead")
        sim.wait({"connectors.0.faults": ["residual_test"]}, timeout_s=10)
        sim.do("advance", s=0.15)
        assert seen(sim, 2)["contactor"]["closed"]
        cut(sim)
        sim.do("advance", s=1)
        assert seen(sim)["faults"] == ["residual_test"]
        assert seen(sim, 2)["faults"] == []


def test_trips_are_counted_over_power_cuts_and_the_fourth_of_a_day_latches():
    with Sim(*FREE) as sim:
        for trips in (1, 2, 3):
            charge(sim)
            sim.do("fault", name="rcd_dc")
            sim.wait({"connectors.0.faults": ["residual"]}, timeout_s=2)
            sim.do("fault", name="rcd_dc", on=False)
            sim.do("unplug")
            sim.do("advance", s=5)
            assert (setting(sim, "ResidualTrips"), seen(sim)["faults"]) == (f"1.{trips}", [])
            cut(sim)
        charge(sim)
        sim.do("fault", name="rcd_dc")
        sim.do("advance", s=2)
        sim.do("fault", name="rcd_dc", on=False)
        sim.do("unplug")
        sim.do("advance", s=5)
        assert (setting(sim, "ResidualTrips"), seen(sim)["faults"]) == ("1.4", ["residual"])


def test_an_undervoltage_of_one_phase_stops_its_own_outlet_alone():
    with Sim("--board", "rudved_ac001", *FREE) as sim:
        for connector in (1, 2, 3):
            charge(sim, connector)
        sim.do("mains", v=[230, 172, 230])
        sim.wait({"connectors.1.faults": ["under_voltage"]}, timeout_s=8)
        sim.do("advance", s=3)
        closed = [one["contactor"]["closed"] for one in sim.state()["connectors"]]
        assert closed == [True, False, True]
        assert [seen(sim, i)["faults"] for i in (1, 3)] == [[], []]
        sim.do("mains", v=230)
        sim.wait({"connectors.1.contactor.closed": True}, timeout_s=300)


def test_earth_that_is_lost_where_the_setting_only_warns_is_told_by_every_face_and_the_setting_itself_too():
    with Sim(*FREE, "--set", "EarthMonitor=warn") as sim:
        charge(sim)
        sim.do("fault", name="earth_open")
        sim.do("advance", s=2)
        one = seen(sim)
        assert (one["status"], one["error"], one["faults"], one["why"]) == ("Charging", "GroundFailure", ["earth"], "charging")
        with Terminal(sim) as terminal:
            assert "protective earth is not watched: EarthMonitor is warn" in terminal.ask("status")
            assert "protective earth is lost" in terminal.ask("faults")
            assert "EarthMonitor" not in terminal.ask("config export all")
            terminal.ask("config set EarthMonitor on")
            terminal.ask("config commit")
            sim.wait({"connectors.0.contactor.command": False}, timeout_s=1)
            assert "EarthMonitor" in terminal.ask("config history")


def test_a_board_without_an_earth_monitor_does_not_say_that_earth_is_watched():
    with Sim("--board", "rudved_bench") as sim:
        assert setting(sim, "EarthMonitor") == "off"
        assert "off" in sim.ask("config", set={"EarthMonitor": "on"})["error"]


def test_a_vehicle_that_lets_go_at_each_change_of_the_offer_charges_under_a_limit_that_changes_all_the_time():
    with Sim(*FREE) as sim:
        sim.do("plug", vehicle="bmw_phev")
        sim.do("vehicle", ready=True)
        sim.wait({"connectors.0.contactor.closed": True}, timeout_s=40)
        closed = 0
        for turn in range(48):
            sim.do("config", set={"MaxCurrentA": (16, 10, 11, 15, 9, 24)[turn % 6]})
            sim.do("advance", s=10)
            one = seen(sim)
            closed += one["contactor"]["closed"]
            assert one["faults"] == []
            assert one["amps"][0] <= one["limit_a"] + 0.1
        assert closed >= 42


def test_a_phase_that_fails_again_and_again_is_no_broken_contactor():
    with Sim("--board", "rudved_ac001", *FREE) as sim:
        charge(sim, 2)
        for _ in range(3):
            sim.do("mains", v=[230, 0, 230])
            sim.wait({"connectors.1.contactor.command": False}, timeout_s=0.5)
            sim.wait({"connectors.1.faults": ["under_voltage"]}, timeout_s=5)
            sim.do("advance", s=3)
            sim.do("mains", v=230)
            sim.wait({"connectors.1.contactor.closed": True}, timeout_s=300)


def test_an_outlets_vehicle_that_stops_drawing_is_suspended_and_later_let_go():
    settings = ("--set", "OutletIdleMa=400", "--set", "OutletIdleS=30", "--set", "OutletEndS=120")
    with Sim("--board", "rudved_ac001", *FREE, *settings) as sim:
        charge(sim)
        sim.do("vehicle", max_a=0.45)
        sim.do("advance", s=200)
        assert seen(sim)["status"] == "Charging"
        sim.do("vehicle", max_a=0.35)
        sim.do("advance", s=25)
        assert seen(sim)["status"] == "Charging"
        sim.wait({"connectors.0.status": "SuspendedEV"}, timeout_s=15)
        assert seen(sim)["contactor"]["closed"]
        sim.wait({"connectors.0.session": None}, timeout_s=130)
        sim.do("advance", s=2)
        assert (seen(sim)["contactor"]["closed"], seen(sim)["locked"]) == (False, False)


def test_three_lives_that_the_watchdog_ended_within_minutes_stop_the_charger_until_a_person_clears_it():
    with Sim(*FREE) as sim:
        for lives in (1, 2, 3):
            sim.do("advance", s=20)
            sim.do("reset", cause="watchdog")
            sim.do("advance", s=1)
            assert setting(sim, "ShortLives") == str(lives)
        sim.do("plug")
        sim.do("vehicle", ready=True)
        sim.do("advance", s=20)
        assert (seen(sim)["why"], seen(sim)["status"]) == ("controller restarted too often", "Faulted")
        cut(sim)
        sim.do("advance", s=20)
        assert seen(sim)["why"] == "controller restarted too often"


def test_ten_minutes_of_life_forget_the_resets_before():
    with Sim() as sim:
        for lives in (1, 2):
            sim.do("reset", cause="watchdog")
            sim.do("advance", s=1)
            assert setting(sim, "ShortLives") == str(lives)
        sim.do("advance", s=600)
        assert setting(sim, "ShortLives") == "0"
        sim.do("reset", cause="watchdog")
        sim.do("advance", s=1)
        assert seen(sim)["faults"] == []


@pytest.mark.parametrize("known", (False, True))
def test_a_vehicle_that_goes_straight_to_c_is_capped_where_the_setting_says_so(known):
    with Sim(*FREE, "--set", "SimplifiedPilotMaxA=10") as sim:
        sim.do("plug", vehicle="simplified")
        sim.do("vehicle", ready=True)
        if known:                       # it shows C all through the cut, as any vehicle might that was charging
            sim.wait({"connectors.0.contactor.closed": True}, timeout_s=60)
            sim.do("advance", s=5)
            cut(sim)
        sim.wait({"connectors.0.contactor.closed": True}, timeout_s=60)
        expected = (32.0, "board") if known else (10.0, "simplified pilot")
        assert (seen(sim)["limit_a"], seen(sim)["limit_by"]) == expected


def opened(folder):
    """The charger's file system."""
    image = folder / "files.img"
    files = LittleFS(block_size=4096, block_count=image.stat().st_size // 4096, mount=False)
    files.context.buffer = bytearray(image.read_bytes())
    files.mount()
    return files


def saved(folder, files):
    (folder / "files.img").write_bytes(files.context.buffer)


def spoiled(folder):
    """Both slots of the settings get a wrong byte."""
    files = opened(folder)
    for slot in ("settings.0", "settings.1"):
        with files.open(slot, "rb+") as f:
            f.seek(40)
            f.write(b"?")
    saved(folder, files)


def wiped(folder):
    """The file system has lost its metadata."""
    image = folder / "files.img"
    image.write_bytes(bytes(2 * 4096) + image.read_bytes()[2 * 4096:])


@pytest.mark.parametrize("harm", (spoiled, wiped))
def test_a_charger_that_has_lost_its_settings_and_its_latches_with_them_charges_nobody_until_a_person_has_looked(tmp_path, harm):
    with Sim("--data", tmp_path, *FREE) as sim:
        sim.do("config", set={"MaxCurrentA": 16})       # both slots are written now
        sim.do("config", set={"MaxCurrentA": 20})
        sim.do("fault", name="rcd_dead")
        sim.do("plug")
        sim.wait({"connectors.0.faults": ["residual_test"]})
        sim.do("advance", s=1)
        sim.do("fault", name="rcd_dead", on=False)
        sim.end()
    harm(tmp_path)
    with Sim("--data", tmp_path, *FREE) as sim:
        sim.do("vehicle", ready=True)
        with Terminal(sim) as terminal:
            sim.do("advance", s=1)
            assert "settings: " in terminal.ask("status")
        for _ in range(3):
            sim.do("advance", s=10)
            assert (seen(sim)["why"], seen(sim)["status"]) == ("settings or calibration are damaged or gone", "Faulted")
            cut(sim)
        with Terminal(sim) as terminal:
            assert "cleared" in terminal.ask("clear settings")
        sim.wait({"connectors.0.contactor.closed": True}, timeout_s=60)
        cut(sim)
        sim.do("advance", s=2)
        assert seen(sim)["faults"] == []


@pytest.mark.parametrize("at", (1, *(pytest.param(at, marks=pytest.mark.prove) for at in (2, 3, 4))))
def test_a_first_boot_that_is_cut_short_leaves_a_charger_as_new(at):
    with Sim(*FREE) as sim:
        sim.do("power", on=False)
        sim.do("power_cut_at", flash_write=at)
        for _ in range(3):
            sim.do("power", on=True)
            sim.do("advance", s=3)
        assert (sim.state()["power"], seen(sim)["faults"]) == (True, [])
