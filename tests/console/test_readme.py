"""The console's documentation is a transcript: typed at a simulated console it must come out the same."""

from firmware.console.answers import CODES
from tests.console.transcript import README, masked, play


def test_the_transcripts_are_what_the_console_answers():
    text = README.read_text()
    assert masked(play(text)) == masked(text), "run `python -m tests.console.transcript` and look at what changed"


def test_every_error_code_is_told():
    text = README.read_text()
    for code, words in CODES.items():
        assert f"| `{code}` | {words} |" in text
