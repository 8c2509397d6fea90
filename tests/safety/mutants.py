"""Small wrongs planted in the safety core, one at a time, in a tree of their own; the core's tests must notice each."""

import ast
import os
import pathlib
import shutil
import subprocess
import sys

from tests.safety.proofs import ROOT

CORE = ROOT / "firmware/safety"
TREE = ("firmware/safety", "firmware/support", "hal", "boards", "tests/safety/mpy", "build/deps")
# The quick ones first: most mutants die there.
FILES = ("test_numbers", "test_hardening", "test_tick", "test_transitions", "test_interlocks", "test_residual", "test_calibrated",
         "test_heat_and_air", "test_outlet", "test_defects_of_others", "test_supply_and_heat", "test_vehicles", "test_injections",
         "test_golden", "test_model")  # fmt: skip
SECONDS = 150
# Runs test after test and ends at the first that fails.
PROGRAM = """
import sys, unittest
sys.path.insert(0, "tests/safety/mpy")
import golden, golden_bases
for file in sys.argv[1:]:
    module = __import__(file)
    if file == "test_golden":
        module.PHASES = 3
    for case in [getattr(module, name) for name in dir(module)]:
        if isinstance(case, type) and issubclass(case, unittest.TestCase) and case is not unittest.TestCase:
            for name in dir(case):
                if name.startswith("test"):
                    try:
                        getattr(case(), name)()
                    except Exception as error:
                        print("caught by", file, name, repr(error)[:100])
                        sys.exit(7)
"""
_OPPOSITE = {ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}


class _Planter(ast.NodeTransformer):
    """Changes the n-th place that can be changed; `what` tells which it was, None when there are fewer, `there` its node and
    the new text of it.
    """

    def __init__(self, n, numbers):
        self.left = n
        self.what = self.there = None
        self.numbers = numbers

    def _here(self):
        self.left -= 1
        return self.left == -1

    def _changed(self, node, before):
        self.there = node, f"({ast.unparse(node)})"
        self.what = f"line {node.lineno}: {before} -> {ast.unparse(node)}"

    def visit_Compare(self, node):
        self.generic_visit(node)
        if not self.numbers and type(node.ops[0]) in _OPPOSITE and self._here():
            before = ast.unparse(node)
            node.ops[0] = _OPPOSITE[type(node.ops[0])]()
            self._changed(node, before)
        return node

    def visit_BoolOp(self, node):
        self.generic_visit(node)
        if not self.numbers and self._here():
            before = ast.unparse(node)
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            self._changed(node, before)
        return node

    def visit_Assign(self, node):
        self._target = ast.unparse(node.targets[0])
        return self.generic_visit(node)

    def visit_Constant(self, node):
        if self.numbers and type(node.value) is int and self._here():
            more = node.value + max(1, node.value // 4)
            self.what = f"{self._target}: {node.value} -> {more}"
            self.there = node, str(more)
        return node


def _planted(path, n, numbers):
    planter = _Planter(n, numbers)
    text = path.read_text()
    planter.visit(ast.parse(text))
    return planter.what, _spliced(text, *planter.there) if planter.what else text


def _spliced(text, node, new):
    """The text with `new` in the place of a node. All else stays to the letter: MicroPython packs `a, b = (c, d)`, as `unparse`
    writes it, into a tuple on the heap, and a tick that allocates dies of that.
    """
    lines = text.encode().splitlines(keepends=True)
    first, last = node.lineno - 1, node.end_lineno - 1
    begin, end = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
    return b"".join([*lines[:first], begin, new.encode(), end, *lines[last + 1 :]]).decode()


def all_mutants():
    """(file, n, numbers): every number of limits.py, every comparison and conjunction of the rest."""
    for path in sorted(CORE.glob("*.py")):
        numbers = path.name == "limits.py"
        n = 0
        while _planted(path, n, numbers)[0]:
            yield path.name, n, numbers
            n += 1


def plant_tree(folder):
    """A tree of its own with everything the tests import."""
    for part in TREE:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def survives(folder, mutant):
    """(what was changed, None or which test noticed)."""
    name, n, numbers = mutant
    what, text = _planted(CORE / name, n, numbers)
    target = folder / "firmware/safety" / name
    target.write_text(text)
    caught = noticed(folder)
    target.write_text((CORE / name).read_text())
    return f"{name} {what}", caught


def noticed(folder):
    """Which test notices something in that tree, None where none does."""
    argv = [pathlib.Path(sys.executable).parent / "micropython", "-X", "heapsize=65536wk", "-c", PROGRAM, *FILES]
    environment = dict(os.environ, MICROPYPATH=":".join([".frozen", "", "build/deps", "tests/safety/mpy"]))
    try:
        p = subprocess.run(argv, capture_output=True, text=True, cwd=folder, env=environment, timeout=SECONDS)
        return (p.stdout + p.stderr).strip().splitlines()[-1] if p.returncode else None
    except subprocess.TimeoutExpired:
        return "a test that never ends"


def main():
    """Every mutant, or every k-th: python -m tests.safety.mutants FOLDER FIRST STEP"""
    folder = plant_tree(pathlib.Path(sys.argv[1]))
    mutants = list(all_mutants())
    print(len(mutants), "mutants", flush=True)
    for mutant in mutants[int(sys.argv[2]) :: int(sys.argv[3])]:
        what, caught = survives(folder, mutant)
        print("caught  " if caught else "SURVIVED", what, "|", caught, flush=True)


if __name__ == "__main__":
    main()
