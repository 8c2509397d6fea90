"""`rudved config`: the settings of the charger on the cable, changed together, looked at first."""

import os
import sys

import click

from tools.host import exported, settings
from tools.host.exits import Trouble
from tools.host.output import on_charger, pairs, rows
from tools.host.sealing import quoted


@click.group()
def config():
    """Settings of the charger: look, change, keep, give to others. Nothing changes unless all of it is right."""


def committing(function):
    """Options of whatever commits."""
    function = click.option("--yes", is_flag=True, help="Do not ask.")(function)
    function = click.option("--restart/--no-restart", default=True, show_default=True,
                            help="Restart the charger where a change counts only then.")(function)
    return click.option("--check-central", "central_s", type=click.FloatRange(0), default=0.0, metavar="S",
                        help="Take the change back unless the central system accepts the charger within S seconds.")(function)


@config.command()
@click.argument("part", required=False, metavar="[NAME]")
@on_charger("config get")
def get(out, charger, part):
    """All settings, some, or all about one.

    NAME is a name or a part of it.
    """
    result = charger.ask(f"config get {quoted(part)}" if part else "config get")
    if "key" in result:
        out.answer(result, lambda console: _show_one(console, result))
    else:
        lines = [(name, "(secret)" if value is None else value) for name, value in sorted(result.items())]
        out.answer(result, lambda console: rows(console, ("name", "value"), lines))


def _show_one(console, about):
    pairs(console, {name: about[name] for name in ("key", "value", "unit", "default", "allowed", "help") if about.get(name) is not None})
    if about["value"] is None:
        console.print("set, and secret" if about.get("set", True) else "not set")
    if not about["writable"]:
        console.print("read only")
    elif about["reboot"]:
        console.print("counts after a restart")


@config.command("set")
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE...")
@committing
@on_charger("config set")
def set_(out, charger, changes, **how):
    """Change settings together. NAME alone is for a secret: its value comes from RUDVED_VALUE, or is asked for."""
    with settings.dropping(charger):
        for change in changes:
            name, equals, value = change.partition("=")
            about = charger.ask(f"config get {quoted(name)}")
            if about.get("key", "").lower() != name.lower():
                near = [about["key"]] if "key" in about else about
                raise Trouble("SETTING", f"{name}: there is no such setting; those with it in their names: {', '.join(near)}")
            if about["value"] is None:
                _set_secret(charger, about["key"], equals)
            elif not equals:
                raise Trouble("SETTING", f"{name}: which value? {name}=VALUE; allowed is {about['allowed']}")
            else:
                charger.ask(f"config set {about['key']} {quoted(value)}")
        _commit(out, charger, **how)


def _set_secret(charger, name, equals):
    if equals:
        raise Trouble("SETTING", f"{name} is secret, and every process list shows arguments: give it in RUDVED_VALUE, or when asked")
    value = os.environ.get("RUDVED_VALUE")
    if value is None:
        if not sys.stdin.isatty():
            raise Trouble("SETTING", f"{name} is secret: give it in RUDVED_VALUE, or run this at a terminal")
        value = click.prompt(name, hide_input=True, confirmation_prompt=True, err=True)
    charger.ask(f"config set {name}", on_ask=lambda message: value)


def _commit(out, charger, yes, restart, central_s):
    staged = charger.ask("config diff")
    if not staged:
        out.answer({"changed": []}, lambda console: console.print("nothing to change: all of it holds already"))
        return
    if not yes:
        _show_diff(out.side, staged)
    if not out.agree("Commit this?", yes):
        raise Trouble("STOPPED", "nothing changed")
    told = settings.commit(charger, restart, central_s)
    out.answer(told, lambda console: _show_commit(console, told))


def _show_commit(console, told):
    console.print(f"changed: {', '.join(told['changed'])}")
    for what, words in (("restarted", "restarted"), ("confirmed", "confirmed"), ("central", "accepted by the central system")):
        if told[what]:
            console.print(words)


def _show_diff(console, staged):
    rows(console, ("name", "now", "then"), [(row["key"], _text(row["now"]), _text(row["then"])) for row in staged])


def _text(value):
    return "(secret)" if value is None else value or '""'


