"""More than ten thousand random events against the lawbook (tests/safety/mpy/lawbook.py); seeds are printed."""

import pytest

from tests.safety.proofs import SEED, interpreter, report

RUNS, EVENTS = 84, 40
PROGRAM = """
import sys, properties
properties.hunt(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
"""


@pytest.mark.parametrize(
    "board",
    [
        pytest.param("rudved_ac7", marks=pytest.mark.prove),
        pytest.param("rudved_ac22", marks=pytest.mark.prove),
        pytest.param("rudved_ac001", marks=pytest.mark.hunt),
    ],
)
def test_every_rule_holds_through_random_lives(board):
    report(f"properties_{board}.txt", f"{board}: seeds {SEED} to {SEED + RUNS - 1}, {RUNS * EVENTS} events\n")
    interpreter(PROGRAM, board, SEED, RUNS, EVENTS, heap="65536wk")
