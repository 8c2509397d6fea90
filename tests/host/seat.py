"""The `rudved` command at a terminal of its own, as a person has it."""

import fcntl
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import termios
import time

from tests.host.bench import QUIET
from tests.sim.port import ROOT, RUDVED


class Seat:
    """A command at a terminal of its own: `until(words)` reads what it shows. `into` is a shell's command that reads what it
    prints."""

    def __init__(self, *words, into=None):
        self._near, far = pty.openpty()
        termios.tcsetwinsize(far, (40, 100))
        mode = termios.tcgetattr(far)
        mode[1] &= ~termios.OPOST  # lines end as the command ends them
        termios.tcsetattr(far, termios.TCSANOW, mode)
        env = os.environ | QUIET | {"TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
        env.pop("NO_COLOR")
        argv = [str(RUDVED), *map(str, words)]
        if into:
            argv = ["sh", "-c", f"{shlex.join(argv)} | {into}"]
        self.process = subprocess.Popen(
            argv, stdin=far, stdout=far, stderr=far, cwd=ROOT, env=env, start_new_session=True,
            preexec_fn=_sit_down,
        )  # fmt: skip
        os.close(far)
        self.shown = ""

    def type(self, data):
        os.write(self._near, data)

    def ctrl_c(self):
        """After a moment: Python loses an interrupt that comes between a prompt's last letter and the waiting for its answer."""
        time.sleep(0.5)
        self.type(b"\x03")

    def until(self, words, most_s=20):
        """What it has shown up to the end of `words`, a pattern; what follows them is for the next look."""
        end = time.monotonic() + most_s
        while not self.shows(words):
            assert time.monotonic() < end, f"no {words!r} in {self.shown[-3000:]!r}"
        found = re.search(words, self.shown)
        shown, self.shown = self.shown[: found.end()], self.shown[found.end() :]
        return shown

    def shows(self, words, most_s=0.2):
        """Whether it has shown `words` yet, with one look for more: for what comes only while the test goes on with something."""
        if not re.search(words, self.shown) and select.select([self._near], [], [], most_s)[0]:
            self.shown += os.read(self._near, 65536).decode(errors="replace")
        return re.search(words, self.shown) is not None

    def rest(self, most_s=60):
        """What comes until it ends."""
        end = time.monotonic() + most_s
        try:
            while time.monotonic() < end:
                if select.select([self._near], [], [], 0.2)[0]:
                    self.shown += os.read(self._near, 65536).decode(errors="replace")
        except OSError:  # the far end is closed
            self.process.wait()
            return self.shown
        raise AssertionError(f"it does not end, and has shown {self.shown[-3000:]!r}")

    def end(self):
        """Its exit status, once it has ended by itself."""
        self.rest()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._near)


def _sit_down():
    """The terminal becomes the command's own, and Ctrl-C works even where tests run in the background of a shell that ignores it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
