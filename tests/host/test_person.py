"""A person at a terminal: the wizard's questions, the secret's prompt, one unit after another at the same port."""

import pytest

from tests.host.bench import Wire, charger, result
from tests.host.seat import Seat
from tools.host import record as records


def test_a_person_is_led_through_stops_and_goes_on(tmp_path):
    with charger() as sim:
        words = ["commission", "--port", sim.ready["console"], "-o", tmp_path]
        with Seat(*words) as seat:
            seat.until("1 of 17: identity and label.*\n.*q: stop here")
            seat.type(b"\n")
            seat.until("serial number")
            seat.type(b"R7654321\n")
            seat.until("FAIL identity: the label does not name this charger")
            seat.until("2 of 17: board profile.*\n.*q: stop here")
            seat.type(b"s \n")  # no reason: it is asked again, not left out
            seat.until("Amperes on the nameplate")
            seat.type(b"32\n")
            seat.until("PASS board")
            seat.until("3 of 17.*\n.*stop here")
            seat.type(b"s no mains on this bench\n")
            seat.until("SKIP mains: no mains on this bench")
            seat.until("4 of 17.*\n.*stop here")
            seat.type(b"q\n")
            assert seat.end() == 1  # identity has failed
        made = records.read(tmp_path / "commissioning-R0000001-1.json")
        assert [(step["step"], step["verdict"]) for step in made.steps] == [("identity", "FAIL"), ("board", "PASS"), ("mains", "SKIP")]
        with Seat(*words) as seat:
            seat.until("4 of 17: protective earth.*\n.*stop here")
            seat.ctrl_c()
            assert seat.end() == 130
        assert result("ask", "commission", "status", port=sim.ready["console"])["next"] == "earth"


@pytest.mark.prove
def test_a_step_broken_off_by_ctrl_c_is_not_booked(tmp_path):
    with charger() as sim:
        with Seat("commission", "--port", sim.ready["console"], "-o", tmp_path) as seat:
            seat.until("stop here")
            seat.type(b"\n")
            seat.until("serial number")
            seat.ctrl_c()
            assert seat.end() == 130
        now = result("ask", "commission", "status", port=sim.ready["console"])
        assert (now["state"], now["next"], now["steps"][0]["verdict"]) == ("open", "identity", None)


def test_a_secret_is_asked_for_and_not_shown(tmp_path):
    with charger("--set", "InstallerSecret=technician-7") as sim:
        with Seat("config", "set", "MaxCurrentA=16", "--port", sim.ready["console"]) as seat:
            seat.until("secret or code: ")
            seat.type(b"technician-7\n")
            shown = seat.until(r"MaxCurrentA +32 +16[^$]*Commit this\?")
            seat.type(b"y\n")
            shown += seat.until("changed: MaxCurrentA")
            assert seat.end() == 0
            assert "technician-7" not in shown
        assert result("config", "get", "MaxCurrentA", port=sim.ready["console"])["value"] == "16"


@pytest.mark.prove
def test_unit_after_unit_is_cloned_at_the_same_port(tmp_path):
    (tmp_path / "fleet.cfg").write_text("rudved-config 1\nMaxCurrentA=16\nend\n")
    (tmp_path / "units.csv").write_text("serial,cp_id\nR0000003,CP-3\n,CP-X\n")
    port = tmp_path / "ttyUSB0"
    with charger(seed=3) as three, charger(seed=4) as four:
        with Wire(three.ready["console"], path=port) as wire:
            seat = Seat("clone", tmp_path / "fleet.cfg", tmp_path / "units.csv", "--port", port)
            with seat:
                seat.until("done +row 1 +R0000003 +CP-3")
                wire.cut()
                seat.until("cannot be opened")
                with Wire(four.ready["console"], path=port):
                    seat.until("done +row 2 +R0000004 +CP-X")
                    seat.until("2 of 2 units done")
                    assert seat.end() == 0


@pytest.mark.parametrize("words", [["config", "get"]])
def test_whatever_goes_away_while_it_is_read_is_no_traceback(words):
    """`rudved … | head -1`: a closed pipe is the end, not a fault."""
    with charger() as sim, Seat(*words, "--port", sim.ready["console"], into="head -c 1") as seat:
        assert "Traceback" not in seat.rest()
