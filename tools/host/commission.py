"""`rudved commission` and `rudved verify`: from a charger on the wall to a signed report in three forms."""

import datetime
import json
import os
import sys
from pathlib import Path

import click

from tools.host import record as records
from tools.host import report_pdf, report_text
from tools.host.exits import Trouble
from tools.host.output import guarded, on_charger
from tools.host.wizard import Wizard

_LOSSES = 3  # so often a step is begun anew by itself when the line was lost over it


def _pairs(ctx, param, values):
    pairs = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{value!r} is not NAME=TEXT", ctx, param)
        pairs[name] = text
    return pairs


@click.command()
@click.option("--output", "-o", default=".", metavar="FOLDER", help="Where the report goes (default: here).")
@click.option("--anew", is_flag=True, help="Give up a commissioning that is open, and begin another.")
@click.option("--report", "only_report", is_flag=True, help="No step: only write the report of what the charger has.")
@click.option("--answer", "answers", multiple=True, metavar="KEY=TEXT", callback=_pairs,
              help="An answer beforehand, by its key (or STEP.KEY); with `ready=` nobody is waited for.")
@click.option("--skip", "skips", multiple=True, metavar="STEP=REASON", callback=_pairs, help="Leave a step out, and why.")
@click.option("--patience", "wait_s", type=click.FloatRange(0), default=120, show_default=True, metavar="S",
              help="So long a charger is waited for whose cable was pulled.")
@on_charger("commission")
def commission(out, charger, output, anew, only_report, answers, skips, wait_s):
    """Commission the charger step by step and write the report: text, JSON, and PDF with figures and curves.

    Goes on where it was stopped. The charger signs the record; the report says whether the signature is right.
    """
    person = Person(out, answers, skips)
    wizard = Wizard(charger, person, wait_s)
    folder, serial = Path(output), wizard.ask("status")["serial"]
    now = wizard.ask("commission status")
    here = folder / f"commissioning-{serial}-{now['number']}"
    if now["state"] == "signed" and _path(here).exists():  # stopped between the signature and the report
        only_report = only_report or not anew
    goes_on = only_report or (now["state"] == "open" and not anew)
    stem = here if goes_on else folder / f"commissioning-{serial}-{now['number'] + 1}"
    curves = wizard.curves = _kept(stem) if goes_on else {}
    try:
        if not only_report:
            _date(out, wizard)
            wizard.run(anew)
        made = records.of(wizard.record(), curves)
    except BaseException:
        _keep(stem, curves)
        raise
    files = write(made, folder)
    _path(stem).unlink(missing_ok=True)  # they are in the JSON now
    state, why = made.check()
    failed = [step["step"] for step in made.results.values() if step["verdict"] == "FAIL"]
    result = {"verdict": made.verdict, "record": state, "hash": made.hash, "files": files, "failed": failed, "stopped_at": person.stopped}
    if state == records.BROKEN:
        raise Trouble("DIFFERS", f"the record is not right: {why}", result)
    if failed:
        raise Trouble("FAILED", f"failed: {', '.join(failed)}; the report so far: {files[-1]}", result)
    if made.verdict is None:
        raise Trouble("PARTLY", f"not signed off yet; the same command goes on; the report so far: {files[-1]}", result)
    out.answer(result, lambda console: console.print(f"{made.verdict}, record {state}: {why}\n" + "\n".join(files)))


def _date(out, wizard):
    """A report without a date is worth little: a clock that nobody has set is set by this computer's."""
    if wizard.ask("status")["utc"] is None:
        try:
            utc = wizard.ask(f"clock {datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}")["utc"]
        except Trouble as error:
            if error.code not in ("UNKNOWN", "BUSY"):
                raise
            out.note(f"the charger's clock is not set, and so the record has no dates: {error}")
        else:
            out.note(f"the charger's clock was not set; now it is {utc}, as here")


