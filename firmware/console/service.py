"""What an installer does with all contactors open: clear, find meters, test, back to the factory's settings."""
import asyncio

from micropython import const

from firmware.charging import trials
from firmware.console.answers import Answer, Refusal, number, words
from firmware.console.cards import tapped
from firmware.console.looking import FRESH_MS, chosen, need_idle, wired
from firmware.console.run import Run
from firmware.metering.scan import ADDRESSES, EVERY_ADDRESS, FRAMES, SPEEDS, Scan

_COLOUR_MS = const(700)
_COLOURS = ("red", "green", "blue", "yellow", "white")
_HOLD_MS = const(3000)
_ASK_MS = const(30000)
_BACK_MS = const(2500)                  # after a clear: what is still there is back by then, a failed self-test too
_TEST_TAG = "CONSOLE-TEST"
_LEFT_ALONE = ("FactorySecret", "InstallerSecret", "Unconfirmed", "ShortLives", "Latched", "ResidualTrips", "TripTimes", "Inoperative",
               "LoginFailures")


async def clear(console, args):
    """The fault on that connector, or on every one that has it."""
    name, charger = args[0], console.app.charger
    done = [one.id for one in chosen(console, args[1:]) if trials.clear(charger, one, name, console.access.role)]
    if not done:
        raise Refusal("NOTHING", "%s: no such fault is active; `faults` shows them" % name)
    await asyncio.sleep_ms(_BACK_MS)
    back = [one.id for one in charger.connectors if one.id in done and name in [row.name for row in one.unit.faults]]
    if back:
        raise Refusal("FAILED", "%s is still there on connector %s" % (name, words(back)))
    return Answer({"cleared": name, "connectors": done}, ["%s cleared on connector %s" % (name, words(done))])


# Meter

async def meter_scan(console, args):
    """`all` asks every address from 1 to 247, which takes many minutes."""
    app = console.app
    if args not in ((), ("all",)):
        raise Refusal("USAGE", "meter scan [all]")
    if app.hal.rs485 is None or app.meters.master is None:
        raise Refusal("ABSENT", "no meter line on this board")
    need_idle(console, "meter scan")
    console.say("listening for meters; Ctrl-C gives up")
    scan = await _scan(console, SPEEDS, FRAMES, EVERY_ADDRESS if args else ADDRESSES)
    found = [{"address": one.address, "baud": one.baud, "frame": "8%s%d" % (one.parity, one.stop),
              "profile": one.sure.profile if one.sure else None, "order": one.sure.order if one.sure else None,
              "fits": [fit.profile for fit in one.fits]} for one in scan.found]
    if not found:
        raise Refusal("FAILED", scan.words()[0])
    lines = scan.words()
    if [one for one in found if one["profile"] is None]:
        lines.append("more than one profile fits, or none: the nameplate decides, nothing is guessed")
    return Answer({"found": found}, lines)


async def _scan(console, speeds, frames, addresses):
    """A `Scan` that has run, the line put back as it was."""
    app, rs485 = console.app, console.app.hal.board.rs485
    async with app.meters.held:
        scan = Scan(app.hal.rs485, app.clock, _watched(console))
        try:
            await scan.run(speeds, frames, addresses)
        finally:
            app.meters.master.configure(rs485["baud"], rs485["parity"], rs485["stop"])
    return scan


def _watched(console):
    """Stops the scan when somebody plugs in and charges meanwhile; tells each tenth."""
    told = [0]

    def heard(done, of):
        need_idle(console, "meter scan")
        if of > 10 and done * 10 // of > told[0]:
            told[0] = done * 10 // of
            console.say("%d %%" % (told[0] * 10))
    return heard


async def meter_identify(console, args):
    need_idle(console, "meter identify")
    rows = []
    for one in chosen(console, args):
        if one.meter is not None:
            rows.append(await identified(console, one))
    if not rows:
        raise Refusal("ABSENT", "no meter on this board")
    return Answer(rows, ["connector %d, address %d: %s" % (row["connector"], row["address"], _fit(row)) for row in rows])


async def identified(console, connector):
    """A connector's meter, asked by every profile: whether the one the board names is among those that fit."""
    rs485, meter, profile = console.app.hal.board.rs485, connector.meter, connector.spec.meter["profile"]
    if meter.profile.function:
        found = (await _scan(console, (rs485["baud"],), ((rs485["parity"], rs485["stop"]),), (meter.address,))).found
        fits = [fit.profile for one in found for fit in one.fits]
    else:  # in the board's own chip, which is what it is
        found = meter.state != "stale"
        fits = [profile] if meter.state == "ok" else []
    return {"connector": connector.id, "address": meter.address, "profile": profile, "answers": bool(found), "fits": fits,
            "as_configured": profile in fits, "order": meter.order}


def _fit(row):
    if not row["answers"]:
        return "no answer: `meter scan` looks at all speeds and addresses"
    if not row["fits"]:
        return "answers, but no profile shows mains"
    others = [name for name in row["fits"] if name != row["profile"]]
    if row["as_configured"]:
        return "reads as %s, as the board says%s" % (row["profile"], "; so would " + words(others) if others else "")
    return "reads as %s; the board says %s, by which it does not" % (words(others), row["profile"])


