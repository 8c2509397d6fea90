"""Settings for a new board, as the firmware keeps them: its own MicroPython code checks and writes them."""

import json
import pathlib
import subprocess
import tempfile

from tools.build.board import ROOT
from tools.build.errors import BuildError
from tools.interpreter import interpreter

_PROGRAM = """
import json, sys
import boards
from firmware.storage.settings import Settings
from firmware.storage.values import SettingError
board, folder, path = sys.argv[1:]
with open(path) as f:
    changes = json.load(f)
try:
    Settings(folder, boards.load(board)).apply(changes, True)
except SettingError as error:
    print(error)
    sys.exit(1)
"""


def slot(board, text):
    """The bytes of the first settings slot with the lines NAME=VALUE of `text` (# comments). BuildError names a bad one."""
    changes = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, value = line.partition("=")
        if not line.strip() or line.startswith(("#", "rudved-config ", "end")):
            continue
        if not equals:
            raise BuildError(f"settings, line {number}: {line[:60]!r} is not NAME=VALUE")
        changes[name.strip()] = value.strip()
    if not changes:
        return None
    with tempfile.TemporaryDirectory() as folder:
        given = pathlib.Path(folder, "changes.json")
        given.write_text(json.dumps(changes))
        argv = [interpreter(), "-X", "heapsize=4M", "-c", _PROGRAM, board, folder, str(given)]
        done = subprocess.run(argv, capture_output=True, text=True, env={"MICROPYPATH": f".frozen:{ROOT}"})
        if done.returncode:
            raise BuildError((done.stdout + done.stderr).strip().splitlines()[-1])
        slot = pathlib.Path(folder, "settings.1")
        return slot.read_bytes() if slot.exists() else None






