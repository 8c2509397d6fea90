"""pytest over MicroPython: one pytest item for each unittest method in `mpy/test_*.py`, run in the real interpreter.

Test files are parsed, never imported, by CPython. Classes whose name begins with `Prove` carry the marker `prove`.
A file that needs another heap than the option says so at its top level: `MPY_HEAP = "1024wk"`.
"""

import ast
import os

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

from tests.harness.targets import ROOT, Board, Unix, results
from tools import interpreter


def pytest_addoption(parser):
    group = parser.getgroup("micropython")
    group.addoption("--mpy", help="the MicroPython for firmware and whole chargers: a file, or chip (tools/chip)")
    group.addoption("--mpy-heap", default="1M", help="its heap (1M: with 64-bit words as much as 512k with 32)")
    group.addoption("--mpy-first", metavar="TREE", help="import from this tree first (coverage.py makes one)")
    group.addoption("--mpy-board", metavar="PORT", help="run the MicroPython tests on the board at this port")


def pytest_configure(config):
    if config.getoption("--mpy"):
        os.environ[interpreter.NAME] = config.getoption("--mpy")  # simulators ask there, in every worker
        try:
            interpreter.interpreter()
        except interpreter.NoInterpreter as why:
            raise pytest.UsageError(str(why)) from None
    board = config.getoption("--mpy-board")
    if board and getattr(config.option, "numprocesses", None):
        raise pytest.UsageError("--mpy-board: one board cannot serve several workers; leave -n away")
    if board:
        target = Board(board)
    else:
        target = Unix(config.getoption("--mpy-heap"), config.getoption("--mpy-first"))
    config.stash[TARGET] = target


TARGET = pytest.StashKey()


def pytest_pycollect_makemodule(module_path, parent):
    if module_path.parent.name == "mpy":
        return MpyFile.from_parent(parent, path=module_path)
    return None


@pytest.hookimpl(tryfirst=True)  # before its own
def pytest_xdist_auto_num_workers(config):
    """Half as many again as there are processors: now and then a test has to wait for real time, and another runs meanwhile."""
    return (os.cpu_count() or 2) * 3 // 2


def pytest_xdist_make_scheduler(config, log):
    return _Workers(config, log)


class _Workers(LoadScopeScheduling):
    """Tests that share an interpreter or a module's fixture go to one worker; every other goes wherever there is room."""

    def _split_scope(self, nodeid):
        name = nodeid.split("::")[0]
        path = ROOT / name
        shared = path.parent.name == "mpy" or (path.is_file() and 'scope="module"' in path.read_text())
        return name if shared else nodeid


class MpyFile(pytest.File):
    """One file of tests; its methods share an interpreter, as they would share a board."""

    heap = None
    _results = None

    def collect(self):
        cases = set()
        for node in ast.parse(self.path.read_text(), str(self.path)).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MPY_HEAP":
                self.heap = ast.literal_eval(node.value)
            if isinstance(node, ast.ClassDef):
                bases = [ast.unparse(base) for base in node.bases]
                if any("TestCase" in base or base in cases for base in bases):
                    cases.add(node.name)
                    yield from self._methods(node)
                elif any(getattr(part, "name", "").startswith("test_") for part in node.body):
                    raise self.CollectError(f"{self.path}: {node.name} has tests and is no unittest.TestCase")

    def _methods(self, case):
        for node in case.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                item = MpyItem.from_parent(self, name=f"{case.name}.{node.name}", line=node.lineno)
                if case.name.startswith("Prove"):
                    item.add_marker("prove")
                yield item

    def result(self, item):
        if self._results is None or item.name not in self._results:
            names = [i.name for i in item.session.items if i.parent is self] or [item.name]
            self._results = results(self.config.stash[TARGET], self.path, names, self.heap)
        return self._results[item.name]


class MpyItem(pytest.Item):
    """One method."""

    def __init__(self, line, **rest):
        super().__init__(**rest)
        self.line = line

    def runtest(self):
        result = self.parent.result(self)
        self.seconds = result.ms / 1000
        self.user_properties.append(("heap", result.heap))
        if result.out:
            self.add_report_section("call", "stdout", result.out)
        if result.state == "skip":
            raise pytest.skip.Exception(result.text, _use_item_location=True)
        if result.state == "fail":
            raise MpyFailure(result.text)

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, MpyFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, self.line - 1, self.name


class MpyFailure(Exception):
    """The traceback MicroPython printed."""


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call" and hasattr(item, "seconds"):
        report.duration = item.seconds  # its own, not its file's, which the first test would get
