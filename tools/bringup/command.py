"""`rudved bringup`: measure a new board over its cable, and make the table that its maker sends back."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rich.table import Table

from tools.build.board import target
from tools.build.deploy import break_in
from tools.build.errors import BuildError
from tools.host import ports
from tools.host.output import guarded

MEASURES = pathlib.Path(__file__).with_name("mpy") / "measures.py"
_MOST_S = 300

# Behind the measurements, on the board: build the hal of its slot's firmware, measure, print each figure as it comes.
_MAIN = '''

import json, sys
sys.path.insert(0, "/slots/a")
import boards
from firmware.version import VERSION
from hal.esp32.life import build


def _row(what, value, unit, low, high):
    print("ROW" + json.dumps([what, value, unit, low, high]))


async def _all(hal, wifi, contactors, tls):
    for job in hal.jobs:
        asyncio.create_task(job())
    if wifi:
        joined = await hal.wifi.join(wifi[0], wifi[1])
        _row("Wi-Fi: joined", int(joined), "", 1, 1)
        _row("Wi-Fi: signal", hal.network.rssi_dbm(), "dBm", -75, None)
    await measure(hal, _row, contactors, tls)


hal = build(boards.load({board!r}), "/data", VERSION)
asyncio.run(_all(hal, {wifi!r}, {contactors!r}, {tls!r}))
print("WHO" + json.dumps([hal.identity, list(sys.implementation)[1], getattr(sys.implementation, "_machine", "")]))
'''


@click.command()
@click.argument("board")
@click.option("--port", metavar="PORT", help="Default: RUDVED_PORT, or the only port with a charger's USB bridge.")
@click.option("--contactors", is_flag=True, help="Also close each contactor, twice. THE MAINS MUST BE OFF.")
@click.option("--wifi", metavar="SSID", help="Join this network first; its password is asked for, or in RUDVED_WIFI_PASSWORD.")
@click.option("--tls", metavar="HOST:PORT", help="Time a TLS connection to this server; wants --ca.")
@click.option("--ca", metavar="PEM", help="The root certificate of that server.")
@click.option("--out", "where", metavar="FILE", help="Write the figures as JSON, to send back.")
@click.option("--yes", is_flag=True, help="The mains is off.")
@guarded("bringup")
def bringup(out, board, port, contactors, wifi, tls, ca, where, yes):
    """Measure the BOARD at PORT, with no vehicle plugged in: conversion and burst time, pilot levels and duty, residual-current
    trip, contactor delays, meter turnaround, and how long collections, flash and TLS keep the interpreter away.

    The firmware must have been deployed (`rudved deploy`, `rudved flash`); it does not run meanwhile.
    """
    one = target(board)
    server = _server(tls, ca)
    password = _password(wifi)
    if contactors and not out.agree("Is the mains switched off and locked?", yes):
        raise BuildError("nothing was measured", "STOPPED")
    device = ports.find(port)
    break_in(device)
    text = MEASURES.read_text() + _MAIN.format(board=one.name, wifi=(wifi, password) if wifi else None, contactors=contactors, tls=server)
    figures, who = run(device, text)
    result = {"board": board, "port": device, "who": who, "figures": figures, "wrong": [one["what"] for one in figures if not one["good"]]}
    if where:
        pathlib.Path(where).write_text(json.dumps(result, indent=1) + "\n")
    out.answer(result, lambda console: show(console, result))
    if result["wrong"]:
        sys.exit(1)


def run(device, text):
    """(figures, who the board is) of a program of measurements run there. BuildError tells how it died."""
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder, "bringup.py")
        program.write_text(text)
        argv = [sys.executable, "-m", "mpremote", "connect", device, "run", str(program)]
        try:
            done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=_MOST_S)
        except subprocess.TimeoutExpired:
            raise BuildError(f"{device}: the measurements did not end within {_MOST_S} s", "SILENT") from None
    figures, who = [], None
    for line in done.stdout.splitlines():
        if line.startswith("ROW"):
            figures.append(figure(*json.loads(line[3:])))
        elif line.startswith("WHO"):
            identity, version, machine = json.loads(line[3:])
            who = {"identity": identity, "micropython": ".".join(map(str, version)), "machine": machine}
    if who is None:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip() and not line.startswith("ROW")]
        raise BuildError(f"{device}: it stopped after {len(figures)} figures: {said[-1] if said else 'no word'}", "FAILED")
    return figures, who


def figure(what, value, unit, low, high):
    """One row: good where the value lies between; a value that never came is not."""
    good = value is not None and (low is None or value >= low) and (high is None or value <= high)
    return {"what": what, "value": value, "unit": unit, "low": low, "high": high, "good": good}


def _server(tls, ca):
    if not tls:
        return None
    host, colon, number = tls.rpartition(":")
    if not colon or not number.isdigit() or not ca:
        raise BuildError("--tls HOST:PORT wants --ca PEM with it", "USAGE")
    try:
        root = x509.load_pem_x509_certificate(pathlib.Path(ca).read_bytes())
    except (OSError, ValueError) as error:
        raise BuildError(f"{ca}: no certificate can be read ({error})") from None
    return host, int(number), root.public_bytes(Encoding.DER)


def _password(wifi):
    if not wifi:
        return None
    given = os.environ.get("RUDVED_WIFI_PASSWORD")
    if given is None:
        if not sys.stdin.isatty():
            raise BuildError("the Wi-Fi password: put it into RUDVED_WIFI_PASSWORD, or run this at a terminal", "DENIED")
        given = click.prompt("Wi-Fi password", hide_input=True, err=True)
    return given


def show(console, result):
    who = result["who"]
    table = Table(title=f"{result['board']} {who['identity']['serial']}, MicroPython {who['micropython']}, {who['machine']}",
                  title_justify="left", box=None)  # fmt: skip
    for name, how in (("what", "left"), ("measured", "right"), ("", "left"), ("should be", "left"), ("", "left")):
        table.add_column(name, justify=how, no_wrap=True)
    for one in result["figures"]:
        bounds = "" if one["low"] is None and one["high"] is None else f"{_text(one['low'])} .. {_text(one['high'])}"
        table.add_row(one["what"], _text(one["value"]), one["unit"], bounds, "" if one["good"] else "WRONG")
    console.print(table)
    console.print(f"{len(result['figures'])} figures, {len(result['wrong'])} wrong")


def _text(value):
    return "-" if value is None else str(value)
