"""What a board is, as data: `load(name)` reads `boards/<name>/board.py` and refuses a wrong one with the field's name.

The fields and what each allows stand in `boards/fields.py`, what is checked between them in `boards/check.py`. Whether the
wiring suits the chip is asked of `boards/wiring.py` by whoever wires a chip; a simulated board has no pins.
"""

import os
import sys


class BoardError(ValueError):
    """A board file is wrong or missing; the text names the board, the field's dotted path, its value and what is allowed."""


class GuardSpec:
    """What opens the contactor when the interpreter is dead: `make`, the time it promises, and whether only for a bench."""

    def __init__(self, values):
        self.make = values["make"]
        self.promise_ms = values["promise_ms"]
        self.bench_only = values["bench_only"]


class ConnectorSpec:
    """One connector of a board: ratings and what is fitted. `meter` is a dict {profile, address, side, order} or None."""

    def __init__(self, values):
        self.id = values["id"]
        self.kind = values["kind"]
        self.standard = values["standard"]
        self.phases = values["phases"]
        self.line = values["line"]
        self.rating_ma = values["rating_ma"]
        self.pilot = values["pilot"]
        self.proximity = values["proximity"]
        self.lock = values["lock"]
        self.plug_switch = values["plug_switch"]
        self.poles = values["poles"]
        self.feedback = values["feedback"]
        self.residual = values["residual"]
        self.meter = values["meter"]


class Board:
    """A checked board. `rs485` is a dict {baud, parity, stop} or None; `rating_ma` is per phase of the supply.

    `pins` is {name: GPIO number, or (index in `expanders`, 0..15)}; see `boards/wiring.py` for the names.
    """

    def __init__(self, name, values):
        self.name = name
        self.model = values["model"]
        self.vendor = values["vendor"]
        self.phases = values["phases"]
        self.rating_ma = values["rating_ma"]
        self.voltage_v = values["voltage_v"]
        self.connectors = [ConnectorSpec(one) for one in values["connectors"]]
        self.rs485 = values["rs485"]
        self.metering_chip = any(one.meter and in_chip(one.meter) for one in self.connectors)
        self.reader = values["reader"]
        self.temperatures = values["temperatures"]
        self.buttons = values["buttons"]
        self.inputs = values["inputs"]
        self.indicator = values["indicator"]
        self.fan = values["fan"]
        self.ethernet = values["ethernet"]
        self.guard = GuardSpec(values["guard"])
        self.module = values["module"]
        self.expanders = values["expanders"]
        self.pins = values["pins"]
        self.active_low = values["active_low"]
        self.circuit = values["circuit"]


def names():
    """The boards there are, sorted; empty where the code lies in no folder (frozen)."""
    here = __file__.rsplit("/", 1)[0]
    try:
        return sorted(name for name in os.listdir(here) if _has_board(here + "/" + name))
    except OSError:
        return []


def is_name(name):
    """Whether it is a name: lower-case letters, digits, underscore."""
    return bool(name) and type(name) is str and all(c in "abcdefghijklmnopqrstuvwxyz0123456789_" for c in name)


def in_chip(meter):
    """Whether a connector's `meter` is the board's own metering chip instead of one on the line."""
    return meter["profile"].startswith("atm90e36")


def load(name):
    """The checked `Board` of that name; raises `BoardError` naming what is wrong.

    The file and what checks it are out of memory again when this returns.
    """
    there = names()
    if not is_name(name) or (there and name not in there):
        raise BoardError("no board %r; there are %s" % (name, ", ".join(there)))
    before = list(sys.modules)
    try:
        return _load(name)
    finally:
        for module in list(sys.modules):
            if module.startswith("boards.") and module not in before:
                _forget(module)


def _load(name):
    try:
        module = _module(name + ".board")
    except ImportError as error:
        raise BoardError("no board %r: %s" % (name, error))
    if not hasattr(module, "BOARD"):
        raise BoardError("%s: board.py has no BOARD" % name)
    try:
        return Board(name, _module("check").check(module.BOARD))
    except BoardError as error:
        raise BoardError("%s: %s" % (name, error))


def _module(name):
    return __import__("boards." + name, None, None, ("*",))


def _forget(module):
    del sys.modules[module]
    first = module.split(".")[1]  # a package holds its parts by name as well
    if first in globals():
        del globals()[first]


def _has_board(folder):
    return _is_file(folder + "/board.py") or _is_file(folder + "/board.mpy")


def _is_file(path):
    try:
        os.stat(path)
        return True
    except OSError:
        return False
