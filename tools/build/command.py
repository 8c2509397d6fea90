"""`rudved firmware`: build a board's bundle and images, and say how large they are."""

import pathlib

import click
from rich.table import Table

from tools.build import bundle, micropython
from tools.build.board import target
from tools.build.errors import BuildError
from tools.build.make import make
from tools.host.output import guarded


def build_options(function):
    """What decides the content of a build."""
    for option in (
        click.option("--settings", metavar="FILE", help="Lines NAME=VALUE for a new board."),
        click.option("--version", "own_version", metavar="TEXT", help="Call it that instead of what firmware/version.py says."),
        click.option("--key", metavar="PEM", envvar="RUDVED_KEY", help="Sign the bundle with this P-256 private key."),
        click.option("--locked", is_flag=True, help="For units that leave the house: nobody gets MicroPython's prompt."),
        click.option("--out", "folder", metavar="DIR", help="Where to (default: build/BOARD)."),
    ):
        function = option(function)
    return function


def build(board, chip=None, folder=None, key=None, own_version=None, settings=None, locked=False):
    """`make` with the options of a command line."""
    try:
        text = pathlib.Path(settings).read_text() if settings else None
    except (OSError, UnicodeError) as error:
        raise BuildError(f"{settings}: cannot be read ({error})") from None
    return make(board, chip, folder, key, own_version, text, locked)


@click.command()
@click.argument("board")
@click.option("--chip", metavar="NAME", help="Build for this chip instead of the board's own; `sim` for `rudved sim`.")
@click.option("--micropython", "checkout", metavar="DIR", help="Also build MicroPython from this checkout, the firmware frozen in.")
@build_options
@guarded("firmware")
def firmware(out, board, chip, key, checkout, **options):
    """Cross-compile the firmware for BOARD and pack it: app bundle, littlefs image, ROMFS image, partition table."""
    port = micropython.port(target(board, chip), checkout, options["folder"]) if checkout else None
    built = build(board, chip, key=key, **options)
    if port:
        micropython.stage(built, options["own_version"], options["locked"])
        built.made["micropython.bin"] = micropython.build(built, port)
    public = bundle.public_hex(bundle.private_key(pathlib.Path(key))) if key else None
    out.answer({
        "board": board, "chip": built.target.chip.name, "version": built.version, "key": public,
        "sizes": [{"what": what, "bytes": size, "room": room} for what, size, room, _ in built.sizes],
        "files": {name: str(path) for name, path in built.made.items()},
    }, lambda console: show(console, built, public))  # fmt: skip


def show(console, built, public=None):
    """The sizes, and where the files are."""
    table = Table(title=f"{built.target.name} {built.version} for {built.target.chip.name}", title_justify="left", box=None)
    for name, how in (("what", "left"), ("bytes", "right"), ("of", "right"), ("", "left")):
        table.add_column(name, justify=how)
    for what, size, room, note in built.sizes:
        table.add_row(what, f"{size:,}", f"{room:,}" if room else "", note)
    console.print(table)
    console.print(f"in {built.folder}: {', '.join(built.made)}", soft_wrap=True)
    if public:
        console.print(f"chargers take it by FirmwareKey={public}", soft_wrap=True)
