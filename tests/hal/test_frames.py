"""No call that the tick makes of hal/esp32 or a driver has a frame that spills to the heap; see tests/safety/test_frames.py."""

import ast
import functools
import pathlib
import re
import subprocess
import sys

from tests.safety.test_frames import ROOT, WORDS

FILES = sorted((ROOT / "hal/esp32").glob("*.py")) + sorted((ROOT / "hal/drivers").glob("*.py"))
# What those that are marked TICK or INTERRUPT call themselves.
HELPERS = {"_pin_mv", "ring", "want", "wanted", "clear", "_say", "_write", "_take", "_next", "_move", "value", "set", "poll"}


def marked(path):
    """Names of the functions of a file that say they are for the tick."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and (ast.get_docstring(node) or "").startswith(("TICK", "INTERRUPT")):
            yield node.name


@functools.cache
def frames():
    """(file, function, words) of every such function and what it calls."""
    rows = []
    for path in FILES:
        names = set(marked(path))
        if not names:
            continue
        argv = [pathlib.Path(sys.executable).parent / "micropython", "-v", "-v", "-v", "-X", "compile-only", path]
        text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        for name, state, handlers in re.findall(r"code block '(.+?)'.*?\(N_STATE (\d+)\)\s+\(N_EXC_STACK (\d+)\)", text, re.DOTALL):
            if name in names | HELPERS:
                rows.append((path.name, name, int(state) + 3 * int(handlers)))
    return rows


def test_no_frame_of_the_tick_spills_to_the_heap():
    spilling = [row for row in frames() if row[2] > WORDS]
    assert not spilling, spilling


def test_all_that_the_tick_calls_is_looked_at():
    looked_at = {(name, function) for name, function, _ in frames()}
    for name in ("pilot.sample", "pilot.drive", "contactor.feedback", "lock.drive", "ntc.read_dc", "guard.token", "ulp.token",
                 "mcp23017.set", "timer.ring"):  # fmt: skip
        file, function = name.split(".")
        assert (file + ".py", function) in looked_at, name
