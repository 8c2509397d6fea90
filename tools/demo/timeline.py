"""Turns the simulator's events into lines a person enjoys: when, who, what, amperes, Wh."""

import ast
import json
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from tools.csms.frames import BadFrame, parse
from tools.demo.told import Teller

STYLE = {
    "driver": "magenta",
    "car": "cyan",
    "charger": "bold",
    "meter": "yellow",
    "app": "green",
    "central": "green",
    "world": "red",
    "": "dim",
}
_LETTERS = {
    (None, "A"): ("charger", "pilot at 12 V: nobody is there (state A)"),
    (None, "B"): ("charger", "pilot at 9 V: a vehicle is connected (state B)"),
    (None, "C"): ("charger", "pilot at 6 V: a vehicle is connected and asks for energy (state C)"),
    ("A", "B"): ("charger", "pilot falls to 9 V: a vehicle is connected (state B)"),
    ("B", "C"): ("car", "asks for energy: pilot at 6 V (state C)"),
    ("C", "B"): ("car", "wants no more for now: pilot back at 9 V (state B)"),
    ("A", "C"): ("car", "is connected and asks for energy (state C)"),
}
GAUGE_WIDTH = 32


def amps_of_duty(duty):
    """The current a pilot duty (0–1) offers, in amperes (IEC 61851-1, table A.7); 0 where it offers none."""
    percent = duty * 100
    if 10 <= percent <= 85:
        return percent * 0.6
    return (percent - 64) * 2.5 if 85 < percent <= 96 else 0.0


