"""Line coverage of MicroPython code: `python -m tests.harness.coverage instrument|report`.

The pinned interpreter has no `sys.settrace`. So CPython rewrites a copy of the tree in which every statement first marks
a byte of its own; the tests run on that copy (`pytest --mpy-first=…`), and the bytes are mapped back to lines.
Line numbers in tracebacks of such a run are the copy's.
"""

import ast
import json
import shutil
import sys

from tests.harness.targets import COVERAGE, ROOT

PARTS = ("firmware", "boards", "hal")
TREE = COVERAGE / "tree"
# For programs with marks in them: a marked frame is a few words larger and may spill to the heap.
UNLOCKED = """
class _Unlocked:
    # nothing is locked or counted in such a run
    depth = 0

    def heap_lock(self):
        self.depth += 1

    def heap_unlock(self):
        self.depth -= 1
        return self.depth

    def mem_total(self):
        return 0

    def __getattr__(self, name):
        return getattr(micropython, name)
"""
MARKS = """\
import micropython
import os
import sys

marks = bytearray({count})

""" + UNLOCKED + """

def begin():
    sys.modules["micropython"] = _Unlocked()


def save():
    name = os.getenv("MPY_COVERAGE")
    if name:
        with open(name, "wb") as f:
            f.write(marks)
"""


class _Marker(ast.NodeTransformer):
    """Puts `_marks[n] = 1` before each statement; `lines[n - first]` is its line."""

    def __init__(self, first):
        self.first = first
        self.lines = []

    def generic_visit(self, node):
        if any(ast.unparse(d).startswith("micropython.") for d in getattr(node, "decorator_list", ())):
            return node  # native and viper code has types of its own
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                setattr(node, name, list(self._marked(block)))
        for handler in getattr(node, "handlers", ()):
            self.generic_visit(handler)
        return node

    def _marked(self, block):
        for i, statement in enumerate(block):
            if not _is_docstring(statement, i) and not isinstance(statement, ast.Global | ast.Nonlocal):
                yield ast.parse(f"_marks[{self.first + len(self.lines)}] = 1").body[0]
                self.lines.append(statement.lineno)
            yield self.visit(statement)


def _is_docstring(statement, place):
    return place == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def instrument():
    """Write the marked copy of the firmware to build/coverage/tree."""
    shutil.rmtree(COVERAGE, ignore_errors=True)
    (COVERAGE / "hits").mkdir(parents=True)
    files, count = {}, 0
    for path in sorted(p for part in PARTS for p in (ROOT / part).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        tree, marker = ast.parse(path.read_text(), name), _Marker(count)
        marker.generic_visit(tree)
        tree.body[:0] = ast.parse("from _coverage import marks as _marks").body
        target = TREE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(ast.unparse(ast.fix_missing_locations(tree)) + "\n")
        files[name] = (count, marker.lines)
        count += len(marker.lines)
    (TREE / "_coverage.py").write_text(MARKS.format(count=count))
    (COVERAGE / "files.json").write_text(json.dumps(files))


def report():
    """Print, for each file, its lines with statements, how many no test reached, and which."""
    files = json.loads((COVERAGE / "files.json").read_text())
    hits = [path.read_bytes() for path in (COVERAGE / "hits").iterdir()]
    total = unreached = 0
    for name, (first, lines) in files.items():
        reached = {line for i, line in enumerate(lines) if any(hit[first + i] for hit in hits)}
        every = set(lines)
        missing = sorted(every - reached)
        total, unreached = total + len(every), unreached + len(missing)
        print(f"{name:44} {len(every):5} {len(missing):5} {_percent(len(every), len(missing))}  {_ranges(missing)}")
    print(f"{'all':44} {total:5} {unreached:5} {_percent(total, unreached)}")


def _percent(every, missing):
    return f"{100 * (every - missing) // max(every, 1):3d} %"


def _ranges(lines):
    """[3, 4, 5, 9] -> "3-5 9", of neighbouring statements."""
    runs = []
    for line in lines:
        if runs and line <= runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


if __name__ == "__main__":
    {"instrument": instrument, "report": report}[sys.argv[1]]()
