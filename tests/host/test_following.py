"""Commands that look for long: logs, trace, monitor, console, and the support bundle."""

import hashlib
import json
import os
import re
import signal
import zipfile

import pytest

from tests.csms.fake import run as in_loop
from tests.host.bench import Wire, answer, charger, result, rudved
from tests.host.seat import Seat
from tests.story.scenes import Scene
from tools.host.logs import fresh
from tools.host.plot import chart
from tools.host.redact import redact
from tools.host.trace import Frames, told


@pytest.fixture(scope="module")
def sim():
    with charger() as sim:
        yield sim


@pytest.fixture
def port(sim):
    return sim.ready["console"]


def test_the_console_is_the_chargers_own_and_survives_a_pulled_cable(port):
    with Wire(port) as wire, Seat("console", "--port", wire.path) as seat:
        seat.until("installer> ")
        seat.type(b"faults\r")
        assert "faults" in seat.until("no faults.*\n.*installer> ")
        wire.cut()
        assert "is gone" in seat.until("waiting")
        wire.mend()
        seat.until("installer> ")
        seat.type(b"faults\r")
        seat.until("no faults")
        seat.type(b"\x1d")
        assert seat.end() == 0


def test_the_console_wants_a_terminal(port):
    assert rudved("console", port=port)[0] == 2


def test_the_monitor_draws_what_the_charger_measures(sim, port):
    sim.do("plug")
    try:
        with Seat("monitor", "--port", port, "--every", "0.1") as seat:
            shown = seat.until(r"pilot B +high 9\.0\d V") + seat.until("network up")
            for text in ("connector 1", "13 V ┤", "-13 V ┤", "contactor told open, is open", "L1 230.0 V 0.00 A", "network up"):
                assert text in shown
            os.killpg(seat.process.pid, signal.SIGINT)
            assert seat.end() == 130
    finally:
        sim.do("unplug")


def test_the_monitor_streams_a_line_each_look_and_waits_out_a_restart(sim, port):
    status, lines = answer("monitor", "--every", "0.05", "--count", "3", port=port)
    assert status == 0 and [line["event"] for line in lines] == ["live"] * 3
    assert lines[-1]["connectors"][0]["letter"] == "A" and 11500 < lines[-1]["connectors"][0]["high_mv"] < 12500


def test_a_curve_has_its_newest_dots_at_the_right_and_its_marks_at_the_left():
    lines = chart([[0, 0, 12, 12]], 4, 3, -12, 12, "V")
    assert [line[:10] for line in lines] == ["    12 V ┤", "     0 V ┤", "   -12 V ┤"]
    assert [line[10:] for line in lines] == ["⠀⠀⠀⡏", "⠀⠀⠤⠇", "⠀⠀⠀⠀"]
    assert chart([[None, None]], 2, 2, 0, 8, "A")[1].endswith("⠀⠀")


def test_logs_are_shown_followed_and_kept(sim, port, tmp_path):
    sim.do("fault", name="estop")
    sim.do("advance", s=0.5)
    sim.do("fault", name="estop", on=False)
    sim.do("advance", s=0.5)
    assert any("emergency stop" in line["text"] for line in result("logs", port=port))
    assert all(line["level"] in ("warning", "error") for line in result("logs", "--level", "warning", port=port))
    status, shown, _ = rudved("logs", "-n", "1", "-o", tmp_path / "log.txt", port=port)
    assert status == 0 and shown == "1 lines\n" and len((tmp_path / "log.txt").read_text().splitlines()) == 1
    with Seat("logs", "-f", "-n", "1", "--port", port) as seat:
        seat.until("emergency stop")
        sim.do("reset", cause="hard")
        seat.until("boot .*hard")


def test_only_lines_that_were_not_there_before_are_fresh():
    ring = [{"text": n} for n in range(10)]
    assert fresh(ring[0:5], ring[2:7]) == ring[5:7]
    assert fresh(ring[0:5], ring[0:5]) == []
    assert fresh([], ring[:2]) == ring[:2]
    assert fresh(ring[:3], ring[5:7]) == ring[5:7]


