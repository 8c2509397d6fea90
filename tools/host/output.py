"""What every command of `rudved` that talks to a charger has in common: its options, its one answer, its exit code.

Standard output carries the answer alone: for people, or with --json one object a line. Progress, notes and questions go to
standard error, so that a pipe gets nothing else.
"""

import functools
import json
import os
import sys

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tools.host import ports
from tools.host.charger import Charger
from tools.host.exits import Trouble
from tools.host.line import BAUD

_WIDE = 160  # columns, where no terminal says how many


class Out:
    """`answer` says the one result; `note` and `progress` are for whoever waits."""

    def __init__(self, name, as_json):
        self.name = name
        self.json = as_json
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # a Windows pipe may lack the letters of a curve
        self.people = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else _WIDE)
        self.side = Console(stderr=True, highlight=False, markup=False, width=None if sys.stderr.isatty() else _WIDE)

    def answer(self, result, show=None):
        """`show(console)` prints it for people; without, it is printed as names and values."""
        if self.json:
            self.line({"ok": True, "command": self.name, "result": result})
        elif show:
            show(self.people)
        else:
            pairs(self.people, result)

    def line(self, message):
        """One object of a stream, at once."""
        print(json.dumps(message), flush=True)

    def trouble(self, error):
        if self.json:
            data = {} if error.data is None else {"result": error.data}
            self.line({"ok": False, "command": self.name, "code": error.code, "error": str(error), "exit": error.exit} | data)
        else:
            self.side.print(f"rudved {self.name}: {error}", style="red" if self.side.is_terminal else None)

    def note(self, text):
        self.side.print(text, style="dim" if self.side.is_terminal else None)

    def progress(self):
        """A bar on standard error for long work; nothing of it stays in a log that is no terminal."""
        return Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=self.side,
            transient=True, disable=not self.side.is_terminal,
        )  # fmt: skip

    def working(self, text):
        """A spinner while something takes long."""
        return self.side.status(text) if self.side.is_terminal else _Quiet()

    def agree(self, question, yes):
        """Whether the person says yes; with --yes they have. Trouble where nobody can be asked."""
        if yes:
            return True
        if not sys.stdin.isatty():
            raise Trouble("USAGE", f"{question} Nobody is here to answer: say --yes")
        return click.confirm(question, err=True)


class _Quiet:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


def pairs(console, data):
    """Names and values under one another."""
    table = Table.grid(padding=(0, 2))
    for name, value in data.items():
        table.add_row(str(name), value if isinstance(value, str) else json.dumps(value))
    console.print(table)


def rows(console, head, lines):
    """A table; the cells are texts."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in head:
        table.add_column(name, overflow="fold")
    for line in lines:
        table.add_row(*map(str, line))
    console.print(table)


def secret_of(role):
    """The secret of a role: RUDVED_SECRET, else asked for; never an argument, which every process list would show."""
    given = os.environ.get("RUDVED_SECRET")
    if given:
        return given
    if not sys.stdin.isatty():
        raise Trouble("DENIED", f"this needs the {role} role: put its secret into RUDVED_SECRET, or run this at a terminal")
    return click.prompt(f"{role}'s secret or code", hide_input=True, err=True)


def guarded(name):
    """Gives the function an `Out` first, and turns Trouble and Ctrl-C into an answer and an exit code."""

    def wrap(function):
        @click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")
        @functools.wraps(function)
        def run(as_json, **options):
            out = Out(name, as_json)
            try:
                function(out, **options)
            except Trouble as error:
                out.trouble(error)
                sys.exit(error.exit)
            except (KeyboardInterrupt, click.Abort):
                error = Trouble("STOPPED", "stopped")
                out.trouble(error)
                sys.exit(error.exit)
            except BrokenPipeError:  # whoever read our output has gone
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                sys.exit(0)

        return run

    return wrap


def port_options(function):
    """--port and --baud."""
    function = click.option("--baud", default=BAUD, show_default=True, help="Speed of the line.")(function)
    return click.option(
        "--port", metavar="PORT", help="/dev/ttyUSB0, /dev/cu.usbserial-1, COM7, a pseudo-terminal; default: RUDVED_PORT, or the "
        "only port with a charger's USB bridge.",
    )(function)  # fmt: skip


def on_charger(name):
    """`guarded`, and the charger at --port as the second argument, opened and at the end closed."""

    def wrap(function):
        @port_options
        @guarded(name)
        @functools.wraps(function)
        def run(out, port, baud, **options):
            with Charger(ports.find(port), baud, secret_of, out.note) as charger:
                function(out, charger, **options)

        return run

    return wrap
