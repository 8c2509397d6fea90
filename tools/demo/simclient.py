"""Drives `rudved sim` from outside, as any program may: JSON Lines over TCP.

    async with Simulator.launch(speed="max", csms=url) as sim:      # asyncio
        await sim.do("plug")
        await sim.advance(2)
        await sim.wait({"connectors.0.letter": "B"})
        print((await sim.state())["connectors"][0]["status"], sim.events)

    with BlockingSimulator.launch(speed="max") as sim:              # the same without await
        sim.do("tap", uid="04A1B2C3")

Leaving the block ends the process that was started; a world whose invariant broke raises `SimulatorEnded` there.
"""

import asyncio
import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

START_S = 30
END_S = 10


class SimulatorError(Exception):
    """The simulator said no; the text is its own, with the command it was given. `answer` is the whole answer."""

    def __init__(self, request, answer):
        super().__init__(f"{json.dumps(request)}: {answer.get('error')}")
        self.answer = answer


class SimulatorEnded(Exception):
    """The simulator stopped by itself: a broken invariant or a crash. The text ends with the tail of its log."""


class _Process:
    """One `rudved sim` started by us: its ready line, its log, its end."""

    def __init__(self, popen, options):
        self.log = tempfile.TemporaryFile("a+", encoding="utf-8", errors="replace")
        self.popen = popen(
            command_line(**options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            start_new_session=True,  # Ctrl-C is for us: we end it in good order
        )

    def ready(self):
        """The ready line (blocks until it stands there); SimulatorEnded when there is none."""
        line = self.popen.stdout.readline()
        if not line:
            self.popen.wait(END_S)
            raise self.ended()
        return json.loads(line)

    def ended(self):
        return SimulatorEnded(f"the simulator ended with status {self.popen.poll()}\n{self.tail()}")

    def tail(self, lines=40):
        self.log.seek(0)
        return "".join(self.log.readlines()[-lines:])

    def close(self):
        """End it if it still runs; its exit status."""
        if self.popen.poll() is None:
            try:
                self.popen.wait(END_S)
            except subprocess.TimeoutExpired:
                self.popen.terminate()
                try:
                    self.popen.wait(END_S)
                except subprocess.TimeoutExpired:
                    self.popen.kill()
                    self.popen.wait()
        self.popen.stdout.close()
        return self.popen.returncode


def command_line(**options):
    """The words that start `rudved sim`. `set` is a dict; a flag is True; names have _ where the option has -."""
    rudved = Path(sys.executable).with_name("rudved")
    words = [str(rudved)] if rudved.exists() else [sys.executable, "-m", "tools.cli"]
    words.append("sim")
    for key, value in (options.pop("set", None) or {}).items():
        words += ["--set", f"{key}={_word(value)}"]
    for name, value in options.items():
        if value is True:
            words.append("--" + name.replace("_", "-"))
        elif value is not None and value is not False:
            words += ["--" + name.replace("_", "-"), str(value)]
    return words


def _word(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def look(snapshot, path):
    """A field of a snapshot by its dotted path, list indexes from 0: `connectors.0.contactor.closed`."""
    for step in path.split("."):
        snapshot = snapshot[int(step)] if isinstance(snapshot, list) else snapshot[step]
    return snapshot


class Simulator:
    """An asyncio client. `events` fills once `watch` is on; `t` is the world's clock of the last line that came;
    `on_event(event)` is called for every event as it comes. `popen` starts the process."""

    popen = subprocess.Popen

    def __init__(self, on_event=None):
        self.ready = {}
        self.events = []
        self.t = 0.0
        self.on_event = on_event
        self._process = None
        self._numbers = itertools.count(1)
        self._asked = {}
        self._reading = None
        self._writer = None

    @classmethod
    def launch(cls, on_event=None, **options):
        """Options as on the command line: board, csms, cp_id, data, speed, seed, lenient, set={…} …"""
        self = cls(on_event)
        self._options = options
        return self

    async def __aenter__(self):
        self._process = _Process(self.popen, self._options)
        try:
            waiting = asyncio.to_thread(self._process.ready)
            self.ready = await asyncio.wait_for(waiting, START_S)
            await self.connect(self.ready["control"])
        except BaseException:
            self._process.popen.kill()
            self._process.close()
            raise
        return self

    async def __aexit__(self, kind, error, trace):
        await self.close(quiet=kind is not None)

    async def connect(self, port, host="127.0.0.1"):
        """Talk to a simulator that somebody else has started."""
        reader, self._writer = await asyncio.open_connection(host, port, limit=2**24)
        self._reading = asyncio.ensure_future(self._read(reader))

    async def close(self, quiet=False):
        """Quit and wait for the end. SimulatorEnded where the exit status is not 0, unless `quiet`."""
        if self._process is not None and self._process.popen.poll() is None and not self._reading.done():
            try:
                await asyncio.wait_for(self.do("quit"), END_S)
            except (SimulatorEnded, OSError, TimeoutError):
                pass
        if self._writer is not None:
            self._writer.close()
        if self._reading is not None:
            self._reading.cancel()
        if self._process is not None:
            process, self._process = self._process, None
            status = await asyncio.to_thread(process.close)
            if status and not quiet:
                raise process.ended()

    @property
    def log(self):
        """The end of what the simulator has written to standard error so far."""
        return self._process.tail()

    async def do(self, command, /, **fields):
        """Give one command; its result. SimulatorError when it says no, SimulatorEnded when it is gone."""
        number = next(self._numbers)
        request = {"id": number, "do": command} | fields
        answer = asyncio.get_running_loop().create_future()
        if self._reading.done():
            raise self._gone()
        self._asked[number] = answer
        self._writer.write(json.dumps(request).encode() + b"\n")
        answer = await answer
        if answer is None:
            raise self._gone()
        if not answer.get("ok"):
            raise SimulatorError(request, answer)
        return answer.get("result")

    async def state(self):
        return await self.do("state")

    async def advance(self, s):
        return await self.do("advance", s=s)

    async def wait(self, fields, timeout_s=30):
        """Wait for {field path: value}, in world time; SimulatorError tells what it shows instead."""
        return await self.do("wait", **{"for": fields, "timeout_s": timeout_s})

    async def configure(self, **keys):
        return await self.do("config", set=keys)

    def _gone(self):
        if self._process is None:
            return SimulatorEnded("the simulator closed the connection")
        try:
            self._process.popen.wait(END_S)
        except subprocess.TimeoutExpired:
            pass
        return self._process.ended()

    async def _read(self, reader):
        try:
            while line := await reader.readline():
                message = json.loads(line)
                self.t = max(self.t, message.get("t", 0.0))
                if "event" in message:
                    self.events.append(message)
                    if self.on_event:
                        self.on_event(message)
                elif message.get("id") in self._asked:
                    answer = self._asked.pop(message["id"])
                    if not answer.done():
                        answer.set_result(message)
        except OSError:
            pass
        finally:
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_result(None)
            self._asked.clear()


class BlockingSimulator:
    """The same client for programs without asyncio: every method returns when the answer has come. Events are taken in
    only during a command."""

    def __init__(self, simulator):
        self._simulator = simulator
        self._loop = asyncio.new_event_loop()

    @classmethod
    def launch(cls, **options):
        return cls(Simulator.launch(**options))

    def __enter__(self):
        self._run(self._simulator.__aenter__())
        return self

    def __exit__(self, *error):
        try:
            self._run(self._simulator.__aexit__(*error))
        finally:
            self._loop.close()

    def __getattr__(self, name):
        """Every other method and field of `Simulator`, its coroutines run to their end."""
        value = getattr(self._simulator, name)
        if not asyncio.iscoroutinefunction(value):
            return value
        return lambda *args, **kwargs: self._run(value(*args, **kwargs))

    def _run(self, work):
        return self._loop.run_until_complete(work)
