"""`rudved demo` without a terminal: the whole story, its table and its verdict."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.targets import ROOT
from tools.demo.summary import Verdict


@pytest.fixture(scope="module")
def told():
    """(exit status, what it printed) of one story."""
    rudved = Path(sys.executable).with_name("rudved")
    ended = subprocess.run([rudved, "demo"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    return ended.returncode, ended.stdout + ended.stderr


def test_the_story_is_played_and_all_is_well(told):
    status, text = told
    assert status == 0, text
    assert "All is well" in text


def test_the_timeline_tells_every_scene(told):
    _, text = told
    for line in (
        "plugs the cable", "holds card 04A1B2C3", "contactor CLOSED", "SuspendedEV", "pauses", "FAULT residual", "pulls the cable out",
        "the driver presses Start", "RemoteStartTransaction: Accepted", "the supply is cut", "cold boot", "PowerLoss",
    ):  # fmt: skip
        assert line in text, line


def test_the_readme_shows_what_is_told_today(told):
    page = (ROOT / "README.md").read_text().split("<!-- transcript -->")[1].split("<!-- /transcript -->")[0]
    shown, today = ({re.sub(r"\d+", "0", " ".join(line.split())) for line in text.splitlines()} for text in (page, told[1]))
    assert shown - {""} == today - {""}


def test_the_meter_and_the_transactions_agree_in_the_table(told):
    _, text = told
    metered, billed = re.search(r"(\d+) Wh by the meter, (\d+) Wh by the transactions: the same", text).groups()
    assert metered == billed and int(metered) > 500
    assert re.search(r"frames +\d+ validated against the official OCPP 1.6 schemas, 0 invalid", text)


def test_every_reaction_is_within_100_ms(told):
    _, text = told
    reactions = {what: int(ms) for what, ms in re.findall(r"reaction +(.+?) → contactor open: (\d+) ms", text)}
    assert set(reactions) == {"the car's pause", "the leak", "the power cut"}
    assert max(reactions.values()) <= 100


class _Stage:
    """What a verdict looks at."""

    def __init__(self, transactions, violations=()):
        class csms:
            frames = 10

        csms.transactions, csms.violations = transactions, list(violations)
        self.csms, self.reactions, self.clock = csms, {}, None

        class sim:
            t = 60.0

        self.sim = sim


class _Transaction:
    id, id_tag, reason, open = 1, "A", "Local", False

    def __init__(self, wh):
        self.wh = wh


@pytest.mark.parametrize(
    "transactions, violations, metered_wh, words",
    [
        ([_Transaction(100)], [], 100, None),
        ([_Transaction(90)], [], 100, "10 Wh lost"),
        ([_Transaction(110)], [], 100, "10 Wh invented"),
        ([_Transaction(100)], ["bad frame"], 100, "invalid: bad frame"),
        ([], [], 0, "the story has"),
    ],
)
def test_a_verdict_names_what_is_not_as_it_must_be(transactions, violations, metered_wh, words):
    faults = Verdict(_Stage(transactions, violations), 1000, 1000 + metered_wh, [("A", "Local")]).faults
    assert (words is None) == (faults == [])
    assert words is None or words in " ".join(faults)
