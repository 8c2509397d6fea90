"""The type checker finds what it is there for, on the chip's own stubs, and says nothing of what begins as None."""

import pytest

from tools.lint import types

FAULTS = """
import time
import machine
from machine import PWM, WDT, Pin


def bad():
    time.ticks_diff("x", time.ticks_ms())
    time.ticks_diff(time.ticks_ms(), time.ticks_us())
    Pin(1, Pin.OUT, pull=Pin.NOSUCH)
    PWM(Pin(1), freqq=1000)
    WDT(timeout="5000")
    machine.nosuch()
    return bad(1)
"""
FAULTY_LINES = {8, 9, 10, 11, 12, 13, 14}

LATE = """
class Late:
    def __init__(self):
        self.found = None
        self.rows = [None] * 3

    def use(self):
        self.rows[0] = (1, 2)
        return self.found.value
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """{file: lines with a finding} of a tree with both in each place."""
    root = tmp_path_factory.mktemp("tree")
    for folder in ("hal/esp32", "hal/drivers", "firmware"):
        (root / folder).mkdir(parents=True)
        (root / folder / "faults.py").write_text(FAULTS)
        (root / folder / "late.py").write_text(LATE)
    lines = {}
    for name, line, rule, _ in types.findings(root):
        assert rule == "types"
        lines.setdefault(name, set()).add(line)
    return lines


@pytest.mark.parametrize("folder", ["hal/esp32", "hal/drivers", "firmware"])
def test_wrong_names_arguments_and_ticks_are_found_everywhere(found, folder):
    assert found[folder + "/faults.py"] == FAULTY_LINES


def test_what_begins_as_none_is_only_asked_of_the_hal(found):
    assert found["hal/esp32/late.py"] == {8, 9}
    assert "firmware/late.py" not in found and "hal/drivers/late.py" not in found


def test_a_tree_found_clean_is_not_asked_again(tmp_path, monkeypatch):
    (tmp_path / "firmware").mkdir()
    (tmp_path / "firmware/fine.py").write_text("x = 1\n")
    assert list(types.findings(tmp_path)) == []
    monkeypatch.setattr(types.subprocess, "run", None)
    assert list(types.findings(tmp_path)) == []
