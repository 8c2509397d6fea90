"""One figure, and how all of them are printed."""

import dataclasses

# The calibration loop on an ESP32 at 240 MHz, which runs bytecode 130 times slower (pystones, both measured) than the
# machine on which that loop takes 2.8 ms. What costs a tenth of the loop here costs a tenth of this there.
CHIP_LOOP_MS = 364


@dataclasses.dataclass
class Figure:
    """`value` None: could not be measured, `note` says why. `over` marks a figure beyond its budget."""

    what: str
    value: str | None
    budget: str = ""
    note: str = ""
    over: bool = False


def show(title, figures):
    """Print one block of the table as its figures come in."""
    print(f"\n{title}", flush=True)
    for f in figures:
        value = "-" if f.value is None else f.value
        mark = "!" if f.over else " "
        print(f" {mark}{f.what:<62} {value:>11}  {f.budget:<14} {f.note}".rstrip(), flush=True)


def within(what, number, unit, budget=None, note="", digits=0):
    """A figure that must not exceed `budget`, both in `unit`."""
    text = f"{number:,.{digits}f} {unit}"
    limit = "" if budget is None else f"<= {budget:,} {unit}"
    return Figure(what, text, limit, note, budget is not None and number > budget)
