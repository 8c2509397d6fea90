"""The golden timing table in full: every row over a thousand random phases and noise seeds, worst case against limit."""

import os
import pathlib
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).parents[2]
REPORTS = ROOT / "build/proofs"
PHASES = 1000
PROGRAM = """
import sys, golden
bases = golden.Bases()
rows = []
for name in golden.names()[int(sys.argv[1]) :: int(sys.argv[2])]:
    rows.append((name,) + golden.measure(bases, name, int(sys.argv[3]), int(sys.argv[4])))
print(golden.table(rows))
"""


def interpreter(program, *arguments, heap="16384wk", seconds=600):
    """What a MicroPython program of tests/safety/mpy printed; AssertionError with its traceback."""
    folders = [".frozen", "", "build/deps", "tests/safety/mpy"]
    path = ":".join(folders[:1] + [str(ROOT / part) for part in folders[1:]])
    argv = [pathlib.Path(sys.executable).parent / "micropython", "-X", f"heapsize={heap}", "-c", program]
    argv += [str(argument) for argument in arguments]
    p = subprocess.run(
        argv, capture_output=True, text=True, cwd=ROOT, env=dict(os.environ, MICROPYPATH=path), timeout=seconds
    )
    assert not p.returncode, p.stdout + p.stderr
    return p.stdout


def report(name, text):
    """Keep and show a proof's figures."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / name).write_text(text)
    print(text)


@pytest.mark.prove
def test_every_row_over_a_thousand_phases():
    seed = time.time_ns() % 1000000
    print("first seed", seed)
    text = interpreter(PROGRAM, 0, 1, PHASES, seed)
    report("golden.txt", f"{PHASES} phases, first seed {seed}\n{text}")
    assert text.count("\n") > 40
