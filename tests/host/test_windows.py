"""What only Windows does, as far as it can be tried elsewhere: no module of its absent ones is needed, keys are translated."""

import subprocess
import sys

from tests.sim.port import ROOT

_PROGRAM = """
import importlib, os, pkgutil, sys, types
import click, fpdf, rich.live, rich.progress, serial.tools.list_ports, segno  # each has its own way on Windows
import tools.host
typed = list("a\\xe0H\\x00Sb")
os.name = "nt"
sys.modules["msvcrt"] = types.SimpleNamespace(kbhit=lambda: bool(typed), getwch=lambda: typed.pop(0))
for name in ("termios", "tty", "fcntl", "pty", "pwd", "resource"):
    sys.modules[name] = None
for module in pkgutil.iter_modules(tools.host.__path__):
    importlib.import_module("tools.host." + module.name)
with tools.host.console.Keyboard() as keyboard:
    print(ascii(keyboard.read()), keyboard.read())
"""


def test_every_host_command_loads_and_the_console_reads_keys_without_unix_modules():
    done = subprocess.run([sys.executable, "-c", _PROGRAM], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.split() == [ascii(b"a\x1b[A\x1b[3~b"), "b''"]
