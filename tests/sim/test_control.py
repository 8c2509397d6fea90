"""The control port of `rudved sim`, driven from outside: answers, bad lines, several clients, virtual time."""

import contextlib
import json
import re
import signal
import socket

import pytest

from tests.harness.targets import ROOT
from tests.sim.port import Port, Sim


@pytest.fixture(scope="module")
def shared():
    """One simulator for tests that leave it as they find it."""
    with Sim() as sim:
        sim.do("advance", s=1)
        yield sim


@pytest.fixture
def port(shared):
    with contextlib.closing(Port(shared.ready["control"])) as port:
        yield port


def test_the_ready_line_tells_where_everything_is(shared):
    assert shared.ready == {
        "ready": True, "control": shared.ready["control"], "console": shared.ready["console"], "meter": None, "web": None,
        "pid": shared.process.pid,
    }
    assert shared.ready["console"].startswith("/dev/")


def test_an_answer_carries_id_time_and_result(port):
    port.raw(b'{"id": "mine", "do": "advance", "s": 0.5}\n')
    answer = port.answer()
    assert list(answer) == ["id", "ok", "t", "result"]
    assert answer["id"] == "mine" and answer["ok"] is True


def test_the_page_of_the_contract_has_every_command_and_every_fault(port):
    page = (ROOT / "tools/sim/SIMULATOR.md").read_text()
    commands, faults = (page[page.index(f"\n| {head} |"):].split("\n\n")[0] for head in ("do", "fault"))
    port.raw(b'{"do": "explode"}\n{"do": "fault", "name": "flood"}\n')
    for told, table in (("there are: ", commands), ("allowed: ", faults)):
        first_column = "".join(row.split("|")[1] for row in table.splitlines()[3:])
        assert set(port.answer()["error"].split(told)[1].split(", ")) == set(re.findall("`([a-z_]+)`", first_column))


def test_the_snapshot_has_every_field_of_the_contract(port):
    state = port.state()
    assert set(state) == {
        "t", "utc", "board", "power", "boots", "reset_cause", "connectors", "temperature_c", "led", "network", "ocpp", "heap", "tick",
        "flash",
    }
    assert set(state["connectors"][0]) >= {
        "id", "letter", "offered", "pilot_high_mv", "pilot_low_mv", "duty", "limit_a", "limit_by", "phases", "contactor", "locked", "amps",
        "volts", "meter_wh", "power_w", "session", "status", "error", "faults", "why",
    }
    assert set(state["connectors"][0]["contactor"]) == {"command", "closed"}
    assert state["board"] == "rudved_ac7" and state["power"] is True and state["boots"] == 1 and state["reset_cause"] == "power_on"
    assert state["utc"] is None  # nobody has told the charger
    assert set(state["ocpp"]) == {"connected", "accepted", "queued"}
    assert set(state["heap"]) == {"free", "used"} and 0 < state["heap"]["used"] < state["heap"]["free"] + state["heap"]["used"]
    assert set(state["flash"]) == {"writes", "erases", "bytes"} and set(state["tick"]) == {"count", "worst_gap_ms", "worst_us"}


