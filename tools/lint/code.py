"""Rules on the syntax tree of one MicroPython file. Each yields (line, rule, what is wrong)."""

import ast

from tools.lint.storeys import MAY_IMPORT, NOT_HERE, ONDEMAND, row

FIRST_PARTY = ("boards", "hal", "firmware", "tools", "tests")
# who may load what its own text does not name: the loader; what comes before it, or stands in for it
IMPORTERS = (ONDEMAND, "boards", "boards.loading", "hal.boot.main", "hal.sim.main", "hal.sim.native", "hal.sim.vtime", "hal.sim.chip.start")
INTEGER_STOREYS = ("firmware.safety", "firmware.metering")
SMALL_INT = 1 << 30  # from here on an int is an object on the chip


def check(module, tree):
    """Every finding in `tree`, the file of the dotted name `module` ("firmware.safety.core")."""
    yield from imports(module, tree)
    if row(dict.fromkeys(INTEGER_STOREYS), module):
        yield from integers(module, tree)
    if module.startswith(("firmware.", "hal.")):
        yield from ticks(tree)
        if not module.startswith("hal.sim"):
            yield from constants(tree)


def imports(module, tree):
    """An import goes down, and what the dialect or the design keeps out stays out."""
    storey = row(MAY_IMPORT, module)
    if storey is None:
        yield 1, "storey", f"{module} is in no storey of tools/lint/storeys.py"
        return
    unwanted = NOT_HERE.get(row(NOT_HERE, module), {})
    for node in ast.walk(tree):
        if module not in IMPORTERS and _hides_an_import(node):
            yield node.lineno, "storey", 'only `ondemand.load("the.module")`, its name in the call, loads at run time'
        for name in _imported(node):
            top = name.split(".")[0]
            if top in unwanted:
                yield node.lineno, "dialect", f"{storey} imports {top}: {unwanted[top]}"
            elif top in FIRST_PARTY and not _within(name, (storey, *MAY_IMPORT[storey])):
                yield node.lineno, "storey", f"{storey} imports {name}, which is not below it"


def _imported(node):
    if _loads(node) and _loaded(node):
        return [_loaded(node)]
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return [f"hal.relative.{node.module}"]  # no row allows it: imports here are absolute
        # `from firmware import safety` names firmware.safety
        whole = node.module in ("firmware", "hal")
        return [f"{node.module}.{alias.name}" for alias in node.names] if whole else [node.module]
    return []


def _hides_an_import(node):
    if isinstance(node, ast.ImportFrom):
        return node.module == ONDEMAND
    return isinstance(node, ast.Call) and (_dotted(node.func) == "__import__" or (_loads(node) and not _loaded(node)))


def _loads(node):
    return isinstance(node, ast.Call) and _dotted(node.func) == "ondemand.load"


def _loaded(call):
    """The module that `ondemand.load("hal.esp32.lock")` names, the package of `ondemand.load("hal.drivers." + kind)`, or None."""
    name = call.args[0] if call.args else None
    whole = not isinstance(name, ast.BinOp)
    name = name if whole else name.left
    if not isinstance(name, ast.Constant) or not isinstance(name.value, str) or whole == name.value.endswith("."):
        return None
    return name.value.rstrip(".")


def _within(name, allowed):
    return any(name == a or name.startswith(a + ".") for a in allowed)


def integers(module, tree):
    """Values of the domain are integers of at most 31 bits: no float, no true division."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, "integer", f"float literal {node.value}; scale the unit (_mv, _ma, _dc) instead"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield node.lineno, "integer", "true division; use //"
        elif isinstance(node, ast.Call) and _dotted(node.func) == "float":
            yield node.lineno, "integer", "float(); scale the unit instead"
        elif module.startswith("firmware.safety") and isinstance(node, ast.Constant) and type(node.value) is int:
            if node.value >= SMALL_INT:
                yield node.lineno, "integer", f"{node.value} needs more than 31 bits: it would be allocated on the chip"


_TICKS = ("ticks_ms", "ticks_us", "ticks_cpu")
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def constants(tree):
    """A number with a name stands in a line of its own: of several in one, mpy-cross keeps each name and its value in RAM."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            if any(isinstance(value, ast.Call) and _dotted(value.func) in ("const", "range") for value in values):
                yield node.lineno, "constant", "each constant in a line of its own: NAME = const(1)"


def ticks(tree):
    """Ticks wrap: they are compared and subtracted by the clock (since, passed, diff), never as plain numbers."""
    held = _names_that_hold_ticks(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(op, _ORDER) for op in node.ops):
            sides = [node.left, *node.comparators]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Add):
            sides = [node.left, node.right]
        else:
            continue
        for side in sides:
            if _reads_ticks(side) or _dotted(side) in held:
                what = ast.unparse(node)
                yield (
                    node.lineno,
                    "ticks",
                    f"`{what}` forgets that ticks wrap: ask the clock (since, passed, add, diff)",
                )
                break


def _reads_ticks(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _TICKS


def _names_that_hold_ticks(tree):
    """Dotted names that are only ever given ticks: `self._began`, `now`."""
    ticks_given, else_given = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                (ticks_given if _reads_ticks(node.value) else else_given).add(_dotted(target))
    return ticks_given - else_given - {None}


def _dotted(node):
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value)
        return base and f"{base}.{node.attr}"
    return None
