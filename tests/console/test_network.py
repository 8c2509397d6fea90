"""Wi-Fi and the central system's address, at the console of a whole charger."""

import json
import re

import pytest

from tests.console.terminal import Terminal
from tests.sim.nursery import Sim

PASSWORD = "depot-password"


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


def join(terminal, name, password):
    terminal.type(f"wifi join {name}\r")
    terminal.read(r"network: $")
    return terminal.ask(password)


def test_a_network_is_found_joined_confirmed_and_joined_again_after_a_cut(sim, terminal):
    assert "Rudved-Depot  -58  6        wpa2" in terminal.ask("wifi scan")
    shown = join(terminal, "Rudved-Depot", PASSWORD)
    assert "in Rudved-Depot" in shown and "config confirm" in shown and PASSWORD not in shown
    assert "confirmed" in terminal.ask("config confirm")
    assert "joined, -58 dBm" in terminal.ask("wifi")
    sim.do("power", on=False)
    sim.do("power", on=True)
    sim.do("advance", s=6)
    terminal.read()
    assert json.loads(terminal.ask("wifi --json"))["result"]["connected"]
    assert PASSWORD not in terminal.ask("config get Wifi") + terminal.ask("config history") + terminal.ask("log")


def test_a_wrong_password_leaves_the_network_before(sim, terminal):
    join(terminal, "Guests", "")
    terminal.ask("config confirm")
    shown = join(terminal, "Rudved-Depot", "not-the-password")
    assert "ERR FAILED" in shown and "not-the-password" not in shown
    sim.do("advance", s=5)
    told = json.loads(terminal.ask("wifi --json"))["result"]
    assert (told["set"], told["connected"]) == ("Guests", True)
    assert "ERR NOTHING" in terminal.ask("config confirm")


def test_a_network_nobody_confirms_is_left_again(sim, terminal):
    join(terminal, "Guests", "")
    sim.do("advance", s=130)
    terminal.read()
    told = json.loads(terminal.ask("wifi --json"))["result"]
    assert (told["set"], told["ssid"], told["connected"]) == (None, None, False)


def test_ctrl_c_while_it_joins_changes_nothing(sim, terminal):
    terminal.type("wifi join Guests\r")
    terminal.read(r"network: $")
    terminal.type("\r")
    sim.do("advance", s=0.5)
    terminal.type("\x03")
    assert "ERR CANCELLED" in terminal.read()
    sim.do("advance", s=5)
    assert "none is set" in terminal.ask("wifi")


def test_a_password_too_short_is_refused_and_not_shown(terminal):
    shown = join(terminal, "Guests", "short")
    assert "ERR SETTING" in shown and "(secret)" in shown and "short" not in shown.replace("a text of", "")
    assert "nothing is staged" in terminal.ask("config diff")


def test_the_own_network_has_the_installer_secret_and_none_without(terminal):
    assert "ERR NOTHING" in terminal.ask("wifi ap on")
    terminal.type("secret installer\rtechnician-7\rtechnician-7\r")
    terminal.read(r"is set\.\n.*> $")
    shown = terminal.ask("wifi ap on")
    assert "own network: Rudved-R0000001" in shown and "technician-7" not in shown
    assert "own network: Rudved-R0000001" in terminal.ask("wifi")
    assert "off" in terminal.ask("wifi ap off")


def test_the_central_systems_address_is_staged_with_the_name_both_or_none(terminal):
    assert "ERR SETTING" in terminal.ask(f"ocpp set ws://csms.example {'x' * 49}")
    assert "nothing is staged" in terminal.ask("config diff")
    shown = terminal.ask("ocpp set wss://csms.example/ocpp BAY-7")
    assert "CsmsUrl: - -> wss://csms.example/ocpp" in shown and "ChargePointId: - -> BAY-7" in shown
    terminal.ask("config rollback")


def test_the_clock_is_set_where_no_central_system_does_and_what_was_before_gets_its_time(sim, terminal):
    assert "clock not set (`clock`)" in terminal.ask("status")
    for wrong in ("clock", "clock now", "clock 2026-13-01T10:00:00Z", "clock 1999-01-01T00:00:00Z"):
        assert "ERR USAGE" in terminal.ask(wrong), wrong
    assert json.loads(terminal.ask("status --json"))["result"]["utc"] is None
    for line in ("config set MaxCurrentA 10", "config commit"):
        terminal.ask(line)
    assert terminal.ask("clock 2026-11-25T15:30:00+05:30") == "clock 2026-11-25T10:00:00Z"
    assert "2026-11-25T10:0" in terminal.ask("status") and "clock not set" not in terminal.ask("status")
    assert re.search(r"1  2026-11-25T(09:59|10:00):\d\dZ +installer +MaxCurrentA", terminal.ask("config history"))


def test_whether_a_secret_is_set_is_told_and_never_what_it_is(sim, terminal):
    assert "AuthorizationKey = (secret)" in terminal.ask("config get AuthorizationKey")
    assert "  not set" in terminal.ask("config get AuthorizationKey")
    assert re.search(r"AuthorizationKey +\(secret\) +not set", terminal.ask("config get Authorization"))
    terminal.type("config set AuthorizationKey\r")
    terminal.read("AuthorizationKey: $")
    terminal.ask("0123456789abcdef")
    terminal.ask("config commit")
    shown = terminal.ask("config get AuthorizationKey") + terminal.ask("config get Authorization")
    assert "  set\n" in shown and "not set" not in shown and "0123456789" not in shown


def test_why_there_is_no_central_system_is_told_in_words_and_logged_once():
    with Sim("--csms", "ws://127.0.0.1:9/ocpp") as sim, Terminal(sim) as terminal:
        sim.do("advance", s=60)
        told = "not connected: nothing listens at that address and port (ECONNREFUSED)"
        assert terminal.ask("ocpp").startswith(told)
        assert f"central system: {told}" in terminal.ask("status")
        assert terminal.ask("log").count("not connected") == 1
        assert "Core,RemoteTrigger,SmartCharging" in terminal.ask("config get SupportedFeatureProfiles"), "what it will be told"
        assert "(ECONNREFUSED)" in terminal.ask("update fetch http://127.0.0.1:9/app.rud")
