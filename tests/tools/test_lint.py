"""Each house rule finds its planted fault, and leaves alone what only looks like one."""

import ast
import subprocess
import sys

import pytest

from tools.lint import code, files
from tools.lint.__main__ import findings

# put together, so that this file itself is not found
LATER, BROKEN, HOME = "TO" + "DO", "FIX" + "ME", "/" + "root/x"

CODE_FAULTS = [
    ("firmware.safety.core", "import machine\n", "dialect"),
    ("firmware.charging.charger", "from network import WLAN\n", "dialect"),
    ("firmware.ocpp.client", "import time\n", "dialect"),
    ("firmware.safety.core", "import asyncio\n", "dialect"),
    ("firmware.storage.settings", "from dataclasses import dataclass\n", "dialect"),
    ("firmware.safety.core", "from firmware.charging.session import Session\n", "storey"),
    ("firmware.safety.core", "from firmware.support.clock import Clock\n", "storey"),
    ("firmware.ocpp.client", "from firmware.safety import limits\n", "storey"),
    ("firmware.ocpp.client", "from firmware.console.line import Line\n", "storey"),
    ("firmware.charging.charger", "from firmware import ocpp\n", "storey"),
    ("firmware.charging.charger", "import hal.sim.world\n", "storey"),
    ("firmware.support.log", "from . import clock\n", "storey"),
    ("firmware.app", "import tools.sim\n", "storey"),
    ("firmware.lights.lamp", "", "storey"),
    ("hal.esp32.pins", "from firmware.safety import core\n", "storey"),
    ("firmware.charging.charger", 'ondemand.load("firmware.console.cards")\n', "storey"),
    ("firmware.charging.charger", 'ondemand.load("firmware.ocpp." + x)\n', "storey"),
    ("firmware.charging.charger", "ondemand.load(x)\n", "storey"),
    ("firmware.charging.charger", 'ondemand.load("firmware.charging" + x)\n', "storey"),
    ("firmware.charging.charger", "from firmware.support.ondemand import load\n", "storey"),
    ("firmware.charging.charger", '__import__("firmware.charging.trials")\n', "storey"),
    ("firmware.safety.pilot", "x = 0.5\n", "integer"),
    ("firmware.metering.meter", "x = a / b\n", "integer"),
    ("firmware.metering.meter", "a /= b\n", "integer"),
    ("firmware.metering.meter", "x = float(y)\n", "integer"),
    ("firmware.safety.core", "x = 0x40000000\n", "integer"),
    ("firmware.safety.lock", "_REST, _DRIVING = const(0), const(1)\n", "constant"),
    ("hal.esp32.ulpcode", "_R0, _R1 = range(2)\n", "constant"),
    ("firmware.ocpp.link", "x = clock.ticks_ms() > deadline\n", "ticks"),
    ("firmware.ocpp.link", "began = clock.ticks_ms()\nx = now - began\n", "ticks"),
    ("firmware.ocpp.link", "self._due = clock.ticks_ms()\nif a:\n    b = self._due + 5\n", "ticks"),
]

CODE_GOOD = [
    ("firmware.charging.charger", "from firmware.safety import limits\n"),
    ("firmware.safety.core", "from firmware.safety.unit import Unit\n"),
    ("firmware.app", "from firmware.ocpp.client import Client\n"),
    ("hal.sim.main", "from firmware import app\nfrom firmware.app import run\n"),
    ("hal.esp32.pilot", "import machine\n"),
    ("hal.esp32.hal", 'from firmware.support import ondemand\nondemand.load("hal.drivers." + kind)\n'),
    ("firmware.console.commands", 'ondemand.load("firmware.charging.trials")\n'),
    ("hal.sim.world.meter", "x = 0.5 / 2\n"),
    ("firmware.metering.meter", "x = a // b\nraw = 0xFFFFFFFF\n"),
    ("firmware.safety.core", "x = 0x3FFFFFFF\n"),
    ("firmware.ocpp.link", "began = clock.ticks_ms()\nif clock.since(began) > 5:\n    pass\n"),
    ("firmware.ocpp.link", "self.seen[i].at = x[0] = clock.ticks_ms()\nok = len(a) > 4 and clock.since(x[0]) < 9\n"),
    ("firmware.ocpp.link", "total = 0\ntotal = total + 1\n"),
    ("firmware.safety.lock", "_REST = const(0)\n_DRIVING = const(1)\nLOW, HIGH = bounds()\n"),
    ("hal.sim.devices.card", "IDLE, READY = range(2)\n"),
]


@pytest.mark.parametrize(("module", "source", "rule"), CODE_FAULTS)
def test_planted_fault_in_code_is_found(module, source, rule):
    assert [found[1] for found in code.check(module, ast.parse(source))] == [rule]


@pytest.mark.parametrize(("module", "source"), CODE_GOOD)
def test_good_code_is_left_alone(module, source):
    assert not list(code.check(module, ast.parse(source)))


@pytest.mark.parametrize(
    ("name", "text", "line", "rule"),
    [
        ("firmware/long.py", "x = 1\n" * 401, 401, "length"),
        ("tools/long.mjs", "x\n" * 401, 401, "length"),
        ("lib/x.py", "", 1, "top"),
        ("notes.md", "", 1, "top"),
        ("firmware/a.py", "x = 1\n# " + LATER + "\n", 2, "promise"),
        ("README.md", BROKEN + "\n", 1, "promise"),
        ("tools/a.py", "x = '" + HOME + "'\n", 1, "machine"),
    ],
)
def test_planted_fault_in_a_file_is_found(name, text, line, rule):
    assert [found[:2] for found in files.check(name, text)] == [(line, rule)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("firmware/a.py", "x = 1\n" * 400),
        ("requirements.lock", (LATER + "\n") * 900),
        ("tools/page/index.html", '<a href="/work">'),
        (".ci/run", "make test\n"),
    ],
)
def test_good_file_is_left_alone(name, text):
    assert not list(files.check(name, text))


def test_finding_is_printed_with_file_and_line(tmp_path):
    (tmp_path / "firmware/safety").mkdir(parents=True)
    (tmp_path / "firmware/safety/core.py").write_text("a = 1\n\nimport machine\n")
    p = subprocess.run([sys.executable, "-m", "tools.lint", str(tmp_path)], capture_output=True, text=True)
    assert p.returncode == 1
    assert p.stdout.startswith("firmware/safety/core.py:3: dialect: ")


def test_manifest_of_a_board_build_is_not_our_dialect(tmp_path):
    (tmp_path / "boards/x").mkdir(parents=True)
    (tmp_path / "boards/x/manifest.py").write_text("import time\n")
    assert not list(findings(tmp_path))


@pytest.mark.parametrize(
    ("name", "source", "rule"),
    [
        ("firmware/a.py", "def f():\n    import json\n\n    return json\n", "PLC0415"),
        ("firmware/a.py", "print(1)\n", "T201"),
        ("firmware/a.py", "x = '" + "x" * 140 + "'\n", "E501"),
    ],
)
def test_general_linter_keeps_the_rules_that_are_left_to_it(name, source, rule):
    argv = [sys.executable, "-m", "ruff", "check", "--output-format=concise", "--stdin-filename", name, "-"]
    p = subprocess.run(argv, input=source, capture_output=True, text=True)
    assert f"{name}:" in p.stdout
    assert rule in p.stdout
