"""The virtual chip has nothing that the real port has not, by the stubs of MicroPython 1.29 for the ESP32-S3."""

import ast
import pathlib
import sysconfig

import pytest

SITE = pathlib.Path(sysconfig.get_paths()["purelib"])
CHIP = pathlib.Path(__file__).parents[2] / "hal/sim/chip"
FILES = {
    "machine": ("machine.py", "buses.py"), "esp32": ("esp32.py",), "network": ("network.py",), "neopixel": ("neopixel.py",),
    "onewire": ("onewire.py",), "ds18x20": ("onewire.py",),
}
SHARED = {("ds18x20", "OneWire"), ("ds18x20", "OneWireError"), ("onewire", "DS18X20")}  # one file of ours for two of theirs
# What the stubs leave out, with the file of ports/esp32 or extmod that has it.
LEFT_OUT = {
    ("machine", "Signal", "__call__"): "extmod/machine_signal.c",
    ("machine", "UART", "ioctl"): "machine_uart.c, the stream protocol",
    ("machine", "Pin.init", "hold"): "machine_pin.c",
    ("machine", "PWM.__init__", "duty"): "machine_pwm.c",
    ("network", "LAN.__init__", "spi"): "network_lan.c",
    ("network", "LAN.__init__", "cs"): "network_lan.c",
    ("network", "LAN.__init__", "int"): "network_lan.c",
}


def names(body):
    """{name: [nodes]} of what a module's or class's text defines, overloads together."""
    found = {}
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.AnnAssign):
            found.setdefault(node.target.id, []).append(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for one in target.elts if isinstance(target, ast.Tuple) else [target]:
                    found.setdefault(one.id, []).append(node)
    return found


def numbers(body):
    """{NAME: whole number} of a module's or class's text, where it tells the number itself."""
    found = {}
    for node in body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            try:
                value = eval(ast.unparse(node.value), {"__builtins__": {}, "range": range})
            except (NameError, TypeError):
                continue
            found.update(zip([one.id for one in target.elts], value) if isinstance(target, ast.Tuple) else [(target.id, value)])
    return {name: value for name, value in found.items() if name.isupper() and isinstance(value, int)}


def theirs_and_ours():
    """(module, its stub's names, one of our files, that file's body)."""
    for module, files in FILES.items():
        stub = names(ast.parse((SITE / f"{module}.pyi").read_text()).body)
        for file in files:
            yield module, stub, file, ast.parse((CHIP / file).read_text()).body


def classes():
    """(module, class, {name: nodes} of the stub, body of ours)."""
    for module, stub, _, body in theirs_and_ours():
        for node in body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and (module, node.name) not in SHARED:
                theirs = [one for one in stub.get(node.name, ()) if isinstance(one, ast.ClassDef)]
                yield module, node.name, names([line for one in theirs for line in one.body]), node.body


def is_public(name):
    return not name.startswith("_") or name in ("__init__", "__call__")


def test_the_virtual_chip_has_no_name_that_the_port_has_not():
    extra = [
        (module, name) for module, stub, _, body in theirs_and_ours() for name in names(body)
        if is_public(name) and name != "chip" and name not in stub and (module, name) not in SHARED
    ]
    extra += [
        (module, name, member) for module, name, stub, body in classes() for member in names(body)
        if is_public(member) and member not in stub and (module, name, member) not in LEFT_OUT
    ]
    assert not extra


def test_what_is_told_by_name_has_the_port_s_names():
    """The port takes a parameter by its place alone or by its name alone; the names of ours that may be used are theirs."""
    wrong = []
    for module, name, stub, body in classes():
        for member, nodes in names(body).items():
            if not is_public(member) or not isinstance(nodes[0], ast.FunctionDef):
                continue
            known = set()
            for one in stub.get(member, ()):
                arguments = one.args
                known |= {a.arg for a in arguments.posonlyargs + arguments.args + arguments.kwonlyargs}
                known |= {"anything"} if arguments.kwarg else set()
            told = set() if "anything" in known else {a.arg for a in nodes[0].args.kwonlyargs} - known
            wrong += [place for place in [(module, f"{name}.{member}", a) for a in told] if place not in LEFT_OUT]
    assert not wrong


@pytest.mark.parametrize("module", ["machine", "esp32", "network"])
def test_constants_have_the_port_s_values(module):
    stub = ast.parse((SITE / f"{module}.pyi").read_text()).body
    bodies = [("", stub, body) for name, _, _, body in theirs_and_ours() if name == module]
    for one, name, _, body in classes():
        if one == module:
            bodies.append((name + ".", [line for node in stub if getattr(node, "name", None) == name for line in node.body], body))
    theirs = {path + name: value for path, there, _ in bodies for name, value in numbers(there).items()}
    ours = {path + name: value for path, _, body in bodies for name, value in numbers(body).items()}
    both = sorted(set(ours) & set(theirs))
    assert len(both) >= 4
    assert {name: ours[name] for name in both} == {name: theirs[name] for name in both}
