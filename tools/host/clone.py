"""`rudved clone`: one template and a list of units, as many chargers as there are, one after another or side by side."""

import os
import string
import threading
from concurrent.futures import ThreadPoolExecutor

import click

from tools.host import exported, ports, units
from tools.host.cloning import Job
from tools.host.cloning import clone as clone_one
from tools.host.exits import Trouble
from tools.host.line import BAUD
from tools.host.output import guarded, rows

_LOOK_S = 1  # between two looks whether the next unit is plugged in
_FIELDS = ("serial", "name", "model", *units.ON_LABEL)


@click.command()
@click.argument("template")
@click.argument("list_", metavar="UNITS.CSV")
@click.option("--port", "devices", multiple=True, metavar="PORT", help="Where a unit is, or one after another are (repeatable); "
              "default: RUDVED_PORT, or every port with a charger's USB bridge.")
@click.option("--baud", default=BAUD, show_default=True, help="Speed of the line.")
@click.option("--results", metavar="FILE", help="What became of each unit (default: UNITS.results.csv). A later run reads it and goes on.")
@click.option("--secrets", metavar="FILE", help="Where generated secrets are kept (default: UNITS.secrets.csv, for its owner only).")
@click.option("--labels", metavar="FOLDER", help="A label of each unit as SVG and PNG, with a QR code.")
@click.option("--qr", metavar="TEXT", help=f"What the QR code says; {', '.join('{' + name + '}' for name in _FIELDS)} are filled in.")
@click.option("--check-central", "central_s", type=click.FloatRange(0), default=0.0, metavar="S",
              help="A unit is only done when the central system has accepted it, within S seconds of its restart.")
@click.option("--wait/--no-wait", default=None, help="Wait at each port for the next unit until all are done (on a terminal: yes).")
@guarded("clone")
def clone(out, template, list_, devices, baud, results, secrets, labels, qr, central_s, wait):
    """Give each charger the settings of TEMPLATE (`rudved config export --template`) and its own from UNITS.CSV.

    The list has a column `serial` (empty: whichever charger comes), settings by their names (ChargePointId,
    AuthorizationKey, …), `installer_secret`, and evse_id, location, note for the label. `generate` as AuthorizationKey or
    installer_secret makes one. Every unit is read back before it counts as done; a unit that was pulled or failed is done
    again by the same command, the others are left alone.
    """
    stem = os.path.splitext(list_)[0]
    book = units.Book(results or f"{stem}.results.csv", secrets or f"{stem}.secrets.csv")
    job = Job(exported.read(template), units.read(list_), book, labels, _checked(qr), central_s)
    named = list(devices) or [port for port in [os.environ.get("RUDVED_PORT")] if port]
    found = named or [port.device for port in ports.candidates()] or [ports.find()]
    with out.progress() as progress:
        bar = progress.add_task("units", total=len(job.units), completed=len(job.units) - len(job.left()))
        run = _Run(out, job, baud, out.side.is_terminal if wait is None else wait, lambda: progress.advance(bar))
        run.all(found)
    _sum_up(out, job, run.lines)


def _checked(qr):
    if qr:
        wrong = [name for _, name, _, _ in string.Formatter().parse(qr) if name is not None and name not in _FIELDS]
        if wrong:
            raise click.BadParameter(f"{{{wrong[0]}}}: what can be filled in is {', '.join(_FIELDS)}", param_hint="--qr")
    return qr


class _Run:
    """Each port has a worker of its own; `lines` is what this run wrote into the book."""

    def __init__(self, out, job, baud, wait, advance):
        self.out, self.job, self.baud, self.wait, self.advance = out, job, baud, wait, advance
        self.lines = []
        self._stop = threading.Event()

    def all(self, devices):
        with ThreadPoolExecutor(len(devices)) as pool:
            try:
                for done in [pool.submit(self._port, device) for device in devices]:
                    done.result()
            finally:
                self._stop.set()  # Ctrl-C, or a fault of one: each ends with the unit it is at

    def _port(self, device):
        told = ""  # what was said last, so that waiting is not a flood
        while not self._stop.is_set() and self.job.left():
            try:
                line = clone_one(self.job, device, self.baud, lambda text: self._note(device, text))
                if line:
                    self._unit(line)
                elif told != "done":
                    self._note(device, "done already")
                told = "done"
            except Trouble as error:
                if error.code in ("FILE", "STOPPED"):
                    raise
                if str(error) != told:
                    self._note(device, str(error))
                told = str(error)
            if not self.wait:
                return
            self._stop.wait(_LOOK_S)

    def _unit(self, line):
        self.lines.append(line)
        if line["result"] == "done":
            self.advance()
        if self.out.json:
            self.out.line({"event": "unit"} | {name: line[name] for name in ("row", "serial", "ChargePointId", "port", "result", "what")})
        else:
            what = f": {line['what']}" if line["what"] else ""
            self.out.people.print(f"{line['result']}  row {line['row']}  {line['serial']}  {line['ChargePointId']}{what}")

    def _note(self, device, text):
        self.out.note(f"{device}: {text}")


def _sum_up(out, job, lines):
    left = [{"row": unit.row, "name": unit.name} for unit in job.left()]
    result = {"units": len(job.units), "done": len(job.units) - len(left), "left": left, "results": str(job.book.path)}
    if not left:
        out.answer(result, lambda console: console.print(f"{len(job.units)} of {len(job.units)} units done; the book: {job.book.path}"))
        return
    names = ", ".join(unit["name"] for unit in left[:8]) + (" …" if len(left) > 8 else "")
    if lines and not out.json:
        rows(out.side, ("row", "unit"), [(unit["row"], unit["name"]) for unit in left])
    raise Trouble("PARTLY", f"{len(left)} of {len(job.units)} units are left ({names}): the same command goes on with them", result)


