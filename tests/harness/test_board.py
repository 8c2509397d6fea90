"""The tests of this repository run on a board: proved on a pseudo-terminal that mpremote takes for one."""

import subprocess
import sys

import pytest

from tests.harness.fakeboard import FakeBoard
from tests.harness.targets import ROOT


@pytest.fixture
def board(tmp_path):
    with FakeBoard(tmp_path) as board:
        yield board


def _run(*argv):
    how = {"cwd": ROOT, "capture_output": True, "text": True, "stdin": subprocess.DEVNULL}
    return subprocess.run([sys.executable, "-m", *argv], **how)


def test_tests_run_on_a_board_over_mpremote(board):
    p = _run("pytest", f"--mpy-board={board.port}", "-p", "no:cacheprovider", "tests/harness/mpy")
    assert " 5 passed" in p.stdout, p.stdout + p.stderr


def test_failure_on_the_board_is_told_with_its_text(board, tmp_path):
    p = _run("mpremote", "connect", board.port, "exec", "raise ValueError('pilot')")
    assert p.returncode
    assert "ValueError: pilot" in p.stdout + p.stderr


def test_staged_modules_install_on_the_board(board, tmp_path):
    p = _run("mpremote", "connect", board.port, "mip", "install", "--target", "/lib", "./build/deps/package.json")
    assert not p.returncode, p.stdout + p.stderr
    assert (tmp_path / "lib/unittest.py").read_bytes() == (ROOT / "build/deps/unittest.py").read_bytes()


def test_soft_reset_forgets_what_was_there(board):
    assert not _run("mpremote", "connect", board.port, "exec", "x = 1").returncode
    p = _run("mpremote", "connect", board.port, "soft-reset", "resume", "exec", "print('x' in globals())")
    assert "False" in p.stdout, p.stdout + p.stderr
    assert board.resets
