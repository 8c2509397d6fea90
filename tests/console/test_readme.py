"""The console's documentation is a transcript: typed at a simulated console it must come out the same."""

import re

from tests.console.transcript import README, masked, play


def test_the_transcripts_are_what_the_console_answers():
    text = README.read_text()
    assert masked(play(text)) == masked(text), "run `python -m tests.console.transcript` and look at what changed"


def test_every_error_code_is_told_and_none_that_never_comes():
    told = re.findall(r"^\| `([A-Z]+)` \| .+ \|$", README.read_text(), re.M)
    code = "".join(path.read_text() for path in README.parent.glob("*.py"))
    given = re.findall(r'Refusal\("([A-Z]+)"|return "([A-Z]+)", |Refusal\("([A-Z]+)" if .* else "([A-Z]+)"', code)
    assert sorted(told) == sorted({one for groups in given for one in groups if one})
