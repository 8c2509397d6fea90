"""`rudved info` and `rudved ask`: who the charger is and how it is, and any command of its console."""

import json
import sys

import click

from tools.host.output import on_charger, pairs, rows
from tools.host.sealing import quoted


@click.command()
@on_charger("info")
def info(out, charger):
    """Who the charger is, how it is, and why it does not charge."""
    status = charger.status()
    whys = charger.ask("why")
    network = charger.ask("live")
    result = {"port": charger.device, "status": status, "why": whys, "rssi_dbm": network["rssi_dbm"], "network": network["network"],
              "central": charger.ask("ocpp")}
    out.answer(result, lambda console: _show(console, result))


def _show(console, result):
    status = result["status"]
    ocpp = result["central"]
    central = "accepted" if ocpp["accepted"] else "connected, not accepted" if ocpp["connected"] else "not connected"
    if not ocpp["url"]:
        central = "none is set"
    elif ocpp.get("trouble") and not ocpp["connected"]:
        central += f": {ocpp['trouble']}"
    signal = "" if result["rssi_dbm"] is None else f" ({result['rssi_dbm']} dBm)"
    pairs(console, {
        "port": result["port"],
        "charger": f"{status['model']} ({status['board']}) {status['serial']}",
        "firmware": status["firmware"],
        "running": f"{status['up_s']} s since boot {status['boots']} ({status['reset_cause']})",
        "clock": status["utc"] or "not set (`rudved ask clock UTC`)",
        "network": ("up" if result["network"] else "down") + signal,
        "central system": f"{central}, {ocpp['queued']} waiting to be delivered",
        "you are": status["role"],
    } | ({"settings": status["settings_damage"]} if status["settings_damage"] else {}))  # fmt: skip
    rows(console, ("connector", "status", "what"), [
        (one["connector"], told["status"], "charging" if one["charging"] else _blockers(one))
        for one, told in zip(result["why"], status["connectors"])
    ])  # fmt: skip


def _blockers(one):
    return "; ".join(f"{block['what']} ({block['hint']})" if block["hint"] else block["what"] for block in one["blockers"])


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, required=True, metavar="COMMAND...")
@click.option("--within", default=30.0, show_default=True, metavar="S", help="How long its answer may take.")
@on_charger("ask")
def ask(out, charger, words, within):
    """Any command of the charger's console (`rudved ask help` lists them); prints its answer as JSON."""
    parts = []
    line = words[0] if len(words) == 1 else " ".join(map(quoted, words))
    result = charger.ask(line, within, on_event=parts.append, on_ask=_typed if sys.stdin.isatty() else None)
    if parts:
        result = {"parts": [part.get("result", part) for part in parts], "result": result}
    out.answer(result, lambda console: console.print("done" if result is None else json.dumps(result, indent=2)))


def _typed(message):
    """What the charger asks for is a secret, or may be one: it is not shown."""
    return click.prompt(message["ask"], hide_input=True, default="", show_default=False, err=True)
