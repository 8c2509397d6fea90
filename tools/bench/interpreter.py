"""Runs our measuring scripts in the pinned MicroPython; each prints one line of JSON."""

import json
import os
import pathlib
import subprocess

from tools.interpreter import interpreter

ROOT = pathlib.Path(__file__).parents[2]
SCRIPTS = pathlib.Path(__file__).parent / "mpy"
HEAP = "512wk"


class Unmeasured(Exception):
    """The text says why."""


def run(code, *words, path=ROOT, heap=HEAP):
    """What the last line `code` (a script of ours, or source text) printed says, as JSON. `path`: where firmware is."""
    source = ["-c", code] if "\n" in code or "(" in code else [str(SCRIPTS / code)]
    argv = [interpreter(), "-X", f"heapsize={heap}", *source, *words]
    environment = dict(os.environ, MICROPYPATH=f".frozen:{path}:{ROOT}")
    p = subprocess.run(argv, capture_output=True, text=True, cwd=path, env=environment, stdin=subprocess.DEVNULL)
    if p.returncode:
        raise Unmeasured((p.stderr + p.stdout).strip().splitlines()[-1:][0] if p.stderr + p.stdout else "no answer")
    return json.loads(p.stdout.splitlines()[-1])
