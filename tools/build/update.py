"""`rudved update`: bring a bundle to a charger over its console's line, and see that it runs."""

import base64
import binascii
import pathlib
import time

import click

from tools.build.bundle import unpack
from tools.build.errors import BuildError
from tools.host.exits import Trouble
from tools.host.output import on_charger

_PIECE = 324  # bytes of a piece: as base64, sealed, well below the console's longest line
_BUSY_S = 2
_TRIAL_S = 700


@click.command()
@click.argument("bundle", type=click.Path(dir_okay=False))
@click.option("--receive-only", is_flag=True, help="Leave it ready on the charger (`update apply` runs it).")
@click.option("--wait", default=_TRIAL_S, show_default=True, metavar="S", help="How long it may take until it has proved itself.")
@click.option("--patience", default=60.0, show_default=True, metavar="S", help="How long to wait for a pulled cable to be back.")
@on_charger("update")
def update(out, charger, bundle, receive_only, wait, patience):
    """Install the BUNDLE (app.rud of `rudved firmware`) on a charger. A broken transfer goes on where it broke."""
    data, version = read(bundle)
    before = _when_open(charger, "update status", out.note)
    with out.progress() as bar:
        job = bar.add_task("bytes", total=len(data))
        send(charger, data, before, lambda at: bar.update(job, completed=at), out.note, patience)
    result = {"version": version, "bytes": len(data), "was": before["version"], "installed": False}
    if not receive_only:
        _when_open(charger, "update apply", out.note)
        out.note("restarts as soon as no session runs, then has to prove itself")
        result |= settle(charger, version, wait)
    out.answer(result, lambda console: console.print(
        f"firmware {version} is installed and well" if result["installed"] else f"firmware {version} lies ready: `update apply`"))


def read(path):
    """(bytes, version) of a bundle whose sums are right."""
    try:
        data = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise BuildError(f"{path}: {error.strerror}") from None
    try:
        return data, unpack(data)[0]["version"]
    except (BuildError, KeyError, ValueError) as error:
        raise BuildError(f"{path}: {error}") from None


def send(charger, data, status, told, note, patience_s):
    """Piece by piece, each acknowledged; goes on after noise, restarts and replugged cables."""
    at = status["at"] if status["size"] in (None, len(data)) and status["at"] and status["at"] < len(data) else 0
    if at:
        note(f"goes on at {at} of {len(data)} bytes")
    else:
        _when_open(charger, "update begin anew", note)
    while at < len(data):
        piece = data[at:at + _PIECE]
        try:
            answer = charger.ask(f"update data {at} {binascii.crc32(piece):08x} {base64.b64encode(piece).decode()}", 60)
            at = answer["at"]
        except Trouble as error:
            at = _after(charger, error, at, note, patience_s)
        told(at)


def _when_open(charger, line, note):
    """The answer to a line that the charger takes with every contactor open only."""
    told = False
    while True:
        try:
            return charger.ask(line, 60)
        except Trouble as error:
            if error.code != "BUSY":
                raise
            if not told:
                note(f"{error}; waiting")
            told = True
            time.sleep(_BUSY_S)


def _after(charger, error, at, note, patience_s):
    """Where to go on after something went wrong; Trouble where nowhere."""
    if error.code == "BUSY":  # a vehicle charges: flash is not written now
        note(f"{error}; waiting")
        time.sleep(_BUSY_S)
        return at
    if error.code == "GONE":
        note(f"{error}; waiting for it to come back")
        charger.reopen(patience_s)
    elif error.code not in ("UNSURE", "NOISE", "LOST", "SILENT"):
        raise error
    there = _when_open(charger, "update status", note)["at"]
    if there is None:
        note("the charger has restarted: from the beginning")
        _when_open(charger, "update begin anew", note)
        return 0
    return there


def settle(charger, version, within_s):
    """Wait until the new firmware runs and is no longer on trial; {"installed": True, ...}. Trouble where it does not stay."""
    until = time.monotonic() + within_s
    seen = False
    while time.monotonic() < until:
        time.sleep(1)
        try:
            status = charger.ask("update status")
        except Trouble as error:
            if error.code == "GONE":
                charger.reopen()
            elif error.code not in ("SILENT", "STRANGE", "UNSURE", "NOISE", "BUSY"):
                raise
            continue
        if status["outcome"] == "InstallationFailed":
            raise Trouble("FAILED", f"firmware {version} did not prove itself: {status['version']} runs again (`rudved logs` tells why)")
        seen = seen or status["version"] == version
        if status["outcome"] == "Installed" or (seen and status["version"] == version and not status["trial"]):
            return {"installed": True, "slot": status["slot"]}
    raise Trouble("TIMEOUT", f"firmware {version} has not proved itself within {within_s:g} s; `rudved ask update status` tells more")
