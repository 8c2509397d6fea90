"""`wifi`, `ocpp set` and `clock`: the ways to the outside, and what else comes from there."""
import asyncio

from micropython import const

from firmware.console.answers import Answer, Refusal, number, table
from firmware.console.config import committed, diff
from firmware.storage.values import parse
from firmware.support.clock import iso8601, parse_iso8601

_EARLIEST_S = const(1767225600)         # 2026: no charger of this firmware was there before


def _wifi(console):
    if console.app.hal.wifi is None:
        raise Refusal("ABSENT", "no Wi-Fi on this board")
    return console.app.hal.wifi


def status(console, args):
    told = _wifi(console).status()
    told["set"] = console.app.settings.get("WifiSsid") or None
    lines = ["network: " + (told["set"] or "none is set (`wifi scan`, `wifi join NAME`)")]
    if told["set"]:
        lines.append("joined, %s, address %s" % (number(told["rssi_dbm"], 1, 0, "dBm"), told["ip"]) if told["connected"] else "not joined")
    lines.append("own network: " + (told["access_point"] or "off (`wifi ap on`)"))
    return Answer(told, lines)


async def scan(console, args):
    console.say("listening")
    found = await _wifi(console).scan()
    rows = [{"ssid": ssid, "rssi_dbm": dbm, "channel": channel, "security": security}
            for ssid, dbm, channel, security in sorted(found, key=lambda one: -one[1])]
    if not rows:
        return Answer([], ["no network is heard"])
    return Answer(rows, table([["network", "dBm", "channel", "security"]] + [
        [row["ssid"] or "(hidden)", str(row["rssi_dbm"]), str(row["channel"]), row["security"]] for row in rows]))


async def join(console, args):
    """Asks for the password, joins, and goes back to the network before where that does not work."""
    _wifi(console)
    if not args[0]:
        raise Refusal("USAGE", "wifi join NAME; `wifi leave` leaves it")
    password = await console.ask("password, empty for an open network: ")
    return await _change(console, args[0], password)


async def leave(console, args):
    _wifi(console)
    return await _change(console, "", "")


async def _change(console, ssid, password):
    settings, changes = console.app.settings, console.changes
    wanted = {name: parse(settings.key(name), value) for name, value in (("WifiSsid", ssid), ("WifiPassword", password))}
    answer = committed(console, changes.make(wanted, console.access.role))
    kept = False
    try:
        kept = await console.app.wifi.keep(True)
    finally:                            # Ctrl-C too
        if not kept and changes.waits() is not None:
            changes.undo(console.access.role)
            asyncio.create_task(console.app.wifi.keep(True))
    if not kept:
        raise Refusal("FAILED", "%s: cannot be joined (name, password, distance?); the network is as before" % ssid)
    answer.lines = [("in " + ssid if ssid else "in no network")] + answer.lines
    return answer


def access_point(console, args):
    """A network of the charger's own, named after it; its password is the installer secret: no two chargers share one."""
    wifi = _wifi(console)
    if args not in (("on",), ("off",)):
        raise Refusal("USAGE", "wifi ap on|off")
    if args == ("off",):
        wifi.access_point(None, None)
        return Answer(None, ["own network: off"])
    secret = console.app.settings.get("InstallerSecret")
    if not 8 <= len(secret) <= 63:
        raise Refusal("NOTHING", "set an installer secret of 8 to 63 characters first (`secret installer`): it is the network's password")
    name = "%s-%s" % (console.app.hal.identity["vendor"], console.app.hal.identity["serial"])
    wifi.access_point(name, secret)
    return Answer({"ssid": name}, ["own network: %s, its password is the installer secret, until `wifi ap off` or a restart" % name])


def ocpp_set(console, args):
    """Stages the central system's address, and the charger's name there."""
    settings, given = console.app.settings, list(zip(("CsmsUrl", "ChargePointId"), args))
    for name, value in given:           # both or none
        parse(settings.key(name), value)
    for name, value in given:
        settings.stage(name, value)
    answer = diff(console, ())
    answer.lines.append("staged: `config commit`")
    return answer


def clock(console, args):
    """Sets the clock; what was written before gets its time by it. A central system sets it again, if it knows better."""
    app = console.app
    try:
        utc_s = parse_iso8601(args[0])
    except ValueError as error:
        raise Refusal("USAGE", str(error))
    if utc_s < _EARLIEST_S:
        raise Refusal("USAGE", "%s is before this firmware" % args[0])
    if app.report()["ocpp"]["accepted"]:
        raise Refusal("BUSY", "the central system sets the clock")
    app.clock.set_utc(utc_s)
    app.journal.note_clock()
    app.security.put("SettingSystemTime", "%s by %s" % (args[0], console.access.role))
    return Answer({"utc": iso8601(utc_s)}, ["clock " + iso8601(utc_s)])
