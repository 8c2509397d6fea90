"""One step of the commissioning while it runs, and how its figures read."""
import asyncio
import json

from micropython import const

from firmware.console.answers import Refusal, words

TAG = "CONSOLE-TEST"                    # what a session for a test is booked on
WAIT_MS = 60000                         # for the vehicle, or the central system
_ASK_MS = const(600000)
# How a figure reads: the ending of its name -> (divisor, digits, unit)
_UNITS = {"mv": (1000, 1, "V"), "ma": (1000, 2, "A"), "ms": (1, 0, "ms"), "mohm": (1000, 2, "ohm"), "mhz": (1000, 2, "Hz"),
          "dc": (10, 1, "C"), "dbm": (1, 0, "dBm"), "w": (1, 0, "W"), "wh": (1, 0, "Wh"), "s": (1, 0, "s")}


class Fail(Exception):
    """The step has not passed: why."""


class Skip(Exception):
    """The step does not apply: why."""


async def pause(ms):
    await asyncio.sleep_ms(ms)


async def until(run, shown, most_ms):
    began = run.app.clock.ticks_ms()
    while not shown():
        if run.app.clock.since(began) > most_ms:
            return False
        await pause(100)
    return True


class Run:
    """One step while it runs: what it asks, says and finds. `connector` is the one it is about (the first where none)."""

    def __init__(self, console, name, connector):
        self.console = console
        self.app = console.app
        self.name = name
        self.connector = connector
        self.figures, self.limits = {}, {}

    def meter(self):
        """The connector's meter."""
        if self.connector.meter is None:
            raise Skip("no meter is fitted")
        return self.connector.meter

    def note(self, name, value):
        """A figure without limits."""
        self.figures[name] = value

    def within(self, name, value, limits):
        """A figure that must lie within `limits`, both ends included; None never does."""
        self.figures[name], self.limits[name] = value, list(limits)

    def outside(self):
        """Names of figures beyond their limits."""
        return [name for name in self.limits if self.figures[name] is None
                or not self.limits[name][0] <= self.figures[name] <= self.limits[name][1]]

    async def ask(self, key, text):
        """What the person answers, "" for nothing; asks again where noise came instead."""
        program = self.console.json
        while True:
            if program:
                self.console.put(json.dumps({"ask": text, "key": key}))
            else:
                self.console.say(text)
            try:
                return (await self.console.read_line("" if program else "-> ", program, _ASK_MS)).strip()
            except Refusal as error:
                if error.code == "TIMEOUT":
                    raise
                self.say(error.text)

    async def ready(self, text):
        """Wait until the person has done it."""
        await self.ask("ready", text + ", then Enter")

    async def agreed(self, key, text):
        """Whether the person says yes; asks until it is yes or no."""
        while True:
            told = (await self.ask(key, text + " yes/no")).lower()
            if told in ("yes", "y", "no", "n"):
                self.note(key, told[0] == "y")
                return told[0] == "y"

    async def measured(self, name, text, limits):
        """A figure that a person reads off an instrument, in whole units, kept in thousandths; False where none is given."""
        while True:
            told = await self.ask(name, text + "; empty: not measured")
            if not told:
                return False
            value = thousandths(told)
            if value is not None:
                self.within(name, value, limits)
                return True
            self.say("a number, please, like 0.43")

    def say(self, text):
        if self.console.json:
            self.tell(say=text)
        else:
            self.console.say(text)

    def tell(self, **fields):
        """An event for a program."""
        if self.console.json:
            fields.update({"event": "commission", "step": self.name})
            self.console.put(json.dumps(fields))


def thousandths(text):
    whole, _, part = text.partition(".")
    digits = whole[1:] if whole[:1] == "-" else whole
    if not (digits + part).isdigit() or len(digits) > 6 or len(part) > 3:
        return None
    value = int((digits or "0") + (part + "000")[:3])
    return -value if whole[:1] == "-" else value


def figure(figures, limits, name):
    """One figure with its limits, as a person reads it."""
    text = "%s %s" % (name, _unit(name, figures[name]))
    return text + " (%s to %s)" % tuple([_unit(name, limit) for limit in limits[name]]) if name in limits else text


def _unit(name, value):
    scale = _UNITS.get(name.split("_")[-1])
    if scale is None or not isinstance(value, int) or isinstance(value, bool):
        return words(value)
    return "%.*f %s" % (scale[1], value / scale[0], scale[2])