BAD = [
    (b"nonsense", "not JSON"),
    (b"{", "not JSON"),
    (b"[1, 2]", "a list"),
    (b'"state"', "a text"),
    (b"null", "null"),
    (b"\xff\xfe\x00", "UTF-8"),
    (b'{"do": "state", "x": NaN}', "NaN"),
    (b"[" * 60000, "nested"),
    (b"9" * 6000, "not"),
    (b'{"id": 1}', "do is missing; there are: state, plug"),
    (b'{"id": 1, "do": "explode"}', 'unknown do "explode"; there are: state, plug'),
    (b'{"id": 1, "do": 7}', "unknown do 7"),
    (b'{"id": 1, "do": "plug", "cable_a": 1e999}', "beyond all bounds"),
    (b'{"id": 1, "do": "plug", "cable_a": "thick"}', "cable_a"),
    (b'{"id": 1, "do": "plug", "connector": 9}', "connector 9: this board has 1"),
    (b'{"id": 1, "do": "plug", "colour": "red"}', "no field 'colour'"),
    (b'{"id": 1, "do": "advance"}', "advance: s is missing"),
    (b'{"id": 1, "do": "advance", "s": -1}', "advance: s is -1; allowed: a number 0..1000000000"),
    (b'{"id": 1, "do": "advance", "s": true}', "advance: s is True"),
    (b'{"id": 1, "do": "advance", "s": "1"}', "advance: s is '1'"),
    (b'{"id": 1, "do": "advance", "for": 1}', "advance: no field 'for'"),
    (b'{"id": 1, "do": "wait"}', "wait: for is null"),
    (b'{"id": 1, "do": "wait", "for": {}}', "wait: for is {}"),
    (b'{"id": 1, "do": "wait", "for": {"connectors.7.letter": "A"}}', "counts from 0 and there are 1"),
    (b'{"id": 1, "do": "wait", "for": {"connectors.0.lettre": "A"}}', "has no 'lettre'"),
    (b'{"id": 1, "do": "wait", "for": {"weather": 1}}', "no 'weather'"),
    (b'{"id": 1, "do": "wait", "for": {"power": true}, "timeout_s": "soon"}', "timeout_s"),
    (b'{"id": 1, "do": "fault", "name": "gremlin"}', "allowed: adc_slow, clock_lost"),
    (b'{"id": 1, "do": "network", "drop": 2}', "network: drop is 2"),
    (b'{"id": 1, "do": "power"}', "power: on is missing"),
    (b'{"id": 1, "do": "power_cut_at"}', "power_cut_at: give flash_write"),
    (b'{"id": 1, "do": "power_cut_at", "flash_write": 0}', "flash_write is 0"),
    (b'{"id": 1, "do": "reset", "cause": "boredom"}', "allowed: watchdog, hard"),
    (b'{"id": 1, "do": "stall"}', "stall: ms is missing"),
    (b'{"id": 1, "do": "config"}', "config: give set"),
    (b'{"id": 1, "do": "config", "set": ["MaxCurrentA"]}', "config: set is"),
    (b'{"id": 1, "do": "config", "set": {"MaxCurrentA": 99}}', "MaxCurrentA"),
    (b'{"id": 1, "do": "config", "set": {"Nonsense": 1}}', "Nonsense"),
    (b'{"id": 1, "do": "config", "get": ["Nonsense"]}', "Nonsense"),
    (b'{"id": 1, "do": "watch", "on": 1}', "watch: on is 1"),
    (b'{"id": 1, "do": "watch", "off": true}', 'watch: no field "off"'),
    (b'{"id": 1, "do": "log", "since": "ever"}', "log: since"),
    (b'{"id": 1, "do": "quit", "now": true}', "quit: no field"),
    (b'{"id": 1, "do": "state", "deep": true}', "state: no field 'deep'"),
    (b'{"id": 1, "do": "tap", "uid": "\\ud800"}', "no Unicode"),
]


@pytest.mark.parametrize("line, says", BAD, ids=[line[:50].decode("latin-1") for line, _ in BAD])
def test_a_bad_line_is_refused_with_a_sentence_and_changes_nothing(port, line, says):
    before = port.state()
    port.raw(line + b"\n")
    answer = port.answer()
    assert answer["ok"] is False and says in answer["error"], answer
    after = port.state()
    for volatile in ("heap", "tick"):
        before.pop(volatile), after.pop(volatile)
    assert after == before


def test_a_line_of_a_megabyte_is_refused_and_the_next_one_served(port):
    port.raw(b'{"do": "tap", "uid": "' + b"0" * 1_000_000 + b'"}\n{"id": 2, "do": "state"}\n')
    assert "longer than 65536 bytes" in port.answer()["error"]
    assert port.answer()["ok"]


def test_empty_lines_and_windows_line_ends_are_no_offence(port):
    port.raw(b'\n\r\n{"id": 5, "do": "state"}\r\n')
    assert port.answer()["id"] == 5


def test_asking_for_what_already_holds_is_ok(port):
    port.do("unplug")
    port.do("power", on=True)
    port.do("network", up=True)
    assert port.state()["boots"] == 1


def test_clients_that_vanish_in_the_middle_are_survived(shared, port):
    for data in (b'{"id": 1, "do": "st', b'{"id": 1, "do": "advance", "s": 5}\n', b'{"do": "watch"}\n' * 50, b"\x00" * 70000):
        gone = socket.create_connection(("127.0.0.1", shared.ready["control"]))
        gone.sendall(data)
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # close by a reset
        gone.close()
    assert port.ask("state")["ok"]


def test_a_client_that_only_stops_sending_still_gets_its_answers(shared):
    with socket.create_connection(("127.0.0.1", shared.ready["control"])) as one:
        one.sendall(b'{"id": 1, "do": "advance", "s": 1}\n{"id": 2, "do": "state"}')
        one.shutdown(socket.SHUT_WR)
        lines = one.makefile().read().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [1, 2]


def test_time_stands_still_between_commands(port):
    t = port.ask("state")["t"]
    assert port.ask("state")["t"] == t
    answer = port.ask("advance", s=2.5)
    assert answer["t"] == pytest.approx(t + 2.5, abs=0.005)  # a tick that has begun ends
    assert port.ask("state")["t"] == answer["t"]


def test_commands_of_several_clients_are_served_in_the_order_they_came(shared, port):
    with contextlib.closing(shared.another()) as other:
        t = port.ask("state")["t"]
        port.send("advance", s=10)
        port.send("advance", s=1)
        first = port.answer()["t"]
        other_t = other.ask("state")["t"]
        second = port.answer()["t"]
    assert first == pytest.approx(t + 10, abs=0.01) and second == pytest.approx(t + 11, abs=0.01)
    assert other_t in (first, second)


