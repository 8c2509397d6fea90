"""More than ten thousand random events a board against the lawbook (tests/safety/mpy/lawbook.py); seeds are printed.

A life that breaks a rule is made short and kept as build/proofs/BOARD.jsonl, which `rudved sim --play` goes through with
the whole charger.
"""

import subprocess

import pytest

from tests.safety.proofs import REPORTS, ROOT, SEED, interpreter, report
from tests.sim.port import RUDVED

BOARDS = ("rudved_ac7", "rudved_ac22", "rudved_ac001")
RUNS, EVENTS = 256, 40
HUNT = """
import sys, properties
properties.hunt(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
"""
SCRIPT = """
import sys, schedules
print(schedules.script(sys.argv[1], schedules.Dice(int(sys.argv[2])).schedule(int(sys.argv[3]))))
"""


def live(board, first_seed, runs, events):
    """AssertionError for the first life that breaks a rule; its script is kept."""
    try:
        interpreter(HUNT, board, first_seed, runs, events, heap="65536wk")
    except AssertionError as error:
        _, mark, script = str(error).partition("# rudved sim")
        if mark:
            REPORTS.mkdir(parents=True, exist_ok=True)
            (REPORTS / f"{board}.jsonl").write_text(mark + script)
        raise


@pytest.mark.prove
@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("part", range(4))
def test_every_rule_holds_through_random_lives(board, part):
    first = SEED + part * RUNS // 4
    report(f"properties_{board}_{part}.txt", f"{board}: seeds {first} to {first + RUNS // 4 - 1}, {RUNS // 4 * EVENTS} events\n")
    live(board, first, RUNS // 4, EVENTS)


@pytest.mark.prove
@pytest.mark.parametrize("board", BOARDS)
def test_and_through_long_ones(board):
    report(f"properties_{board}_long.txt", f"{board}: seeds {SEED + 9000} and after, 4 lives of 600 events\n")
    live(board, SEED + 9000, 4, 600)


@pytest.mark.hunt
@pytest.mark.parametrize("board", BOARDS)
def test_and_through_a_hundred_thousand_events(board):
    live(board, SEED + 100000, 2500, 40)


@pytest.mark.parametrize("board", BOARDS)
def test_the_simulator_plays_what_a_failing_life_would_be_written_as(board, tmp_path):
    script = tmp_path / "life.jsonl"
    script.write_text(interpreter(SCRIPT, board, 7, 60))
    argv = [RUDVED, "sim", "--board", board, "--speed", "max", "--set", "FreeVendActive=true", "--play", script]
    p = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, timeout=120)
    refused = [line for line in p.stderr.splitlines() if not line.endswith((" has no pilot", " has no lock", " has no proximity"))]
    assert (p.returncode, refused) == (0, [])