@in_loop
async def test_the_trace_shows_frames_as_they_come_and_how_long_answers_took():
    async with Scene() as site:
        await site.booted()
        with Seat("trace", "--port", site.sim.ready["console"], "--json") as seat:
            answered = r'"action": "Heartbeat", [^\n]*"ms": \d+[^\n]*\n'
            for _ in range(100):
                await site.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
                await site.advance(1)
                if seat.shows(answered):
                    break
            shown = seat.until(answered)
            lines = [json.loads(line) for line in shown.splitlines() if line.startswith("{")]
    assert {line["dir"] for line in lines} == {"in", "out"}
    assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))


def test_an_answer_is_told_with_its_question_and_a_frame_that_is_none_as_it_is():
    frames = Frames()
    assert frames.take("out", '[2,"7","Heartbeat",{}]')["action"] == "Heartbeat"
    back = frames.take("in", '[3,"7",{"currentTime":"2026-11-22T10:00:00Z"}]')
    assert back["action"] == "Heartbeat" and back["ms"] >= 0 and "[Heartbeat," in told(back)
    assert frames.take("in", "nonsense")["action"] is None


def test_without_a_central_system_there_is_nothing_to_trace(port):
    status, lines = answer("trace", "--seconds", "1", port=port)
    assert (status, lines[-1]["code"]) == (8, "NOTHING")


def test_the_support_bundle_holds_all_parts_and_neither_a_secret_nor_a_driver(tmp_path):
    file = tmp_path / "support.zip"
    with charger("--set", "AuthorizationKey=0123456789abcdef", "--set", "CsmsUrl=ws://u:pw-of-site@127.0.0.1:9/x",
                 "--set", "AllowOfflineTxForUnknownId=true", seed=6, speed=20) as sim:  # fmt: skip
        sim.do("plug")
        sim.do("tap", uid="04A1B2C3")
        sim.do("advance", s=3)
        told = result("support", "-o", file, port=sim.ready["console"])
    assert {"status", "log", "faults", "config export", "session list"} <= set(told["parts"])
    with zipfile.ZipFile(file) as bundle:
        texts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    sums = dict(reversed(line.split("  ")) for line in texts["SHA256SUMS"].splitlines())
    assert sums == {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items() if name != "SHA256SUMS"}
    whole = "".join(texts.values())
    for secret in ("0123456789abcdef", "pw-of-site", "04A1B2C3"):
        assert secret not in whole
    assert re.fullmatch("card-[0-9a-f]{6}", json.loads(texts["session-list.json"])[0]["id_tag"])
    assert json.loads(texts["bundle.json"])["serial"] == "R0000006"


def test_a_support_bundle_made_beside_a_charging_vehicle_says_what_it_lacks(tmp_path):
    file = tmp_path / "support.zip"
    with charger("--set", "FreeVendActive=true", speed=20) as sim:
        sim.do("plug")
        sim.do("vehicle", ready=True)
        sim.do("wait", **{"for": {"connectors.0.contactor.closed": True}, "timeout_s": 30})
        status, lines = answer("support", "-o", file, port=sim.ready["console"])
    assert (status, lines[-1]["code"]) == (9, "PARTLY") and "a vehicle charges" in lines[-1]["error"]
    with zipfile.ZipFile(file) as bundle:
        lacking = json.loads(bundle.read("bundle.json"))["lacking"]
        assert "status.json" in bundle.namelist() and "config-export.json" not in bundle.namelist()
    assert lacking == lines[-1]["result"]["lacking"] and lacking["config export"].startswith("BUSY: ")


def test_redacting_masks_secrets_by_name_and_one_card_has_one_name():
    data = {"a": {"WifiPassword": "x", "secret": "y", "key": "MaxCurrentA"}, "b": [{"id_tag": "04A1B2C3"}], "log": "card 04A1B2C3 taken"}
    safe = redact(data)
    assert safe["a"] == {"WifiPassword": "(redacted)", "secret": "(redacted)", "key": "MaxCurrentA"}
    assert safe["log"] == f"card {safe['b'][0]['id_tag']} taken" and "04A1" not in json.dumps(safe)
    assert redact(data)["b"] != safe["b"], "names are made up anew for each bundle"
    assert data["b"][0]["id_tag"] == "04A1B2C3"
