"""The simulated charger's serial line as it is: noise, floods, half lines, whoever goes away in the middle."""

import base64
import hashlib
import hmac
import json
import random

import pytest

from tests.console.terminal import Terminal
from tests.sim.nursery import Sim

EXPORT = "rudved-config 1\nMaxCurrentA=9\nCpoName=Ved\n"


@pytest.fixture(scope="module")
def sim():
    with Sim() as sim:
        sim.do("advance", s=3)
        yield sim


@pytest.fixture
def terminal(sim):
    with Terminal(sim) as terminal:
        terminal.type("\x03")
        terminal.read()
        yield terminal


def settled(sim):
    """Bytes of heap in use soon after a collection, of which there is one each ten seconds."""
    used = []
    for _ in range(24):
        sim.do("advance", s=0.5)
        used.append(sim.state()["heap"]["used"])
    return min(used)


def changed(terminal):
    """The settings that differ from the factory's, or are staged."""
    answer = json.loads(terminal.ask("config export --json"))
    return answer["result"]["settings"], terminal.ask("config diff")


def test_help_alone_leads_a_newcomer_to_every_command(terminal):
    names = json.loads(terminal.ask("help --json"))["result"]["commands"]
    shown = terminal.ask("help")
    for name in names:
        assert name in shown
        assert "e.g." in terminal.ask(f"help {name}")


def test_tab_completes_and_arrows_bring_back(terminal):
    terminal.type("stat\t")
    assert "AC7" in terminal.ask("")
    terminal.type("\x1b[A")
    assert "AC7" in terminal.ask("")


def test_a_line_of_100_kb_is_one_clear_error_and_memory_comes_back(sim, terminal):
    before = settled(sim)
    terminal.type("x" * 100_000 + "\r")
    terminal.read(r"ERR LONG[^\n]*\n.*> $")
    assert "connector 1" in terminal.ask("why")
    assert settled(sim) < before + 4000


def test_binary_noise_changes_nothing_and_memory_comes_back(sim, terminal):
    before = settled(sim)
    noise = random.Random(6).randbytes(20_000).replace(b"\x03", b"")
    terminal.type(noise)
    terminal.type("\x03\x15help the-noise-is-over\r")  # prompts come in the middle of it too
    terminal.read(r"the-noise-is-over: no such command[^\n]*\n.*> $")
    assert changed(terminal) == ({}, "nothing is staged")
    assert settled(sim) < before + 6000  # sixteen lines of history
    assert sim.state()["power"]


def test_the_support_bundle_is_whole_though_a_part_of_it_fails(terminal):
    lines = [json.loads(line) for line in terminal.ask("support-bundle", most_s=60).splitlines()]
    told = [line["result"] for line in lines if "result" in line]
    assert [one["command"] for one in told][:3] == ["status", "live", "why"]
    assert len(told) == 11 and all("answer" in one for one in told)
    terminal.sim.do("fault", name="meter_silent")
    assert "ERR" not in terminal.ask("support-bundle", most_s=60)
    terminal.sim.do("fault", name="meter_silent", on=False)


def test_half_a_line_waits_for_the_other_half(terminal):
    terminal.type("fau")
    terminal.sim.do("advance", s=5)
    assert "no faults" in terminal.ask("lts")


def test_a_paste_of_a_thousand_lines_is_answered_line_by_line(terminal):
    terminal.type("\r".join(["faults"] * 999 + ["help nonsense"]) + "\r")
    shown = terminal.read(r"nonsense: no such command[^\n]*\n.*> $")
    assert shown.count("no faults") == 999


def test_a_paste_of_commands_that_take_time_loses_none(terminal):
    terminal.type("session list\r" * 100 + "help nonsense\r")
    shown = terminal.read(r"nonsense: no such command[^\n]*\n.*> $")
    assert shown.count("no session") == 100


def test_a_pasted_import_of_many_lines_arrives_whole(terminal):
    body = "".join(f"# comment {i}\n" for i in range(300))
    assert "staged" in terminal.ask("config import\r" + EXPORT + body + "end")
    assert "MaxCurrentA: 32 -> 9" in terminal.ask("config diff")
    terminal.ask("config rollback")


