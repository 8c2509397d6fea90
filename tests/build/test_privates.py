"""Private constants of every kind cost the chip no name (tools/build/privates.py), and nothing else changes."""

import ast

import pytest

from tools.build import code, privates
from tools.build.board import target

HEAD = "from micropython import const\n"


def marked(text):
    return privates.marked(text.encode()).decode()


@pytest.mark.parametrize("value", ["'text'", "b'\\x00'", "(1, 'two', (b'3', None))", str(1 << 70), "'one' 'two'"])
def test_a_private_literal_is_marked_and_const_is_imported_no_more(value):
    assert marked(f"{HEAD}_A = {value}\nprint(_A)\n") == f"pass\n_A = const({value})\nprint(_A)\n"


def test_a_literal_over_several_lines_keeps_its_lines():
    assert marked("_A = (\n    1,\n    2,\n)\nprint(_A)\n") == "_A = const((\n    1,\n    2,\n))\nprint(_A)\n"


@pytest.mark.parametrize("text", [
    "A = 'public'\n",
    "_A = [1]\n_B = {}\n",
    "_A = 'x'\n_A = 'y'\n",
    "_A = 'x'\ndef f():\n    global _A\n    _A = 'y'\n",
    "def f():\n    return _A\n_A = 'x'\n",
    f"{HEAD}def f(x):\n    return const(x)\n",
])
def test_what_is_no_constant_or_is_named_above_its_line_stays_as_it_is(text):
    assert marked(text) == text


def test_what_is_built_means_the_same_as_the_source():
    count = 0
    for path, text in code.sources(target("rudved_ac7")).items():
        was, now = ast.parse(text), ast.parse(privates.marked(text))
        assert len(was.body) == len(now.body) and [one.lineno for one in was.body] == [one.lineno for one in now.body], path
        for old, new in zip(was.body, now.body, strict=True):
            if ast.dump(old) != ast.dump(new):
                if isinstance(new, ast.Pass):
                    assert ast.unparse(old) == "from micropython import const", path
                    continue
                assert ast.unparse(new.value.func) == "const" and ast.dump(new.value.args[0]) == ast.dump(old.value), path
                count += 1
    assert count > 50


def test_no_compiled_module_names_a_constant_that_was_marked():
    """Where mpy-cross did not put the value, the name would be looked for in vain."""
    board = target("rudved_ac7")
    compiled = code.app(board)
    count = 0
    for path, text in code.sources(board).items():
        for old, new in zip(ast.parse(text).body, ast.parse(privates.marked(text)).body, strict=True):
            if isinstance(old, ast.Assign) and ast.dump(old) != ast.dump(new):
                assert old.targets[0].id.encode() + b"\0" not in compiled[path.with_suffix(".mpy").as_posix()], (path, old.targets[0].id)
                count += 1
    assert count > 50
    assert b"_TEXT\0" in code.cross(board.chip, "one.py", b"_TEXT = 'a text of some length'\ndef f():\n    return _TEXT\n")
