"""The calibration of one charger: measured at the console, kept apart from the settings, refused where it cannot be right."""

import json

import pytest

from tests.console.terminal import Terminal
from tests.safety.test_charger import FREE, charge, cut, opened, saved, seen
from tests.sim.nursery import Sim

FILE = "calibration"


@pytest.fixture
def sim():
    with Sim(*FREE) as sim:
        sim.do("advance", s=3)
        yield sim


@pytest.fixture
def terminal(sim):
    with Terminal(sim) as terminal:
        terminal.ask("log off")
        yield terminal


def test_what_a_pilot_reads_wrongly_is_put_right_for_good(sim, terminal):
    sim.do("fault", name="pilot_offset", mv=580)
    assert "pilot 1: -5" in terminal.ask("calibrate pilot")
    cut(sim)
    charge(sim)
    sim.do("advance", s=3)
    assert abs(seen(sim)["pilot_high_mv"] - 6000) < 60
    assert abs(seen(sim)["pilot_low_mv"] + 12000) < 60
    assert seen(sim)["limit_a"] == 32.0


def test_volts_that_an_instrument_shows_are_taken_for_the_truth(sim, terminal):
    assert "pilot 1" in terminal.ask("calibrate pilot 1 12.30 -11.70")
    sim.do("advance", s=1)
    assert abs(seen(sim)["pilot_high_mv"] - 12300) < 60


IMPLAUSIBLE = (
    ({"name": "pilot_offset", "mv": 900}, "calibrate pilot", "offset, millivolts is -8"),
    ({"name": "pilot_short"}, "calibrate pilot", "at its ends"),
    (None, "calibrate pilot 1 13 -12", "volts from 11.4 to 12.6"),
    (None, "calibrate pilot 1 x -12", "volts from 11.4 to 12.6"),
    (None, "calibrate pilot 1 12", "HIGH_V LOW_V"),
    (None, "calibrate sensor board 41", "at most 50 either way"),
    (None, "calibrate sensor board hot", "nothing changed"),
    (None, "calibrate sensor door 30", "sensors of this board: board, contactor"),
)


def test_what_is_implausible_is_refused_and_changes_nothing(sim, terminal):
    before = terminal.ask("calibrate --json")
    for harm, command, words in IMPLAUSIBLE:
        if harm:
            sim.do("fault", **harm)
        answer = terminal.ask(command)
        assert words in answer and "ERR" in answer
        assert terminal.ask("calibrate --json") == before
        if harm:
            sim.do("fault", name=harm["name"], on=False)


def test_nothing_is_measured_on_a_vehicle(sim, terminal):
    sim.do("config", set={"FreeVendActive": False})
    sim.do("plug")
    sim.do("advance", s=2)
    assert "unplug the vehicle first" in terminal.ask("calibrate pilot")


def test_a_sensor_is_corrected_by_what_a_thermometer_shows(sim, terminal):
    assert "temperature board: 2.5 K" in terminal.ask("calibrate sensor board 32.5")
    sim.do("temperature", c=63)
    sim.do("advance", s=3)
    assert "temperature_derate" in seen(sim)["faults"]


def test_an_uncalibrated_pilot_offers_16_amperes_and_says_why(sim, terminal):
    terminal.ask("calibrate forget")
    assert "pilot 1: not calibrated: 16 A at most" in terminal.ask("calibrate")
    charge(sim)
    sim.do("advance", s=2)
    assert (seen(sim)["limit_a"], seen(sim)["limit_by"]) == (16.0, "calibration")
    sim.do("unplug")
    sim.do("advance", s=5)
    terminal.ask("calibrate pilot")
    charge(sim)
    sim.do("advance", s=2)
    assert seen(sim)["limit_a"] == 32.0


def test_no_export_and_no_reset_to_defaults_touches_it(sim, terminal):
    terminal.ask("calibrate sensor board 31")
    before = json.loads(terminal.ask("calibrate --json"))["result"]
    assert before["temperature"] == {"board": 10}
    for scope in ("all", "secrets"):
        assert "alibrat" not in terminal.ask(f"config export {scope}")
    terminal.ask("factory-reset R0000001")
    sim.do("advance", s=15)
    assert json.loads(terminal.ask("calibrate --json"))["result"] == before


@pytest.mark.parametrize("at", (0, *(pytest.param(at, marks=pytest.mark.prove) for at in (3, 9, 30))))
def test_a_wrong_bit_in_it_stops_the_charger_until_it_is_measured_anew_and_a_person_has_looked(tmp_path, at):
    with Sim("--data", tmp_path, *FREE) as sim:
        sim.do("advance", s=1)
        sim.end()
    files = opened(tmp_path)
    with files.open(FILE, "rb") as f:
        data = bytearray(f.read())
    data[at] ^= 4
    with files.open(FILE, "wb") as f:
        f.write(bytes(data))
    saved(tmp_path, files)
    with Sim("--data", tmp_path, *FREE) as sim:
        sim.do("plug")
        sim.do("vehicle", ready=True)
        for _ in range(2):
            sim.do("advance", s=20)
            assert (seen(sim)["why"], seen(sim)["status"]) == ("settings or calibration are damaged or gone", "Faulted")
            cut(sim)
        sim.do("unplug")
        sim.do("advance", s=3)
        with Terminal(sim) as terminal:
            assert "calibration: its content is damaged" in terminal.ask("status")
            assert "`calibrate pilot` makes it anew" in terminal.ask("calibrate")
            assert "pilot 1" in terminal.ask("calibrate pilot")
            assert "cleared" in terminal.ask("clear settings")
        cut(sim)
        charge(sim)
        sim.do("advance", s=2)
        assert (seen(sim)["limit_a"], seen(sim)["faults"]) == (32.0, [])
