"""The conversation with a simulated charger's console: over noise, floods, restarts, and after whoever was there before."""

import os
import pty
import threading
import time
import tty

import pytest

from tests.host.bench import Wire, charger, result
from tools.host.charger import Charger
from tools.host.exits import Trouble
from tools.host.exported import Exported
from tools.host.sealing import parse, sealed
from tools.host.settings import differing, drop, stage


@pytest.fixture(scope="module")
def sim():
    with charger() as sim:
        yield sim


@pytest.fixture
def line(sim):
    with Charger(sim.ready["console"]) as line:
        yield line


def test_a_refusal_keeps_the_chargers_own_code_and_words(line):
    with pytest.raises(Trouble, match="nonsense: no such command") as told:
        line.ask("nonsense")
    assert (told.value.code, told.value.exit) == ("UNKNOWN", 8)


def talk_over(sim, **noise):
    """Many looks, and settings staged by word and by file: each right, or not at all. What had to be mended."""
    notes = []
    with Charger(sim.ready["console"]) as line:
        drop(line)
    with Wire(sim.ready["console"], **noise) as wire, Charger(wire.path, on_note=notes.append) as line:
        for _ in range(20):
            assert line.status()["serial"] == "R0000001"
        line.ask("config set MaxCurrentA 16")
        assert line.ask("config diff") == [{"key": "MaxCurrentA", "now": "32", "then": "16"}]
        drop(line)
        wanted = Exported({"CpoName": "Rud Ved", "AuthorizationKey": "0123456789abcdef"})
        assert {row["result"] for row in stage(line, wanted)} == {"change"}
    with Charger(sim.ready["console"]) as line:
        held = {row["key"]: row["then"] for row in line.ask("config diff")}
        assert held == {"CpoName": "Rud Ved", "AuthorizationKey": None}
        line.ask("config commit")
        line.ask("config confirm")
        assert differing(line, wanted) == []
        stage(line, Exported({"CpoName": "", "AuthorizationKey": ""}))
        line.ask("config commit")
        line.ask("config confirm")
    return notes


@pytest.mark.parametrize("noise", [{"noise": 0.3, "seed": 1}, {"lost": 0.3, "seed": 2}], ids=str)
def test_noise_costs_time_but_neither_a_wrong_answer_nor_a_wrong_setting(sim, noise):
    assert talk_over(sim, **noise), "the wire was meant to be bad"


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(20))
def test_no_noise_makes_a_wrong_answer_or_a_wrong_setting(sim, seed):
    print("seed", seed)
    talk_over(sim, noise=0.3, lost=0.3, seed=seed)


def test_a_line_too_noisy_is_told_and_not_waited_for(sim):
    with Wire(sim.ready["console"], noise=200) as wire, pytest.raises(Trouble) as told:
        Charger(wire.path).open(within_s=1.5)
    assert told.value.code in ("STRANGE", "SILENT") and told.value.exit == 4


def test_a_look_is_answered_although_the_charger_restarts_in_the_middle(sim, line):
    boots = line.status()["boots"]
    sim.do("reset", cause="hard")
    assert line.status()["boots"] == boots + 1


def test_what_must_not_be_done_twice_is_not_repeated_after_a_restart(sim, line):
    def restart():
        time.sleep(0.5)
        port.do("reset", cause="hard")

    port = sim.another()
    breaking = threading.Thread(target=restart)
    breaking.start()
    with pytest.raises(Trouble, match="look before you try again") as told:
        line.ask("card learn", 20)
    breaking.join()
    port.close()
    assert told.value.code == "UNSURE"
    assert line.status()["serial"] == "R0000001"


def test_a_restart_is_waited_for(line):
    boots = line.status()["boots"]
    line.reboot()
    assert line.status()["boots"] == boots + 1


def test_a_flood_of_log_lines_does_not_hide_the_answers(sim):
    over = threading.Event()
    port = sim.another()

    def flood():
        while not over.is_set():
            for on in (True, False):
                port.do("fault", name="estop", on=on)
                time.sleep(0.03)

    with Charger(sim.ready["console"]) as line:
        line.ask("log debug")
    flooding = threading.Thread(target=flood)
    flooding.start()
    try:
        for _ in range(3):
            with Charger(sim.ready["console"]) as line:
                assert len(line.ask("config get")) > 40
    finally:
        over.set()
        flooding.join()
        port.close()
    with Charger(sim.ready["console"]) as line:
        line.ask("clear emergency_stop")
        line.ask("log warning")


