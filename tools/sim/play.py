"""`rudved sim --play FILE`: the lines of a file as if a client had sent them, one after another; then the end.

A line is a request of SIMULATOR.md; empty lines and those that begin with "#" are passed over. What a failed property
writes down is such a file.
"""

import asyncio
import json
import sys
from pathlib import Path


class BadScript(Exception):
    """The text says which line is none."""


def load(path):
    """The requests of a file, as bytes; BadScript where a line is no JSON object."""
    lines = []
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise BadScript(f"{path}: {error}") from None
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if line and not line.startswith("#"):
            try:
                request = json.loads(line)
                if not isinstance(request, dict):
                    raise ValueError("not an object")
            except ValueError as error:
                raise BadScript(f"{path}, line {number}: {error}") from None
            lines.append(line.encode() + b"\n")
    return lines


async def play(port, lines):
    """Send each line once the one before is answered, tell what was refused, and quit. A simulator that ends meanwhile
    (an invariant broke) is the end of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for line in [*lines, b'{"do": "quit"}\n']:
            writer.write(line)
            answer = json.loads(await reader.readline() or b'{"ok": true}')
            if not answer["ok"]:
                print(f"rudved sim: {line.decode().strip()} -> {answer['error']}", file=sys.stderr)
    except ConnectionError:
        pass
    finally:
        writer.close()
