"""Which MicroPython runs the firmware on this machine: the pinned one, or the one that RUDVED_MICROPYTHON names.

The simulator, the tests and the benchmarks ask here, so that the whole charger can be played on another build. The word
"chip" names the one configured like the chip (tools/chip), which is built at its first use.
"""

import os
import sys
from pathlib import Path

from tools.chip import build as chip

NAME = "RUDVED_MICROPYTHON"


class NoInterpreter(OSError):
    """The text says why."""


def interpreter():
    """Its path. Raises NoInterpreter where NAME names no program, or one that cannot be built here."""
    named = os.environ.get(NAME)
    if named == "chip":
        try:
            return chip.interpreter()
        except chip.Unbuilt as why:
            raise NoInterpreter(f"no interpreter configured like the chip: {why}") from None
    path = Path(named).absolute() if named else Path(sys.executable).with_name("micropython")
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise NoInterpreter(f"{NAME}: {named!r} is no program" if named else f"{path} is missing: make setup")
    return path
