"""How a proof of tests/safety/mpy runs from the host, and where its figures are kept."""

import os
import pathlib

from tests.harness.programs import told

ROOT = pathlib.Path(__file__).parents[2]
REPORTS = ROOT / "build/proofs"
# The same lives in every run, so that a red one can be looked at; another number goes hunting elsewhere.
SEED = int(os.getenv("PROVE_SEED", "1"))


def interpreter(program, *arguments, heap="16384wk", seconds=2400):
    """What a MicroPython program of tests/safety/mpy printed; AssertionError with its traceback."""
    return told("-c", program, *arguments, heap=heap, beside=("tests/safety/mpy",), seconds=seconds)


def report(name, text):
    """Keep and show a proof's figures."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / name).write_text(text)
    print(text)
