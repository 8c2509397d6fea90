"""`config history`, and what undoes an old change: from the notes in the journal."""
import json

from firmware.console.answers import Answer, Refusal, table, words
from firmware.console.config import SOURCE, diff
from firmware.console.sessions import Past, moment
from firmware.storage import records


async def _changes(journal):
    """[(utc_s or None, who, {name: text before})], the oldest first; a secret's text is None."""
    past, told = Past(journal), []

    def visit(record):
        if record.kind == records.NOTE:
            source, text = records.decode_note(record.payload)
            if source == SOURCE:
                told.append((moment(record), text))

    await past.walk(visit)
    changes = [(past.utc(at), json.loads(text)) for at, text in told]
    return [(utc_s, change["by"], change["was"]) for utc_s, change in changes]


# Commands

async def undo(console, number):
    """Stage what undoes change `number`."""
    settings, changes = console.app.settings, await _changes(console.app.journal)
    if not number.isdigit() or not 1 <= int(number) <= len(changes):
        raise Refusal("USAGE", "the history has changes 1 to %d" % len(changes))
    was = changes[int(number) - 1][2]
    for name in was:
        if was[name] is None or name not in settings.names():
            raise Refusal("NOTHING", "%s was secret, or is gone: its old value is not kept" % name)
    for name in was:
        settings.stage(name, was[name])
    return diff(console, ())


async def history(console, args):
    settings = console.app.settings
    changes = await _changes(console.app.journal)
    now = {name: settings.text(name) for name in settings.names()}
    rows = []
    for i in range(len(changes) - 1, -1, -1):
        utc_s, by, was = changes[i]
        for name in sorted(was, reverse=True):
            rows.append({"n": i + 1, "when": console.when(utc_s), "by": by, "key": name, "was": was[name], "became": now.get(name)})
            now[name] = was[name]
    rows.reverse()
    if not rows:
        return Answer([], ["no change was made at this console yet"])
    return Answer(rows, table([["n", "when", "by", "key", "was", "became"]] + [
        [str(row["n"]), row["when"], row["by"], row["key"], words(row["was"]), words(row["became"])] for row in rows]))
