"""The `rudved` command: one name for every host program. A subcommand's module is imported only when it is called."""

from importlib import import_module

import click

# name -> (module, its click command, what the list of commands says)
COMMANDS = {
    "sim": ("tools.sim.command", "sim", "Run the firmware on a simulated board, driven over a control port."),
    "demo": ("tools.demo.command", "demo", "Play a charger's day in twenty seconds, then play with it."),
    "csms": ("tools.csms.command", "csms", "A strict OCPP 1.6J central system with a prompt."),
}


class _Commands(click.Group):
    def list_commands(self, ctx):
        return list(COMMANDS)

    def get_command(self, ctx, name):
        if name not in COMMANDS:
            return None
        module, command, _ = COMMANDS[name]
        return getattr(import_module(module), command)

    def format_commands(self, ctx, formatter):
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, _, told) in COMMANDS.items()])


@click.group(cls=_Commands)
def main():
    """Rudved: an EV charger's firmware, and the programs around it."""