@config.command()
@click.argument("file", required=False)
@on_charger("config diff")
def diff(out, charger, file):
    """What is staged; or what FILE would change."""
    if file:
        _told(out, _try(charger, exported.read(file)), "")
    else:
        staged = charger.ask("config diff")
        if staged:
            out.answer(staged, lambda console: _show_diff(console, staged))
        else:
            out.answer([], lambda console: console.print("nothing is staged"))


def _try(charger, wanted):
    settings.drop(charger)
    lines = settings.stage(charger, wanted)
    settings.drop(charger)
    return lines


def _told(out, lines, staged):
    changed = sum(line["result"] == "change" for line in lines)

    def show(console):
        if lines:
            _show_lines(console, lines)
        console.print(f"{changed} of {len(lines)} would change{staged if changed else ''}")

    out.answer({"lines": lines, "would_change": changed}, show)


def _show_lines(console, lines):
    rows(console, ("result", "setting"), [(line["result"], line["text"]) for line in lines])


@config.command()
@click.option("--all", "scope", flag_value="all", help="Also what is at its default.")
@click.option("--template", "scope", flag_value="changed", default="changed",
              help="What differs from the defaults, without name and secrets: for other chargers (the default).")
@click.option("--secrets", "scope", flag_value="secrets", help="Name and secrets too (factory role).")
@click.option("--output", "-o", metavar="FILE", help="Into a file, which only its owner may read where it holds secrets.")
@on_charger("config export")
def export(out, charger, scope, output):
    """Settings as text, to keep or to give to other chargers."""
    found = settings.take(charger, scope)
    if output:
        with open(output, "w", encoding="utf-8", opener=_private if scope == "secrets" else None) as file:
            file.write(found.text())
    result = {"board": found.board, "version": found.version, "settings": found.settings, "file": output}
    out.answer(result, lambda console: console.print(f"{len(found.settings)} settings in {output}" if output else found.text().rstrip()))


def _private(path, flags):
    return os.open(path, flags, 0o600)


@config.command()
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Only say what each line would do.")
@committing
@on_charger("config apply")
def apply(out, charger, file, dry_run, **how):
    """Make the settings of FILE so, all or none.

    FILE is an export, or a template. Each of its lines says what it does; where one is wrong nothing changes.
    """
    wanted = exported.read(file)
    try:
        if dry_run:
            _told(out, _try(charger, wanted), "")
            return
        with settings.dropping(charger):
            settings.stage(charger, wanted)
            _commit(out, charger, **how)
    except Trouble as error:
        if error.data and not out.json:
            _show_lines(out.side, error.data["lines"])
        raise
    different = settings.differing(charger, wanted)
    if different:
        raise Trouble("DIFFERS", f"read back and found different: {', '.join(different)}")


@config.command("import")
@click.argument("file")
@on_charger("config import")
def import_(out, charger, file):
    """Stage FILE; `config commit` makes it so.

    `rudved config rollback` forgets it.
    """
    wanted = exported.read(file)
    settings.drop(charger)
    _told(out, settings.stage(charger, wanted), ": staged, `rudved config commit` makes it so")


@config.command()
@committing
@on_charger("config commit")
def commit(out, charger, **how):
    """Make what is staged so, and confirm it."""
    _commit(out, charger, **how)


@config.command()
@on_charger("config confirm")
def confirm(out, charger):
    """Keep a change that would be taken back."""
    charger.ask("config confirm")
    out.answer({"confirmed": True}, lambda console: console.print("confirmed"))


@config.command()
@click.argument("number", required=False, type=int)
@on_charger("config rollback")
def rollback(out, charger, number):
    """Forget what is staged, or take back.

    What is staged is forgotten; else what waits to be confirmed is taken back. NUMBER, of `history`, stages what undoes that change.
    """
    result = charger.ask(f"config rollback {number}" if number else "config rollback")
    out.answer(result if isinstance(result, dict) else {"staged": result}, lambda console: pairs(console, {"done": result}))


@config.command()
@on_charger("config history")
def history(out, charger):
    """Changes made at this charger's console."""
    found = charger.ask("config history")
    shown = [(row["n"], row["when"], row["by"], row["key"], _text(row["was"]), _text(row["became"])) for row in found]
    out.answer(found, lambda console: rows(console, ("n", "when", "by", "name", "was", "became"), shown))
