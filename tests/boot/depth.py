"""How deep the program goes on the C stack, of which the chip's main task has 16 kB.

Each function and module of a unit's firmware gets a first statement that notes `micropython.stack_use()` under a number of
its own. The tick is reckoned apart: on the chip it may come on top of whatever runs.
"""

import ast
import re

from tests.harness.coverage import UNLOCKED
from tools.build import code

# So much more than the chip does this interpreter put on the stack for each import under way: room for the longest of paths.
_PATH_BYTES = 4096 - 128
_NOTES = """
import micropython, sys
from array import array
from micropython import stack_use
boot = array("i", [0] * {count})        # most that was in use when this place was reached, before the first tick
deep = array("i", [0] * {count})        # the same from then on, outside ticks
tick = array("i", [0] * {count})        # the same inside one, from where it began
state = array("i", [-1, 0, 0, 0])       # where the tick began, -1 outside; where the program began; imports under way; ticks run


def note(n):
    use = stack_use() - state[2] * {path}
    if state[0] < 0:
        most = deep if state[3] else boot
        if use - state[1] > most[n]:
            most[n] = use - state[1]
    elif use - state[0] > tick[n]:
        tick[n] = use - state[0]

""" + UNLOCKED + """

sys.modules["micropython"] = _Unlocked()
"""
_TICK = """
def ring():
    deep_state[0] = deep_use()
    deep_state[3] = 1
    try:
        pass
    finally:
        deep_state[0] = -1
"""


class _Noter(ast.NodeTransformer):
    def __init__(self, name, first):
        self.name, self.first, self.places = name, first, []

    def note(self, place):
        self.places.append(f"{self.name}:{place}")
        return ast.parse(f"deep_note({self.first + len(self.places) - 1})").body

    def visit_FunctionDef(self, node):
        if any(ast.unparse(one).startswith("micropython.") for one in node.decorator_list):
            return node
        self.generic_visit(node)
        node.body[:0] = self.note(node.name)
        if (self.name, node.name) == ("hal/esp32/timer.py", "ring"):
            framed = ast.parse(_TICK).body[0].body
            framed[-1].body = node.body
            node.body = framed
        return node

    visit_AsyncFunctionDef = visit_FunctionDef


def instrument(built):
    """({path: bytes} of a firmware that notes, for a unit's flash; the names of the places, by number)."""
    files, places = {}, []
    for path, data in code.sources(built.target).items():
        noter = _Noter(path.as_posix(), len(places))
        tree = noter.visit(ast.parse(data))
        docstring = isinstance(tree.body[0], ast.Expr)
        head = ast.parse("from deep import note as deep_note, state as deep_state, stack_use as deep_use\ndeep_state[2] += 1").body
        tree.body[docstring:docstring] = head + noter.note("import")
        tree.body += ast.parse("deep_state[2] -= 1").body
        places += noter.places
        text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        name = f"slots/a/{path.with_suffix('.mpy').as_posix()}"
        files[name] = code.cross(built.target.chip, path.as_posix(), text.encode())
    files["lib/deep.py"] = _NOTES.format(count=len(places), path=_PATH_BYTES).encode()
    files["main.py"] = b"import deep\ndeep.state[1] = deep.stack_use()\n" + built.root["main.py"]
    return files, places


def found(said, places):
    """Out of what was printed: bytes of the interpreter's word, and {"boot", "deep", "tick"}: [(bytes in use, the place where they
    were), the deepest first].
    """
    word, *columns = re.search(r"DEEP(.*)$", said, re.MULTILINE)[1].split(" ")
    names = ("boot", "deep", "tick")
    return int(word), {
        name: sorted(zip(map(int, text.split(",")), places), reverse=True) for name, text in zip(names, columns, strict=True)
    }


PRINT = """
import deep
print("DEEP%d " % (8 if deep.sys.maxsize >> 31 else 4) + " ".join(",".join(map(str, one)) for one in (deep.boot, deep.deep, deep.tick)))
"""
