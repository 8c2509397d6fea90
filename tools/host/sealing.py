"""Lines to and from the console's machine mode: each with its CRC32 (firmware/console/README.md, "For programs")."""

import binascii
import json

from tools.host.exits import Trouble


def sealed(line):
    """A command line closed by the CRC32 of all before the `*`; `line` ends in @NUMBER."""
    data = line.encode()
    return data + b"*%08x\r" % binascii.crc32(data)


def parse(text):
    """A line of the charger as a dict; None when it is none, or was damaged on the way."""
    start = text.find('{"')
    if start < 0:
        return None
    text = text[start:]
    body, _, crc = text.rpartition(', "crc": "')
    if body and crc != f'{binascii.crc32(body.encode()):08x}"}}':
        return None
    try:
        message = json.loads(text)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def quoted(word):
    """One word of a command line, whatever stands in it; Trouble where the console has no way to say it."""
    if '"' in word or "\n" in word or "\r" in word:
        raise Trouble("SETTING", f"{word!r}: no double quote and no line end can stand in a word; use a file (`rudved config apply`)")
    return f'"{word}"' if " " in word or not word else word
