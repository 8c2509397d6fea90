"""`session`: what the journal keeps of charging sessions, of all boots."""
import asyncio

from micropython import const

from firmware.console.answers import Answer, Refusal, number, table, words
from firmware.storage import records

_SHOWN = const(10)
_FIELDS = ("id", "connector", "id_tag", "why_began", "began", "ended", "reason", "start_wh", "wh")
_AT_ONCE = const(16)                    # records read before others get their turn


class Past:
    """A walk through the whole journal that lets others have their turn: permits must be renewed meanwhile.

    `utc(at)` tells the UTC seconds of a moment (boot, up_s, utc_s or None) once any record of that boot knew the time.
    """

    def __init__(self, journal):
        self._journal = journal
        self._offsets = {}

    async def walk(self, visit):
        """`visit(record)` for each record, oldest first."""
        count = 0
        for record in self._journal.records():
            if record.utc_s:
                self._offsets[record.boot] = record.utc_s - record.up_s
            visit(record)
            count += 1
            if count % _AT_ONCE == 0:
                await asyncio.sleep_ms(0)

    def utc(self, at):
        boot, up_s, utc_s = at
        if utc_s or boot not in self._offsets:
            return utc_s
        return self._offsets[boot] + up_s


def moment(record):
    return record.boot, record.up_s, record.utc_s


def _begun(record):
    begin = records.decode_begin(record.payload)
    return {"id": "%d-%08x" % (record.seq, begin.salt), "connector": begin.connector, "id_tag": begin.id_tag, "why_began": begin.why,
            "began": moment(record), "ended": None, "reason": None, "start_wh": begin.wh, "wh": 0, "edges": []}


class _Sessions:
    """The last `most` sessions, oldest first; or only the one whose id is `wanted`, with its edges."""

    def __init__(self, most, wanted=None):
        self.found = {}
        self._most = most
        self._wanted = wanted

    def visit(self, record):
        kind, payload, found = record.kind, record.payload, self.found
        if kind == records.BEGIN:
            one = _begun(record)
            if self._wanted is None or self._wanted in (one["id"], str(record.seq)):
                found[record.seq] = one
            if len(found) > self._most:
                del found[min(found)]
        elif kind == records.END:
            end = records.decode_end(payload)
            one = found.get(end.session)
            if one:
                one["ended"], one["reason"], one["wh"] = end.at, end.reason, end.wh - one["start_wh"]
        elif kind == records.METER:
            session, wh = records.decode_meter(payload)
            if session in found:
                found[session]["wh"] = wh - found[session]["start_wh"]
        elif kind == records.EDGE and self._wanted is not None:
            session, wh, limit_ma, what, why = records.decode_edge(payload)
            one = found.get(session)
            if one:
                one["edges"].append({"at": moment(record), "what": what, "why": why, "wh": wh - one["start_wh"], "limit_ma": limit_ma})


async def _read(app, most, wanted=None):
    past, sessions = Past(app.journal), _Sessions(most, wanted)
    await past.walk(sessions.visit)
    rows = [sessions.found[seq] for seq in sorted(sessions.found)]
    for one in rows:
        one["began"] = past.utc(one["began"])
        one["ended"] = one["ended"] and past.utc(one["ended"])
        for edge in one["edges"]:
            edge["at"] = past.utc(edge["at"])
        _now(app, one)
    return rows


def _now(app, one):
    """What a running session has counted until now."""
    session = app.charger.session(one["id"])
    if session is not None:
        one["wh"] = session.wh


async def list_(console, args):
    if args and (not args[0].isdigit() or not 1 <= int(args[0]) <= 100):
        raise Refusal("USAGE", "session list [HOW MANY, 1 to 100]")
    rows = await _read(console.app, int(args[0]) if args else _SHOWN)
    if not rows:
        return Answer([], ["no session is in the journal"])
    for row in rows:
        del row["edges"]
    return Answer(rows, table([["id", "connector", "began", "card", "Wh", "ended"]] + [
        [row["id"], str(row["connector"]), console.when(row["began"]), row["id_tag"], str(row["wh"]), row["reason"] or "runs"]
        for row in rows]))


async def show(console, args):
    found = await _read(console.app, 1, args[0])
    if not found:
        raise Refusal("NOTHING", "%s: no such session in the journal; `session list` shows them" % args[0])
    one = found[0]
    lines = []
    for name in _FIELDS:
        value = console.when(one[name]) if name in ("began", "ended") else words(one[name])
        lines.append("%s  %s" % (name + " " * (9 - len(name)), value))
    for edge in one["edges"]:
        lines.append("  %s  %s (%s) at %d Wh, limit %s" % (
            console.when(edge["at"]), edge["what"], words(edge["why"]), edge["wh"], number(edge["limit_ma"], 1000, 1, "A")))
    return Answer(one, lines)