# Tests

async def test(console, args):
    if args[0] not in _TESTS:
        raise Refusal("USAGE", "test %s [CONNECTOR]" % "|".join(sorted(_TESTS)))
    console.say("Ctrl-C gives up")
    try:
        passed, data, line = await _TESTS[args[0]](console, chosen(console, args[1:] or ("1",))[0])
    except trials.Busy as error:
        raise Refusal("BUSY", str(error))
    except ValueError as error:
        raise Refusal("ABSENT" if "fitted" in str(error) else "FAILED", str(error))
    if not passed:
        raise Refusal("FAILED", "FAIL %s: %s" % (args[0], line))
    data["test"] = args[0]
    return Answer(data, ["PASS %s: %s" % (args[0], line)])


async def _test_rcd(console, connector):
    trip_ms = await trials.residual(console.app.charger, connector)
    if trip_ms is None:
        return False, {}, "the monitor did not trip and release as it must; `clear residual_test` after repair"
    return True, {"trip_ms": trip_ms}, "tripped after %d ms and released" % trip_ms


async def _test_lock(console, connector):
    opened, closed = await trials.lock(console.app.charger, connector)
    if opened is None or closed is None:
        return False, {}, "it did not %s" % ("open" if opened is None else "close")
    return True, {"open_ms": opened, "close_ms": closed}, "opened in %d ms, closed in %d ms" % (opened, closed)


async def _test_contactor(console, connector):
    """Closing takes a vehicle or a test adapter that asks for energy: no proof is passed over."""
    unit = connector.unit
    trials.idle(connector)
    if not unit.contactor.proven_open():
        return False, {}, "a pole is live though the contactor is told to be open"
    if not connector.plugged:
        raise ValueError("open, as it should be; to see it close, plug in a vehicle or a test adapter that asks for energy")
    out = await trials.contactor(console.app.charger, connector, _TEST_TAG, _HOLD_MS, _ASK_MS)
    if out["closed_ms"] is None:
        return False, out, "it did not close: " + out["why"]
    if out["open_ms"] is None:
        return False, out, "it did not open"
    return True, out, "closed after %d ms, open %d ms after the end, %s Wh" % (out["closed_ms"], out["open_ms"], words(out["wh"]))


async def _test_pilot(console, connector):
    unit = connector.unit
    if unit.letter is None:
        raise ValueError("no pilot is fitted")
    figures = "%s, high %s, low %s" % (unit.letter, number(unit.pilot_high_mv, 1000, 2, "V"), number(unit.pilot_low_mv, 1000, 2, "V"))
    data = {"letter": unit.letter, "high_mv": unit.pilot_high_mv, "low_mv": unit.pilot_low_mv}
    return unit.letter in ("A", "B", "C", "D"), data, figures


async def _test_led(console, connector):
    if console.app.hal.indicator is None:
        raise ValueError("no light is fitted")
    shown = await show_colours(console)
    seen = await Run(console, "led", connector).agreed("seen", "Was it %s, one after the other?" % words(shown))
    return seen, {"shown": list(shown)}, "the colours were %sseen" % ("" if seen else "not ")


async def show_colours(console):
    """Each colour of the light in turn; their names."""
    try:
        for colour in _COLOURS:
            console.say(colour)
            console.app.light.force(colour)
            await asyncio.sleep_ms(_COLOUR_MS)
    finally:
        console.app.light.force(None)
    return _COLOURS


async def _test_meter(console, connector):
    meter = connector.meter
    if meter is None:
        raise ValueError("no meter is fitted")
    good = await console.app.meters.fresh(meter, FRESH_MS)
    if not good:
        return False, {}, str(meter.reason)
    return True, {"volts_mv": wired(connector, meter.volts_mv), "energy_wh": meter.energy_wh}, "%s, %d Wh" % (
        number(meter.volts_mv[0], 1000, 1, "V"), meter.energy_wh)


async def _test_reader(console, connector):
    cards = console.app.cards
    if cards.reader_ok is None:
        raise ValueError("no card reader is fitted")
    if not cards.reader_ok:
        return False, {}, "the reader does not answer"
    id_tag = await tapped(console)
    return True, {"card": id_tag}, "read card " + id_tag


_TESTS = {"rcd": _test_rcd, "contactor": _test_contactor, "lock": _test_lock, "pilot": _test_pilot, "led": _test_led,
          "reader": _test_reader, "meter": _test_meter}


# The whole charger

def factory_reset(console, args):
    """Settings to their defaults. Sessions, faults, what is out of service and the two secrets stay: no reset opens a door."""
    serial = console.app.hal.identity["serial"]
    if args != (serial,):
        raise Refusal("USAGE", "all settings would go: type `factory-reset %s` to mean it" % serial)
    need_idle(console, "factory-reset")
    settings, changes = console.app.settings, {}
    settings.rollback()
    for name in settings.names():
        key = settings.key(name)
        if key.access != "R" and name not in _LEFT_ALONE:
            changes[name] = key.default
    changes["Unconfirmed"] = ""
    settings.apply(changes, inside=True)
    console.app.restart("soft")
    return Answer(None, ["all settings are at their defaults; restarting"])
