"""Births and deaths of interpreters: what a cut, a reset or the end hands to the interpreter that comes after.

Ending one means: the world and all else that outlives it go to the parent as one message; then this program does nothing
until it is killed. No `except` and no `finally` of the firmware runs, as on the chip.
"""

import io
import select
import sys

from hal.sim.heap import unlocked


def fresh():
    """What outlives an interpreter, beside the world's own state, as it is at the very first start."""
    return {
        "now_us": 0, "world": None, "boots": 0, "reset_cause": None, "rtc": {"zero_us": None},
        "flash": {"writes": 0, "erases": 0, "bytes": 0, "cut": None},
        "network": {"up": True, "latency_ms": 0, "drop": 0, "half_open": False, "tls_ms": 0}, "network_prng": None,
    }


def refuse(link, text):
    """What this interpreter was told to do cannot be done. Does not return."""
    link.send({"refused": text})
    _halt(link)


def _halt(link):
    quiet = select.poll()
    while True:
        quiet.register(link.stream, select.POLLHUP)
        if quiet.poll(1000):
            raise SystemExit(1)  # nobody is left to kill us


class Life:
    """`state` is shaped like fresh(): what outlives the interpreter beside the world."""

    def __init__(self, machine, world, link, desk, state, lenient):
        self._machine = machine
        self._world = world
        self._link = link
        self._desk = desk
        self._state = state
        self._lenient = lenient
        self.network = None

    def start(self):
        """The supply comes back: the firmware boots in this interpreter, which has held nothing but the world so far."""
        self._world.power_on()

    def cut(self, cause="power"):
        """The supply is cut at this instant. Does not return."""
        unlocked()
        self._world.power_off(cause)
        self._state["rtc"]["zero_us"] = None
        self._hand_over("off")

    def cut_in_flash(self):
        """The supply is cut inside a flash operation. Does not return."""
        self._desk.interrupted = self._desk.seq
        self._desk.seq = None
        self.cut("flash")

    def reset(self, cause):
        """The interpreter restarts; outputs fall back at this instant. Does not return."""
        unlocked()
        self._world.reset_outputs()
        if cause in ("brownout", "power_on"):
            self._state["rtc"]["zero_us"] = None
        self._hand_over(cause)

    def end(self):
        """The simulator ends: as a cut, but the next run begins with a cold boot whatever the supply is now."""
        unlocked()
        self._world.power_off("end")
        self._state["rtc"]["zero_us"] = None
        self._hand_over("end")

    def violated(self, text):
        """An invariant of the world is broken."""
        self._link.send({"violation": text, "t": self._world.now_us})
        if not self._lenient:
            _halt(self._link)

    def report(self, where, error):
        """A fault in the program: the traceback on the console's error line, a log event for who watches."""
        text = io.StringIO()
        sys.print_exception(error, text)
        sys.stderr.write(text.getvalue())
        self.event("log", {"level": "error", "source": where, "text": "%s: %s" % (type(error).__name__, error)})

    def event(self, name, fields):
        """Tell an event of the charger; `age_ms` in the fields says how long ago it was."""
        t_us = self._world.now_us
        if "age_ms" in fields:
            fields = dict(fields)
            t_us -= fields.pop("age_ms") * 1000
        self._link.send({"event": name, "t": t_us, "fields": fields})

    def _hand_over(self, then):
        state = self._state
        state["now_us"] = self._machine.clock.now_us
        state["world"] = self._world.dump()
        if self.network:
            state["network_prng"] = self.network.prng.state
        self._link.send({"handover": state, "then": then, "t": self._machine.clock.now_us, "done": self._desk.seq,
                         "interrupted": self._desk.interrupted, "promises": self._desk.promises()})
        _halt(self._link)
