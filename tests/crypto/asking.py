"""Questions to the firmware's cryptography: `ask([...])` runs them in one MicroPython (judge.py)."""

import json
import pathlib

from tests.harness.programs import told

JUDGE = pathlib.Path(__file__).with_name("judge.py")


def ask(questions, heap="512wk"):
    """The answers to [(what, bytes...), ...], each {"is": ...} or {"error": ...}."""
    lines = [json.dumps([what, *[argument.hex() for argument in arguments]]) for what, *arguments in questions]
    answers = [json.loads(line) for line in told(JUDGE, heap=heap, given="\n".join(lines) + "\n", seconds=1200).splitlines()]
    assert len(answers) == len(questions)
    return answers


def yes(questions):
    """What they are, none being an error."""
    answers = ask(questions)
    wrong = [(q[0], a["error"]) for q, a in zip(questions, answers, strict=True) if "error" in a]
    assert not wrong, wrong
    return [a["is"] for a in answers]
