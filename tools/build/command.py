"""`rudved firmware`: build a board's bundle and images, and say how large they are."""

import json
import pathlib
import sys

import click
from rich.console import Console
from rich.table import Table

from tools.build import bundle
from tools.build.errors import BuildError
from tools.build.make import make

FAILED = 6  # a value or a file is wrong; nothing changed


@click.command()
@click.argument("board")
@click.option("--chip", metavar="NAME", help="Build for this chip instead of the board's own; `sim` for `rudved sim`.")
@click.option("--out", metavar="DIR", help="Where to (default: build/BOARD).")
@click.option("--key", metavar="PEM", envvar="RUDVED_KEY", help="Sign the bundle with this P-256 private key.")
@click.option("--version", "own_version", metavar="TEXT", help="Call it that instead of what firmware/version.py says.")
@click.option("--settings", metavar="FILE", type=click.Path(dir_okay=False), help="Lines NAME=VALUE for a new board.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def firmware(board, chip, out, key, own_version, settings, as_json):
    """Cross-compile the firmware for BOARD and pack it: app bundle, littlefs image, ROMFS image, partition table."""
    try:
        text = pathlib.Path(settings).read_text() if settings else None
        built = make(board, chip, out, key, own_version, text)
        public = bundle.public_hex(bundle.private_key(pathlib.Path(key))) if key else None
    except (BuildError, OSError) as error:
        if as_json:
            print(json.dumps({"ok": False, "command": "firmware", "code": "FILE", "error": str(error), "exit": FAILED}))
        else:
            print(f"rudved firmware: {error}", file=sys.stderr)
        sys.exit(FAILED)
    if as_json:
        sizes = [{"what": what, "bytes": size, "room": room} for what, size, room, _ in built.sizes]
        print(json.dumps({"ok": True, "command": "firmware", "result": {
            "board": board, "chip": built.target.chip.name, "version": built.version, "key": public, "sizes": sizes,
            "files": {name: str(path) for name, path in built.made.items()},
        }}))
        return
    show(built, public)


def show(built, public=None):
    """The sizes, and where the files are."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)
    table = Table(title=f"{built.target.name} {built.version} for {built.target.chip.name}", title_justify="left", box=None)
    for name, how in (("what", "left"), ("bytes", "right"), ("of", "right"), ("", "left")):
        table.add_column(name, justify=how)
    for what, size, room, note in built.sizes:
        table.add_row(what, f"{size:,}", f"{room:,}" if room else "", note)
    console.print(table)
    console.print(f"in {built.folder}: {', '.join(built.made)}", soft_wrap=True)
    if public:
        console.print(f"chargers take it by FirmwareKey={public}", soft_wrap=True)
