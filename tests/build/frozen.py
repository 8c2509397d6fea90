"""A MicroPython configured like the chip with the firmware frozen into it, built from Debian's source by MicroPython's own tools."""

import fcntl
import functools

import pytest

from tools.build import micropython
from tools.build.make import make
from tools.chip import build, source

BOARD = "rudved_ac7"
FOLDER = source.FOLDER / "frozen"
STAGED = FOLDER / "frozen"
_MANIFEST = """\
include("$(MPY_DIR)/extmod/asyncio")
freeze({folder!r})
"""


@functools.cache
def tree():
    """MicroPython's source; the test is skipped, with the reason, where it cannot be had."""
    return _locked(source.tree)


@functools.cache
def interpreter():
    """The path of the interpreter that has BOARD's firmware frozen in, STAGED, with its selector; skipped where it cannot be built."""

    def built():
        FOLDER.mkdir(exist_ok=True)
        folder = micropython.stage(make(BOARD, folder=FOLDER))
        manifest = FOLDER / "manifest.py"
        manifest.write_text(_MANIFEST.format(folder=str(folder)))
        return build.make(source.tree(), "frozen", manifest)

    return _locked(built)


@functools.cache
def plain():
    """The same without a firmware."""
    try:
        return build.interpreter()
    except source.Unbuilt as why:
        pytest.skip(f"MicroPython cannot be built here: {why}")


def _locked(work):
    source.FOLDER.mkdir(parents=True, exist_ok=True)
    with open(source.FOLDER / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other workers want the same, and the interpreter without a firmware
        try:
            return work()
        except source.Unbuilt as why:
            pytest.skip(f"MicroPython cannot be built here: {why}")
