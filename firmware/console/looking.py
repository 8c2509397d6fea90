"""Looking at the charger, also while it charges: status, why, live, scope, faults, meter, log, trace."""
import json

from micropython import const

from firmware.console.answers import Answer, Refusal, number, table, words
from firmware.support.clock import iso8601
from firmware.support.log import LEVELS

FRESH_MS = 1500                         # a reading of the meter is waited for
_LIVE_MS = const(1000)
_SCOPE_WIDE = const(64)
_SCOPE_MV = (12000, 9000, 6000, 3000, 0, -3000, -6000, -9000, -12000)
_METER_FACTS = ("address", "state", "reason", "order", "energy_wh", "power_w", "frequency_mhz", "power_factor_milli")
_RECOVERS = {"R": "goes by itself", "U": "goes when unplugged"}


def status(console, args):
    app = console.app
    identity, told = app.hal.identity, app.report()
    utc_s = app.clock.utc_s()
    damage, earth_monitor = app.settings.damage, app.settings.get("EarthMonitor")
    data = {"model": identity["model"], "board": app.hal.board.name, "serial": identity["serial"],
            "firmware": identity["firmware"], "up_s": app.clock.up_s(), "boots": app.hal.boots, "reset_cause": app.hal.reset_cause,
            "utc": None if utc_s is None else iso8601(utc_s), "role": console.access.role, "ocpp": told["ocpp"],
            "settings_damage": damage, "earth_monitor": earth_monitor, "connectors": told["connectors"]}
    lines = ["%s (%s) %s, firmware %s" % (data["model"], data["board"], data["serial"], data["firmware"]),
             "up %s, boot %d (%s), clock %s" % (
                 _span(data["up_s"]), data["boots"], data["reset_cause"], data["utc"] or "not set (`clock`)"),
             "central system: " + _central(app, told["ocpp"]), "you: " + console.access.role]
    if earth_monitor != "on":
        lines.append("protective earth is not watched: EarthMonitor is " + earth_monitor)
    if damage:
        lines.append("settings: " + damage)
    for i, one in enumerate(told["connectors"]):
        lines.append("connector %d: %s: %s" % (one["id"], one["status"], app.charger.connectors[i].why))
        session = one["session"]
        if session:
            lines.append("  session %s of %s: %d Wh" % (session["id"], session["id_tag"], session["wh"]))
    return Answer(data, lines)


def ocpp(console, args):
    app = console.app
    told = app.report()["ocpp"]
    settings = app.settings
    trouble = app.central.link.trouble if app.central else ""
    data = {"url": settings.get("CsmsUrl"), "trouble": trouble, "name": settings.get("ChargePointId") or app.hal.identity["serial"]}
    data.update(told)
    return Answer(data, [_central(app, told), "url: " + words(data["url"]), "name: " + data["name"],
                         "waiting to be delivered: %d" % told["queued"]])


def _central(app, told):
    if not app.settings.get("CsmsUrl"):
        return "none is set (`config set CsmsUrl ws://...`)"
    if told["connected"]:
        return "accepted" if told["accepted"] else "connected, not accepted"
    trouble = app.central.link.trouble if app.central else ""
    return "not connected" + (": " + trouble if trouble else "")