class Timeline:
    """Prints lines; colours and a moving gauge at the foot on a terminal, plain text elsewhere.

    `clock(t)` makes a datetime of the world's seconds. Call `event` for every event of the simulator, `say` for what
    a person does."""

    def __init__(self, clock, console=None):
        self.console = console or Console(highlight=False)
        self.clock = clock
        self.amps = self.wh = 0
        self._teller = Teller()
        self._letter = {}
        self._duty = {}
        self._closed = {}
        self._cause = None
        self._foot = (
            Live(console=self.console, auto_refresh=False, transient=True) if self.console.is_terminal else None
        )

    def __enter__(self):
        if self._foot is not None:
            self._foot.start()
        return self

    def __exit__(self, *_):
        if self._foot is not None:
            self._foot.stop()

    def gauge(self, connector):
        """The moving line at the foot of a terminal, from a connector of the snapshot."""
        if self._foot is None or not self._foot.is_started:
            return
        full, amps = GAUGE_WIDTH, self.amps
        bar = round(min(1.0, amps / (connector["limit_a"] or 1)) * full)
        line = Text.assemble(
            ("  " + "█" * bar, "yellow"),
            ("░" * (full - bar), "dim"),
            f" {amps:5.1f} A {connector['power_w'] / 1000:5.2f} kW  register {connector['meter_wh']} Wh  ",
            (connector["status"] or "no supply", "bold"),
        )
        self._foot.update(line, refresh=True)

    def scene(self, title):
        self.console.print()
        self.console.print(Text(title, "bold underline"))

    def say(self, t, who, what, figures=None):
        """One line. `figures` is (amperes, Wh); None leaves the columns empty."""
        amps, wh = ("", "") if figures is None else (f"{figures[0]:5.1f} A", f"{figures[1]:6.0f} Wh")
        when = f"{self.clock(t):%H:%M:%S}.{int(round(t * 1000)) % 1000:03d}"
        style = STYLE.get(who, "")
        room = max(40, min(self.console.width, 130) - 48)
        for number, part in enumerate(_wrap(what, room)):
            head = f"  [dim]{when}[/]  [{style}]{who:<8}[/]  " if number == 0 else " " * 26
            tail = f"  [yellow]{amps:>8}  {wh:>9}[/]" if number == 0 and amps else ""
            self.console.print(f"{head}{escape(part):<{room}}{tail}".rstrip(), no_wrap=True, crop=False)

    def because(self, t, text):
        """The next time the contactor opens, its line tells how long after `t` that was."""
        self._cause = t, text

    def event(self, event):
        told = getattr(self, "_" + event["event"], None)
        if told is not None:
            told(event, event.get("connector", 1))

    def _pilot(self, event, connector):
        letter, before = event.get("letter"), self._letter.get(connector)
        if letter != before:
            if letter == "A" and before is not None:
                self.say(event["t"], "charger", "pilot back at 12 V: the vehicle is gone (state A)")
            elif (before, letter) in _LETTERS:
                self.say(event["t"], *_LETTERS[before, letter])
            else:
                self.say(event["t"], "charger", f"the pilot says state {letter}")
            self._letter[connector] = letter
        duty = event.get("duty", 1.0) if event.get("offered") else 1.0
        if abs(duty - self._duty.get(connector, 1.0)) > 0.0005:
            self._duty[connector] = duty
            offer = amps_of_duty(duty)
            if offer:
                self.say(event["t"], "charger", f"offers {offer:.1f} A: pilot duty {duty * 100:.1f} %")
            else:
                self.say(event["t"], "charger", "takes the offer back: a steady pilot")

    def _contactor(self, event, connector):
        closed = event["closed"]
        if closed == self._closed.get(connector, False):
            return
        self._closed[connector] = closed
        if closed:
            self.say(event["t"], "charger", "contactor CLOSED: energy flows")
            return
        after = ""
        if self._cause is not None:
            begun, text = self._cause
            after = f", {(event['t'] - begun) * 1000:.0f} ms after {text}"
            self._cause = None
        self.say(event["t"], "charger", f"contactor OPEN{after}", (0, self.wh))

    def _fault(self, event, connector):
        if event["on"]:
            told = _FAULTS.get(event["name"], event["name"])
            self.say(event["t"], "charger", f"FAULT {told}: {_RECOVERY.get(event.get('class'), '')}")
        else:
            self.say(event["t"], "charger", f"fault {_FAULTS.get(event['name'], event['name'])} is over")

    def _session(self, event, connector):
        what, wh = event["what"], event.get("wh") or 0
        reason = f" ({event['reason']})" if event.get("reason") else ""
        if what in ("started", "ended"):
            self.say(event["t"], "charger", f"session {what}{reason}", (0, wh) if what == "ended" else None)

    def _power(self, event, connector):
        if event["on"]:
            self.say(event["t"], "world", f"the supply is back: cold boot ({event.get('cause', 'power_on')})")
        else:
            self.say(event["t"], "world", "the supply is cut: no warning, no goodbye")
            self._letter, self._duty = {}, {}

    def _ocpp(self, event, connector):
        text = event["frame"] if isinstance(event["frame"], str) else json.dumps(event["frame"])
        try:
            frame = parse(text)
        except BadFrame as bad:
            self.say(event["t"], "charger", f"a bad frame: {bad.reason}: {text}")
            return
        self.frame(event["t"], event["dir"] == "out", frame)

    def frame(self, t, from_charger, frame):
        """An OCPP frame that went over the wire; told once, whoever saw it."""
        told = self._teller.tell(frame, from_charger)
        if told is not None:
            self.say(t, "charger" if from_charger else "central", *told)


def _fault_texts():
    """{name: text} out of the firmware's table; its module runs in MicroPython only."""
    source = (Path(__file__).parents[2] / "firmware/safety/faults.py").read_text()
    (table,) = [node.value for node in ast.parse(source).body if isinstance(node, ast.Assign) and node.targets[0].id == "TABLE"]
    rows = [row.split("|") for row in ast.literal_eval(table).decode().splitlines()]
    return {row[0]: row[-1] for row in rows}


_FAULTS = _fault_texts()
_RECOVERY = {
    "R": "closes again when it has gone (class R)",
    "U": "stays open until the cable is out (class U)",
    "L": "latched until a technician clears it (class L)",
}


def _wrap(text, room):
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > room:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return [*lines, line]
