"""The commissioning wizard at the console of a whole charger: by a person, by a program, over power cuts."""

import hashlib
import json
import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from tests.console.terminal import Terminal
from tests.sim.nursery import Sim

ANSWERS = {"label": "https://rudved.example/u/R0000001", "rating_ma": "32", "n_pe_mv": "0.8", "loop_mohm": "0.43", "seen": "yes",
           "minutes": "1", "load_w": "", "by": "A. Technician", "remarks": "bay 7", "ready": ""}


@pytest.fixture
def sim():
    with Sim() as sim:
        sim.do("advance", s=35)
        yield sim


@pytest.fixture(scope="module")
def bench():
    """One for all tests that leave it as it was."""
    with Sim() as sim:
        sim.do("advance", s=35)
        yield sim


class Program:
    """Drives the steps as a host program does: every line is JSON."""

    def __init__(self, sim, terminal):
        self.sim, self.terminal = sim, terminal
        self.events, self.asked = [], []
        terminal.type("\x03machine off\r")
        terminal.read()
        terminal.type("machine on\r")
        sim.do("advance", s=0.2)
        terminal.drain()

    def ask(self, line, answers=ANSWERS, meanwhile=lambda key: None):
        """A command; its answer. Questions are answered by key, events kept; `meanwhile` is told each key before."""
        self.terminal.type(line + "\r")
        rest = ""
        for _ in range(2000):
            rest += self.terminal.read(r"\n$|^$", step_s=1)
            while "\n" in rest:
                told, _, rest = rest.partition("\n")
                message = json.loads(told)
                if "ok" in message:
                    return message
                if "ask" in message:
                    self.asked.append(message["key"])
                    meanwhile(message["key"])
                    self.terminal.type(answers.get(message["key"], "") + "\r")
                else:
                    meanwhile(message)
                    self.events.append(message)
            self.sim.do("advance", s=0.5)
        raise AssertionError("no answer")

    def step(self, name, **how):
        answer = self.ask("commission step " + name, **how)
        assert answer["ok"], answer
        return answer["result"]


@pytest.fixture
def program(sim):
    with Terminal(sim) as terminal:
        yield Program(sim, terminal)


@pytest.fixture
def begun(bench):
    """A program before a record that has just begun."""
    with Terminal(bench) as terminal:
        program = Program(bench, terminal)
        program.ask("commission begin force")
        yield program


def helping(sim):
    """The hands of the technician: whatever a step asks for is done."""

    def hands(told):
        if told == "ready":
            sim.do("plug")
            sim.do("vehicle", ready=True, max_a=16)
            sim.do("advance", s=1)
        elif isinstance(told, dict) and told.get("say") == "tap a card":
            sim.do("tap", uid="04A1B2C3")

    return hands


def chain(lines):
    found = b""
    for line in lines:
        found = hashlib.sha256(found + line.encode()).digest()
    return found.hex()


def commissioned(sim, program):
    """A whole commissioning of a charger without a central system."""
    program.ask("commission begin")
    verdicts = {}
    while (name := program.ask("commission status")["result"]["next"]) is not None:
        if name == "ocpp":
            sim.do("unplug")
        verdicts[name] = program.step(name, meanwhile=helping(sim))["verdict"]
    return verdicts


