"""Starts `rudved` as a fork of a Python that has imported everything already: that is half of what a simulator's start costs.

What comes of it is a process of its own, with its own pid, signals, streams and exit status. Tests of the command itself
(tests/sim) start it as people do; all others, which want a charger, take `Sim` and `Simulator` from here.
"""

import functools
import gc
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading

from tests.sim import port
from tools.demo import simclient

_NUMBER = struct.Struct("i")
_ASKING = threading.Lock()


class Fork:
    """`rudved` with these words, as much of a `subprocess.Popen` as its users here want. `stderr` is a file."""

    def __init__(self, argv, *, stdin, stdout, stderr, text, cwd=None, start_new_session=False):
        assert (stdin, stdout, text) == (subprocess.DEVNULL, subprocess.PIPE, True)
        ours, its = os.pipe()
        self._told, telling = os.pipe()
        how = {"words": argv[1:], "cwd": str(cwd or os.getcwd()), "session": start_new_session, "environ": dict(os.environ)}
        _ask(how, (its, stderr.fileno(), telling))
        os.close(its)
        os.close(telling)
        self.stdout = os.fdopen(ours)
        self.returncode = None
        self.pid = self._number(None)

    def poll(self):
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout=None):
        if self.returncode is None:
            self.returncode = self._number(timeout)
            os.close(self._told)
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def _number(self, timeout):
        """What its keeper says next: the pid, then the exit status."""
        if not select.select([self._told], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("rudved", timeout)
        return _NUMBER.unpack(os.read(self._told, _NUMBER.size))[0]


class Sim(port.Sim):
    def start(self, argv, **how):
        return Fork(argv, **how) if argv[0] == str(port.RUDVED) else super().start(argv, **how)


class Simulator(simclient.Simulator):
    popen = Fork


@functools.cache
def _nursery():
    """The connection to the one of this process, which ends with it."""
    near, far = socket.socketpair()
    with far:
        argv = [sys.executable, "-m", __name__, str(far.fileno())]
        subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[far.fileno()], cwd=port.ROOT)
    return near


def _ask(how, fds):
    text = json.dumps(how).encode()
    with _ASKING:  # some tests start chargers in several threads at once
        socket.send_fds(_nursery(), [_NUMBER.pack(len(text))], fds)
        _nursery().sendall(text)


def _serve(line):
    """Start what is asked for, until nobody can ask any more. Returns in what was started, with its words."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for keepers
    while True:
        head, fds, _, _ = socket.recv_fds(line, _NUMBER.size, 3)
        if not head:
            os._exit(0)
        text = b""
        size = _NUMBER.unpack(head)[0]
        while len(text) < size:
            more = line.recv(size - len(text))
            if not more:  # whoever asked is gone
                os._exit(0)
            text += more
        if os.fork() == 0:
            line.close()
            return _keep(json.loads(text), *fds)
        for fd in fds:
            os.close(fd)


def _keep(how, stdout, stderr, telling):
    """Stays behind to tell the pid and then the exit status of what it starts."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid:
        os.close(stdout)
        os.write(telling, _NUMBER.pack(pid))
        os.write(telling, _NUMBER.pack(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
        os._exit(0)
    os.close(telling)
    for fd, number in ((stdout, 1), (stderr, 2)):
        os.dup2(fd, number)
        os.close(fd)
    if how["session"]:
        os.setsid()
    os.chdir(how["cwd"])
    os.environ.clear()
    os.environ.update(how["environ"])
    return how["words"]


if __name__ == "__main__":
    import tools.sim.command  # noqa: F401
    from tools.cli import main

    gc.freeze()  # what is there now is shared, and never looked through
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        words = _serve(asked)
    main(words, prog_name="rudved")
