"""Private names of one module are short on the chip (tools/build/names.py), and mean what they meant."""

import ast
import pathlib

import pytest

from tools.build import code, names, privates
from tools.build.board import target

A, B = pathlib.Path("firmware/a.py"), pathlib.Path("firmware/b.py")


def built(a, b=""):
    made = names.shortened({A: a.encode(), B: b.encode()})
    return made[A].decode(), made[B].decode()


def test_names_of_one_module_are_short_wherever_they_stand_and_in_every_module_the_same():
    a = "class Meter:\n    def __init__(self):\n        self._watts = 0\n\n    def _step(self):\n        self._watts += _more(1)\n\n\ndef _more(x):\n    return x\n"
    assert built(a, "def _other():\n    return _other\n") == (
        "class Meter:\n    def __init__(self):\n        self._c = 0\n\n    def _b(self):\n        self._c += _a(1)\n\n\ndef _a(x):\n    return x\n",
        "def _a():\n    return _a\n")  # fmt: skip


@pytest.mark.parametrize("a, b", [
    ("class C:\n    def __init__(self):\n        self._name = 1\n", "def f(x):\n    return x._name\n"),
    ("class C:\n    def __init__(self):\n        self._name = 1\n\n    def same(self, other):\n        return other._name\n", ""),
    ("class C:\n    def f(self):\n        return getattr(self, '_name'), self._name\n", ""),
    ("TABLE = b'x|thing._name'\ndef _name():\n    pass\n", ""),
    ("def f(_name):\n    return _name\n", ""),
    ("def f(g):\n    return g(_name=1)\n", ""),
    ("_name = 1\ndef f():\n    global _name\n    _name = 2\n", ""),
    ("def f(self):\n    return f'{self._name}'\n", ""),
    ("def _name():\n    pass\n", "from firmware.a import _name\n"),
    ("class C:\n    def name(self):\n        self.__name = 1\n", ""),
])  # fmt: skip
def test_a_name_that_may_be_meant_by_others_stays(a, b):
    assert built(a, b) == (a, b)


def test_short_names_of_classes_that_inherit_from_one_another_differ():
    a = "class Base:\n    def __init__(self):\n        self._first = 1\n"
    b = "from firmware.a import Base\nclass Above(Base):\n    def more(self):\n        self._second = 2\n"
    made = "".join(built(a, b))
    assert "self._a = 1" in made and "self._b = 2" in made
    again = "from firmware import a\nclass Above(a.Base):\n    def more(self):\n        self._second = 2\n"
    made = "".join(built(a, again))
    assert "self._a = 1" in made and "self._b = 2" in made


def test_a_short_name_that_is_there_already_is_not_given_again():
    assert built("def _a():\n    pass\n\n\ndef _long():\n    return _a()\n")[0] == "def _a():\n    pass\n\n\ndef _b():\n    return _a()\n"


def test_built_modules_keep_their_lines_and_many_names_are_gone():
    given = {path: privates.marked(text) for path, text in code.sources(target("rudved_ac22")).items()}
    made = names.shortened(given)
    assert {path: text.count(b"\n") for path, text in made.items()} == {path: text.count(b"\n") for path, text in given.items()}
    before, after = (set().union(*(names._names(ast.parse(text)) for text in all_.values())) for all_ in (given, made))
    assert len(before) - len(after) > 500
