"""A technician's bench: simulated chargers at pseudo-terminals, wires between that do what wires do, and the `rudved` command."""

import contextlib
import json
import os
import pty
import random
import select
import tempfile
import threading
import tty

from click.testing import CliRunner

from tests.sim.nursery import Sim
from tools.cli import main

QUIET = {"RUDVED_PORT": "", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "120"}


def charger(*options, speed=2, **named):
    """A charger that lives in its own time: `with charger(seed=7) as sim`, its port `sim.ready["console"]`."""
    words = [word for name, value in named.items() for word in (f"--{name}", value)]
    return Sim(*options, *words, speed=speed)


def rudved(*words, port=None, env=None, input=None):
    """Run the command without a terminal; (exit status, what it printed, what it noted)."""
    where = {"RUDVED_PORT": port} if port else {}
    done = CliRunner(env=QUIET | where | (env or {})).invoke(main, list(map(str, words)), input=input)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def answer(*words, **how):
    """The same with --json: (exit status, its lines as objects)."""
    status, printed, _ = rudved(*words, "--json", **how)
    return status, [json.loads(line) for line in printed.splitlines()]


def result(*words, **how):
    """The result of a command that must go well."""
    status, lines = answer(*words, **how)
    assert status == 0, lines
    return lines[-1]["result"]


class _Cut(Exception):
    """Somebody pulls the wire."""


class Wire:
    """A line between a port and whoever opens `path`, a name as udev would give one: `noise` bytes in a thousand are
    flipped and `lost` are lost, both ways; `cut()` pulls it, at once or by itself after `cut_after` bytes; `mend()` plugs it in again.
    `pulled` is set before anybody can see that it was."""

    def __init__(self, port, noise=0.0, lost=0.0, seed=1, cut_after=None, path=None):
        self._draw = random.Random(seed)
        self.noise, self.lost, self._left = noise, lost, cut_after
        self._folder = tempfile.TemporaryDirectory()
        self.path = path or os.path.join(self._folder.name, "ttyUSB0")
        self._port = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._port)
        self._thread = None
        self.mend()

    def mend(self):
        if self._thread:
            self._thread.join()
        self._near, self._far = pty.openpty()
        tty.setraw(self._far)
        self._stop = os.pipe()
        self.pulled = threading.Event()
        os.symlink(os.ttyname(self._far), self.path)
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def _carry(self):
        ways = {self._near: self._port, self._port: self._near}
        with contextlib.suppress(_Cut):
            while self._left is None or self._left > 0:
                for end in self._wait(list(ways), []):
                    self._wait([], [ways[end]])  # whoever does not read holds it up
                    data = os.read(end, 256)
                    os.write(ways[end], bytes(self._spoilt(byte) for byte in data if self._draw.random() * 1000 >= self.lost))
                    if self._left is not None:
                        self._left -= len(data)
            self._left = None
        self.pulled.set()
        os.unlink(self.path)
        for end in (self._near, self._far):
            os.close(end)

    def _wait(self, reads, writes):
        ready = select.select([*reads, self._stop[0]], writes, [])[0]
        if self._stop[0] in ready:
            raise _Cut
        return ready

    def _spoilt(self, byte):
        return byte ^ 1 << self._draw.randrange(8) if self._draw.random() * 1000 < self.noise else byte

    def cut(self):
        """Whoever has it open gets an error, and cannot open it again."""
        os.write(self._stop[1], b"x")
        self._thread.join()
        for end in self._stop:
            os.close(end)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self._thread.is_alive():
            self.cut()
        os.close(self._port)
        self._folder.cleanup()
