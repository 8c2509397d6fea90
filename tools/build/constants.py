"""Public constants, written as numbers where other modules name them.

mpy-cross knows the value of a `_NAME = const(5)` and leaves the name out, but only inside one module. This does the same
for `NAME = const(5)`: `module.NAME` in any other module becomes the number, and where every use is one of those the name
itself is made private, so that the compiler drops it. A constant then costs the chip nothing, and the tick no look-up.
Nothing else changes, line numbers included: `tests/build/test_constants.py` holds each module against its source.
"""

import ast
import pathlib
from dataclasses import dataclass, field

from tools.build.errors import BuildError


@dataclass
class _Module:
    path: pathlib.Path
    tree: ast.Module
    text: bytes
    values: dict = field(default_factory=dict)  # public constants: name -> int
    known: dict = field(default_factory=dict)  # name in this module -> path of the module it stands for
    used: set = field(default_factory=set)  # of these, what is still asked for something else than a number
    edits: list = field(default_factory=list)  # (line, from byte, to byte, what stands there instead)


def inlined(sources):
    """{path: bytes} of the same modules with the numbers in place. BuildError where a constant is no whole number."""
    modules = {path: _Module(path, ast.parse(text), text) for path, text in sources.items()}
    for module in modules.values():
        module.values = _constants(module)
    kept = set()  # (path, name): still asked for by name
    asked = set()  # names asked of what is not surely a module
    for module in modules.values():
        _look_up(module, modules)
        _replace(module, modules, kept, asked)
    for module in modules.values():
        _forget_imports(module)
        _hide(module, kept, asked)
    return {path: _edited(module) for path, module in modules.items()}


def _constants(module):
    found = {}
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and _is_const(node.value) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            value = _number(module.path, name, node.value.args[0])
            if not name.startswith("_") and isinstance(value, int):
                found[name] = value
    return found


def _is_const(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "const" and len(node.args) == 1


def _number(path, name, node):
    """The value of what stands in const(...); None where it is no arithmetic on literals."""
    for part in ast.walk(node):
        if not isinstance(part, ast.Constant | ast.BinOp | ast.UnaryOp | ast.operator | ast.unaryop):
            return None
    value = eval(compile(ast.Expression(node), str(path), "eval"), {"__builtins__": {}})
    if isinstance(value, float):
        raise BuildError(f"{path}: {name} is no whole number")
    return value


def _look_up(module, modules):
    """Fill `known`: what the module imports that has constants, unless the name also stands for something else in it."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                path = _path(f"{node.module}.{one.name}")
                if path in modules and modules[path].values:
                    module.known[one.asname or one.name] = path
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            module.known.pop(node.id, None)
        elif isinstance(node, ast.arg):
            module.known.pop(node.arg, None)


def _path(dotted):
    return pathlib.Path(*dotted.split(".")).with_suffix(".py")


def _replace(module, modules, kept, asked):
    numbers = set()  # the names before the dots
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            path = module.known.get(node.value.id) if isinstance(node.value, ast.Name) else None
            value = modules[path].values.get(node.attr) if path else None
            if value is not None:
                numbers.add(node.value)
                module.edits.append((node.lineno, node.col_offset, node.end_col_offset, str(value) if value >= 0 else f"({value})"))
            elif path is None:  # it may be a constant all the same: self.limits.TICK_MS keeps its name
                asked.add(node.attr)
        elif isinstance(node, ast.ImportFrom) and node.module:
            kept |= {(_path(node.module), one.name) for one in node.names}
    module.used = {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name) and node not in numbers}


def _forget_imports(module):
    """Imports of which nothing is asked any more: importing a module of the firmware does nothing but make it."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.lineno == node.end_lineno:
            names = [one for one in node.names if (one.asname or one.name) not in module.known.keys() - module.used]
            if len(names) < len(node.names):
                left = f"from {node.module} import " + ", ".join(map(ast.unparse, names)) if names else "pass"
                module.edits.append((node.lineno, node.col_offset, node.end_col_offset, left))


def _hide(module, kept, asked):
    hidden = {name for name in module.values if name not in asked and (module.path, name) not in kept}
    taken = {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and node.id in hidden:
            module.edits.append((node.lineno, node.col_offset, node.col_offset, "__" if "_" + node.id in taken else "_"))


def _edited(module):
    lines = module.text.split(b"\n")
    for line, begin, end, text in sorted(module.edits, reverse=True):
        old = lines[line - 1]
        lines[line - 1] = old[:begin] + text.encode() + old[end:]
    return b"\n".join(lines)
