"""`rudved logs`: the log lines the charger keeps, and those that come."""

import time

import click

from tools.host.lasting import lasting
from tools.host.output import on_charger

_LEVELS = ("debug", "info", "warning", "error")
_LOOK_S = 1


@click.command()
@click.option("--lines", "-n", type=click.IntRange(1), help="Only so many, the newest.")
@click.option("--level", type=click.Choice(_LEVELS), default="debug", help="Only such and worse.")
@click.option("--source", help="Only lines of that part (safety, charging, ocpp, …).")
@click.option("--follow", "-f", is_flag=True, help="And those that come, until Ctrl-C; restarts and pulled cables are waited out.")
@click.option("--output", "-o", type=click.File("w", encoding="utf-8"), help="Into a file.")
@on_charger("logs")
def logs(out, charger, lines, level, source, follow, output):
    """Log lines that the charger keeps since its start, the oldest first."""

    def wanted(line):
        return _LEVELS.index(line["level"]) >= _LEVELS.index(level) and source in (None, line["source"])

    kept = charger.ask("log")
    shown = [line for line in kept if wanted(line)][-(lines or 0) :]
    if follow:
        for line in shown:
            _tell(out, output, line)
        for now in lasting(charger, out, lambda: charger.ask("log"), _LOOK_S):
            for line in fresh(kept, now):
                if wanted(line):
                    _tell(out, output, line)
            kept = now
        return
    if output:
        for line in shown:
            print(told(line), file=output)
    out.answer(shown, lambda console: console.print("\n".join(map(told, shown))) if not output else console.print(f"{len(shown)} lines"))


def _tell(out, output, line):
    if output:
        print(told(line), file=output, flush=True)
    if out.json:
        out.line({"event": "log"} | line)
    elif not output:
        out.people.print(told(line))


def told(line):
    return f"{time.strftime('%H:%M:%S', time.gmtime(line['up_s']))} {line['level']:7} {line['source']}: {line['text']}"


def fresh(before, now):
    """The lines of `now` that are not yet in `before`: the charger keeps a ring, and forgets its oldest."""
    for count in range(min(len(before), len(now)), 0, -1):
        if before[-count:] == now[:count]:
            return now[count:]
    return now
