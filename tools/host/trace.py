"""`rudved trace`: the frames between charger and central system, as they come."""

import json
import time

import click

from tools.host.exits import Trouble
from tools.host.lasting import back
from tools.host.output import on_charger


@click.command()
@click.option("--seconds", type=click.FloatRange(0.1), help="End after so long (default: Ctrl-C).")
@click.option("--output", "-o", type=click.File("w", encoding="utf-8"), help="Every frame as a line of JSON into a file too.")
@on_charger("trace")
def trace(out, charger, seconds, output):
    """Frames to and from the central system, with the time each answer took. Values of secret settings are masked."""
    frames = Frames()

    def tell(message):
        row = frames.take(message["dir"], message["frame"])
        if output:
            print(json.dumps(row), file=output, flush=True)
        if out.json:
            out.line({"event": "ocpp"} | row)
        else:
            out.people.print(told(row))

    until = time.monotonic() + seconds if seconds else None
    while True:
        try:
            charger.stream("trace ocpp", tell, until)
            break
        except Trouble as error:
            back(charger, out, error)
            if until and time.monotonic() >= until:
                break
    if out.json:
        out.answer({"frames": frames.count})


class Frames:
    """Numbers frames, and tells of each answer what it answers and after how long (as this end of the cable saw it)."""

    def __init__(self):
        self.count = 0
        self._asked = {}

    def take(self, direction, text):
        """{n, at, dir, action, id, ms, frame}; `action` and `ms` None where they are not known."""
        self.count += 1
        row = {"n": self.count, "at": time.time(), "dir": direction, "action": None, "id": None, "ms": None, "frame": text}
        try:
            kind, row["id"] = json.loads(text)[:2]
            if kind == 2:
                row["action"] = json.loads(text)[2]
                self._asked[row["id"]] = (row["action"], row["at"])
            elif row["id"] in self._asked:
                row["action"], began = self._asked.pop(row["id"])
                row["ms"] = round((row["at"] - began) * 1000)
        except (ValueError, TypeError, IndexError):
            pass
        return row


def told(row):
    at = time.strftime("%H:%M:%S", time.localtime(row["at"]))
    arrow = "<-" if row["dir"] == "in" else "->"
    what = f" [{row['action']}, {row['ms']} ms]" if row["ms"] is not None else ""
    return f"{at} {arrow}{what} {row['frame']}"
