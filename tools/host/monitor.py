"""`rudved monitor`: pilot and currents as they are now, drawn in the terminal; with --json a stream."""

import math
import time
from collections import deque

import click
from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from tools.host.exits import Trouble
from tools.host.lasting import lasting
from tools.host.output import on_charger
from tools.host.plot import chart

_KEPT = 400
_HIGH, _LOW = 7, 3  # rows of a curve, where there is one connector and where there are more
_PILOT_V = 13  # a little more than the 12 V that the pilot has at most
_EDGE = 12  # columns beside a curve


@click.command()
@click.option("--every", default=0.5, show_default=True, type=click.FloatRange(0.05), metavar="S", help="Between two looks.")
@click.option("--count", type=click.IntRange(1), help="End after so many looks (default: Ctrl-C).")
@click.option("--connector", type=int, help="Only this one.")
@on_charger("monitor")
def monitor(out, charger, every, count, connector):
    """Pilot levels and currents as curves, with what the charger believes, until Ctrl-C. Restarts and pulled cables are
    waited out."""
    status = charger.status()
    title = f"{status['model']} {status['serial']}, firmware {status['firmware']}"
    numbers = [one["id"] for one in status["connectors"]]
    if connector is not None and connector not in numbers:
        raise Trouble("USAGE", f"connector {connector}: this charger has {', '.join(map(str, numbers))}")
    looks = lasting(charger, out, lambda: charger.ask("live"), every, count)
    if out.json:
        for facts in looks:
            out.line({"event": "live", "at": time.time()} | _only(facts, connector))
        return
    past = {}
    with Live(console=out.people, auto_refresh=False, screen=False) as screen:
        for facts in looks:
            facts = _only(facts, connector)
            for one in facts["connectors"]:
                past.setdefault(one["connector"], deque(maxlen=_KEPT)).append(one)
            screen.update(frame(title, facts, past, out.people.width), refresh=True)
    if not out.people.is_terminal:
        out.people.print()  # the picture ends without a line end


def _only(facts, connector):
    if connector is None:
        return facts
    return facts | {"connectors": [one for one in facts["connectors"] if one["connector"] == connector]}


def frame(title, facts, past, width):
    """One picture: what is to be seen at one look, and the curves up to it."""
    parts = []
    high = _HIGH if len(facts["connectors"]) == 1 else _LOW
    for one in facts["connectors"]:
        parts.append(Panel(Group(*_connector(one, list(past[one["connector"]]), width, high)), title=f"connector {one['connector']}"))
    central = facts["ocpp"]
    link = "accepted" if central["accepted"] else "connected" if central["connected"] else "not connected"
    signal = "" if facts["rssi_dbm"] is None else f", {facts['rssi_dbm']} dBm"
    parts.append(Text(
        f"{title}   hottest {_of(facts['hottest_dc'], 10, 1, '°C')}   network {'up' if facts['network'] else 'down'}{signal}   "
        f"central system {link}, {central['queued']} waiting"
    ))  # fmt: skip
    return Group(*parts)


def _connector(one, past, width, high):
    wide = max(20, width - _EDGE - 4)
    if one["letter"] is not None:
        yield Text(
            f"pilot {one['letter']}   high {_of(one['high_mv'], 1000, 2, 'V')}   low {_of(one['low_mv'], 1000, 2, 'V')}   "
            f"duty {_of(one['duty_permille'], 10, 1, '%')}   offers {_of(one['offered_ma'], 1000, 1, 'A')}"
        )
        levels = [[None if look[name] is None else look[name] / 1000 for look in past] for name in ("high_mv", "low_mv")]
        yield Text("\n".join(chart(levels, wide, high, -_PILOT_V, _PILOT_V, "V")), "cyan")
    contactor = f"told {'closed' if one['command'] else 'open'}, is {'closed' if one['closed'] else 'open'}"
    residual = {None: "none fitted", True: "TRIPPED", False: "fine"}[one["residual_tripped"]]
    yield Text(f"contactor {contactor}   residual current {residual}   {one['why']}")
    if one["amps_ma"] is not None:
        yield Text(
            f"meter {one['meter']}   " + "   ".join(
                f"L{phase} {mv / 1000:.1f} V {ma / 1000:.2f} A" for phase, (mv, ma) in enumerate(zip(one["volts_mv"], one["amps_ma"]), 1)
                if mv or ma or phase == 1
            ) + f"   {one['power_w']} W   {one['energy_wh'] if one['energy_wh'] is not None else '-'} Wh"
        )  # fmt: skip
        phases = [[_phase(look, phase) for look in past] for phase in range(len(one["amps_ma"]))]
        top = max(8, (one["cable_ma"] or 0) / 1000, *[amps for phase in phases for amps in phase if amps is not None])
        yield Text("\n".join(chart(phases, wide, high, 0, math.ceil(top), "A")), "green")


def _phase(look, phase):
    return None if look["amps_ma"] is None else look["amps_ma"][phase] / 1000


def _of(value, by, digits, unit):
    return "-" if value is None else f"{value / by:.{digits}f} {unit}"