def write(made, folder):
    """The three files of a record; their paths."""
    stem = folder / made.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        Path(f"{stem}.txt").write_text("\n".join(report_text.lines(made)) + "\n", encoding="utf-8")
        Path(f"{stem}.json").write_text(json.dumps(made.data(), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise Trouble("FILE", f"{stem} cannot be written: {error}") from None
    report_pdf.write(made, f"{stem}.pdf")
    return [f"{stem}.{ending}" for ending in ("txt", "json", "pdf")]


def _path(stem):
    """What was seen of a record whose report is not yet written."""
    return Path(f"{stem}.curves.json")


def _kept(stem):
    for path, pick in ((_path(stem), lambda kept: kept), (Path(f"{stem}.json"), lambda kept: kept["curves"])):
        try:
            return dict(pick(json.loads(path.read_text())))
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return {}


def _keep(stem, curves):
    stem.parent.mkdir(parents=True, exist_ok=True)
    _path(stem).write_text(json.dumps(curves))


class Person:
    """Whoever sits at the terminal, or what was answered beforehand. `stopped` is the step where it ended early."""

    def __init__(self, out, answers, skips):
        self._out, self._answers, self._skips = out, answers, skips
        self._there = sys.stdin.isatty() and not out.json
        self._tried = set()
        self._losses = {}
        self.stopped = None

    def choose(self, step, title, failed):
        if step in self._skips:
            return "skip", self._skips[step]
        self._out.note(f"--- {title}{' (failed before)' if failed else ''}")
        if not self._there:
            if step in self._tried:
                self.stopped = step
                return "stop", ""
            self._tried.add(step)
            return "do", ""
        told = click.prompt("Enter: do it; s REASON: leave it out; q: stop here", default="", show_default=False, err=True).strip()
        if told == "q":
            self.stopped = step
            return "stop", ""
        if told.startswith("s ") and told[2:].strip():
            return "skip", told[2:].strip()
        return "do", ""

    def answer(self, step, key, text):
        for name in (f"{step}.{key}", f"{step.split('.')[0]}.{key}", key):
            if name in self._answers:
                return self._answers[name]
        if not self._there:
            raise Trouble("USAGE", f"step {step} asks: {text}. Answer beforehand: --answer {step}.{key}=TEXT")
        return click.prompt(text, default="", show_default=False, err=True)

    def told(self, step, text):
        if self._out.json:
            self._out.line({"event": "say", "step": step, "text": text})
        else:
            self._out.note(f"  {text}")

    def lost(self, step, text):
        self.told(step, text)
        self._losses[step] = self._losses.get(step, 0) + 1
        if self._losses[step] <= _LOSSES:
            self._tried.discard(step)

    def refused(self, step, error):
        if not self._there:
            raise Trouble(error.code, f"step {step}: {error}", error.data)
        self._out.note(f"  {error}")

    def event(self, message):
        if self._out.json:
            self._out.line(message)
        elif message["event"] == "step":
            colour = {"PASS": "green", "FAIL": "red"}.get(message["verdict"], "yellow")
            self._out.side.print(f"{message['verdict']} {message['step']}: {message['text']}", style=colour)
        elif self._there:
            self._out.side.print(f"  {message['t_s']} s  {message['power_w']} W  {message['wh']} Wh", end="\r")


@click.command()
@click.argument("file", metavar="RECORD.json")
@click.option("--pdf", metavar="FILE", help="Write the PDF anew.")
@click.option("--key", metavar="HEX", help="The charger's public key as you know it: another one is no proof.")
@guarded("verify")
def verify(out, file, pdf, key):
    """Check a commissioning record: its lines, its hash, the charger's signature. Exit status 0 only when all of it is right."""
    made = records.read(file)
    state, why = made.check()
    if key and state == records.SIGNED and made.public_key.lower() != key.lower():
        state, why = records.BROKEN, f"it is signed by another key ({made.key_print})"
    if pdf:
        report_pdf.write(made, pdf)
    result = {"record": state, "why": why, "verdict": made.verdict, "serial": made.head["serial"], "hash": made.hash,
              "public_key": made.public_key, "pdf": pdf and os.path.abspath(pdf)}
    if state != records.SIGNED:
        raise Trouble("DIFFERS", f"{file}: {state}: {why}", result)
    out.answer(result, lambda console: console.print(f"{made.head['serial']}, {made.verdict}: {why}"))
