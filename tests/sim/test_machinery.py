"""What the simulator does with a program that misbehaves, and with options that are wrong."""

import subprocess

import pytest

from tests.sim.port import RUDVED, NotReady, Sim

PROGRAMS = "tests.sim.mpy.programs."


def test_an_exception_that_escapes_is_told_and_the_watchdog_acts():
    with Sim(program=PROGRAMS + "fails") as sim:
        sim.do("advance", s=1.5)
        told = [event for event in sim.do("log")["events"] if event["event"] == "log" and event["level"] == "error"]
        assert told[0]["text"] == "ValueError: a fault of the program" and told[0]["source"] == "firmware"
        assert "Traceback" in sim.stderr() and "fails.py" in sim.stderr()
        assert sim.state()["boots"] == 1  # dead, not yet reset
        sim.do("advance", s=2)
        state = sim.state()
        assert state["boots"] == 2 and state["reset_cause"] == "watchdog"


def test_a_program_that_never_yields_is_broken_into_and_reset():
    with Sim("--silence", 2, program=PROGRAMS + "hangs") as sim:
        assert sim.ask("advance", s=5)["ok"]
        state = sim.state()
        assert state["boots"] == 2 and state["reset_cause"] == "watchdog"
        assert "KeyboardInterrupt" in sim.stderr()


def test_a_task_that_is_always_ready_stops_neither_time_nor_commands():
    with Sim(program=PROGRAMS + "spins") as sim:
        sim.do("advance", s=1)
        assert sim.state()["tick"]["count"] >= 48
        sim.do("plug")
        sim.wait({"connectors.0.letter": "B"}, timeout_s=1)


def test_a_secret_in_the_log_ends_the_run_and_is_not_shown():
    with Sim("--set", "AuthorizationKey=hunter2-hunter2-hunter2", program=PROGRAMS + "leaks") as sim:
        sim.send("advance", s=2)
        assert sim.process.wait(30) == 1
        assert "invariant 6" in sim.stderr() and "hunter2" not in sim.stderr()


def test_a_lenient_run_tells_a_violation_and_goes_on():
    with Sim("--lenient", "--set", "AuthorizationKey=hunter2-hunter2-hunter2", program=PROGRAMS + "leaks") as sim:
        sim.do("advance", s=2)
        events = sim.do("log")["events"]
        assert [event["text"] for event in events if event["event"] == "violation"] == ["invariant 6: a secret stood in a log event"]
        assert any(event.get("text") == "logging in with (secret)" for event in events)


@pytest.mark.parametrize("options, says", [
    (["--set", "Nonsense=1"], "Nonsense"),
    (["--set", "MaxCurrentA=99"], "MaxCurrentA"),
    (["--set", "MaxCurrentA"], "KEY=VALUE"),
    (["--csms", "http://here"], "CsmsUrl"),
    (["--board", "nosuch"], "rudved_ac7"),
    (["--speed", "0"], "above 0"),
    (["--speed", "fast"], "max"),
    (["--ca", "nosuch.pem"], "nosuch.pem"),
    (["--client-cert", "x.pem"], "go together"),
    (["--control", "99999"], "65535"),
    (["--heap", "12"], "heap"),
])
def test_a_wrong_option_is_refused_by_name_with_status_2(options, says):
    with pytest.raises(NotReady) as refused:
        Sim(*options)
    assert refused.value.status == 2
    assert says in refused.value.text and "Traceback" not in refused.value.text


def test_a_control_port_that_is_taken_is_refused():
    with Sim() as sim, pytest.raises(NotReady) as refused:
        Sim("--control", sim.ready["control"])
    assert refused.value.status == 2 and "address already in use" in refused.value.text


def test_a_heap_that_is_too_small_is_told_in_plain_words():
    with Sim("--heap", 32_000) as sim:
        events = sim.do("log")["events"]
        assert [event for event in events if event["event"] == "log" and "MemoryError" in event["text"]]


def test_a_file_of_requests_is_played_and_what_is_refused_is_told(tmp_path):
    script = tmp_path / "script.jsonl"
    script.write_text('# a car\n\n{"do": "plug"}\n{"do": "plug", "connector": 9}\n{"do": "advance", "s": 5}\n')
    p = subprocess.run([RUDVED, "sim", "--speed", "max", "--play", script], capture_output=True, text=True, timeout=60)
    assert (p.returncode, p.stderr.count("\n")) == (0, 1)
    assert "connector 9: this board has 1" in p.stderr
    script.write_text('{"do": "plug"}\nplug\n')
    p = subprocess.run([RUDVED, "sim", "--play", script], capture_output=True, text=True, timeout=60)
    assert (p.returncode, p.stdout) == (2, "")
    assert "script.jsonl, line 2" in p.stderr
