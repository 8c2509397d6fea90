"""Finds and reads a board file; held only while it does so (`boards.load`, `boards.names`)."""

import os

from boards import Board, BoardError
from boards.check import check, is_name


def names():
    """See `boards.names`."""
    here = __file__.rsplit("/", 1)[0]
    try:
        return sorted(name for name in os.listdir(here) if _has_board(here + "/" + name))
    except OSError:
        return []


def load(name):
    """See `boards.load`."""
    there = names()
    if not is_name(name) or (there and name not in there):
        raise BoardError("no board %r; there are %s" % (name, ", ".join(there)))
    try:
        module = __import__("boards." + name + ".board", None, None, ("*",))
    except ImportError as error:
        raise BoardError("no board %r: %s" % (name, error))
    if not hasattr(module, "BOARD"):
        raise BoardError("%s: board.py has no BOARD" % name)
    try:
        return Board(name, check(module.BOARD))
    except BoardError as error:
        raise BoardError("%s: %s" % (name, error))


def _has_board(folder):
    return _is_file(folder + "/board.py") or _is_file(folder + "/board.mpy")


def _is_file(path):
    try:
        os.stat(path)
        return True
    except OSError:
        return False
