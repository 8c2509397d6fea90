"""`rudved bringup` over mpremote, to a pseudo-terminal that mpremote takes for a board. What is measured: mpy/test_measures.py."""

import json

import pytest
from click.testing import CliRunner

from tests.harness.fakeboard import FakeBoard
from tools.bringup import command
from tools.cli import main


@pytest.fixture
def board(tmp_path, monkeypatch):
    root = tmp_path / "board"
    for folder in ("data", "slots/a", "lib", "tmp"):
        (root / folder).mkdir(parents=True)
    with FakeBoard(root, heap="4M") as board:
        board.root = root
        yield board


def test_figure_is_good_between_its_bounds_and_never_when_it_did_not_come():
    assert command.figure("x", 5, "ms", 1, 9)["good"] and command.figure("x", 5, "ms", None, None)["good"]
    for value in (0, 10, None):
        assert not command.figure("x", value, "ms", 1, 9)["good"]


def _rudved(*words):
    done = CliRunner().invoke(main, list(map(str, words)))
    return done.exit_code, done.stdout, done.stderr


def test_mains_must_be_off_before_a_contactor_is_closed(board):
    code, _, trouble = _rudved("bringup", "rudved_ac7", "--port", board.port, "--contactors")
    assert code == 2 and "mains" in trouble


def test_board_without_the_firmware_is_told(board):
    code, _, trouble = _rudved("bringup", "rudved_ac7", "--port", board.port)
    assert code == 1 and "stopped after 0 figures" in trouble and "ImportError" in trouble


def test_figures_come_from_the_board_and_go_into_a_file(board, tmp_path, monkeypatch):
    program = """
def _say(kind, what):
    print(kind + json.dumps(what))
_say("ROW", ["pilot", 5996, "mV", 5400, 6600])
_say("ROW", ["trip", None, "ms", 1, 300])
_say("WHO", [{{"serial": "R1", "board": {board!r}}}, [1, 29, 0], "fake"])
"""
    monkeypatch.setattr(command, "_MAIN", "\nimport json\n" + program)
    where = tmp_path / "figures.json"
    code, said, trouble = _rudved("bringup", "rudved_ac7", "--port", board.port, "--out", where)
    assert code == 1, trouble
    assert "5996" in said and "WRONG" in said and "2 figures, 1 wrong" in said
    kept = json.loads(where.read_text())
    assert kept["wrong"] == ["trip"] and kept["who"]["micropython"] == "1.29.0"


def test_server_and_password_are_asked_for_rightly(tmp_path):
    code, _, trouble = _rudved("bringup", "rudved_ac7", "--tls", "server", "--port", "x")
    assert code == 2 and "--ca" in trouble
    code, _, trouble = _rudved("bringup", "rudved_ac7", "--wifi", "Depot", "--port", "x")
    assert code == 5 and "RUDVED_WIFI_PASSWORD" in trouble
