"""A pseudo-terminal that behaves to mpremote like a board: raw REPL, soft reset, a file system of its own.

The unix port has the raw REPL. Ctrl-D at its prompt ends the process, where a board resets; so each end is answered
with a fresh interpreter, which is what a soft reset is.
"""

import contextlib
import os
import pty
import select
import subprocess
import tty

from tests.harness.line import Line
from tools.interpreter import interpreter

_BOOT = """\
import vfs, os, sys
vfs.umount("/")
vfs.mount(vfs.VfsPosix({root!r}), "/")
os.chdir("/")
sys.path[:] = ["", ".frozen", "/lib"]
"""
_ENTER_RAW, _LEAVE_RAW = b"\x01", b"\x02"


class FakeBoard(Line):
    """`with FakeBoard(folder) as board:` serves `board.port`; `folder` is the root of its file system."""

    def __init__(self, folder, heap="512wk"):
        self._argv = [str(interpreter()), "-X", f"heapsize={heap}", "-i", "-c", _BOOT.format(root=str(folder))]
        self.resets = 0
        super().__init__()

    def _start(self):
        inside, console = pty.openpty()
        for end in (inside, console):
            tty.setraw(end)
        environment = {name: value for name, value in os.environ.items() if name != "MICROPYPATH"}
        how = {"stdin": console, "stdout": console, "stderr": console, "start_new_session": True, "env": environment}
        process = subprocess.Popen(self._argv, **how)
        os.close(console)
        return process, inside

    def _serve(self):
        process, inside = self._start()
        raw = False
        while True:
            ready, _, _ = select.select([self._line, inside, self._stop], [], [])
            if self._stop in ready:
                process.kill()
                process.wait()
                os.close(inside)
                return
            if self._line in ready:
                data = os.read(self._line, 4096)
                raw = (raw or _ENTER_RAW in data) and _LEAVE_RAW not in data
                os.write(inside, data)
            if inside in ready:
                data = b""
                with contextlib.suppress(OSError):  # how Linux says that the other end is closed
                    data = os.read(inside, 4096)
                if data:
                    os.write(self._line, data)
                    continue
                process.wait()
                os.close(inside)
                os.write(self._line, b"MPY: soft reboot\r\n")
                self.resets += 1
                process, inside = self._start()
                if raw:
                    os.write(inside, _ENTER_RAW)
