"""A technician at the pseudo-terminal of a simulated charger: types, lets the world's time pass, reads."""

import os
import re
import select
import termios
import time
import tty

PROMPT = re.compile(r"(?:^|\n)((?:viewer|installer|factory)> )$")
ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_REAL_S = 20


class Terminal:
    """`sim` is a `tests.sim.port.Sim` at --speed max. `text` collects all that was read."""

    def __init__(self, sim):
        self.sim = sim
        self._fd = os.open(sim.ready["console"], os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._fd, termios.TCSANOW)  # what has come before stays
        os.set_blocking(self._fd, False)
        self.text = ""

    def close(self):
        os.close(self._fd)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()

    def type(self, data):
        """Bytes or text as they are; what comes back meanwhile is read."""
        data = data.encode() if isinstance(data, str) else data
        while data:
            readable, writable, _ = select.select([self._fd], [self._fd], [], _REAL_S)
            if readable:
                self._read()
            if writable:
                try:
                    data = data[os.write(self._fd, data[:1024]) :]
                except BlockingIOError:
                    time.sleep(0.001)

    def read(self, until=PROMPT, most_s=20, step_s=0.1):
        """What has come since the last call, once `until` matches its end; world time passes meanwhile."""
        if isinstance(until, str):
            until = re.compile(until)
        passed_s = 0
        while True:
            while select.select([self._fd], [], [], 0.02)[0]:
                self._read()
            shown = _plain(self.text)
            if until.search(shown):
                self.text = ""
                return shown
            assert passed_s < most_s, f"no {until.pattern!r} after {most_s} s in {shown!r}"
            self.sim.do("advance", s=step_s)
            passed_s += step_s

    def drain(self):
        """Read what is there, and forget it."""
        while select.select([self._fd], [], [], 0.05)[0]:
            self._read()
        self.text = ""

    def ask(self, line, until=PROMPT, **how):
        """Type a line; its answer, without the echo and the prompt after it."""
        self.type(line + "\r")
        shown = self.read(until, **how)
        shown = shown.removeprefix(line + "\n")
        return PROMPT.sub("", "\n" + shown).strip("\n")

    def _read(self):
        self.text += os.read(self._fd, 65536).decode(errors="replace")


def _plain(text):
    """What stands on the screen: a line drawn anew takes the place of what stood there."""
    lines = ESCAPES.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rpartition("\r")[2] for line in lines)
