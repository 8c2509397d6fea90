"""Private constants of any kind, marked so that mpy-cross leaves their names out.

mpy-cross puts the value of `_NAME = const(VALUE)` where the name stands and drops the name, for texts, bytes and tuples of
constants as for numbers. MicroPython's own `const` asks for that in the source of numbers; this does it for every `_NAME` of a
module that is a literal, bound once and above its uses. Then nobody calls `const` any more, and its import goes too.
"""

import ast

_IMPORT = "from micropython import const"
_KINDS = (str, bytes, tuple, int)


def marked(text):
    """The same module (bytes) with the marks."""
    tree = ast.parse(text)
    edits = []  # (line, byte in it, what comes in there)
    for node in tree.body:
        if isinstance(node, ast.Assign) and _private_literal(node, tree):
            value = node.value
            edits.append((value.end_lineno, value.end_col_offset, b")"))
            edits.append((value.lineno, value.col_offset, b"const("))
    lines = text.split(b"\n")
    for line, column, more in sorted(edits, reverse=True):
        lines[line - 1] = lines[line - 1][:column] + more + lines[line - 1][column:]
    if _folds_all(tree):
        lines = [b"pass" if line == _IMPORT.encode() else line for line in lines]
    return b"\n".join(lines)


def _private_literal(node, tree):
    target = node.targets[0]
    if len(node.targets) > 1 or not isinstance(target, ast.Name) or target.id[:1] != "_" or target.id[:2] == "__":
        return False
    try:
        if not isinstance(ast.literal_eval(node.value), _KINDS):
            return False
    except ValueError:
        return False
    named = [one for one in ast.walk(tree) if isinstance(one, ast.Name) and one.id == target.id and one is not target]
    # mpy-cross reads once from top to bottom: above its line the name would have to be there
    return all(isinstance(one.ctx, ast.Load) and one.lineno > node.end_lineno for one in named)


def _folds_all(tree):
    """Whether `const` is used only where mpy-cross takes it for a mark: `NAME = const(whole number)`."""
    folded = set()
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            call = node.value
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "const" and len(call.args) == 1:
                if _is_number(call.args[0], known):
                    known[node.targets[0].id] = True
                    folded.add(call.func)
    used = {node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "const"}
    return used == folded


def _is_number(node, known):
    """Arithmetic on whole numbers and on constants that stand above."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int)
    if isinstance(node, ast.Name):
        return node.id in known
    if isinstance(node, ast.UnaryOp):
        return _is_number(node.operand, known)
    return isinstance(node, ast.BinOp) and _is_number(node.left, known) and _is_number(node.right, known)