def test_what_somebody_had_half_typed_is_dropped_not_run(sim):
    fd = os.open(sim.ready["console"], os.O_RDWR | os.O_NOCTTY)
    os.write(fd, b"config set MaxCurrentA 1")
    os.close(fd)
    with Charger(sim.ready["console"]) as line:
        assert line.ask("config diff") == []


def test_after_a_program_that_died_the_next_one_is_answered_and_leaves_people_a_prompt(sim):
    Charger(sim.ready["console"]).open()  # and never closed
    with Charger(sim.ready["console"]) as line:
        line.status()
    fd = os.open(sim.ready["console"], os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd)
    os.write(fd, b"faults\r")
    shown = b""
    while b"no faults" not in shown:
        shown += os.read(fd, 1000)
    assert b"faults\r\n" in shown
    os.close(fd)


@pytest.mark.prove
def test_a_line_with_nobody_and_a_line_with_somebody_else_are_told_apart():
    near, far = pty.openpty()
    tty.setraw(far)
    quiet = Charger(os.ttyname(far))
    with pytest.raises(Trouble, match="nothing answers"):
        quiet.open(within_s=1.5)
    over = threading.Event()

    def speak():
        while not over.wait(0.1):
            os.write(near, b"$GPGGA,061500,1830.1,N\r\n")

    speaking = threading.Thread(target=speak)
    speaking.start()
    with pytest.raises(Trouble, match="no charger's console"):
        Charger(os.ttyname(far)).open(within_s=1.5)
    over.set()
    speaking.join()
    os.close(near)
    os.close(far)


def test_a_port_another_program_holds_is_told_so(sim, line):
    with pytest.raises(Trouble, match="another program has it open"):
        Charger(sim.ready["console"]).open()


def test_a_pulled_cable_is_gone_at_once_and_waited_for_when_asked(sim):
    with Wire(sim.ready["console"]) as wire:
        line = Charger(wire.path)
        line.open()
        wire.cut()
        with pytest.raises(Trouble) as told:
            line.status()
        assert (told.value.code, told.value.exit) == ("GONE", 4)
        with pytest.raises(Trouble, match="has not come back within 0.5 s"):
            line.reopen(0.5)


def test_secrets_are_compared_by_the_charger_and_shown_by_nobody(line):
    wanted = Exported({"AuthorizationKey": "0123456789abcdef"})
    stage(line, wanted)
    line.ask("config commit")
    line.ask("config confirm")
    assert differing(line, wanted) == []
    assert differing(line, Exported({"AuthorizationKey": "0123456789abcdeX", "MaxCurrentA": "32"})) == ["AuthorizationKey"]


def test_a_role_is_proven_by_its_secret_when_the_charger_wants_it(sim):
    with charger(seed=5) as sim:
        port = sim.ready["console"]
        with Charger(port) as line:
            line.ask("secret installer", on_ask=lambda prompt: "technician-5")
            line.ask("logout")
            with pytest.raises(Trouble) as told:
                line.ask("config set MaxCurrentA 10")
            assert told.value.exit == 5
        with Charger(port, secret=lambda role: "technician-5") as line:
            line.ask("config set MaxCurrentA 10")
            assert line.status()["role"] == "installer"
        assert result("info", port=port)["status"]["role"] == "viewer"  # a role ends with whoever had it


def test_a_line_is_sealed_as_the_console_wants_it_and_a_damaged_answer_is_none():
    assert sealed("ocpp --json @18") == b"ocpp --json @18*9d1a2fec\r"
    told = '{"ok": true, "result": {"connected": false, "queued": 0, "name": "R0000001", "accepted": false, "url": ""}'
    good = told + ', "seq": 18, "crc": "939c9cc5"}'
    assert parse(good)["seq"] == 18
    assert parse("installer> " + good)["seq"] == 18
    for at in range(2, len(good)):
        spoilt = good[:at] + chr(ord(good[at]) ^ 1) + good[at + 1 :]
        assert (parse(spoilt) or {}).get("crc") is None or parse(spoilt) is None, spoilt
