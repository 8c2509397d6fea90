"""The list of units to be cloned (a CSV) and the book of what became of each (another one, which a later run reads)."""

import csv
import hashlib
import json
import os
import secrets
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tools.host.exits import Trouble

GENERATE = "generate"
SECRET = "installer_secret"  # set by the console's command `secret`, not an import
ON_LABEL = ("evse_id", "location", "note")
_ALIASES = {"cp_id": "ChargePointId", "password": "AuthorizationKey", "installersecret": SECRET}
_BOOK = ("time", "row", "serial", "ChargePointId", "port", "result", "what", "firmware", "print")
_MAKE = {"AuthorizationKey": lambda: secrets.token_hex(20), SECRET: lambda: secrets.token_urlsafe(9)}


@dataclass
class Unit:
    """One line of the list: its number (the first is 1), the serial number it is meant for ("": any), its settings."""

    row: int
    serial: str = ""
    settings: dict = field(default_factory=dict)
    secret: str = ""
    label: dict = field(default_factory=dict)

    @property
    def name(self):
        return self.settings.get("ChargePointId") or self.serial or f"row {self.row}"


def read(path):
    """The units of a CSV: `serial`, any settings by their names, `installer_secret`, and what only the label says
    (evse_id, location, note). Trouble FILE names file, line and column."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Trouble("FILE", f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(rows) < 2:
        raise Trouble("FILE", f"{path}: there must be a line of column names, and a line for each unit")
    head = [_ALIASES.get(name.strip().lower(), name.strip()) for name in rows[0]]
    for name in head:
        if not name or head.count(name) > 1:
            raise Trouble("FILE", f"{path}, line 1: column {name!r} {'has no name' if not name else 'is there twice'}")
    units = [_unit(f"{path}, line {number + 1}", number, head, row) for number, row in enumerate(rows[1:], 1)]
    for what, of in (("serial", lambda unit: unit.serial), ("ChargePointId", lambda unit: unit.settings.get("ChargePointId"))):
        seen = {}
        for unit in units:
            value = of(unit)
            if value and value in seen:
                raise Trouble("FILE", f"{path}: {what} {value} is in rows {seen[value]} and {unit.row}")
            seen[value] = unit.row
    return units


def _unit(where, number, head, row):
    if len(row) != len(head):
        raise Trouble("FILE", f"{where}: {len(row)} cells, the first line names {len(head)} columns")
    cells = {name: cell.strip() for name, cell in zip(head, row)}
    unit = Unit(number, cells.pop("serial", ""), secret=cells.pop(SECRET, ""))
    unit.label = {name: cells.pop(name, "") for name in ON_LABEL}
    unit.settings = {name: value for name, value in cells.items() if value}  # an empty cell: as the template has it
    for name, value in unit.settings.items():
        if value == GENERATE and name not in _MAKE:
            raise Trouble("FILE", f"{where}: {name} cannot be generated; {' and '.join(_MAKE)} can")
    return unit


class Book:
    """What became of each unit, one line each time, safely on disk before the next unit is touched.

    `secrets_path`: where generated secrets are kept, before any charger gets them, readable by their owner only.
    """

    def __init__(self, path, secrets_path):
        self.path = Path(path)
        self._secrets_path = Path(secrets_path)
        self._lock = threading.Lock()
        self._last = {int(line["row"]): line for line in _lines(self.path, _BOOK)}
        self._kept = {(line["serial"], line["name"]): line["value"] for line in _lines(self._secrets_path, ("serial", "name", "value"))}

    def done(self, unit, template):
        """Whether the row was finished, with this template and this very line of the list."""
        last = self._last.get(unit.row)
        return bool(last) and last["result"] == "done" and last["print"] == fingerprint(unit, template)

    def serial(self, unit):
        """The serial number a row went to when it was begun, "" where it was not."""
        last = self._last.get(unit.row)
        return last["serial"] if last else ""

    def write(self, unit, serial, result, template, port="", what="", firmware=""):
        line = dict(zip(_BOOK, (
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), str(unit.row), serial, unit.settings.get("ChargePointId", ""), port, result,
            what, firmware, fingerprint(unit, template),
        )))  # fmt: skip
        with self._lock:
            self._last[unit.row] = line
            _append(self.path, _BOOK, line)
        return line

    def fill(self, unit, serial):
        """(settings, installer secret) of the row, with what is to be generated generated: once for each unit."""
        settings = {name: self._secret(serial, name) if value == GENERATE else value for name, value in unit.settings.items()}
        return settings, self._secret(serial, SECRET) if unit.secret == GENERATE else unit.secret

    def _secret(self, serial, name):
        with self._lock:
            if (serial, name) not in self._kept:
                value = _MAKE[name]()
                _append(self._secrets_path, ("serial", "name", "value"), {"serial": serial, "name": name, "value": value}, private=True)
                self._kept[serial, name] = value
            return self._kept[serial, name]


def fingerprint(unit, template):
    """Eight characters that change when the template or the unit's line does. Of secrets they tell nothing worth having."""
    told = json.dumps([template.settings, unit.serial, unit.settings, unit.secret, unit.label], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def _lines(path, head):
    try:
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            lines = [line for line in reader if None not in line.values()]  # a line that a crash cut short
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Trouble("FILE", f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if reader.fieldnames is not None and tuple(reader.fieldnames) != head:
        raise Trouble("FILE", f"{path} is something else: its columns are {', '.join(reader.fieldnames)}, not {', '.join(head)}")
    return lines


def _append(path, head, line, private=False):
    try:
        cut = path.exists() and not path.read_bytes().endswith(b"\n")
        with open(path, "a", newline="", encoding="utf-8", opener=_private if private else None) as file:
            writer = csv.DictWriter(file, head)
            if cut and file.tell():
                file.write("\n")  # the last line was cut short by a crash
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Trouble("FILE", f"{path} cannot be written: {error}") from None


def _private(path, flags):
    return os.open(path, flags, 0o600)
