"""Private names that one module alone uses, written short, and the same short ones in every module.

MicroPython keeps each name of the program once, with all others, in tables that double as they grow and are never given back.
`_names_with_a_meaning` are for whoever reads the source; the chip gets `_a`, `_b`, ... in their place. Only what is surely the
module's own changes: a name no other module has, that stands in no text and is asked for of `self` or of the module alone.
Modules whose classes inherit from one another share no short name, since their names meet in one instance. Lines stay where they
are, so a traceback leads to the source; each module that is made here is held against what it was made from.
"""

import ast
import pathlib
import re

from tools.build.errors import BuildError

_LONG = 3  # letters from which on it is worth while
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def shortened(sources):
    """{path: bytes} of the same modules with their own private names short."""
    trees = {path: ast.parse(text) for path, text in sources.items()}
    users = {}
    barred = set()
    for path, tree in trees.items():
        for name in _names(tree):
            users.setdefault(name, set()).add(path)
        barred |= _barred(tree)
    made = {}
    for group in _groups(trees):
        taken = {name for path in group for name in _names(trees[path])}
        own = sorted(name for name in taken if _wanted(name) and name not in barred and len(users[name]) == 1)
        short = dict(zip(own, _unused(taken), strict=False))
        for path in group:
            made[path] = _renamed(path, sources[path], trees[path], short)
    return made


def _wanted(name):
    return name[0] == "_" and name[:2] != "__" and len(name) > _LONG


def _unused(taken):
    for first in ("", *_LETTERS):
        for letter in _LETTERS:
            if (name := "_" + first + letter) not in taken:
                yield name


def _names(tree):
    """All that is named in a module, however."""
    found = set()
    for node in ast.walk(tree):
        for part in ("id", "attr", "name", "arg", "asname"):
            name = getattr(node, part, None)
            if isinstance(name, str):
                found.add(name)
        if isinstance(node, ast.Global | ast.Nonlocal):
            found |= set(node.names)
    return found


def _barred(tree):
    """What must stay as it is: words of texts, arguments, imports, what is asked for of another object."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            found |= set(re.findall(r"\w+", text))
        elif isinstance(node, ast.arg | ast.keyword):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found |= {node.name, node.asname}
        elif isinstance(node, ast.Global | ast.Nonlocal):
            found |= set(node.names)
        elif isinstance(node, ast.JoinedStr):
            found |= _names(node)
        elif isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            found.add(node.attr)
    return found


def _groups(trees):
    """Sets of modules whose classes inherit from one another."""
    groups = {path: {path} for path in trees}
    for path, tree in trees.items():
        known = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for one in node.names:
                    known[one.asname or one.name] = (_path(node.module), _path(f"{node.module}.{one.name}"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for base in node.bases:
                    base = base.value if isinstance(base, ast.Attribute) else base
                    for other in known.get(getattr(base, "id", None), ()):
                        if other in groups and groups[other] is not groups[path]:
                            groups[path] |= groups[other]
                            for member in groups[path]:
                                groups[member] = groups[path]
    return [set(group) for group in {id(group): group for group in groups.values()}.values()]


def _path(dotted):
    return pathlib.Path(*dotted.split(".")).with_suffix(".py")


def _renamed(path, text, tree, short):
    lines = text.split(b"\n")
    edits = set()  # (line, byte, old)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in short:
            edits.add((node.lineno, node.col_offset, node.id))
        elif isinstance(node, ast.Attribute) and node.attr in short:
            edits.add((node.end_lineno, node.end_col_offset - len(node.attr), node.attr))
        elif isinstance(node, _DEFINED) and node.name in short:
            edits.add((node.lineno, lines[node.lineno - 1].index(node.name.encode(), node.col_offset), node.name))
    for line, at, old in sorted(edits, reverse=True):
        was = lines[line - 1]
        if was[at : at + len(old)] != old.encode():
            raise BuildError(f"{path}: {old} is not where it should be in line {line}")
        lines[line - 1] = was[:at] + short[old].encode() + was[at + len(old) :]
    made = b"\n".join(lines)
    if _dumped(tree, short) != ast.dump(ast.parse(made)):
        raise BuildError(f"{path}: short names have changed more than names")
    return made


def _dumped(tree, short):
    """The tree as text, each name in its short form: what the new text must mean."""
    for node in ast.walk(tree):
        for part in ("id", "attr", "name"):
            name = getattr(node, part, None)
            if isinstance(name, str) and name in short:
                setattr(node, part, short[name])
    return ast.dump(tree)
