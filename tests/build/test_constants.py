"""Public constants become numbers in what is built (tools/build/constants.py), and nothing else changes."""

import ast
import json
import pathlib
import re
import subprocess

import pytest

from tests.harness.targets import ROOT
from tools.build import code, constants
from tools.build.board import target
from tests.harness.programs import told

A, B = pathlib.Path("firmware/a.py"), pathlib.Path("firmware/b.py")
HEAD = "from micropython import const\n"


def built(a, b):
    made = constants.inlined({A: (HEAD + a).encode(), B: b.encode()})
    return made[A].decode().removeprefix(HEAD), made[B].decode()


def test_a_constant_named_in_another_module_is_a_number_there_and_its_name_is_gone():
    a, b = built("MOST = const(-3)\nprint(MOST)\n", "from firmware import a\n\nprint(a.MOST, 1)\n")
    assert (a, b) == ("_MOST = const(-3)\nprint(_MOST)\n", "pass\n\nprint((-3), 1)\n")


def test_a_private_name_beside_it_stays_what_it_is():
    a, _ = built('MOST = const(3)\n_MOST = "most"\nprint(MOST, _MOST)\n', "from firmware import a\nprint(a.MOST)\n")
    assert a == '__MOST = const(3)\n_MOST = "most"\nprint(__MOST, _MOST)\n'


@pytest.mark.parametrize("use", [
    "from firmware.a import MOST\nprint(MOST)\n",
    "from firmware import a\n\ndef f(a):\n    return a.MOST\n",
    "import firmware.a\nprint(firmware.a.MOST)\n",
    "def f(house):\n    return house.MOST\n",
])
def test_a_constant_that_is_asked_for_in_any_other_way_keeps_its_name(use):
    assert built("MOST = const(3)\n", use) == ("MOST = const(3)\n", use)


def test_an_import_stays_while_something_else_of_the_module_is_wanted():
    _, b = built("MOST = const(3)\nLIST = (1, 2)\n", "from firmware import a\nprint(a.MOST, a.LIST)\n")
    assert b == "from firmware import a\nprint(3, a.LIST)\n"


def test_what_is_built_differs_from_the_checkout_in_nothing_but_constants_that_the_interpreter_confirms():
    told = _told_by_the_interpreter()
    replaced = 0
    for path, data in code.sources(target("rudved_ac22")).items():
        if (ROOT / path).exists():
            was, now = ast.parse((ROOT / path).read_bytes()), ast.parse(data)
            assert [node.lineno for node in was.body] == [node.lineno for node in now.body]
            replaced += _same(was, now, _imports(was), told)
    assert replaced > 100


def _told_by_the_interpreter():
    """{module: {public name: whole number}} of the modules that have constants, as MicroPython itself reads them."""
    having = [path.relative_to(ROOT) for part in ("firmware", "hal/esp32") for path in (ROOT / part).rglob("*.py")
              if re.search(r"(?m)^[A-Z]\w* = const\(", path.read_text())]
    names = [".".join(path.with_suffix("").parts) for path in having]
    program = f"import json\nout = {{}}\nfor name in {names!r}:\n    module = __import__(name, None, None, ('*',))\n"
    program += "    out[name] = {k: v for k, v in module.__dict__.items() if k[0] != '_' and type(v) is int}\nprint(json.dumps(out))"
    return json.loads(told("-c", program, heap="4M"))


def _imports(tree):
    return {one.asname or one.name: f"{node.module}.{one.name}" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
            for one in node.names}


def _same(was, now, imports, told):
    """How many names of constants stand in `was` where `now` has their number; any other difference fails."""
    if isinstance(was, ast.Attribute) and isinstance(was.value, ast.Name) and not isinstance(now, ast.Attribute):
        assert ast.literal_eval(now) == told[imports[was.value.id]][was.attr]
        return 1
    if isinstance(was, ast.ImportFrom):
        left = {one.name for one in now.names} if isinstance(now, ast.ImportFrom) else set()
        assert left <= {one.name for one in was.names}
        return 0
    assert type(was) is type(now)
    count = 0
    for name in was._fields:
        old, new = getattr(was, name), getattr(now, name)
        if isinstance(old, list):
            assert len(old) == len(new)
            count += sum(_same(*pair, imports, told) if isinstance(pair[0], ast.AST) else 0 for pair in zip(old, new, strict=True))
        elif isinstance(old, ast.AST):
            count += _same(old, new, imports, told)
        elif isinstance(was, ast.Name) and name == "id":
            assert new in (old, "_" + old, "__" + old)
        elif not (isinstance(was, ast.Constant) and name == "kind"):
            assert old == new
    return count
