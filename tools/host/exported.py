"""The text of a settings export, read and written on the host as firmware/console/transfer.py does."""

import binascii
from dataclasses import dataclass, field
from pathlib import Path

from tools.host.exits import Trouble

MAGIC = "rudved-config"


@dataclass
class Exported:
    """`settings` are texts by name, in order. `board` is only a remark: what fits where, the charger judges itself."""

    settings: dict = field(default_factory=dict)
    version: int = 1
    board: str = ""

    def text(self):
        """As the console takes it: closed by the number of settings and their CRC32."""
        body = [f"{name}={value}" for name, value in self.settings.items()]
        crc = binascii.crc32("".join(line + "\n" for line in body).encode())
        remark = [f"# {self.board}"] if self.board else []
        return "\n".join([f"{MAGIC} {self.version}", *remark, *body, f"end {len(body)} {crc:08x}"]) + "\n"


def of_answer(answer):
    """What `config export --json` answered."""
    settings = dict(sorted(answer["settings"].items()))
    return Exported(settings, answer["version"], answer["board"])


def read(path):
    """An export in a file, made by a charger or by hand. Trouble FILE names file and line."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble("FILE", f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    found, begun, ended = Exported(), False, None
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            found.board = found.board or line.lstrip("# ")
        elif ended is not None:
            raise Trouble("FILE", f"{path}, line {number}: stands after the end")
        elif not begun:
            magic, _, version = line.partition(" ")
            if magic != MAGIC or not version.isdigit():
                raise Trouble("FILE", f"{path}, line {number}: the first line must be `{MAGIC} NUMBER`, as an export has it")
            found.version, begun = int(version), True
        elif line == "end" or line.startswith("end "):
            ended = line.split()
        else:
            _setting(found, f"{path}, line {number}", line)
    if not begun:
        raise Trouble("FILE", f"{path} is empty: its first line must be `{MAGIC} NUMBER`")
    if ended and len(ended) == 3 and found.text().splitlines()[-1].split() != ended:
        raise Trouble("FILE", f"{path}: its lines do not fit its end (`{' '.join(ended)}`): edited? Then end it with `end` alone")
    return found


def _setting(found, where, line):
    name, equals, value = line.partition("=")
    if not equals or not name:
        raise Trouble("FILE", f"{where}: {line!r} is no NAME=VALUE")
    if name in found.settings:
        raise Trouble("FILE", f"{where}: {name} is there twice")
    found.settings[name] = value
