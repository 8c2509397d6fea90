"""Which MicroPython runs the firmware is said in one place (tools/interpreter.py)."""

import sys
from pathlib import Path

import pytest

from tools import interpreter


def test_the_pinned_one_runs_where_nothing_else_is_named(monkeypatch):
    monkeypatch.delenv(interpreter.NAME, raising=False)
    assert interpreter.interpreter() == Path(sys.executable).with_name("micropython")


def test_another_is_named_by_the_environment_from_wherever_one_stands(monkeypatch, tmp_path):
    other = tmp_path / "micropython"
    other.touch(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(interpreter.NAME, "micropython")
    assert interpreter.interpreter() == other


def test_one_that_is_no_program_is_refused_by_name(monkeypatch, tmp_path):
    for wrong in (tmp_path / "none", tmp_path, Path(__file__)):
        monkeypatch.setenv(interpreter.NAME, str(wrong))
        with pytest.raises(OSError, match=f"{interpreter.NAME}: '{wrong}' is no program"):
            interpreter.interpreter()
