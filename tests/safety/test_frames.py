"""No frame of the safety core spills to the heap: a call whose locals and stack need more than eleven words allocates.

Under `heap_lock()` such a frame would work all the same where the C stack is large, so no running test sees it surely.
"""

import functools
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
FILES = sorted((ROOT / "firmware/safety").glob("*.py")) + [ROOT / "firmware/support/ring.py"]
WORDS = 11  # VM_MAX_STATE_ON_STACK; an exception handler takes three more
# What the tick never calls: construction, reading of facts by others, words.
NOT_TICKED = {
    "<module>", "__init__", "<listcomp>", "<dictcomp>", "fault", "bits", "mask", "names", "rows", "those", "faults", "text", "_cause",
    "words", "why", "latched", "restore", "unit", "_unit", "clear", "measured", "random_byte", "take",
}  # fmt: skip


@functools.cache
def frames():
    """(file, function, words) of every function of the core."""
    rows = []
    for path in FILES:
        argv = [pathlib.Path(sys.executable).parent / "micropython", "-v", "-v", "-v", "-X", "compile-only", path]
        text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        found = re.findall(r"code block '(.+?)'.*?\(N_STATE (\d+)\)\s+\(N_EXC_STACK (\d+)\)", text, re.DOTALL)
        assert found, text
        for name, state, handlers in found:
            rows.append((path.name, name, int(state) + 3 * int(handlers)))
    return rows


def test_no_frame_of_the_tick_spills_to_the_heap():
    spilling = [row for row in frames() if row[1] not in NOT_TICKED and row[2] > WORDS]
    assert not spilling, spilling


def test_what_is_left_out_exists():
    assert not NOT_TICKED - {name for _, name, _ in frames()}
