"""`rudved support`: all that the maker asks for, in one file, without secrets."""

import hashlib
import json
import platform
import time
import zipfile
from importlib import metadata

import click

from tools.host.exits import Trouble
from tools.host.output import on_charger
from tools.host.redact import redact

_BUNDLE_S = 60
_README = """Support bundle of a Rudved charger, made by `rudved support`.
One file of JSON for each command of the charger's console; bundle.json says when and how it was made, SHA256SUMS what the
files hold. Secrets are masked, and cards bear made-up names (the same card the same one), unless bundle.json says otherwise.
"""


@click.command()
@click.option("--output", "-o", metavar="FILE.zip", help="Default: support-SERIAL-TIME.zip in this folder.")
@click.option("--cards", is_flag=True, help="With the cards' real numbers: they are personal data, ask before you send them.")
@on_charger("support")
def support(out, charger, output, cards):
    """A zip file with status, settings, faults, sessions, log and what else the charger tells, redacted."""
    serial = charger.status()["serial"]
    parts, lacking, trouble = {}, {}, None

    def take(message):
        part = message.get("result", {})
        if "answer" in part:
            parts[part["command"]] = part["answer"]
        elif "command" in part:
            lacking[part["command"]] = f"{part['code']}: {part['error']}"

    with out.working("asking the charger"):
        try:
            charger.ask("support-bundle", _BUNDLE_S, on_event=take)
        except Trouble as error:
            if not parts:
                raise
            # a charger in trouble is whom this is for: what came is kept
            trouble = f"{error.code}: {error}"
    now = time.gmtime()
    path = output or f"support-{serial}-{time.strftime('%Y%m%dT%H%M%SZ', now)}.zip"
    about = {
        "serial": serial, "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", now), "rudved": metadata.version("rudved"),
        "host": platform.platform(), "port": charger.device, "cards": cards, "cut_off": trouble, "lacking": lacking,
    }  # fmt: skip
    safe = redact(parts)
    if cards:
        safe = parts
    _write(path, about, safe)
    result = {"file": path, "parts": list(parts), "lacking": lacking, "cut_off": trouble}
    why = [f"without {', '.join(lacking)}", *dict.fromkeys(lacking.values())] if lacking else []
    why += [trouble] if trouble else []
    if why:
        raise Trouble("PARTLY", f"{path} holds only {len(parts)} parts: {'; '.join(why)}", result)
    out.answer(result, lambda console: console.print(f"{path}: {', '.join(parts)}"))


def _write(path, about, parts):
    files = {"README.txt": _README, "bundle.json": _json(about)}
    files |= {f"{name.replace(' ', '-')}.json": _json(part) for name, part in parts.items()}
    sums = "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in files.items())
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, text in (files | {"SHA256SUMS": sums}).items():
                bundle.writestr(name, text)
    except OSError as error:
        raise Trouble("FILE", f"{path} cannot be written: {error}") from None


def _json(data):
    return json.dumps(data, indent=1) + "\n"
