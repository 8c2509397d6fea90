"""`commission`: the steps from a charger on the wall to one that may be handed over, one after the other, resumable.

What each step found stands in the record (console/record.py) before the next begins.
"""
import json

from micropython import const

from firmware.charging import trials
from firmware.console import steps
from firmware.console.answers import Answer, Refusal, table
from firmware.console.looking import need_idle
from firmware.console.record import Damaged, Record, chained, hexed
from firmware.console.run import Fail, Run, Skip, figure, pause
from firmware.console.transfer import export
from firmware.support import ondemand

PASS, FAIL, SKIP = "PASS", "FAIL", "SKIP"
_OPEN_MS = const(15000)
_SIGN_OFF = ("signoff", "sign-off")


def _record(console):
    return Record(console.app.hal.files)


def _read(console, path=None):
    try:
        return _record(console).read(path)
    except Damaged as error:
        raise Refusal("FAILED", "%s; `commission begin force` begins a new one" % error)


def _plan(app):
    """[(step's name, title, function, connector)] of this board, in order; a second connector's steps end in ".2"."""
    plan, all_of_them = [], app.charger.connectors
    for each, rows in steps.GROUPS:
        for connector in all_of_them if each else all_of_them[:1]:
            number = connector.id if each and connector.id > 1 else 0
            for name, title, function in rows:
                plan.append(("%s.%d" % (name, number), "%s, connector %d" % (title, number), function, connector) if number
                            else (name, title, function, connector))
    return plan + [_SIGN_OFF + (None, None)]


def _results(lines):
    """{step: its last result} of the record's lines."""
    results = {}
    for line in lines[1:]:
        told = json.loads(line)
        results[told["step"]] = told
    return results


def _next(plan, results):
    for row in plan:
        if row[0] not in results:
            return row[0]
    return None


