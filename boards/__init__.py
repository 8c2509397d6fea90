"""What a board is, as data: `load(name)` reads `boards/<name>/board.py` and refuses a wrong one with the field's name.

The fields and what each allows stand in `boards/fields.py`, what is checked between them in `boards/check.py`. Whether the
wiring suits the chip is asked of `boards/wiring.py` by whoever wires a chip; a simulated board has no pins.
"""

import sys


class BoardError(ValueError):
    """A board file is wrong or missing; the text names the board, the field's dotted path, its value and what is allowed."""


class _Told:
    """Its fields are attributes. The lines in these classes cost the chip nothing; they tell the type checker of them."""

    def __init__(self, values):
        for name in values:
            setattr(self, name, values[name])


class GuardSpec(_Told):
    """What opens the contactor when the interpreter is dead: `make`, the time it promises, and whether only for a bench."""

    make: str
    promise_ms: int
    bench_only: bool


class ConnectorSpec(_Told):
    """One connector of a board: ratings and what is fitted. `meter` is a dict {profile, address, side, order} or None."""

    id: int
    kind: str
    standard: str
    phases: int
    line: "str | None"
    rating_ma: int
    pilot: bool
    proximity: bool
    lock: bool
    plug_switch: bool
    poles: "tuple[str, ...]"
    feedback: bool
    residual: str
    meter: "dict | None"


class Board(_Told):
    """A checked board. `rs485` is a dict {baud, parity, stop} or None; `rating_ma` is per phase of the supply.

    `pins` is {name: GPIO number, or (index in `expanders`, 0..15)}; see `boards/wiring.py` for the names. `metering_chip`: a
    connector's meter is the board's own chip.
    """

    name: str
    model: str
    vendor: str
    phases: int
    rating_ma: int
    voltage_v: int
    connectors: "list[ConnectorSpec]"
    rs485: "dict | None"
    metering_chip: bool
    reader: "str | None"
    temperatures: "tuple[str, ...]"
    buttons: "tuple[str, ...]"
    inputs: "tuple[str, ...]"
    indicator: "str | None"
    fan: bool
    ethernet: "str | None"
    modem: "dict | None"
    guard: GuardSpec
    module: str
    expanders: "tuple[int, ...]"
    pins: dict
    active_low: "tuple[str, ...]"
    circuit: dict

    def __init__(self, name, values):
        super().__init__(values)
        self.name = name
        self.connectors = [ConnectorSpec(one) for one in values["connectors"]]
        self.metering_chip = any(one.meter and in_chip(one.meter) for one in self.connectors)
        self.guard = GuardSpec(values["guard"])


def in_chip(meter):
    """Whether a connector's `meter` is the board's own metering chip instead of one on the line."""
    return meter["profile"].startswith("atm90e36")


def load(name):
    """The checked `Board` of that name; raises `BoardError` naming what is wrong.

    The file, and what reads and checks it, are out of memory again when this returns.
    """
    return _ask("load", name)


def names():
    """The boards there are, sorted; empty where the code lies in no folder (frozen)."""
    return _ask("names")


def _ask(function, *told):
    before = list(sys.modules)
    try:
        return getattr(__import__("boards.loading", None, None, ("*",)), function)(*told)
    finally:
        for module in list(sys.modules):
            if module.startswith("boards.") and module not in before:
                _forget(module)


def _forget(module):
    del sys.modules[module]
    first = module.split(".")[1]  # a package holds its parts by name as well
    if first in globals():
        del globals()[first]
