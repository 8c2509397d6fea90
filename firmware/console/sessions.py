"""`session`: what the journal keeps of charging sessions, of all boots."""
import asyncio

from micropython import const

from firmware.console.answers import Answer, Refusal, number, table, words
from firmware.storage import records

_SHOWN = const(10)
_FIELDS = ("id", "connector", "id_tag", "why_began", "began", "ended", "reason", "start_wh", "wh")
_AT_ONCE = const(16)                    # records read before others get their turn


def _begun(journal, record):
    begin = records.decode_begin(record.payload)
    return {"id": "%d-%08x" % (record.seq, begin.salt), "connector": begin.connector, "id_tag": begin.id_tag, "why_began": begin.why,
            "began": journal.utc_of(record), "ended": None, "reason": None, "start_wh": begin.wh, "wh": 0, "edges": []}


async def _read(journal, most, wanted=None):
    """The last `most` sessions, oldest first; or only the one whose id is `wanted`, with its edges."""
    found, count = {}, 0
    for record in journal.records():
        count += 1
        if count % _AT_ONCE == 0:
            await asyncio.sleep_ms(0)
        kind, payload = record.kind, record.payload
        if kind == records.BEGIN:
            one = _begun(journal, record)
            if wanted is None or wanted in (one["id"], str(record.seq)):
                found[record.seq] = one
            if len(found) > most:
                del found[min(found)]
        elif kind == records.END:
            end = records.decode_end(payload)
            if end.session in found:
                one = found[end.session]
                one["ended"], one["reason"] = end.at[2] or journal.utc_at(end.at[0], end.at[1]), end.reason
                one["wh"] = end.wh - one["start_wh"]
        elif kind == records.METER:
            session, wh = records.decode_meter(payload)
            if session in found:
                found[session]["wh"] = wh - found[session]["start_wh"]
        elif kind == records.EDGE and wanted is not None:
            session, wh, limit_ma, what, why = records.decode_edge(payload)
            if session in found:
                one = found[session]
                one["edges"].append({"at": journal.utc_of(record), "what": what, "why": why, "wh": wh - one["start_wh"],
                                     "limit_ma": limit_ma})
    return [found[seq] for seq in sorted(found)]


def _now(app, one):
    """What a running session has counted until now."""
    session = app.charger.session(one["id"])
    if session is not None:
        one["wh"] = session.wh


async def list_(console, args):
    if args and (not args[0].isdigit() or not 1 <= int(args[0]) <= 100):
        raise Refusal("USAGE", "session list [HOW MANY, 1 to 100]")
    rows = await _read(console.app.journal, int(args[0]) if args else _SHOWN)
    if not rows:
        return Answer([], ["no session is in the journal"])
    for row in rows:
        _now(console.app, row)
        del row["edges"]
    return Answer(rows, table([["id", "connector", "began", "card", "Wh", "ended"]] + [
        [row["id"], str(row["connector"]), console.when(row["began"]), row["id_tag"], str(row["wh"]), row["reason"] or "runs"]
        for row in rows]))


async def show(console, args):
    if len(args) != 1:
        raise Refusal("USAGE", "session show ID, as `session list` shows it")
    found = await _read(console.app.journal, 1, args[0])
    if not found:
        raise Refusal("NOTHING", "%s: no such session in the journal; `session list` shows them" % args[0])
    one = found[0]
    _now(console.app, one)
    lines = []
    for name in _FIELDS:
        value = console.when(one[name]) if name in ("began", "ended") else words(one[name])
        lines.append("%s  %s" % (name + " " * (9 - len(name)), value))
    for edge in one["edges"]:
        lines.append("  %s  %s (%s) at %d Wh, limit %s" % (
            console.when(edge["at"]), edge["what"], words(edge["why"]), edge["wh"], number(edge["limit_ma"], 1000, 1, "A")))
    return Answer(one, lines)
