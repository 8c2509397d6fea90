"""Where MicroPython tests run: the unix port, the pinned one or another build of it, or a board behind mpremote.

`results(target, path, names)` runs methods of one test file and returns {name: Result}. A target is anything with
`command(path, names) -> (argv, environment)`.
"""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import uuid

from tools.interpreter import interpreter

ROOT = pathlib.Path(__file__).parents[2]
COVERAGE = ROOT / "build/coverage"
SECONDS = 900 if os.getenv("PROVE") else 240  # for one file; a hang is the fault of the test that hangs
PATH = ("", "build/deps", "tests/harness")  # below the root, what every test may import from


@dataclasses.dataclass
class Result:
    """state is "pass", "skip" or "fail"; text the traceback or reason; out what the test printed; heap in bytes."""

    state: str
    text: str = ""
    out: str = ""
    ms: int = 0
    heap: int = 0


class Unix:
    """The unix port, one interpreter for each file; `heap`: with a "w" ("100wk") it holds what so much holds on 32 bits."""

    def __init__(self, heap="1M", first=None):
        self.heap = heap
        self.first = [str(pathlib.Path(first).absolute())] if first else []

    def command(self, path, names, heap=None):
        folders = [*self.first, *(str(ROOT / p) for p in PATH), str(path.parent)]
        # "" stands first in sys.path, for the working folder: the checkout
        begin = "import _coverage; _coverage.begin();" if self.first else ""
        code = f"import sys; sys.path.remove('');{begin} import runner; runner.main({path.stem!r}, {names!r})"
        argv = [str(interpreter()), "-X", "heapsize=" + (heap or self.heap), "-c", code]
        environment = dict(os.environ, MICROPYPATH=":".join([".frozen", *folders]))
        if self.first:  # a marked tree (coverage.py): every run leaves its marks in a file of its own
            environment["MPY_COVERAGE"] = str(COVERAGE / "hits" / uuid.uuid4().hex)
        return argv, environment


class Board:
    """A board on a serial port: it imports the checkout over the wire (`mpremote mount`), nothing is written to it."""

    def __init__(self, port):
        self.port = port

    def command(self, path, names, heap=None):
        folders = [f"/remote/{p}".rstrip("/") for p in PATH]
        folders.append(f"/remote/{path.parent.relative_to(ROOT).as_posix()}")
        code = f"import sys; sys.path[:0]={folders!r}; import runner; runner.main({path.stem!r}, {names!r})"
        argv = [sys.executable, "-m", "mpremote", "connect", self.port, "mount", str(ROOT), "exec", code]
        return argv, None


def results(target, path, names, heap=None):
    """{name: Result} for every name. A test in which the interpreter dies fails; those after it get a fresh one."""
    done, waiting = {}, list(names)
    while waiting:
        argv, environment = target.command(path, waiting, heap)
        out, err, ending = _spawn(argv, environment)
        fresh = _read(out, err, ending, waiting)
        if not fresh:
            text = f"MicroPython said nothing of this test ({ending})\n{out}{err}"
            fresh = {name: Result("fail", text) for name in waiting}
        done.update(fresh)
        waiting = [name for name in waiting if name not in fresh]
    return done


def _spawn(argv, environment):
    how = {"stdin": subprocess.DEVNULL, "capture_output": True, "cwd": ROOT, "env": environment, "timeout": SECONDS}
    try:
        p = subprocess.run(argv, **how)
        out, err, ending = p.stdout, p.stderr, f"exit status {p.returncode}"
    except subprocess.TimeoutExpired as e:
        out, err, ending = e.stdout or b"", e.stderr or b"", f"no end within {SECONDS} s"
    return out.decode(errors="replace").replace("\r\n", "\n"), err.decode(errors="replace"), ending


def _read(out, err, ending, names):
    """What one run reported, by name."""
    found, current, printed = {}, None, []
    for line in out.splitlines():
        before, mark, report = line.partition("\x02")
        if before or not mark:
            printed.append(before)
        if not mark:
            continue
        report = json.loads(report)
        state, name = report["state"], report["test"]
        if state == "begin":
            current, printed = name, []
        elif state == "end":
            current = None
        elif state == "import":  # the file itself is at fault: every test of it is told
            return dict.fromkeys(names, Result("fail", report["text"]))
        else:
            text = "\n".join(printed)
            found[name] = Result(state, report["text"], text, report["ms"], report["heap"])
            current = None
    if current:
        text = "\n".join([f"MicroPython stopped during {current} ({ending})", *printed, err])
        found[current] = Result("fail", text)
    return found
