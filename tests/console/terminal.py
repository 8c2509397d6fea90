"""A technician at the pseudo-terminal of a simulated charger: types, lets the world's time pass, reads."""

import codecs
import os
import re
import select
import termios
import threading
import time
import tty

PROMPT = re.compile(r"(?:^|\n)((?:viewer|installer|factory)> )$")
ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_REAL_S = 20


class Terminal:
    """`sim` is a `tests.sim.port.Sim` at --speed max. `text` collects all that was read.

    A thread reads all the time, as a terminal does: what nobody reads is lost on a wire. When an `advance` is answered, all that
    the charger has written until then lies in the pseudo-terminal: reading it empty is enough, nothing has to be waited for.
    """

    def __init__(self, sim):
        self.sim = sim
        self._fd = os.open(sim.ready["console"], os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._fd, termios.TCSANOW)  # what has come before stays
        os.set_blocking(self._fd, False)
        self.text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._lock = threading.Lock()
        self._end = os.pipe()
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def close(self):
        os.write(self._end[1], b"x")
        self._reader.join()
        for fd in (self._fd, *self._end):
            os.close(fd)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()

    def type(self, data):
        """Bytes or text as they are."""
        data = data.encode() if isinstance(data, str) else data
        while data:
            assert select.select([], [self._fd], [], _REAL_S)[1], "the charger takes nothing"
            try:
                data = data[os.write(self._fd, data[:1024]) :]
            except BlockingIOError:
                time.sleep(0.001)

    def read(self, until=PROMPT, most_s=20, step_s=0.1):
        """What has come since the last call, once `until` matches its end; world time passes meanwhile."""
        if isinstance(until, str):
            until = re.compile(until)
        passed_s, next_s = 0, 0
        while True:
            self.sim.do("advance", s=next_s)  # by nothing at first: many an answer takes no time
            passed_s += next_s
            next_s = step_s
            raw = self._all()
            shown = _plain(raw)
            if until.search(shown):
                self._take(len(raw))
                return shown
            assert passed_s < most_s, f"no {until.pattern!r} after {most_s} s in {shown!r}"

    def drain(self):
        """Read what is there, and forget it."""
        self.sim.do("advance", s=0)
        self._take(len(self._all()))

    def ask(self, line, until=PROMPT, **how):
        """Type a line; its answer, without the echo and the prompt after it."""
        self.drain()  # a log line before it brings a prompt that is not the answer's
        self.type(line + "\r")
        shown = self.read(until, **how)
        shown = shown.removeprefix(line + "\n")
        return PROMPT.sub("", "\n" + shown).strip("\n")

    def _all(self):
        """What has come and was not taken."""
        with self._lock:
            self._empty()
            return self.text

    def _take(self, count):
        with self._lock:
            self.text = self.text[count:]

    def _listen(self):
        while self._end[0] not in select.select([self._fd, self._end[0]], [], [])[0]:
            with self._lock:
                if not self._empty():
                    return

    def _empty(self):
        """Read until there is nothing more; False once the simulator has ended."""
        while True:
            try:
                self.text += self._decoder.decode(os.read(self._fd, 65536))
            except BlockingIOError:
                return True
            except OSError:
                return False


def _plain(text):
    """What stands on the screen: a line drawn anew takes the place of what stood there."""
    lines = ESCAPES.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rpartition("\r")[2] for line in lines)