def test_whoever_goes_away_in_the_middle_of_an_import_changes_nothing(sim):
    before = settled(sim)
    with Terminal(sim) as terminal:
        terminal.type("config import\r" + EXPORT)
    sim.do("advance", s=31)
    with Terminal(sim) as terminal:
        assert "ERR TIMEOUT" in terminal.read()
        assert changed(terminal) == ({}, "nothing is staged")
    assert settled(sim) < before + 4000


def test_what_is_typed_beyond_measure_during_a_command_is_dropped_and_told(terminal):
    terminal.type("card learn\r")
    terminal.read("within 15 s\n$")
    terminal.type("faults\r" * 1000)
    assert "ERR LOST" in terminal.read(step_s=1)
    assert "no faults" in terminal.ask("faults")


def test_ctrl_c_ends_a_command_at_once(terminal):
    terminal.type("meter scan\r")
    terminal.read("gives up\n$")
    terminal.type("\x03")
    assert "ERR CANCELLED" in terminal.read(most_s=1)
    terminal.sim.do("advance", s=5)
    assert "ok" in terminal.ask("meter read")


def test_machine_mode_answers_one_line_each_and_nothing_else(sim, terminal):
    terminal.type("machine on\r")
    terminal.sim.do("advance", s=0.1)
    terminal.drain()
    terminal.type("status @1\rnonsense @2\rconfig get MaxCurrentA @3\r")
    lines = terminal.read(r'"seq": 3[^\n]*\n$').splitlines()
    answers = [json.loads(line) for line in lines if line.startswith("{") and "seq" in line]
    assert [(answer["seq"], answer["ok"]) for answer in answers] == [(1, True), (2, False), (3, True)]
    assert len(answers) >= len(lines) - 1  # `machine on` itself was still for people
    terminal.type("machine off\r")
    terminal.read()


WORDS = (
    "help status why live scope faults ocpp log session list show config get set diff commit confirm rollback history export import meter "
    "read scan card learn test clear trace support-bundle login logout code secret rcd contactor lock led pilot reader 1 2 0 -1 "
    "99999999999999 MaxCurrentA CsmsUrl ws://x FreeVendActive true false all secrets installer factory viewer --json @3 @ \"\" \" "
    "wifi join leave ap Guests on add remove identify commission begin force step skip earth identity record last "
    "é off info 12 Latched welded residual_test AuthorizationKey " + "x" * 300
).split(" ")


def babble(seed, lines):
    """Lines of the console's own words in any order, now and then cut and completed, each broken off."""
    draw = random.Random(seed)
    board = ("rudved_ac7", "rudved_ac22", "rudved_ac001")[seed % 3]
    with Sim("--board", board, "--seed", seed) as sim, Terminal(sim) as terminal:
        sim.do("advance", s=3)
        sim.do("plug")
        for number in range(lines):
            if number == lines // 2:
                sim.do("config", set={"FreeVendActive": True})
            line = " ".join(draw.choice(WORDS) for _ in range(draw.choice((1, 2, 2, 3, 4))))
            cut = draw.random() < 0.2
            terminal.type((line[:-2] + "\t" if cut else line) + "\r")
            sim.do("advance", s=draw.choice((0, 0.2, 3)))
            terminal.type("\x03")
            shown = terminal.read(most_s=5)
            wrong = [told for told in shown.splitlines() if "INSIDE" in told or "Traceback" in told]
            assert not wrong, (number, line, wrong)
        # A change nobody confirmed is taken back by a soft restart; anything else was a crash.
        assert sim.state()["reset_cause"] in ("power_on", "soft")


def test_words_in_any_order_never_break_the_console():
    babble(1, 60)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(2, 14))
def test_more_words_in_any_order_never_break_the_console(seed):
    print("seed", seed)
    babble(seed, 300)


def test_the_makers_code_is_hmac_as_anybody_computes_it():
    """Beside the firmware's own test: the formula the README gives, in CPython."""
    digest = hmac.new(b"maker-secret", b"rudved-code 1 R0000001 installer 0123ABCD", hashlib.sha256).digest()
    crockford = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert base64.b32encode(digest).decode().translate(crockford)[:10] == "4GHSER7A8E"
