"""Questions to the firmware's cryptography: `ask([...])` runs them in one MicroPython (judge.py)."""

import json
import os
import pathlib
import subprocess

from tests.harness.targets import ROOT
from tools.interpreter import interpreter

JUDGE = pathlib.Path(__file__).with_name("judge.py")


def ask(questions, heap="512wk"):
    """The answers to [(what, bytes...), ...], each {"is": ...} or {"error": ...}."""
    lines = [json.dumps([what, *[argument.hex() for argument in arguments]]) for what, *arguments in questions]
    path = ":".join([".frozen", str(ROOT), str(ROOT / "build/deps")])
    argv = [interpreter(), "-X", f"heapsize={heap}", JUDGE]
    p = subprocess.run(
        argv, input="\n".join(lines) + "\n", capture_output=True, text=True, cwd=ROOT, env=dict(os.environ, MICROPYPATH=path),
        timeout=1200,
    )  # fmt: skip
    assert not p.returncode, p.stdout[-2000:] + p.stderr
    answers = [json.loads(line) for line in p.stdout.splitlines()]
    assert len(answers) == len(questions)
    return answers


def yes(questions):
    """What they are, none being an error."""
    answers = ask(questions)
    wrong = [(q[0], a["error"]) for q, a in zip(questions, answers, strict=True) if "error" in a]
    assert not wrong, wrong
    return [a["is"] for a in answers]