def test_every_step_is_done_in_order_and_the_record_is_chained(sim, program):
    verdicts = commissioned(sim, program)
    skipped = {name for name, verdict in verdicts.items() if verdict == "SKIP"}
    assert skipped == {"proximity", "lock", "ocpp", "remote"}, verdicts
    assert {verdict for name, verdict in verdicts.items() if name not in skipped} == {"PASS"}, verdicts
    assert list(verdicts) == (
        "identity board mains earth contactor rcd pilot proximity lock meter rfid indicator network ocpp remote load signoff".split()
    )
    status = program.ask("commission status")["result"]
    assert (status["state"], status["number"], status["next"]) == ("signed", 1, None)
    record = program.ask("commission record")["result"]
    lines = [json.loads(line) for line in record["lines"]]
    assert record["hash"] == chain(record["lines"])
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(record["public_key"]))
    key.verify(bytes.fromhex(record["signature"]), bytes.fromhex(record["hash"]), ec.ECDSA(utils.Prehashed(SHA256())))
    assert (lines[0]["serial"], lines[0]["previous"], lines[0]["number"]) == ("R0000001", None, 1)
    assert (lines[-1]["by"], lines[-1]["remarks"]) == ("A. Technician", "bay 7")
    load = next(line for line in lines[1:] if line["step"] == "load")
    assert 50 < load["figures"]["measured_wh"] < 65 and len([e for e in program.events if "power_w" in e]) >= 10
    assert any("mv" in event and event["step"] == "pilot" for event in program.events)
    contactor = next(line for line in lines[1:] if line["step"] == "contactor")
    assert 0 < contactor["figures"]["open_ms"] <= contactor["limits"]["open_ms"][1]
    program.ask("commission begin")
    second = json.loads(program.ask("commission record")["result"]["lines"][0])
    assert (second["number"], second["previous"]) == (2, record["hash"])
    assert program.ask("commission record last")["result"]["lines"] == record["lines"]


PROVE = [pytest.param(*row, marks=pytest.mark.prove) for row in (
    ("earth_open", "earth"), ("meter_silent", "mains"), ("reader_dead", "rfid"), ("contactor_stuck_open", "contactor"))]


@pytest.mark.parametrize(("fault", "step"), [("rcd_dead", "rcd"), ("meter_silent", "meter"), *PROVE])
def test_what_is_broken_fails_its_step_and_passes_after_the_repair(sim, program, fault, step):
    program.ask("commission begin")
    sim.do("fault", name=fault)
    sim.do("advance", s=70)
    found = program.step(step, meanwhile=helping(sim))
    assert (found["verdict"], found["step"]) == ("FAIL", step) and found["text"]
    sim.do("fault", name=fault, on=False)
    sim.do("unplug")
    sim.do("advance", s=70)
    for name in ("residual_test", "not_closed", "welded", "earth"):
        program.ask(f"clear {name}")
    assert program.step(step, meanwhile=helping(sim))["verdict"] == "PASS"
    status = program.ask("commission status")["result"]["steps"]
    assert [row["verdict"] for row in status if row["step"] == step] == ["PASS"]


def test_figures_beyond_their_limits_fail(begun):
    begun.sim.do("mains", v=[200, 230, 230])
    begun.sim.do("advance", s=3)
    found = begun.step("mains")
    begun.sim.do("mains", v=[230, 230, 230])
    assert found["verdict"] == "FAIL" and "l1_mv 200.0 V (207.0 V to 253.0 V)" in found["text"]
    assert begun.step("earth", answers={"loop_mohm": "250"})["verdict"] == "FAIL"
    assert begun.step("identity", answers={"label": "R0000012"})["verdict"] == "FAIL"
    assert begun.step("board", answers={"rating_ma": "16"})["verdict"] == "FAIL"


def test_nonsense_for_a_figure_is_asked_again_and_never_kept(begun):
    told = iter(["abc", "1.2345", "1e3", "--1", "0.43"])
    found = begun.step("earth", answers=type("Some", (), {"get": lambda self, key, default: next(told)})())
    assert found["figures"]["loop_mohm"] == 430


def test_noise_in_place_of_an_answer_is_asked_again(begun):
    told = iter(["\x00\x01\x02", "x" * 2000, "0.43"])
    found = begun.step("earth", answers=type("Some", (), {"get": lambda self, key, default: next(told)})())
    assert (found["verdict"], found["figures"]["loop_mohm"]) == ("PASS", 430)


def test_ten_minutes_without_an_answer_break_a_step_off_and_book_nothing(begun):
    begun.terminal.type("commission step earth\r")
    begun.sim.do("advance", s=601)
    assert '"TIMEOUT"' in begun.terminal.read(r"\n$")
    assert begun.ask("commission status")["result"]["next"] == "identity"


