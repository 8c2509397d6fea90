"""A charger at the end of a line: commands of its console, each answered once, over noise, floods and restarts.

The console is put into machine mode with a CRC, so that no damaged line is ever run and no damaged answer believed
(firmware/console/README.md, "For programs"). Only JSON is read; what is there for people is passed over.
"""

import itertools
import time

from tools.host.exits import Trouble
from tools.host.line import BAUD, Line
from tools.host.ports import Place
from tools.host.sealing import parse, sealed

ANSWER_S = 10
_WAKE_S = 12  # a board that is just starting speaks within a few seconds
_KNOCK_S = 1
_LEAVE_S = 0.3  # for its last answer: a port closed before may not have sent all that was written
_REBOOT_S = 20
_TRIES = 10
_PACE_S = (0, 0.01, 0.05, 0.2)  # between two lines of a body, more after each failure

# These must not be done twice because an answer was lost. All others may: they look, or say the same thing again.
_ONCE = (
    "config commit", "config import", "config rollback", "commission begin", "commission step", "commission skip", "card learn",
    "update begin", "update data", "update fetch", "update apply", "update back", "meter scan", "wifi join", "test", "clear", "secret",
    "login", "code", "reboot", "factory-reset",
)  # fmt: skip


class Charger:
    """`ask` is all there is to it. `secret(role)` gives the secret of a role when the charger wants one, or raises Trouble.

    `on_note(text)` hears of what went wrong and was mended: a damaged line sent again, a restart.
    """

    def __init__(self, device, baud=BAUD, secret=None, on_note=None):
        self.place = Place(device)
        self._baud = baud
        self._secret = secret
        self._note = on_note or (lambda text: None)
        self._numbers = itertools.count(int(time.time() * 10) % 1_000_000)  # not those of whoever spoke before us
        self._open = None
        self._logged_in = False

    @property
    def device(self):
        return self.place.device

    def __enter__(self):
        self.open()
        return self

    def __exit__(self, *error):
        self.close()

    def open(self, within_s=_WAKE_S):
        """Open the port and get an answer. Trouble GONE, SILENT or STRANGE."""
        self._open = Line(self.place.now() or self.place.device, self._baud)
        try:
            self._wake(within_s)
        except Trouble:
            self.close()
            raise

    def close(self):
        """Leave the console to people again, and to those of its own role."""
        if self._open is None:
            return
        try:
            self._line.write(b"\x03")
            if self._logged_in:
                self._line.write(sealed(f"logout @{next(self._numbers)}"))
            last = next(self._numbers)
            self._line.write(sealed(f"machine off @{last}"))
            self._hear(last, _LEAVE_S)
        except Trouble:
            pass
        self._open.close()
        self._open = None

    @property
    def _line(self):
        if self._open is None:
            raise Trouble("GONE", f"{self.device} is gone")
        return self._open

    def reopen(self, within_s=60):
        """After the charger has gone: once it is back, under whatever name. Trouble when it does not come."""
        if self._open:
            self._open.close()
            self._open = None
        end = time.monotonic() + within_s
        while True:
            try:
                if self.place.now():
                    return self.open(min(_WAKE_S, max(1, end - time.monotonic())))
                trouble = Trouble("GONE", f"{self.device} is gone and has not come back within {within_s:g} s")
            except Trouble as error:
                trouble = error
            if time.monotonic() >= end:
                raise trouble
            time.sleep(0.2)

    # Asking

    def ask(self, command, within_s=ANSWER_S, role="installer", **how):
        """The result of a command. Trouble carries the charger's own code and words, or GONE, SILENT, UNSURE.

        `body` is text that follows it (an import). `on_event(message)` takes what comes before the answer;
        `on_ask(message)` gives the line that the charger asks for in `message["ask"]`; without it the charger's
        question is Trouble.
        """
        try:
            return self._ask(command, within_s, **how)
        except Trouble as error:
            if error.code != "DENIED" or self._secret is None:
                raise
        self.login(role)
        return self._ask(command, within_s, **how)

    def login(self, role):
        secret = self._secret(role)
        self._ask(f"login {role}", ANSWER_S, on_ask=lambda message: secret)
        self._logged_in = True

    def status(self):
        return self.ask("status")

    def reboot(self, command="reboot", within_s=_REBOOT_S):
        """Restart it, and be there when it is back; a chip with USB of its own goes and comes meanwhile."""
        before = self.status()["boots"]
        try:
            self.ask(command)
        except Trouble as error:
            if error.code not in ("UNSURE", "GONE"):  # the answer went down with it: the boots tell
                raise
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            time.sleep(0.3)
            try:
                self._wake(min(_WAKE_S, within_s))
                if self._ask("status", ANSWER_S)["boots"] != before:
                    return
            except Trouble as error:
                if error.code != "GONE":
                    continue
                self.reopen(within_s)
        raise Trouble("SILENT", f"the charger at {self.device} has not come back within {within_s:g} s of its restart")

    def _ask(self, command, within_s, body="", on_event=None, on_ask=None):
        once = command.startswith(_ONCE)
        for attempt in range(_TRIES):
            number = next(self._numbers)
            self._line.write(sealed(f"{command} @{number}"))
            if body:
                self._push(body, attempt)
            try:
                answer = self._answer(number, within_s, on_event, on_ask, bool(body))
            except _Damaged as damage:
                if once and not damage.not_run:
                    self._wake(_WAKE_S)
                    raise Trouble("UNSURE", f"the answer to `{command}` was lost ({damage}): look before you try again") from None
                self._note(f"`{command}`: {damage}; sent again")
                if not damage.not_run or body:
                    self._wake(_WAKE_S)
                continue
            if answer["ok"]:
                return answer.get("result")
            if body:
                self._wake(_WAKE_S)  # the rest of the body was no command, and was refused as none
                # an import that was read to its end tells of its lines; what was not, was damaged on the way
                if answer["code"] in ("IMPORT", "LOST", "NOISE", "LONG") and "result" not in answer and attempt < len(_PACE_S) - 1:
                    self._note(f"`{command}`: {answer['error']}; sent again")
                    continue
            raise Trouble(answer["code"], answer["error"], answer.get("result"))
        raise Trouble("NOISE", f"`{command}` came to nothing in {_TRIES} tries: the line at {self.device} is too noisy")

    def _push(self, body, attempt):
        """Line by line, more slowly after each failure: a UART has no way to say `wait`."""
        for line in body.splitlines():
            self._line.write(line.encode() + b"\r")
            time.sleep(_PACE_S[min(attempt, len(_PACE_S) - 1)])

    def _answer(self, number, within_s, on_event, on_ask, has_body):
        """The answer to `number`. _Damaged when it was lost, or the command never got there."""
        until = time.monotonic() + within_s
        probe = None
        while True:
            text = self._line.read_line(until)
            if text is None:
                self._wake(_WAKE_S)
                raise _Damaged(f"no answer within {within_s:g} s")
            message = parse(text)
            if message is None:
                # a greeting, or noise. If the charger has restarted it waits for a command, and the answer will not come
                if has_body or on_ask or on_event:  # what is sent now would be taken as a part or an answer
                    if text.strip() and "{" not in text:
                        raise _Damaged("the charger restarted")
                elif probe is None and text.strip():
                    probe = next(self._numbers)
                    self._line.write(sealed(f"machine on --json @{probe}"))
                continue
            if message.get("seq") == number:
                if "crc" in message:
                    return message
                if on_event:
                    on_event(message)
            elif probe is not None and message.get("seq") == probe:
                raise _Damaged("the answer was lost, or the charger restarted")
            elif message.get("ok") is False and "seq" not in message and message.get("code") in ("NOISE", "LONG"):
                raise _Damaged("damaged on the way", not_run=True)
            elif "ask" in message:
                if on_ask is None:
                    self._wake(_WAKE_S)
                    raise Trouble("USAGE", f"the charger asks for {message['ask']}, and nobody is there to answer")
                self._line.write(on_ask(message).encode() + b"\r")
                until = time.monotonic() + within_s
            elif "event" in message and on_event:
                on_event(message)
                until = time.monotonic() + within_s

    def stream(self, command, on_event, until=None):
        """A command that tells events until a key (`trace ocpp`): `on_event(message)` for each, until `time.monotonic()`
        passes `until`. Trouble UNSURE when the charger restarted: what it told is over."""
        try:
            return self._stream(command, on_event, until)
        except Trouble as error:
            if error.code != "DENIED" or self._secret is None:
                raise
        self.login("installer")
        return self._stream(command, on_event, until)

    def _stream(self, command, on_event, until):
        number = next(self._numbers)
        self._line.write(sealed(f"{command} @{number}"))
        asked = False
        while True:
            now = time.monotonic()
            if until is not None and now >= until and not asked:
                self._line.write(b"q")
                asked, until = True, now + _KNOCK_S
            text = self._line.read_line(min(now + _KNOCK_S, until or now + _KNOCK_S))
            message = None if text is None else parse(text)
            if text is None:
                if asked and time.monotonic() >= until:
                    return
            elif message is None or (message.get("ok") is False and "seq" not in message):
                if text.strip():
                    self._wake(_WAKE_S)
                    raise Trouble("UNSURE", "the charger restarted, or the line is noisy")
            elif message.get("seq") == number:
                if not message["ok"]:
                    raise Trouble(message["code"], message["error"])
                return
            elif "event" in message:
                on_event(message)

    def interrupt(self):
        """Stop what runs, and be ready for the next command."""
        self._wake(_WAKE_S)

    def _wake(self, within_s):
        """Whatever ran or was half typed is dropped; then the console answers, and speaks to programs."""
        end = time.monotonic() + within_s
        heard = False
        while time.monotonic() < end:
            number = next(self._numbers)
            self._line.write(b"\x03" + sealed(f"machine on --json @{number}"))
            seen, answered = self._hear(number, min(_KNOCK_S, end - time.monotonic()))
            if answered:
                return
            heard = heard or seen
        if heard:
            raise Trouble("STRANGE", f"something speaks at {self.device}, but it is no charger's console at {self._baud} baud")
        raise Trouble("SILENT", f"nothing answers at {self.device} ({self._baud} baud)")

    def _hear(self, number, within_s):
        """Whether anything but silence came, and whether the answer to `number` did."""
        until = time.monotonic() + within_s
        heard = False
        while (text := self._line.read_line(until)) is not None:
            message = parse(text)
            if message and message.get("seq") == number and "crc" in message:
                return True, True
            heard = heard or bool(text)
            if time.monotonic() > until:
                break
        return heard, False


class _Damaged(Exception):
    """Nothing usable came of a command; `not_run` where it is sure that it was not run."""

    def __init__(self, text, not_run=False):
        super().__init__(text)
        self.not_run = not_run
