"""An installer's work at the console of a whole charger: what it does to the charger, and what it must not do."""

import json

import pytest

from tests.console.terminal import Terminal
from tests.sim.nursery import Sim


@pytest.fixture
def sim():
    with Sim() as sim:
        sim.do("advance", s=3)
        yield sim


@pytest.fixture
def terminal(sim):
    with Terminal(sim) as terminal:
        terminal.read()
        yield terminal


def charge(sim):
    """A session that charges."""
    sim.do("config", set={"FreeVendActive": True})
    sim.do("plug")
    sim.do("vehicle", ready=True)
    sim.wait({"connectors.0.contactor.closed": True}, 20)
    sim.do("advance", s=10)


def test_the_contactor_is_tried_by_a_session_and_its_proofs(sim, terminal):
    assert "ERR FAILED" in terminal.ask("test contactor")
    sim.do("plug")
    sim.do("advance", s=2)
    answer = terminal.ask("test contactor", most_s=60, step_s=1)
    assert "it did not close: vehicle does not ask for energy" in answer
    sim.do("vehicle", ready=True)
    sim.do("advance", s=2)
    assert "PASS contactor: closed after" in terminal.ask("test contactor")
    assert not sim.state()["connectors"][0]["contactor"]["closed"]
    assert "CONSOLE-TEST" in terminal.ask("session list")


def test_nothing_is_tried_while_a_session_runs(sim, terminal):
    charge(sim)
    for line in ("test rcd", "test contactor", "meter scan", "meter identify", "reboot", "factory-reset R0000001",
                 "commission begin", "commission step earth", "commission"):
        assert "ERR BUSY" in terminal.ask(line), line
    for line in ("config export", "wifi", "card list", "update status", "commission status", "config history"):
        assert 'ERR BUSY "a vehicle charges' in terminal.ask(line), line
    for line in ("status", "live 1", "scope", "faults", "meter read", "ocpp", "log", "session list", "config get", "config diff", "help"):
        assert "ERR" not in terminal.ask(line, step_s=1), line
    told = [json.loads(line)["result"] for line in terminal.ask("support-bundle", most_s=60).splitlines() if "result" in line]
    assert {one["command"]: one.get("code") for one in told}["wifi"] == "BUSY"
    assert [one["command"] for one in told if "answer" in one] == ["status", "live", "why", "faults", "meter read", "session list", "log"]
    assert sim.state()["connectors"][0]["contactor"]["closed"]
    assert "charging" in terminal.ask("why")


def test_a_welded_contactor_keeps_no_command_away(sim, terminal):
    charge(sim)
    sim.do("fault", name="weld")
    sim.do("unplug")
    sim.do("advance", s=5)
    assert "a pole is live" in terminal.ask("test contactor")
    assert "welded is still there" in terminal.ask("clear welded", most_s=60)
    assert "end " in terminal.ask("config export")


def test_settings_can_be_committed_while_a_session_runs(sim, terminal):
    charge(sim)
    terminal.ask("config set MaxCurrentA 10")
    assert "changed: MaxCurrentA" in terminal.ask("config commit")
    sim.wait({"connectors.0.limit_a": 10.0}, 5)
    assert sim.state()["connectors"][0]["contactor"]["closed"]


def test_a_latched_fault_is_cleared_by_an_installer_once_its_cause_is_gone(sim, terminal):
    sim.do("fault", name="rcd_dead")
    assert "ERR FAILED" in terminal.ask("test rcd")
    assert "residual_test" in terminal.ask("faults")
    assert "ERR NOTHING" in terminal.ask("clear welded")
    sim.do("fault", name="rcd_dead", on=False)
    assert "cleared on connector 1" in terminal.ask("clear residual_test")
    assert "PASS" in terminal.ask("test rcd")
    assert "no faults" in terminal.ask("faults")


def test_a_fault_that_is_still_there_cannot_be_cleared(sim, terminal):
    sim.do("fault", name="estop")
    sim.do("advance", s=1)
    assert "ERR FAILED" in terminal.ask("clear emergency_stop")
    assert "emergency stop is pressed" in terminal.ask("why")


def test_a_tap_while_a_card_is_learnt_starts_nothing(sim, terminal):
    sim.do("config", set={"AllowOfflineTxForUnknownId": True})
    sim.do("plug")
    terminal.type("card learn\r")
    terminal.read("within 15 s\n$")
    sim.do("tap", uid="04A1B2C3")
    assert "card 04A1B2C3" in terminal.read()
    sim.do("advance", s=10)
    assert sim.state()["connectors"][0]["session"] is None


