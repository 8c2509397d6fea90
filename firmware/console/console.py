"""The technician's serial console: takes bytes, runs one command at a time, answers. Nothing that comes in can end it."""
import asyncio
import binascii
import gc

from micropython import const

from firmware.console import commands
from firmware.console.access import Access
from firmware.console.answers import Answer, Refusal, bad, good, sealed
from firmware.console.config import Changes
from firmware.console.editor import Editor
from firmware.console.looking import log_line
from firmware.storage.journal import JournalFull
from firmware.storage.values import SettingError
from firmware.support import ondemand
from firmware.support.clock import iso8601
from firmware.support.log import LEVELS

_CHUNK = const(64)
_AHEAD = const(1024)                    # typed while a command runs
_PATIENCE = const(200)                  # turns of the others that a full buffer waits for the command
_KEEP_S = const(10)                     # a module stays loaded after its last command: the next one often wants it too
_CTRL_C = const(3)
# what a running command wants of what is typed
_LINE = const(1)
_KEYS = const(2)


class Console:
    """`app` is `firmware.app.App`: its parts are read, and asked through `charging`. `hal.console` is the line.

    For commands: `access`, `changes`, `editor`, `json` (answer a program), `machine`, `log_from` (index of log.LEVELS),
    and the methods below.
    """

    def __init__(self, app):
        self.app = app
        self._port = app.hal.console
        self.access = Access(app.settings, app.clock)
        self.changes = Changes(app)
        self.editor = Editor(self._port.write, self._complete)
        self.machine = self.json = False
        self.sealed = self.strict = False   # the line came with its CRC; every line must
        self.log_from = LEVELS.index("warning")
        self.frames = None              # called with (direction, frame) of OCPP while a trace runs
        self._seq = None
        self._job = None
        self._begun = False
        self._wants = 0
        self._ahead = b""
        self._lost = 0
        self._given = None
        self._came = asyncio.Event()
        self._on_card = None
        self._card = None
        self._loaded = None             # (name, module)
        self._loaded_s = 0
        app.log.sink(self._logged)
        app.observe(self._happened)

    async def run(self):
        """For ever."""
        self._greet()
        while True:
            data = await self._port.read(_CHUNK)
            if self.access.used() and self._job is None:
                self.for_people()
                self._greet()
            try:
                self._take(data)
            except Exception as error:  # MemoryError too: the line is lost, the console stays
                self.editor.forget()
                self._fail(error)
                self._prompt()
            for _ in range(_PATIENCE):  # a paste may be faster than the command that reads it
                if self._job is None or len(self._ahead) < _AHEAD // 2:
                    break
                await asyncio.sleep_ms(0)

    def step(self):
        """To be called each second."""
        if self.access.step() and self._job is None:
            self._prompt()
        if self._loaded and self._job is None and self.app.clock.up_s() - self._loaded_s >= _KEEP_S:
            self.unload()
        self.changes.step()

    def card(self, id_tag):
        """A card was tapped: True when a command waited for one."""
        if self._on_card is None:
            return False
        self._card = id_tag
        self._on_card.set()
        return True

    # For commands

    def load(self, name):
        """The module of this folder that a command needs and that is not always there. ondemand.Busy while a contactor is closed."""
        if self._loaded is None or self._loaded[0] != name:
            self.unload()
            try:
                self._loaded = (name, ondemand.load("firmware.console." + name))
            except MemoryError:
                raise Refusal("FAILED", "too little memory is free to load this command; nothing was done")
        self._loaded_s = self.app.clock.up_s()
        return self._loaded[1]

    def unload(self):
        """Drop the modules that were loaded for commands."""
        if self._loaded:
            ondemand.release("firmware.console." + self._loaded[0])
            self._loaded = None

    def for_people(self):
        """Machine mode is over: whoever left it on went long ago, or said so."""
        self.machine = self.strict = False
        self.editor.echo = True

    def say(self, line, end="\r\n"):
        """A line for people."""
        if not self.json:
            self._port.write((line + end).encode())

    def put(self, line):
        """A line for programs."""
        self._port.write((line + "\r\n").encode())

    async def ask(self, prompt):
        """A line that is not shown."""
        if self.machine:
            self.put('{"ask": "%s"}' % prompt.strip(" :"))
        return await self.read_line(prompt, True, 60000)

    async def read_line(self, prompt, hidden, most_ms):
        """The next line; Refusal TIMEOUT after `most_ms`, LONG or NOISE for one that is none."""
        self._given = None
        self._wants = _LINE
        self.editor.begin(prompt, hidden)
        try:
            ahead, self._ahead = self._ahead, b""
            self._take(ahead)
            if self._given is None:
                await self._wait(most_ms, "nothing came for %d s; nothing changed" % (most_ms // 1000))
        finally:
            self._wants = 0
        return commands.text(self._given)

    def watch_keys(self):
        """From now on any key is for `key`."""
        self._wants = _KEYS
        self._given = None

    async def key(self, most_ms):
        """True once a key was typed within `most_ms`."""
        if self._given is None:
            try:
                await self._wait(most_ms, "")
            except Refusal:
                return False
        return True

    async def next_card(self, most_ms):
        """The idTag of the next card, which then does nothing else. Refusal TIMEOUT."""
        self._on_card = self._came
        try:
            await self._wait(most_ms, "no card came")
        finally:
            self._on_card = None
        return self._card

    async def run_each(self, names):
        """Several commands, each answer a line of JSON; one that fails says so and ends none of the others."""
        for name in names:
            row, args = commands.find(name.split())
            self.json = True
            try:
                answer = commands.function(row, self.load)(self, args)
                if hasattr(answer, "send"):
                    answer = await answer
                told = {"command": name, "answer": answer.data}
            except Exception as error:
                code, text, _ = self._judged(error)
                told = {"command": name, "code": code, "error": text}
            self.put(good(Answer(told), self._seq))
            gc.collect()
            await asyncio.sleep_ms(0)
        return Answer()

    def when(self, utc_s):
        return "-" if utc_s is None else iso8601(utc_s)

    def now(self):
        """The time for people who look at what comes: of day, or seconds since the start."""
        utc_s = self.app.clock.utc_s()
        return "%d s" % self.app.clock.up_s() if utc_s is None else iso8601(utc_s)[11:19]

    async def _wait(self, most_ms, why):
        self._came.clear()
        try:
            await asyncio.wait_for_ms(self._came.wait(), most_ms)
        except asyncio.TimeoutError:
            raise Refusal("TIMEOUT", why)

    # Bytes

    def _take(self, data):
        """What was typed goes where it belongs now: the line, the running command, or waits for its end."""
        for i in range(len(data)):
            if self._job is not None and self._wants != _LINE:
                self._while_busy(data[i:])
                return
            byte = data[i]
            if byte == _CTRL_C:
                self._interrupt()
                continue
            line = self.editor.feed(byte)
            if line is None:
                continue
            if self._job is None:
                self._execute(line)
            else:
                self._hand_over(line)
        self.editor.show()

    def _while_busy(self, data):
        at = data.rfind(b"\x03")
        if at >= 0:
            self._interrupt()
            self._take(data[at + 1:])
        elif self._wants == _KEYS:
            self._hand_over(data)
        else:
            room = _AHEAD - len(self._ahead)
            self._ahead += data[:room]
            self._lost += max(0, len(data) - room)

    def _hand_over(self, given):
        self._given = given
        self._wants = 0
        self._came.set()

    def _interrupt(self):
        self._ahead, self._lost = b"", 0
        self.editor.forget()
        if self._job is None:
            self._port.write(b"^C\r\n")
            self._prompt()
            return
        self._job.cancel()
        if not self._begun:             # it ends without having begun, and tells nobody
            self._fail(asyncio.CancelledError())
            self._done()

    # Commands

    def _execute(self, line):
        self.json, self._seq, self.sealed = self.machine, None, False
        try:
            words = self._options(commands.split(self._unsealed(commands.text(line))))
            if words:
                row, args = commands.find(words)
                self.access.need(commands.role(row))
                result = commands.function(row, self.load)(self, args)
                if hasattr(result, "send"):
                    self._begun = False
                    self._job = asyncio.create_task(self._work(result))
                    return
                self._answer(result)
        except Exception as error:
            self._fail(error)
        self._prompt()

    async def _work(self, coroutine):
        self._begun = True
        try:
            self._answer(await coroutine)
        except (asyncio.CancelledError, Exception) as error:
            self._fail(error)
        self._done()

    def _done(self):
        """The command is over: what was typed meanwhile has its turn."""
        self._job = None
        self._wants = 0
        ahead, self._ahead = self._ahead, b""
        lost, self._lost = self._lost, 0
        if lost:
            self._fail(Refusal("LOST", "%d bytes typed during the command were dropped, with what came before them" % lost))
            ahead = b""
        self._prompt()
        self._take(ahead)

    def _unsealed(self, text):
        """The line without the CRC32 after its `@17*`; Refusal NOISE where that is wrong, or must be there and is not."""
        head, _, crc = text.rpartition("*")
        number = head[head.rfind(" ") + 1:]
        if number[:1] == "@" and number[1:].isdigit():
            if crc != "%08x" % binascii.crc32(head.encode()):
                raise Refusal("NOISE", "the line's CRC is wrong: damaged on the way; nothing was done")
            self.sealed = True
            return head
        if self.strict and text.strip():
            raise Refusal("NOISE", "after `machine on` with a CRC each line needs one; nothing was done")
        return text

    def _options(self, words):
        """The words without --json and @sequence."""
        out = []
        for word in words:
            if word == "--json":
                self.json = True
            elif word[:1] == "@" and word[1:].isdigit() and len(word) < 10:
                self._seq = int(word[1:])
            else:
                out.append(word)
        return out

    def _answer(self, answer):
        if self.json:
            self._put_answer(good(answer, self._seq))
        else:
            for line in answer.lines:
                self.say(line)

    def _fail(self, error):
        code, text, data = self._judged(error)
        if self.json:
            self._put_answer(bad(code, text, self._seq, data))
        else:
            self.say('ERR %s "%s"' % (code, text))

    def _judged(self, error):
        """(code, text, data) of whatever a command has raised."""
        if isinstance(error, Refusal):
            return error.code, error.text, error.data
        if isinstance(error, SettingError):
            return "SETTING", str(error), None
        if isinstance(error, asyncio.CancelledError):
            return "CANCELLED", "stopped by Ctrl-C", None
        if isinstance(error, ondemand.Busy):
            return "BUSY", str(error), None
        if isinstance(error, (OSError, JournalFull)):
            return "FAILED", "flash: %s; nothing changed" % error, None
        gc.collect()
        self.app.log.error("console", repr(error))
        return "INSIDE", repr(error), None

    def _put_answer(self, line):
        self.put(sealed(line) if self.sealed else line)

    # The screen

    def _complete(self, line):
        """What Tab may put behind `line`; nothing in answers to a command, or while a vehicle charges."""
        try:
            return self.load("helping").complete(self.app, line) if self._job is None else ((), 0)
        except (ondemand.Busy, Refusal):
            return (), 0

    def _greet(self):
        if self.machine:
            return
        identity = self.app.hal.identity
        self.put("")
        self.put("%s %s %s, firmware %s. `help` lists the commands." % (
            identity["vendor"], identity["model"], identity["serial"], identity["firmware"]))
        if self.access.open_door:
            self.put("No installer secret is set: whoever holds this cable is installer (`help secret`).")
        left_s = self.changes.waits()
        if left_s is not None:
            self.put("A change of settings waits: `config confirm` within %d s, or it is taken back." % left_s)
        self._prompt()

    def _prompt(self):
        self.json = self.machine
        self.editor.begin(self.access.role + "> ")

    def _logged(self, level, source, text):
        """A log line comes between: above the line that is being typed, which is drawn again."""
        if LEVELS.index(level) < self.log_from or self.json or self._wants:
            return
        line = log_line(self.app.clock.up_s(), level, source, text)
        if self._job is not None:
            self.say(line)
        else:
            self.editor.wipe()
            self.put(line)
            self.editor.draw()

    def _happened(self, event, fields):
        if event == "ocpp" and self.frames is not None:
            self.frames(fields["dir"], fields["frame"])
