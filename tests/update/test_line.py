"""`rudved update` over the console's line of a simulated charger: noise, a pulled cable, bad bundles, and what runs afterwards."""

import binascii
import json
from base64 import b64encode

import pytest

from tests.host.bench import Wire, answer, charger, result, rudved
from tests.update.made import sim_bundle
from tools.build import update
from tools.host.exits import Trouble


@pytest.fixture
def bundle(tmp_path):
    path = tmp_path / "app.rud"
    path.write_bytes(sim_bundle("0.2.0"))
    return path


def version(port):
    return result("ask", "update", "status", port=port)["version"]


def test_line_that_is_noisy_and_pulled_brings_the_bundle_nevertheless(bundle):
    with charger("--heap", "2000000", speed=8) as sim:
        port = sim.ready["console"]
        assert version(port) == "0.1.0"
        with Wire(port, noise=0.02, cut_after=150_000) as wire:
            status, lines = answer("update", bundle, "--receive-only", "--patience", "1", port=wire.path)
            assert status == 4, lines  # pulled, and nobody plugs it in again
            at = result("ask", "update", "status", port=port)["at"]
            assert 0 < at < len(sim_bundle("0.2.0"))
        status, printed, noted = rudved("update", bundle, "--json", port=port)
        assert status == 0, noted
        assert f"goes on at {at} of" in noted
        assert json.loads(printed)["result"]["installed"] is True
        assert version(port) == "0.2.0"
        status, lines = answer("ask", "update", "back", port=port)
        assert status == 0, lines


def test_bundle_that_is_damaged_or_for_another_board_is_refused_and_nothing_changes(bundle, tmp_path):
    good = bundle.read_bytes()
    wrong = tmp_path / "wrong.rud"
    with charger("--heap", "2000000", speed=8) as sim:
        port = sim.ready["console"]
        wrong.write_bytes(good[:-5] + b"xxxxx")
        status, _, noted = rudved("update", wrong, port=port)
        assert status == 6 and "SHA-256" in noted
        wrong.write_bytes(sim_bundle("0.3.0", board="rudved_ac22"))
        status, _, noted = rudved("update", wrong, port=port)
        assert status == 1 and "it is for board rudved_ac22, this is rudved_ac7" in noted, noted
        assert version(port) == "0.1.0"
        assert result("ask", "update", "status", port=port)["at"] is None


def test_programs_pieces_are_taken_once_in_order_and_whole(bundle):
    def data(at, piece, crc=None):
        crc = binascii.crc32(piece) if crc is None else crc
        status, lines = answer("ask", "update", "data", at, f"{crc:08x}", b64encode(piece).decode(), port=port)
        return lines[-1].get("result") or lines[-1]["code"]

    head = bundle.read_bytes()[:400]
    with charger("--heap", "2000000", speed=8) as sim:
        port = sim.ready["console"]
        assert data(0, head[:100]) == "NOTHING"
        assert answer("ask", "update", "apply", port=port)[1][-1]["code"] == "NOTHING"
        result("ask", "update", "begin", port=port)
        assert data(0, head[:10]) == {"at": 10, "done": False}
        assert answer("ask", "update", "begin", port=port)[1][-1]["code"] == "BUSY"
        result("ask", "update", "begin", "anew", port=port)
        assert data(100, head[100:200]) == "LOST"
        assert data(0, head[:100], crc=1) == "NOISE"
        assert data(0, head[:100]) == {"at": 100, "done": False}
        assert data(0, head[:100]) == {"at": 100, "done": False}
        assert data(50, head[50:200]) == {"at": 200, "done": False}
        assert answer("ask", "update", "data", "200", "zz", "!!", port=port)[1][-1]["code"] == "USAGE"
        result("ask", "update", "cancel", port=port)
        assert data(200, head[200:300]) == "NOTHING"


def test_charger_that_charges_is_waited_for_and_told_once(monkeypatch):
    class Charging:
        """Lines that ask it something; BUSY to the first three of each kind, as while a vehicle charges."""

        def __init__(self):
            self.lines = []

        def ask(self, line, within_s=None):
            self.lines.append(line.split(" ")[1])
            if self.lines.count(self.lines[-1]) <= 3:
                raise Trouble("BUSY", "a vehicle charges")
            return {"at": 400}

    monkeypatch.setattr("time.sleep", lambda s: None)
    charger, noted = Charging(), []
    update.send(charger, bytes(400), {"size": None, "at": None}, lambda at: None, noted.append, 1)
    assert charger.lines == ["begin"] * 4 + ["data"] * 4
    assert noted[0] == "a vehicle charges; waiting" and len(noted) == 4