def test_a_card_of_the_chargers_own_list_charges_without_a_central_system(sim, terminal):
    terminal.type("card add\r")
    terminal.read("within 15 s\n$")
    sim.do("tap", uid="04A1B2C3")
    assert "added: 04A1B2C3; 1 in" in terminal.read()
    assert "ERR SETTING" in terminal.ask("card add 04a1b2c3")
    assert "own    04A1B2C3  Accepted" in terminal.ask("card list")
    sim.do("plug")
    sim.do("vehicle", ready=True)
    sim.do("advance", s=3)
    sim.do("tap", uid="04A1B2C3")
    sim.wait({"connectors.0.contactor.closed": True}, 20)
    sim.do("unplug")
    sim.do("advance", s=5)
    assert "removed" in terminal.ask("card remove 04A1B2C3")
    assert "ERR NOTHING" in terminal.ask("card remove 04A1B2C3")
    sim.do("plug")
    sim.do("tap", uid="04A1B2C3")
    sim.do("advance", s=10)
    assert sim.state()["connectors"][0]["session"] is None
    assert "KnownCards" in terminal.ask("config history")


def test_a_card_with_a_number_made_up_at_each_tap_is_not_added(sim, terminal):
    terminal.type("card add\r")
    terminal.read("within 15 s\n$")
    sim.do("tap", uid="08A1B2C3")
    assert "ERR FAILED" in terminal.read()
    for bad in ("x" * 21, "a,b", '""'):
        assert "ERR SETTING" in terminal.ask(f"card add {bad}")
    assert "no card is known" in terminal.ask("card list")


def test_the_meter_is_held_against_what_the_board_says(sim, terminal):
    assert "address 1: reads as sdm120, as the board says; so would" in terminal.ask("meter identify", most_s=60)
    sim.do("fault", name="meter_silent")
    assert "no answer" in terminal.ask("meter identify", most_s=60)
    sim.do("fault", name="meter_silent", on=False)
    sim.do("advance", s=15)
    assert json.loads(terminal.ask("meter read --json"))["result"][0]["state"] == "ok"


def test_the_light_is_tried_and_given_back(sim, terminal):
    terminal.type("test led\r")
    terminal.read("blue\n$")
    sim.do("advance", s=0.1)
    assert sim.state()["led"] == "blue"
    terminal.read("yes/no\n-> $")
    assert "PASS led: the colours were seen" in terminal.ask("yes")
    sim.do("advance", s=1)
    assert sim.state()["led"] == "green"
    terminal.type("test led\r")
    terminal.read("yes/no\n-> $")
    assert 'ERR FAILED "FAIL led: the colours were not seen"' in terminal.ask("no")


def test_a_meter_scan_finds_the_meter_and_puts_the_line_back(sim, terminal):
    answer = json.loads(terminal.ask("meter scan --json", most_s=400, step_s=5))
    assert (answer["result"]["found"][0]["address"], answer["result"]["found"][0]["baud"]) == (1, 9600)
    sim.do("advance", s=5)
    assert json.loads(terminal.ask("meter read --json"))["result"][0]["state"] == "ok"


def test_an_unconfirmed_address_is_taken_back_over_a_restart_too(sim, terminal):
    terminal.ask("config set CsmsUrl ws://127.0.0.1:9/none")
    assert "config confirm" in terminal.ask("config commit")
    terminal.ask("reboot", r"`help` lists the commands[^$]*> $")
    assert "ws://127.0.0.1:9/none" in terminal.ask("config get CsmsUrl")
    sim.do("advance", s=130)
    terminal.read()
    assert "CsmsUrl = -" in terminal.ask("config get CsmsUrl")
    assert sim.state()["boots"] == 3  # taking back an address that was in force takes a restart


def test_factory_reset_keeps_sessions_and_latched_faults(sim, terminal):
    charge(sim)
    sim.do("unplug")
    sim.do("fault", name="rcd_dead")
    sim.do("advance", s=5)
    terminal.ask("test rcd")
    sim.do("advance", s=2)
    terminal.ask("factory-reset R0000001", r"`help` lists the commands[^$]*> $")
    assert "FREEVEND" in terminal.ask("session list")
    assert "residual_test" in terminal.ask("faults")
    assert json.loads(terminal.ask("config export --json"))["result"]["settings"] == {}


def test_factory_reset_opens_no_door(sim, terminal):
    terminal.type("secret installer\rtechnician-7\rtechnician-7\r")
    terminal.read(r"is set\.\n.*> $")
    terminal.ask("factory-reset R0000001", r"`help` lists the commands[^$]*> $")
    assert "ERR DENIED" in terminal.ask("config set MaxCurrentA 9")
    terminal.type("login\rtechnician-7\r")
    assert "You are installer" in terminal.read(r"installer[^>]*> $")


@pytest.mark.parametrize("board", ["rudved_ac22", "rudved_ac001"])
def test_every_look_works_on_the_other_boards(board):
    with Sim("--board", board) as sim, Terminal(sim) as terminal:
        sim.do("advance", s=3)
        terminal.read()
        for line in ("status", "why", "live 1", "faults", "meter read", "ocpp", "support-bundle"):
            assert "ERR" not in terminal.ask(line, step_s=1), line
        if board == "rudved_ac22":
            sim.do("plug")
            sim.do("advance", s=5)
            assert "PASS lock" in terminal.ask("test lock")
        else:
            assert "ERR ABSENT" in terminal.ask("scope 3")
