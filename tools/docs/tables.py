"""The parts that are generated, each between two marker lines of a Markdown file; and files that are generated whole."""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from boards import names
from tools.docs import boards, ports
from tools.host.exits import EXITS
from tools.interpreter import interpreter

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Part:
    """`title` names the markers in `path`; `lines` makes what stands between them."""

    title: str
    path: Path
    lines: Callable[[], list[str]]

    def markers(self):
        return f"<!-- generated: {self.title}; python -m tools.docs -->", f"<!-- end of {self.title} -->"


def ask(program):
    """What `program`, run by the firmware's own interpreter at the root, prints as JSON."""
    answer = subprocess.run([interpreter(), "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


def faults():
    rows = ask("import json\nfrom firmware.safety import faults\nprint(json.dumps([row.__dict__ for row in faults.rows()]))")
    lines = ["| fault | what is done | recovers | OCPP code | vendor code | status | meaning |", "|---|---|---|---|---|---|---|"]
    for columns in rows:
        row = SimpleNamespace(**columns)
        way = {"L": "cleared by an authorised person", "U": "when unplugged"}.get(row.recovery)
        way = way or f"by itself after {row.hold_ms / 1000:g} s"
        if row.recovery == "R" and row.retries < 255:
            way += f", {row.retries} times a session"
        if row.daily:
            way += f"; {row.daily} in a day latch it"
        lines.append(f"| `{row.name}` | {row.action} | {way} | {row.code} | {row.vendor} | {row.status or 'as before'} | {row.text} |")
    return lines


def limits():
    """The source file is the table: name, value and the comment that tells where it comes from."""
    lines = ["| limit | value | source |", "|---|---|---|"]
    for line in (ROOT / "firmware" / "safety" / "limits.py").read_text().splitlines():
        row = re.match(r"([A-Z][A-Z0-9_]+) = (?:const\((.+?)\)|(\(.+\)))(?:\s+# (.*))?$", line)
        if row:
            lines.append(f"| `{row[1]}` | {row[2] or row[3]} | {row[4] or ''} |")
        elif line.startswith("# "):
            lines.append(f"| *{line[2:].rstrip('.')}* | | |")
    return lines


@dataclass(frozen=True)
class Whole(Part):
    """A file of which every line is generated."""


def exits():
    """The host command's own table."""
    return ["| status | means |", "|---|---|", *[f"| {code} | {told} |" for code, told in EXITS.items()]]


PARTS = (
    Part("FAULTS", ROOT / "firmware" / "README.md", faults),
    Part("LIMITS", ROOT / "firmware" / "README.md", limits),
    Part("EXITS", ROOT / "tools" / "README.md", exits),
    Part("BOARD FIELDS", ROOT / "boards" / "README.md", boards.field_tables),
    *(Whole(f"wiring of {name}", ROOT / "boards" / name / "README.md", partial(boards.wiring_page, name)) for name in names()),
    *(Whole(f"pins of {name}", ROOT / "boards" / name / "pins.csv", partial(boards.pins_csv, name)) for name in names()),
    *(
        Whole(f"{file} of {name}", ROOT / "boards" / name / file, partial(lines, name))
        for name in names() for file, lines in ports.FILES.items()
    ),
)


def _split(part):
    """(before, between, after) of the part in its file; ValueError names a missing marker."""
    begin, end = part.markers()
    text = part.path.read_text()
    for marker in (begin, end):
        if marker not in text:
            raise ValueError(f"{part.path}: no line {marker!r}")
    before, rest = text.split(begin + "\n", 1)
    between, after = rest.split(end, 1)
    return before + begin + "\n", between, end + after


def _made(part):
    return "\n" + "\n".join(part.lines()) + "\n\n"


def stale(part):
    if isinstance(part, Whole):
        return not part.path.exists() or part.path.read_text() != _whole(part)
    return _split(part)[1] != _made(part)


def _whole(part):
    return "\n".join(part.lines()) + "\n"


def write(part):
    if isinstance(part, Whole):
        part.path.write_text(_whole(part))
        return
    before, _, after = _split(part)
    part.path.write_text(before + _made(part) + after)