def _span(seconds):
    days, rest = divmod(seconds, 86400)
    text = "%d:%02d:%02d" % (rest // 3600, rest // 60 % 60, rest % 60)
    return "%d d %s" % (days, text) if days else text


def why(console, args):
    """For each connector: the first proof that fails, as safety and charging tell it, then whatever else is in the way."""
    out, lines = [], []
    for connector in chosen(console, args):
        charging = connector.why == "charging"
        blockers = [] if charging else _blockers(console.app, connector)
        out.append({"connector": connector.id, "charging": charging, "why": connector.why,
                    "blockers": [{"what": what, "hint": hint} for what, hint in blockers]})
        lines.append("connector %d: %s" % (connector.id, _charging(connector) if not blockers else "not charging"))
        for i, (what, hint) in enumerate(blockers):
            lines.append("  %d. %s%s" % (i + 1, what, ": " + hint if hint else ""))
    return Answer(out, lines)


def _charging(connector):
    unit = connector.unit
    return "charging, %s offered, limited by %s" % (number(unit.offered_ma, 1000, 1, "A"), unit.limit_by)


def _blockers(app, connector):
    """[(what, hint)], what stops it first at the top."""
    unit, settings = connector.unit, app.settings
    out = [(unit.told(row), _recovery(unit, row)) for row in unit.faults if row.action != "warn"]
    if not out:
        out.append((connector.why, _hint(app, connector)))
    if not app.charger.operative(connector.id):
        out.append(("out of service", "the central system took it out (ChangeAvailability)"))
    limits = connector.limits.all()
    for name in limits:
        if limits[name] < unit.floor_ma:
            hint = "`config set MaxCurrentA`" if name == "user" else ""
            out.append(("limit %s is %s" % (name, number(limits[name], 1000, 1, "A")), hint))
    if connector.session is None and settings.get("CsmsUrl") and not app.report()["ocpp"]["accepted"]:
        hint = "only known cards are served (AllowOfflineTxForUnknownId)"
        out.append(("central system is not connected", "" if settings.get("AllowOfflineTxForUnknownId") else hint))
    if connector.meter is not None and connector.meter.state != "ok":
        out.append(("meter: %s" % connector.meter.reason, "`meter scan`"))
    return out


def _hint(app, connector):
    if not connector.plugged:
        return "plug in"
    if connector.session is None and connector.token is None:
        cards = "" if app.hal.reader is None else "tap a card, "
        return cards + "start it from the app, or `config set FreeVendActive true`"
    if connector.unit.offered and not connector.unit.energy_wanted:
        return "the vehicle is full, timed or locked: look there"
    return ""


def _recovery(unit, row):
    if row.recovery == "L" or row.name in unit.core.latched().get(unit.id, ()):
        return "stays until `clear %s`" % row.name
    return _RECOVERS[row.recovery]


def faults(console, args):
    rows = []
    for connector in console.app.charger.connectors:
        for row in connector.unit.faults:
            rows.append({"connector": connector.id, "name": row.name, "action": row.action, "recovers": _recovery(connector.unit, row),
                         "code": row.code, "vendor": row.vendor, "text": connector.unit.told(row)})
    if not rows:
        return Answer([], ["no faults"])
    return Answer(rows, table([["connector", "name", "", "what"]] + [
        [str(row["connector"]), row["name"], row["recovers"], row["text"]] for row in rows]))


# Live

async def live(console, args):
    """Again each second, in place, until a key; with --json, or a number of times, without drawing over."""
    if args and not args[0].isdigit():
        raise Refusal("USAGE", "live [TIMES]")
    if console.json:
        return Answer(_facts(console.app))
    times = int(args[0]) if args else 0
    console.watch_keys()
    count = up = 0
    while True:
        lines = _live_lines(_facts(console.app))
        if up and not times:
            console.say("\x1b[%dA" % up, end="")
        for line in lines:
            console.say(line + "\x1b[K" if not times else line)
        up = len(lines)
        count += 1
        if count == times:
            return Answer()
        if await console.key(_LIVE_MS):
            return Answer()


def _facts(app):
    rows = []
    for i, connector in enumerate(app.charger.connectors):
        unit, meter, io = connector.unit, connector.meter, app.hal.connectors[i]
        rows.append({
            "connector": connector.id, "letter": unit.letter, "high_mv": unit.pilot_high_mv, "low_mv": unit.pilot_low_mv,
            "duty_permille": None if unit.duty is None else unit.duty * 1000 // 65536, "offered_ma": unit.offered_ma if unit.offered else 0,
            "plugged": unit.plugged, "cable_ma": unit.cable_ma, "locked": unit.locked if unit.lock else None,
            "command": unit.command, "closed": unit.closed, "poles": unit.contactor.poles if connector.spec.feedback else None,
            "residual_tripped": unit.residual.tripped if io.residual else None,
            "volts_mv": wired(connector, meter.volts_mv) if meter else None, "amps_ma": wired(connector, meter.amps_ma) if meter else None,
            "power_w": meter.power_w if meter else None, "energy_wh": meter.energy_wh if meter else None,
            "meter": meter.state if meter else None, "why": connector.why})
    thermal = app.core.thermal
    told = app.report()["ocpp"]
    return {"connectors": rows, "hottest_dc": thermal.hottest_dc, "temperature_limit_ma": thermal.limit_ma,
            "network": app.hal.network.up(), "rssi_dbm": app.hal.network.rssi_dbm(), "ocpp": told}


def wired(connector, values):
    """What a meter says of the lines that are there: an outlet has one, and two zeros more would read as two dead phases."""
    return list(values[:connector.spec.phases])


def _measured(row):
    """(volts, amperes) of each line, as text."""
    return " ".join(["%.1f" % (mv / 1000) for mv in row["volts_mv"]]), " ".join(["%.2f" % (ma / 1000) for ma in row["amps_ma"]])


def _live_lines(facts):
    lines = []
    for row in facts["connectors"]:
        if row["letter"] is not None:
            lines.append("%d pilot      %s, %s / %s, %s, offers %s" % (
                row["connector"], row["letter"], number(row["high_mv"], 1000, 2, "V"), number(row["low_mv"], 1000, 2, "V"),
                number(row["duty_permille"], 10, 1, "%"), number(row["offered_ma"], 1000, 1, "A")))
        lines.append("%d cable      %s, %s%s" % (
            row["connector"], "in" if row["plugged"] else "out", number(row["cable_ma"], 1000, 0, "A"),
            "" if row["locked"] is None else ", locked" if row["locked"] else ", not locked"))
        lines.append("%d contactor  told %s, %s%s, residual %s" % (
            row["connector"], "closed" if row["command"] else "open", "closed" if row["closed"] else "open",
            "" if row["poles"] is None else " (poles %s)" % bin(row["poles"])[2:],
            "tripped" if row["residual_tripped"] else "-" if row["residual_tripped"] is None else "fine"))
        if row["meter"]:
            lines.append("%d meter      %s: %s V, %s A, %d W, %s Wh" % (
                (row["connector"], row["meter"]) + _measured(row) + (row["power_w"], words(row["energy_wh"]))))
        lines.append("%d why        %s" % (row["connector"], row["why"]))
    lines.append("  hottest    %s" % number(facts["hottest_dc"], 10, 1, "C"))
    lines.append("  network    %s%s, central system %s" % (
        "up" if facts["network"] else "down", "" if facts["rssi_dbm"] is None else " (%d dBm)" % facts["rssi_dbm"],
        "accepted" if facts["ocpp"]["accepted"] else "connected" if facts["ocpp"]["connected"] else "not connected"))
    return lines


def scope(console, args):
    """The last burst of the pilot, folded onto one period of 1 ms."""
    connector = chosen(console, args or ("1",))[0]
    burst = console.app.burst(connector.id)
    if burst is None:
        raise Refusal("ABSENT", "this board gives no burst of that connector's pilot")
    interval_us, mv = burst
    columns = [None] * _SCOPE_WIDE
    for i, value in enumerate(mv):
        columns[i * interval_us % 1000 * _SCOPE_WIDE // 1000] = value
    lines = []
    for level in _SCOPE_MV:
        marks = "".join(["*" if value is not None and -1500 <= value - level < 1500 else " " for value in columns])
        lines.append(("%4d V |%s" % (level // 1000, marks)).rstrip())
    lines.append("       +" + "-" * _SCOPE_WIDE + " 1 ms")
    return Answer({"connector": connector.id, "interval_us": interval_us, "mv": mv}, lines)


async def meter_read(console, args):
    app, rows = console.app, []
    for connector in chosen(console, args):
        meter = connector.meter
        if meter is None:
            continue
        await app.meters.fresh(meter, FRESH_MS)
        row = {"connector": connector.id, "volts_mv": wired(connector, meter.volts_mv), "amps_ma": wired(connector, meter.amps_ma),
               "age_ms": meter.age_ms()}
        for name in _METER_FACTS:
            row[name] = getattr(meter, name)
        rows.append(row)
    if not rows:
        raise Refusal("ABSENT", "no meter on this board")
    lines = table([["connector", "state", "Wh", "W", "V", "A", "Hz"]] + [
        [str(row["connector"]), row["state"], words(row["energy_wh"]), str(row["power_w"])] + list(_measured(row)) +
        [number(row["frequency_mhz"], 1000, 2, "").rstrip()] for row in rows])
    return Answer(rows, lines + ["connector %d: %s" % (row["connector"], row["reason"]) for row in rows if row["reason"]])


# Log

def log(console, args):
    """Without a word: the lines that are kept. With a level: show such lines from now on as they come."""
    app = console.app
    if args and args[0] in ("off",) + LEVELS:
        console.log_from = LEVELS.index(args[0]) if args[0] != "off" else len(LEVELS)
        return Answer({"from": args[0]}, ["log lines shown as they come: " + (args[0] if args[0] == "off" else args[0] + " and worse")])
    if args and not args[0].isdigit():
        raise Refusal("USAGE", "log [HOW MANY | off | %s]" % " | ".join(LEVELS))
    kept = list(app.log.lines())
    kept = kept[max(0, len(kept) - int(args[0])):] if args else kept
    return Answer([{"up_s": up_s, "level": level, "source": source, "text": text} for up_s, level, source, text in kept],
                  [log_line(*line) for line in kept])


def log_line(up_s, level, source, text):
    return "%s %s %s: %s" % (_span(up_s), level, source, text)


# The line to the central system

async def trace_ocpp(console, args):
    """Each frame as it comes, until a key. A frame that sets a secret shows that it does, not which."""
    if not console.app.settings.get("CsmsUrl"):
        raise Refusal("NOTHING", "no central system is set: `config set CsmsUrl ws://...`")
    console.say("frames as they come; any key ends it")
    console.watch_keys()
    console.frames = lambda direction, frame: _frame(console, direction, frame)
    try:
        while not await console.key(60000):
            pass
    finally:
        console.frames = None
    return Answer()


def _frame(console, direction, frame):
    text = without_secrets(console.app.settings, frame)
    console.say("%s %s %s" % (console.now(), "<-" if direction == "in" else "->", text))
    if console.json:
        console.put(json.dumps({"event": "ocpp", "dir": direction, "frame": text}))


def without_secrets(settings, frame):
    """A frame's text, the value of a secret setting in it masked; of one that is no good JSON only the length."""
    try:
        message = json.loads(frame) if isinstance(frame, str) else frame
        if len(message) > 3 and message[2] == "ChangeConfiguration":
            name = str(message[3].get("key")).lower()
            if [one for one in settings.names() if one.lower() == name and settings.key(one).secret]:
                message[3]["value"] = "(secret)"
                return json.dumps(message)
    except (ValueError, TypeError, AttributeError, KeyError):
        return "(%d characters that are no frame)" % len(frame)
    return frame if isinstance(frame, str) else json.dumps(frame)


# For commands

def chosen(console, args):
    """The connectors meant: all without a word, else the one of that number."""
    charger = console.app.charger
    if not args:
        return charger.connectors
    connector = charger.connector(int(args[0])) if args[0].isdigit() else None
    if connector is None:
        raise Refusal("USAGE", "%s: this board has connectors 1 to %d" % (args[0], len(charger.connectors)))
    return [connector]


def need_idle(console, what):
    """Refusal BUSY while a session runs, or a contactor is closed."""
    for connector in console.app.charger.connectors:
        if connector.session is not None or connector.unit.command:
            raise Refusal("BUSY", "%s: not while a session runs on connector %d" % (what, connector.id))
