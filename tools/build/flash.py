"""`rudved flash`: a whole new unit over esptool, and the same as one file for a programmer."""

import subprocess
import sys

import click
from rich.table import Table

from tools.build import image
from tools.build.command import build, build_options
from tools.build.errors import BuildError
from tools.host import ports
from tools.host.output import guarded

_SIZES = {4 << 20: "4MB", 8 << 20: "8MB", 16 << 20: "16MB"}
_FLASH_S = 900


@click.command()
@click.argument("board")
@click.option("--micropython", "micropython_image", metavar="FILE", envvar="MICROPYTHON_IMAGE",
              help="MicroPython for the board's chip (firmware.bin of micropython.org, or built); MICROPYTHON_IMAGE.")
@click.option("--serial", metavar="NUMBER", help="The unit's serial number (default: made of the chip's own).")
@click.option("--port", metavar="PORT", help="Default: RUDVED_PORT, or the only port with a charger's USB bridge.")
@click.option("--baud", default=460800, show_default=True)
@click.option("--dry-run", is_flag=True, help="Build, and say what would be written where; touch no port.")
@click.option("--by-hand", is_flag=True, help="The chip is in its download mode already (BOOT held at RESET); it is left there.")
@click.option("--yes", is_flag=True, help="Do not ask before everything on the chip is erased.")
@build_options
@guarded("flash")
def flash(out, board, micropython_image, serial, port, baud, dry_run, by_hand, yes, **options):
    """Write a whole BOARD: bootloader and MicroPython, partition table, files with selector, firmware and settings.

    Everything that was on the chip is erased: settings, sessions that were never delivered, certificates.
    """
    if not micropython_image:
        raise BuildError("which MicroPython? Name its firmware.bin (micropython.org has them): --micropython, MICROPYTHON_IMAGE", "USAGE")
    built = build(board, **options)
    parts = write(built, image.parts(built, micropython_image, serial))
    whole = built.folder / "factory.bin"
    merge(built.target, parts, whole)
    result = {
        "board": board, "version": built.version, "factory": str(whole), "written": not dry_run,
        "parts": [{"name": one.name, "offset": one.offset, "bytes": len(one.data), "file": str(one.path)} for one in parts],
    }
    if dry_run:
        result["command"] = _argv(built.target, parts, port or "PORT", baud, by_hand)
    else:
        device = ports.find(port)
        out.agree(f"Erase all of the chip at {device} and write {board} {built.version}?", yes) or _stop()
        out.note("writing; about two minutes")
        run(_argv(built.target, parts, device, baud, by_hand), device)
    out.answer(result, lambda console: show(console, result))


def write(built, parts):
    """Put each part into a file of its own."""
    for one in parts:
        one.path = built.folder / f"flash-{one.offset:#x}.bin"
        one.path.write_bytes(one.data)
    return parts


def merge(target, parts, path):
    """All parts as one file that begins where the chip's image does, by esptool."""
    argv = [sys.executable, "-m", "esptool", "--chip", target.chip.name, "merge-bin", "--output", str(path), "--target-offset",
            hex(target.chip.image_at), *_how(target), *_pairs(parts)]  # fmt: skip
    run(argv, str(path))


def run(argv, what):
    """A step of esptool; BuildError with its last words."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_FLASH_S, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise BuildError(f"{what}: esptool did not end within {_FLASH_S} s", "SILENT") from None
    if done.returncode:
        said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise BuildError(f"{what}: esptool: {said[-1] if said else 'no word'}", "GONE")
    return done.stdout


def _argv(target, parts, port, baud, by_hand):
    hand = ["--before", "no-reset", "--after", "no-reset"] if by_hand else []
    return [sys.executable, "-m", "esptool", "--chip", target.chip.name, "--port", port, "--baud", str(baud), *hand, "write-flash",
            "--erase-all", *_how(target), *_pairs(parts)]  # fmt: skip


def _how(target):
    # the bootloader believes its header: the module's flash is larger than the image was made for
    return ["--flash-mode", "keep", "--flash-freq", "keep", "--flash-size", _SIZES[target.flash_size]]


def _pairs(parts):
    return [word for one in parts for word in (hex(one.offset), str(one.path))]


def _stop():
    raise BuildError("nothing was written", "STOPPED")


def show(console, result):
    table = Table(title=f"{result['board']} {result['version']}", title_justify="left", box=None)
    for name, how in (("at", "right"), ("bytes", "right"), ("what", "left"), ("file", "left")):
        table.add_column(name, justify=how, no_wrap=True)
    for one in result["parts"]:
        table.add_row(f"{one['offset']:#x}", f"{one['bytes']:,}", one["name"], one["file"].rpartition("/")[2])
    console.print(table)
    console.print(f"all of it in one file: {result['factory']}", soft_wrap=True)
    if "command" in result:
        console.print("would run: " + " ".join(["esptool", *result["command"][3:]]), soft_wrap=True)
