"""MicroPython programs that CPython tests run for an answer: the one place that says what such a program may import."""

import os
import subprocess

from tests.harness.targets import ROOT
from tools.interpreter import interpreter

_FOLDERS = ("", "build/deps")  # below the root: the checkout, and MicroPython's unittest


def environment(*beside):
    """The environment of a program that also imports from the folders `beside`, named from the root."""
    return dict(os.environ, MICROPYPATH=":".join([".frozen", *(str(ROOT / part) for part in (*_FOLDERS, *beside))]))


def told(*program, heap="512wk", beside=(), given=None, seconds=60):
    """What `program` (a file, or "-c" and its text; then its arguments) printed when `given` that on its standard input.

    AssertionError with its traceback where it fails, subprocess.TimeoutExpired where it does not end.
    """
    argv = [interpreter(), "-X", f"heapsize={heap}", *map(str, program)]
    done = subprocess.run(argv, input=given, capture_output=True, text=True, cwd=ROOT, env=environment(*beside), timeout=seconds)
    assert not done.returncode, done.stdout[-2000:] + done.stderr
    return done.stdout