def test_wait_ends_when_the_snapshot_shows_it():
    with Sim() as sim:
        sim.do("advance", s=2)
        sim.do("plug")
        answer = sim.ask("wait", **{"for": {"connectors.0.letter": "B", "power": True}})
        assert answer["ok"] and 2 < answer["t"] < 2.2
        assert sim.state()["connectors"][0]["letter"] == "B"


def test_wait_tells_what_it_shows_instead(port):
    t = port.ask("state")["t"]
    answer = port.ask("wait", **{"for": {"connectors.0.letter": "C"}, "timeout_s": 3})
    assert not answer["ok"] and answer["t"] == pytest.approx(t + 3, abs=0.005)
    assert answer["error"] == 'time-out after 3 s: connectors.0.letter is "A" (wanted "C")'
    assert answer["shows"] == {"connectors.0.letter": "A"}


def test_wait_looks_into_a_session_that_is_not_there_yet(port):
    assert not port.ask("wait", **{"for": {"connectors.0.session.id_tag": "X"}, "timeout_s": 0.1})["ok"]
    port.wait({"connectors.0.session": None, "connectors.0.faults": [], "connectors.0.volts.0": 230})


def test_watch_brings_events_until_it_is_turned_off():
    with Sim() as sim:
        sim.do("advance", s=1)
        assert sim.events == []
        sim.do("watch")
        sim.do("plug")
        sim.do("advance", s=1)
        pilot = [event for event in sim.events if event["event"] == "pilot"]
        assert pilot and pilot[0]["letter"] == "B" and pilot[0]["connector"] == 1 and 1 < pilot[0]["t"] < 1.1
        sim.do("watch", on=False)
        sim.events.clear()
        sim.do("unplug")
        sim.do("advance", s=5)
        assert sim.events == []


def test_the_log_holds_every_event_since_a_time():
    with Sim() as sim:
        sim.do("watch")
        sim.do("advance", s=1)
        sim.do("plug")
        sim.do("advance", s=1)
        log = sim.do("log")["events"]
        assert log[0] == {"event": "power", "t": 0, "cause": "power_on", "on": True}
        assert log[-len(sim.events):] == sim.events
        assert sim.do("log", since=1.0)["events"] == [event for event in log if event["t"] >= 1.0]


def test_settings_are_set_and_read_and_a_bad_one_changes_nothing(port):
    assert port.do("config", set={"MaxCurrentA": 16}) == {"MaxCurrentA": "16"}
    answer = port.ask("config", set={"HeartbeatInterval": 60, "MaxCurrentA": 5})
    assert not answer["ok"] and "MaxCurrentA" in answer["error"] and "6 to 32" in answer["error"]
    assert port.do("config", get=["MaxCurrentA", "HeartbeatInterval"]) == {"MaxCurrentA": "16", "HeartbeatInterval": "300"}
    port.do("config", set={"MaxCurrentA": 32})


def test_a_secret_is_never_shown():
    with Sim("--set", "AuthorizationKey=correct-horse-battery") as sim:
        answer = sim.ask("config", get=["AuthorizationKey"])
        assert "correct-horse" not in json.dumps(answer)
        sim.do("config", set={"AuthorizationKey": "another-long-secret"})
        assert "another-long" not in json.dumps(sim.ask("config", get=["AuthorizationKey"]))
        sim.do("advance", s=10)
        assert "horse" not in json.dumps(sim.do("log"))
        assert sim.end() == 0
        assert "horse" not in sim.stderr()


@pytest.mark.parametrize("how", ["quit", "SIGTERM", "SIGINT"])
def test_it_ends_with_status_0_and_one_line_on_standard_output(how):
    with Sim() as sim:
        if how == "quit":
            assert sim.ask("quit")["ok"]
        else:
            sim.process.send_signal(getattr(signal, how))
        assert sim.process.wait(30) == 0
        assert sim.process.stdout.read() == ""


def test_sigterm_ends_it_in_the_middle_of_an_advance():
    with Sim() as sim:
        sim.send("advance", s=10_000_000)
        sim.process.send_signal(signal.SIGTERM)
        assert sim.process.wait(30) == 0


def test_real_time_flows_by_itself():
    with Sim(speed=20) as sim:
        first = sim.ask("state")["t"]
        assert sim.ask("advance", s=2)["t"] >= first + 2
        assert sim.ask("state")["t"] > first + 2


def test_at_a_speed_commands_are_served_while_another_waits():
    with Sim(speed=10) as sim, contextlib.closing(sim.another()) as other:
        sim.send("advance", s=8)
        other.do("plug")
        assert other.ask("wait", **{"for": {"connectors.0.letter": "B"}, "timeout_s": 5})["ok"]
        assert sim.answer()["ok"]
