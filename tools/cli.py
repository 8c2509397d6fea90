"""The `rudved` command: one name for every host program. A subcommand's module is imported only when it is called."""

import json
from importlib import import_module

import click

from tools.host.exits import EXITS

# name -> (module, its click command, what the list of commands says)
COMMANDS = {
    "console": ("tools.host.console", "console", "The charger's console on this terminal; survives restarts and pulled cables."),
    "info": ("tools.host.info", "info", "Who the charger on the cable is, how it is, and why it does not charge."),
    "config": ("tools.host.config", "config", "Its settings: get, set, diff, export, apply a file with a dry run."),
    "commission": ("tools.host.commission", "commission", "Commission it step by step; a signed report as text, JSON and PDF."),
    "verify": ("tools.host.commission", "verify", "Check a commissioning record and its signature."),
    "clone": ("tools.host.clone", "clone", "One template and a list of units: push, read back, label; goes on where it was stopped."),
    "monitor": ("tools.host.monitor", "monitor", "Pilot and currents as they are now, drawn in the terminal."),
    "logs": ("tools.host.logs", "logs", "Log lines the charger keeps, and those that come."),
    "trace": ("tools.host.trace", "trace", "Frames between charger and central system, as they come."),
    "support": ("tools.host.support", "support", "All that the maker asks for, in one file, without secrets."),
    "ask": ("tools.host.info", "ask", "Any command of the charger's console, answered for people or programs."),
    "sim": ("tools.sim.command", "sim", "Run the firmware on a simulated board, driven over a control port."),
    "demo": ("tools.demo.command", "demo", "Play a charger's day in twenty seconds, then play with it."),
    "firmware": ("tools.build.command", "firmware", "Build a board's app bundle and images."),
    "flash": ("tools.build.flash", "flash", "Write a whole new unit: MicroPython, partition table, files, settings."),
    "deploy": ("tools.build.deploy", "deploy", "Bring a developer's board up to date, changed files only."),
    "bringup": ("tools.bringup.command", "bringup", "Measure the first board of a kind, and make the table to send back."),
    "update": ("tools.build.update", "update", "Install a bundle on a charger over its console, and see that it stays."),
    "csms": ("tools.csms.command", "csms", "A strict OCPP 1.6J central system with a prompt."),
}


class _Commands(click.Group):
    def parse_args(self, ctx, args):
        ctx.meta["rudved.json"] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except click.UsageError as error:  # for programs, one object a line here too
            if ctx.meta["rudved.json"]:
                name = error.ctx.info_name if error.ctx else None
                answer = {"ok": False, "command": name, "code": "USAGE", "error": error.format_message(), "exit": error.exit_code}
                click.echo(json.dumps(answer))
            raise

    def list_commands(self, ctx):
        return list(COMMANDS)

    def get_command(self, ctx, name):
        if name == "help":
            return _help
        if name not in COMMANDS:
            return None
        module, command, _ = COMMANDS[name]
        return getattr(import_module(module), command)

    def format_commands(self, ctx, formatter):
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, _, told) in COMMANDS.items()])

    def format_epilog(self, ctx, formatter):
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), told) for code, told in EXITS.items()])


@click.command(add_help_option=False)
@click.argument("words", nargs=-1)
@click.pass_context
def _help(ctx, words):
    """`rudved help config set` is `rudved config set --help`."""
    main.main([*words, "--help"], prog_name=ctx.parent.info_name)


@click.group(cls=_Commands)
def main():
    """Rudved: an EV charger's firmware, and the programs around it."""