async def _book(console, *lines):
    """Into the record, once no contactor is closed: a file is written."""
    for _ in range(_OPEN_MS // 100):
        if not [one for one in console.app.charger.connectors if one.unit.command or one.unit.contactor.poles > 0]:
            _record(console).append(*lines)
            return
        await pause(100)
    raise Refusal("BUSY", "a contactor is closed: nothing can be written now, try the step again")


def _need_open(console):
    lines, _, closing = _read(console)
    if not lines or closing:
        raise Refusal("NOTHING", "no commissioning is open: `commission begin`")
    return lines


async def _run(console, name):
    """Run a step and book what came of it; the line that was booked."""
    results = _results(_need_open(console))
    plan = _plan(console.app)
    found = [row for row in plan if row[0] == name]
    if not found:
        raise Refusal("USAGE", "%s: no such step; they are %s" % (name, ", ".join([row[0] for row in plan])))
    if found[0][2] is None:
        return await _sign_off(console, plan, results)
    run, began = Run(console, name, found[0][3]), console.app.clock.ticks_ms()
    try:
        verdict, text = PASS, await found[0][2](run)
        outside = run.outside()
        if outside:
            verdict, text = FAIL, ", ".join([figure(run.figures, run.limits, one) for one in outside])
    except trials.Busy as error:
        raise Refusal("BUSY", str(error))
    except (Fail, Skip, ValueError) as error:
        skip = isinstance(error, Skip) or (not isinstance(error, Fail) and "fitted" in str(error))
        verdict, text = SKIP if skip else FAIL, str(error)
    line = {"step": name, "verdict": verdict, "text": text or "", "figures": run.figures, "limits": run.limits,
            "at": console.app.clock.utc_s(), "took_s": console.app.clock.since(began) // 1000}
    await _book(console, line)
    return line


async def _sign_off(console, plan, results):
    """The last line: who answers for it and with which settings; then the hash of all, signed."""
    wrong = ["%s %s" % (row[0], results[row[0]]["verdict"] if row[0] in results else "not done") for row in plan[:-1]
             if row[0] not in results or results[row[0]]["verdict"] == FAIL]
    if wrong:
        raise Refusal("FAILED", "not yet: %s; run them again, or `commission skip STEP REASON`" % ", ".join(wrong))
    run, app = Run(console, _SIGN_OFF[0], None), console.app
    by = await run.ask("by", "Your name: with it you answer for what stands here")
    if not by:
        raise Refusal("CANCELLED", "not signed: no name")
    remarks = await run.ask("remarks", "Remarks; empty: none")
    line = {"step": _SIGN_OFF[0], "verdict": PASS, "text": "signed by " + by, "by": by, "remarks": remarks, "figures": {}, "limits": {},
            "at": app.clock.utc_s(), "took_s": 0, "settings": export(console, ()).data["settings"]}
    found = chained(_read(console)[1], line)
    signature, public = await _signed(app, found)
    await _book(console, line, {"hash": hexed(found), "signature": hexed(signature), "public_key": hexed(public)})
    return line


async def _signed(app, found):
    """(signature, public key) of a hash by the device's key. What that takes is in memory for no longer."""
    provision, p256 = ondemand.load("firmware.storage.provision"), ondemand.load("firmware.crypto.p256")
    try:
        private, public = await provision.device_key(app.credentials)
        return await p256.sign(private, found), public
    finally:
        ondemand.release("firmware.crypto.p256")
        ondemand.release("firmware.storage.provision")


def _lines(line):
    """A result as a person reads it."""
    figures, limits = line["figures"], line["limits"]
    return ["%s %s: %s" % (line["verdict"], line["step"], line["text"])] + ["  " + figure(figures, limits, name) for name in figures]


# Commands

def status(console, args):
    lines, _, closing = _read(console)
    results, plan = _results(lines), _plan(console.app)
    rows = []
    for name, title, _, _ in plan:
        line = results.get(name, {})
        rows.append({"step": name, "title": title, "verdict": line.get("verdict"), "text": line.get("text"), "at": line.get("at")})
    data = {"state": "signed" if closing else "open" if lines else "none", "number": json.loads(lines[0])["number"] if lines else 0,
            "next": None if closing or not lines else _next(plan, results), "steps": rows}
    if not lines:
        return Answer(data, ["none has begun: `commission` begins"])
    return Answer(data, ["commissioning %d, %s" % (data["number"], data["state"])] + table(
        [["step", "result", "what", "found"]] + [[row["step"], row["verdict"] or "-", row["title"], row["text"] or ""] for row in rows]))


def begin(console, args):
    """A new record; one that is open is given up with `force` only."""
    if args not in ((), ("force",)):
        raise Refusal("USAGE", "commission begin [force]; force gives up one that is open")
    if not args and _read(console)[0] and not _read(console)[2]:
        raise Refusal("BUSY", "one is open: go on with `commission`, or give it up with `commission begin force`")
    need_idle(console, "commission begin")
    app = console.app
    facts = {"board": app.hal.board.name, "boots": app.hal.boots, "at": app.clock.utc_s(), "role": console.access.role}
    for name in ("vendor", "model", "serial", "firmware"):
        facts[name] = app.hal.identity[name]
    _record(console).begin(facts)
    return status(console, ())


async def step(console, args):
    line = await _run(console, args[0])
    return Answer(line, _lines(line))


async def skip(console, args):
    """Books that a step is left out, and why."""
    _need_open(console)
    if args[0] not in [row[0] for row in _plan(console.app)[:-1]]:
        raise Refusal("USAGE", "%s: no such step, or not one to leave out; `commission status` shows them" % args[0])
    line = {"step": args[0], "verdict": SKIP, "text": " ".join(args[1:]), "figures": {}, "limits": {}, "at": console.app.clock.utc_s(),
            "took_s": 0}
    await _book(console, line)
    return Answer(line, _lines(line))


def record(console, args):
    if args not in ((), ("last",)):
        raise Refusal("USAGE", "commission record [last]")
    lines, found, closing = _read(console, _record(console).last if args else None)
    if not lines:
        raise Refusal("NOTHING", "there is no such record")
    data = {"lines": lines, "hash": hexed(found), "signature": None, "public_key": None}
    data.update(closing or {})
    out = ["commissioning %(number)d of %(model)s %(serial)s, board %(board)s, firmware %(firmware)s" % json.loads(lines[0])]
    for line in _results(lines).values():
        out += _lines(line)
    return Answer(data, out + ["hash " + data["hash"], "signed by the charger's key" if closing else "not signed yet"])


async def wizard(console, args):
    """Goes on where it was left, step by step."""
    if console.json:
        raise Refusal("USAGE", "for programs: commission begin, commission step NAME, commission status")
    if not _read(console)[0] or _read(console)[2]:
        begin(console, ())
    plan = _plan(console.app)
    guide, before = Run(console, "", None), None
    while True:
        results = _results(_need_open(console))
        name = _next(plan, results)
        failed = [row[0] for row in plan if results.get(row[0], {}).get("verdict") == FAIL]
        if name == _SIGN_OFF[0] and failed:
            name = failed[0]
        title = [row[1] for row in plan if row[0] == name][0]
        console.say("--- %d of %d: %s" % ([row[0] for row in plan].index(name) + 1, len(plan), title))
        told = await guide.ask("", "Enter: do it; r: the last one again; s and why: leave it out; q: stop here")
        if told == "r" and before:
            name, told = before, ""
        if told == "q":
            return Answer(None, ["stopped; `commission` goes on here"])
        if told[:1] == "s" and told[1:].strip():
            line = (await skip(console, [name, told[1:].strip()])).data
        elif told:
            continue
        else:
            line = await _run(console, name)
        for text in _lines(line):
            console.say(text)
        before = line["step"]
        if name == _SIGN_OFF[0]:
            return record(console, ())
