"""Drives `rudved sim` as an outside program would: a process, its ready line, JSON Lines over TCP."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUDVED = Path(sys.executable).parent / "rudved"
LAUNCH = Path(__file__).parent / "launch.py"
SECONDS = 60


class Port:
    """One connection to a control port."""

    def __init__(self, number):
        self.socket = socket.create_connection(("127.0.0.1", number), SECONDS)
        self._file = self.socket.makefile("rwb")
        self._id = 0
        self.events = []

    def send(self, do, **fields):
        """Send a request without waiting; its id."""
        self._id += 1
        self.raw(json.dumps({"id": self._id, "do": do} | fields).encode() + b"\n")
        return self._id

    def raw(self, data):
        self._file.write(data)
        self._file.flush()

    def answer(self):
        """The next answer; events on the way are kept in `events`."""
        while True:
            line = self._file.readline()
            if not line:
                raise ConnectionError("the simulator has closed the connection")
            message = json.loads(line)
            if "event" not in message:
                return message
            self.events.append(message)

    def ask(self, do, /, **fields):
        """Send and take the answer, whatever it is."""
        id = self.send(do, **fields)
        answer = self.answer()
        assert answer["id"] == id, answer
        return answer

    def do(self, do, /, **fields):
        """Send and take the answer's result; it must be ok."""
        answer = self.ask(do, **fields)
        assert answer["ok"], answer
        return answer["result"]

    def wait(self, paths, timeout_s=30):
        """`wait` for {field path: value}."""
        return self.do("wait", **{"for": paths, "timeout_s": timeout_s})

    def state(self):
        return self.do("state")

    def close(self):
        with contextlib.suppress(OSError):
            self._file.close()
        self.socket.close()


class Sim(Port):
    """A simulator of our own, at `--speed max` unless told otherwise. `program` takes another firmware than the real one."""

    def __init__(self, *options, program=None, speed="max"):
        argv = [RUDVED, "sim"] if program is None else [sys.executable, LAUNCH, program]
        self.log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self.process = self.start(
            [*map(str, argv), "--speed", str(speed), *map(str, options)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self.log, text=True, cwd=ROOT,
        )
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(SECONDS)
            raise NotReady(self.process.returncode, self.stderr())
        self.ready = json.loads(line)
        super().__init__(self.ready["control"])

    def start(self, argv, **how):
        return subprocess.Popen(argv, **how)

    def another(self):
        """A second client."""
        return Port(self.ready["control"])

    def stderr(self):
        self.log.seek(0)
        return self.log.read()

    def end(self):
        """Ask it to quit; the exit status."""
        with contextlib.suppress(OSError, AssertionError):
            self.do("quit")
        return self.process.wait(SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        if error is not None:
            sys.stderr.write(self.stderr())
        self.log.close()


class NotReady(Exception):
    """It ended before it was ready: (exit status, what it wrote to standard error)."""

    @property
    def status(self):
        return self.args[0]

    @property
    def text(self):
        return self.args[1]
