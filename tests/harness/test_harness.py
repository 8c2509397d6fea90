"""The harness itself, on planted test files in a folder of their own."""

import shutil
import subprocess
import sys

import pytest

from tests.harness.targets import ROOT, Unix, results

NAMES = "asyncio, gc, micropython, os, sys, unittest"


@pytest.fixture
def plant(tmp_path):
    """plant(source) writes one MicroPython test file with a class `Planted`; gives its path."""
    (tmp_path / "mpy").mkdir()

    def write(body):
        path = tmp_path / "mpy/test_planted.py"
        path.write_text(f"import {NAMES}\nclass Planted(unittest.TestCase):\n{body}")
        return path

    return write


def run(path, *methods, heap=None):
    names = [f"Planted.{method}" for method in methods]
    return list(results(Unix(), path, names, heap).values())


def test_failure_text_and_printed_text_are_relayed(plant):
    path = plant(" def test_x(self):\n  print('pilot reads', 9010)\n  self.assertEqual(6000, 9010)\n")
    (wrong,) = run(path, "test_x")
    assert wrong.state == "fail"
    assert 'test_planted.py", line 5, in test_x' in wrong.text
    assert wrong.out == "pilot reads 9010"


def test_skip_carries_its_reason(plant):
    (skipped,) = run(plant(" @unittest.skip('no lock')\n def test_x(self):\n  self.fail()\n"), "test_x")
    assert (skipped.state, skipped.text) == ("skip", "no lock")


def test_dead_interpreter_fails_its_test_and_no_other(plant):
    body = " def test_a(self):\n  pass\n def test_b(self):\n  print('last words')\n  os.system('kill -9 $PPID')\n"
    before, dead, after = run(plant(body + " test_c = test_a\n"), "test_a", "test_b", "test_c")
    assert (before.state, dead.state, after.state) == ("pass", "fail", "pass")
    assert "MicroPython stopped during Planted.test_b (exit status -9)" in dead.text
    assert "last words" in dead.text


def test_system_exit_is_an_ordinary_failure(plant):
    gone, stays = run(plant(" def test_a(self):\n  sys.exit(0)\n def test_b(self):\n  pass\n"), "test_a", "test_b")
    assert (gone.state, stays.state) == ("fail", "pass")
    assert "SystemExit" in gone.text


def test_full_or_locked_heap_is_an_ordinary_failure(plant):
    body = (
        " def test_a(self):\n  bytearray(64 << 20)\n"
        " def test_b(self):\n  micropython.heap_lock()\n  bytearray(1000)\n"
        " def test_c(self):\n  bytearray(1000)\n"
    )
    full, locked, after = run(plant(body), "test_a", "test_b", "test_c")
    assert (full.state, locked.state, after.state) == ("fail", "fail", "pass")
    assert "MemoryError" in full.text
    assert "MemoryError" in locked.text


def test_heap_is_given_as_on_a_32_bit_chip(plant):  # "100wk" holds here what 100 KiB hold there: twice the bytes
    path = plant(" def test_x(self):\n  print(gc.mem_free() + gc.mem_alloc())\n")
    (small,) = run(path, "test_x", heap="100wk")
    (large,) = run(path, "test_x", heap="200wk")
    assert 0.95 < int(small.out) / (100 * 1024 * 2) < 1
    assert 0.95 < int(large.out) / (200 * 1024 * 2) < 1


def test_failing_import_is_told_to_every_test(plant):
    one, two = run(plant(" pass\nimport no_such_module\n"), "test_a", "test_b")
    assert (one.state, two.state) == ("fail", "fail")
    assert "no module named 'no_such_module'" in one.text


def test_asynchronous_test_fails_where_it_fails_and_leaves_no_task(plant):
    body = (
        " async def test_a(self):\n  asyncio.create_task(asyncio.sleep(9))\n  await asyncio.sleep_ms(1)\n  self.fail()\n"
        " async def test_b(self):\n  await asyncio.sleep_ms(1)\n"
    )
    wrong, after = run(plant(body), "test_a", "test_b")
    assert (wrong.state, after.state) == ("fail", "pass")
    assert "in test_a" in wrong.text
    assert after.ms < 5000


def test_pytest_shows_one_item_for_each_method(plant, tmp_path):
    body = " def test_a(self):\n  pass\n def test_b(self):\n  print('spoken')\n  self.assertEqual(1, 2)\n"
    plant(body + "class ProveMuch(Planted, unittest.TestCase):\n def test_c(self):\n  pass\n")
    text = _pytest(tmp_path, "-m", "not prove")
    assert "1 failed, 1 passed, 1 deselected" in text
    assert "Planted.test_b" in text
    assert "AssertionError" in text
    assert "spoken" in text


def test_one_board_is_not_shared_by_workers(tmp_path):
    assert "leave -n away" in _pytest(tmp_path, "--mpy-board=/dev/null", "-n", "2")


def _pytest(folder, *options):
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = prove\n")
    argv = [sys.executable, "-m", "pytest", "-p", "tests.harness.plugin", *options]
    p = subprocess.run(argv, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return p.stdout + p.stderr


def test_class_below_a_test_case_of_its_file_is_collected_and_one_that_is_none_is_refused(tmp_path):
    collected = collect(tmp_path, "class Base(unittest.TestCase):\n pass\nclass Planted(Base):\n def test_x(self):\n  pass\n")
    assert "test_planted.py::Planted.test_x" in collected
    assert "Planted has tests and is no unittest.TestCase" in collect(tmp_path, "class Planted:\n def test_x(self):\n  pass\n")


def collect(folder, source):
    path = ROOT / "build" / folder.name / "mpy/test_planted.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("import unittest\n" + source)
    try:
        argv = [sys.executable, "-m", "pytest", "--quiet", "--numprocesses", "0", "--collect-only", str(path)]
        return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True).stdout
    finally:
        shutil.rmtree(path.parent.parent)