def test_sign_off_waits_for_every_step_and_a_name(begun):
    answer = begun.ask("commission step signoff")
    assert not answer["ok"] and answer["code"] == "FAILED" and "identity not done" in answer["error"]
    for row in begun.ask("commission status")["result"]["steps"][:-1]:
        assert begun.ask(f"commission skip {row['step']} bench trial")["ok"]
    assert begun.ask("commission step signoff", answers={})["code"] == "CANCELLED"
    assert begun.ask("commission step signoff")["result"]["verdict"] == "PASS"
    assert begun.ask("commission skip earth too late")["code"] == "NOTHING"
    assert begun.ask("commission step earth")["code"] == "NOTHING"


def test_an_open_record_is_given_up_by_force_only_and_the_next_one_shows_it(begun):
    begun.step("earth")
    assert begun.ask("commission begin")["code"] == "BUSY"
    given_up = begun.ask("commission record")["result"]
    assert begun.ask("commission begin force")["ok"]
    first = json.loads(begun.ask("commission record")["result"]["lines"][0])
    number = json.loads(given_up["lines"][0])["number"]
    assert (first["number"], first["previous"]) == (number + 1, given_up["hash"])


def test_wrong_words_are_refused(begun):
    for line in ("commission nonsense", "commission step", "commission skip earth", "commission record first"):
        assert begun.ask(line)["code"] == "USAGE", line
    assert begun.ask("commission step nonsense")["code"] == "USAGE"
    assert begun.ask("commission skip signoff never")["code"] == "USAGE"
    assert begun.ask("commission")["code"] == "USAGE"


def test_ctrl_c_breaks_a_step_off_and_nothing_is_booked(begun):
    begun.terminal.type("commission step earth\r")
    begun.sim.do("advance", s=1)
    begun.terminal.type("\x03")
    assert "CANCELLED" in begun.terminal.read(r"\n$")
    assert begun.ask("commission status")["result"]["next"] == "identity"


def test_after_a_power_cut_it_goes_on_where_it_was(sim):
    with Terminal(sim) as terminal:
        program = Program(sim, terminal)
        program.ask("commission begin")
        program.step("identity")
        terminal.type("commission step contactor\r")
        sim.do("advance", s=1)
        sim.do("plug")
        sim.do("vehicle", ready=True)
        terminal.type("\r")
        sim.wait({"connectors.0.contactor.closed": True}, 40)
        sim.do("power", on=False)
        sim.do("advance", s=1)
        sim.do("power", on=True)
        sim.do("advance", s=40)
    with Terminal(sim) as terminal:
        program = Program(sim, terminal)
        status = program.ask("commission status")["result"]
        assert (status["state"], status["next"]) == ("open", "board")
        assert program.step("contactor", meanwhile=helping(sim))["verdict"] == "PASS"


def test_a_person_is_led_through_with_nothing_but_enter(sim):
    with Terminal(sim) as terminal:
        terminal.read()
        terminal.type("commission\r")
        shown = ""
        waits = re.compile(r"> $")
        hands = helping(sim)
        for _ in range(60):
            shown = terminal.read(waits, most_s=400, step_s=1)
            if re.search(r"installer> $", shown):
                break
            last = shown.splitlines()[-2]
            if "then Enter" in last:
                hands("ready")
            key = next((word for word, text in WORDS.items() if text in last), None)
            terminal.type((ANSWERS[key] if key else "s not here" if "4 of 17" in shown else "") + "\r")
            if "Enter: do it" in last and "11 of 17" in shown:
                terminal.read(r"within 15 s\n$")
                sim.do("tap", uid="04A1B2C3")
        assert "signed by A. Technician" in shown and "hash " in shown, shown
        assert "SKIP earth: not here" in shown


WORDS = {"label": "what the label says", "rating_ma": "on the nameplate", "n_pe_mv": "neutral and earth", "seen": "yes/no",
         "minutes": "Minutes to charge", "by": "Your name", "remarks": "Remarks", "load_w": "Watts of the load"}
