"""How a proof of tests/safety/mpy runs from the host, and where its figures are kept."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
REPORTS = ROOT / "build/proofs"
# The same lives in every run, so that a red one can be looked at; another number goes hunting elsewhere.
SEED = int(os.getenv("PROVE_SEED", "1"))


def interpreter(program, *arguments, heap="16384wk", seconds=2400):
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
