"""`config export` and `config import`: settings as text that a person can read, edit, keep and give to other chargers.

    rudved-config 2
    # AC7 rudved_ac7, firmware 0.1.0
    MaxCurrentA=16
    end 1 6c2bd1f3

The first line names the version of what the settings mean (storage/migrations.py); an older export is migrated. `end`
may carry the number of settings and the CRC32 of their lines, which an export does: what was lost on the way is found. An
import only stages; `config commit` makes it so.
"""
import binascii

from micropython import const

from firmware.console.answers import Answer, Refusal
from firmware.console.config import find, shown
from firmware.storage.migrations import VERSION, migrate
from firmware.storage.values import SettingError, parse, text_of

_MAGIC = "rudved-config"
_MOST_LINES = const(400)
_SILENCE_MS = const(30000)              # the line has gone dead in the middle
_SCOPES = ("changed", "all", "secrets")


def export(console, args):
    """`changed`: what differs from the defaults; `all`: the others too; `secrets`: what
    differs, with identity and secrets (factory)."""
    scope = args[0] if args else "changed"
    if scope not in _SCOPES:
        raise Refusal("USAGE", "config export [%s]" % "|".join(_SCOPES))
    if scope == "secrets":
        console.access.need("factory")
    app, told, body = console.app, {}, []
    for name in app.settings.names():
        key = app.settings.key(name)
        if key.hidden or key.access == "R" or ((key.secret or key.identity) and scope != "secrets"):
            continue
        value = app.settings.get(name)
        if scope == "all" or value != parse(key, key.default):
            told[name] = text_of(value)
            body.append("%s=%s" % (name, told[name]))
    identity = app.hal.identity
    lines = ["%s %d" % (_MAGIC, VERSION), "# %s %s, firmware %s" % (identity["model"], app.hal.board.name, identity["firmware"])]
    data = {"format": _MAGIC, "version": VERSION, "board": app.hal.board.name, "settings": told}
    return Answer(data, lines + body + ["end %d %08x" % (len(body), _crc(body))])


def _crc(body):
    crc = 0
    for line in body:
        crc = binascii.crc32(line.encode() + b"\n", crc)
    return crc


async def import_(console, args):
    """Reads to `end`, says what each line would do, and stages all of it or nothing."""
    settings = console.app.settings
    if settings.diff():
        raise Refusal("BUSY", "something is staged already: `config commit` or `config rollback` first")
    console.say("Paste an export (nothing is shown); `end` ends it, Ctrl-C gives up.")
    version, texts = await _given(console)
    rows, typed = _migrated(texts, version), {}
    for name in sorted(texts):
        rows.append(_judge(settings, name, texts[name], typed))
    wrong = [row for row in rows if row["result"] == "wrong"]
    if not wrong:
        try:
            settings.verify(typed)
        except SettingError as error:
            wrong.append({"key": error.key, "result": "wrong", "text": str(error)})
            rows += wrong
    for row in rows:
        console.say("%s  %s" % (row["result"] + " " * (6 - len(row["result"])), row["text"]))
    if wrong:
        raise Refusal("IMPORT", "%d of %d lines are wrong; nothing changed: %s" % (len(wrong), len(rows), wrong[0]["text"]),
                      {"lines": rows})
    for name in typed:
        settings.stage(name, typed[name])
    count = len(typed)
    say = "staged; `config commit` makes it so" if count else "all of it holds already"
    return Answer({"staged": count, "lines": rows}, ["%d of %d would change: %s" % (count, len(rows), say)])


async def _given(console):
    """(version, {name: text}) of what is pasted; Refusal where it is no whole export."""
    body, texts, version = [], {}, None
    for number in range(1, _MOST_LINES + 1):
        line = (await console.read_line("", True, _SILENCE_MS)).strip()
        if not line or line.startswith("#"):
            continue
        if version is None:
            version = _version(line)
        elif line == "end" or line.startswith("end "):
            _check_end(line.split(), body)
            return version, texts
        else:
            name, equals, text = line.partition("=")
            if not equals or not name or name in texts:
                why = "is there twice" if name in texts else "is no NAME=VALUE"
                raise Refusal("IMPORT", "line %d %s; nothing changed" % (number, why))
            texts[name] = text
            body.append(line)
    raise Refusal("IMPORT", "more than %d lines without an `end`; nothing changed" % _MOST_LINES)


def _version(line):
    magic, _, version = line.partition(" ")
    if magic != _MAGIC or not version.isdigit():
        raise Refusal("IMPORT", "the first line must be `%s %d`; nothing changed" % (_MAGIC, VERSION))
    if not 1 <= int(version) <= VERSION:
        raise Refusal("IMPORT", "this is version %s of the format, this firmware reads versions 1 to %d; nothing changed" % (
            version, VERSION))
    return int(version)


def _migrated(texts, version):
    """Migrates `texts`; a row for each that an older firmware wrote otherwise."""
    before = dict(texts)
    migrate(texts, version)
    return [{"key": name, "result": "older", "text": "%s: written as version %d%s" % (
        name, version, "" if name in texts else "; it means nothing any more")} for name in before if texts.get(name) != before[name]]


def _check_end(ends, body):
    if len(ends) == 3 and (ends[1] != str(len(body)) or ends[2] != "%08x" % _crc(body)):
        raise Refusal("IMPORT", "%d lines came, the end tells of %s, or they differ: lost on the way; nothing changed" % (
            len(body), ends[1]))


def _judge(settings, name, text, typed):
    """What one line would do; a change is put into `typed`."""
    row = {"key": name, "result": "wrong"}
    try:
        key = find(settings, name)
        if key.access == "R":
            raise SettingError(name, text, "", "read_only")
        if key.name in typed:
            raise Refusal("IMPORT", "%s is there twice" % key.name)
        value = parse(key, text)
    except (SettingError, Refusal) as error:
        row["text"] = getattr(error, "text", None) or str(error)
        return row
    now = settings.get(key.name)
    row["result"] = "same" if value == now else "change"
    row["text"] = "%s: %s" % (key.name, shown(key, text_of(now)))
    if value != now:
        row["text"] += " -> " + shown(key, text_of(value))
        typed[key.name] = value
    return row
