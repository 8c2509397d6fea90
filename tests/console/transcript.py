"""Types the transcripts of firmware/console/README.md at a simulated console.

`python -m tests.console.transcript` writes into the README what the console answers today; a test compares. In the
README's ```console blocks a line with a prompt is typed, the others are the answer. Comments tell the rest:

    <!-- world: {"do": "plug"} -->         what happens before the next block
    <!-- meanwhile: {"do": "tap"} -->      what happens while the next command waits
    <!-- unseen: one | two || three -->    lines that are typed where the next command asks, three where it asks again; Enter: an empty one
"""

import json
import re
from pathlib import Path

from tests.console.terminal import PROMPT, Terminal
from tests.sim.nursery import Sim
from tests.sim.port import ROOT

README = ROOT / "firmware/console/README.md"

_PARTS = re.compile(r"(<!-- (?:world|meanwhile|unseen): .*? -->|```console\n.*?```)", re.S)
_WAITS = re.compile(PROMPT.pattern + r"|: $|-> $|gives up\.\n$|within 15 s\n$")
_VOLATILE = (
    (r"\b\d+ ms", "# ms"), (r"\b\d+-[0-9a-f]{8}", "#-########"), (r"up \d+:\d\d:\d\d", "up #"), (r"within \d+ s", "within # s"),
    (r"-?\d+\.\d\d V", "#.## V"), (r"installer [0-9A-Z]{8}\b", "installer ########"), (r" +", " "),
    (r"\b\d+ Wh", "# Wh"), (r"^1 ok \d+ ", "1 ok # "),
    (r"^\d+:\d\d:\d\d ", "#:##:## "),
)


def masked(text):
    """Without what differs from run to run."""
    for pattern, mask in _VOLATILE:
        text = re.sub(pattern, mask, text, flags=re.M)
    return text


def play(text):
    """The README as it would be if written by the console now."""
    with Sim("--seed", 1) as sim, Terminal(sim) as terminal:
        sim.do("advance", s=3)
        terminal.read()
        player = _Player(sim, terminal)
        return "".join(player.part(part) for part in _PARTS.split(text))


class _Player:
    def __init__(self, sim, terminal):
        self._sim, self._terminal = sim, terminal
        self._prompt = "installer> "
        self._unseen, self._meanwhile = [], []

    def part(self, part):
        comment = re.fullmatch(r"<!-- (\w+): (.*?) -->", part, re.S)
        if comment:
            kind, told = comment.groups()
            if kind == "unseen":
                self._unseen += [lines.split(" | ") for lines in told.split(" || ")]
            elif kind == "meanwhile":
                self._meanwhile.append(json.loads(told))
            else:
                self._world(json.loads(told))
            return part
        if not part.startswith("```console"):
            return part
        typed = re.findall(r"^(?:viewer|installer|factory)> (.*)$", part, re.M)
        return "```console\n" + "".join(self._command(line) for line in typed) + "```"

    def _world(self, told):
        self._sim.do(told.pop("do"), **told)

    def _command(self, line):
        out = self._prompt + line + "\n"
        self._terminal.drain()
        self._terminal.type(line + "\r")
        shown = self._terminal.read(_WAITS, most_s=400).removeprefix(line + "\n")
        while not PROMPT.search(shown):
            if shown.endswith("15 s\n"):
                self._world(self._meanwhile.pop(0))
            else:
                self._terminal.type("\r".join(self._unseen.pop(0)).replace("Enter", "") + "\r")
            shown += self._terminal.read(_WAITS, most_s=400)
        self._prompt = PROMPT.search(shown).group(1)
        shown = re.sub(r"[ \t]+$", "", PROMPT.sub("\n", shown), flags=re.M).strip("\n")
        return out + (shown + "\n" if shown else "")


def main():
    README.write_text(play(README.read_text()))
    print(f"written: {Path(README).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
