"""What the firmware keeps of the heap as frozen code: computed, for where MicroPython cannot be built with it.

From a ROMFS image bytecode stays in flash, but each module's tables are made in the heap when it is loaded. Frozen code has them
in flash too. What they take is counted in the very files that were loaded, in blocks of 16 bytes, by the sizes of the structures
in MicroPython 1.29 on 32-bit words (`tests/tools/test_frozen.py` holds them against the interpreter, `tests/build/test_frozen.py`
the sum against frozen code at work):

- of each module the indexes of its names, and its constants: texts, bytes, tuples, whole numbers that need more than a word;
- of each function the code of lambdas, comprehensions and functions in it;
- the pools of names (measured, not counted).

Functions, classes and dictionaries of modules are made when a module runs, frozen or not: they stay.
"""

import ast

_BLOCK = 16
_STATIC = 1  # bit of a name's length: it is one of MicroPython's own
_STR, _BYTES, _INT, _TUPLE = 5, 6, 7, 10
_CODE = 16  # of one nested function
_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.FunctionDef, ast.AsyncFunctionDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def spared(mpy, source):
    """Bytes of the heap that one module's tables take when it is loaded from a ROMFS image. `mpy`, `source`: its bytes."""
    names, constants = _tables(mpy)
    return _blocks(2 * names) + _blocks(4 * len(constants)) + sum(constants) + _nested(ast.parse(source).body)


def _blocks(size):
    return (size + _BLOCK - 1) // _BLOCK * _BLOCK


def _tables(data):
    """(how many names, [bytes of each constant]) of a `.mpy`: its head, names, constants, code (py/persistentcode.c)."""
    at = 4

    def number():
        nonlocal at
        n = 0
        while True:
            n = n << 7 | data[at] & 127
            at += 1
            if data[at - 1] < 128:
                return n

    def constant():
        nonlocal at
        kind = data[at]
        at += 1
        if kind < _STR:
            return 0  # None, False, True, ...: there already
        length = number()
        if kind == _TUPLE:
            return _blocks(8 + 4 * length) + sum(constant() for _ in range(length))
        text = data[at : at + length]
        at += length + (kind in (_STR, _BYTES))
        if kind == _INT:
            # room for what so many digits can need, two bytes for 16 bits (py/mpz.c)
            return 0 if -(1 << 30) <= int(text) < 1 << 30 else _BLOCK + _blocks(2 * (length // 2 + 1))
        return _BLOCK

    names, count = number(), number()
    for _ in range(names):
        length = number()
        at += 0 if length & _STATIC else (length >> 1) + 1
    return names, [constant() for _ in range(count)]


def _nested(body):
    """Bytes of the functions in the functions of a module's or a class's body; those of the body itself are run and forgotten."""
    total = 0
    for node in body:
        if isinstance(node, _FUNCTIONS):
            total += _within(node)
        elif isinstance(node, ast.ClassDef):
            total += _nested(node.body)
    return total


def _within(scope):
    inner = list(_scopes(ast.iter_child_nodes(scope)))
    return _blocks(4 * len(inner)) + sum(_CODE + _within(one) for one in inner)


def _scopes(nodes):
    for node in nodes:
        if isinstance(node, _SCOPES):
            yield node
        else:
            yield from _scopes(ast.iter_child_nodes(node))
