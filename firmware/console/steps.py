"""The steps of `commission`, in the order they are done. A step is a coroutine that gets a `commission.Run`: it notes figures and
returns a sentence; it raises Fail or Skip with the reason. A figure beyond its limits fails the step as well.
"""
import asyncio

from micropython import const

from firmware.charging import trials
from firmware.console.answers import Refusal, number
from firmware.console.cards import tapped
from firmware.console.service import identified, show_colours

# Limits of an installation; those of the charger's own parts are safety's, by way of charging.trials
MAINS_MV = (207000, 253000)             # 230 V -10 % +10 %: IS 12360, EN 50160
LINE_MV = (358500, 438200)              # the same between two phases
NEUTRAL_MV = (0, 10000)                 # own: more between neutral and earth is a bad neutral or a missing link
LOOP_MOHM = (0, 200000)                 # IEC 60364-4-41 411.5.3 allows 1667 ohm at 30 mA; above 200 earth is not stable
FREQUENCY_MHZ = (47500, 52500)          # outside the charger suspends (safety's limits)
RSSI_DBM = (-75, 0)                     # own: below, connections drop now and then
CONNECT_MS = (0, 5000)                  # own
LOAD_PERMILLE = (950, 1050)             # own: class B meter 1 %, clamp or load bank 3 %, and a start and an end

_TAG = "CONSOLE-TEST"
_HOLD_MS = const(3000)
_WAIT_MS = const(60000)
_ROUND_TRIP_MS = const(300000)
_TICK_S = const(5)
_LEAST_W = const(200)


class Fail(Exception):
    """The step has not passed: why."""


class Skip(Exception):
    """The step does not apply: why."""


async def pause(ms):
    await asyncio.sleep_ms(ms)


async def _until(run, shown, most_ms):
    began = run.app.clock.ticks_ms()
    while not shown():
        if run.app.clock.since(began) > most_ms:
            return False
        await pause(100)
    return True


def _meter(run):
    meter = run.connector.meter
    if meter is None:
        raise Skip("no meter is fitted")
    return meter


async def _identity(run):
    serial = run.app.hal.identity["serial"]
    run.note("serial", serial)
    label = await run.ask("label", "Scan or type what the label says (serial number)")
    run.note("label", label[:80])
    for mark in "/:=?&#;,":
        label = label.replace(mark, " ")
    if serial not in label.split():
        raise Fail("the label does not name this charger, which is " + serial)
    return "label and charger are " + serial


async def _board(run):
    board, app = run.app.hal.board, run.app
    run.note("board", board.name)
    run.note("connectors", len(board.connectors))
    run.note("phases", board.phases)
    run.note("guard", board.guard.make)
    if app.settings.damage:
        raise Fail("settings: " + app.settings.damage)
    if board.guard.bench_only:
        raise Fail("the guard under this firmware is fit for the bench only")
    if not await run.measured("rating_ma", "Amperes on the nameplate", (board.rating_ma, board.rating_ma)):
        raise Fail("the nameplate was not read")
    return "%s, %d A, %d phase" % (board.name, board.rating_ma // 1000, board.phases)


async def _mains(run):
    board = run.app.hal.board
    _meter(run)
    for connector in run.app.charger.connectors:
        spec, meter = connector.spec, connector.meter
        if meter is None:
            continue
        if not await run.app.meters.fresh(meter, 1500):
            raise Fail("meter %d: %s" % (meter.address, meter.reason))
        lines = ("L1", "L2", "L3") if spec.phases == 3 else (spec.line,)
        for i, line in enumerate(lines):
            run.within(line.lower() + "_mv", meter.volts_mv[i], MAINS_MV)
        run.within("frequency_mhz", meter.frequency_mhz, FREQUENCY_MHZ)
    if board.phases == 3:
        for pair in ("l1_l2", "l2_l3", "l3_l1"):
            await run.measured(pair + "_mv", "Volts between %s" % pair.upper().replace("_", " and "), LINE_MV)
        order = (await run.ask("rotation", "Rotation by the instrument: right or left; empty: not measured")).lower()
        run.note("rotation", order)
        if order[:1] == "l":
            raise Fail("the phases turn left: exchange two of them")
    await run.measured("n_pe_mv", "Volts between neutral and earth", NEUTRAL_MV)
    return "supply is as it should be"


async def _earth(run):
    bad = [row.text for one in run.app.charger.connectors for row in one.unit.faults if row.name in ("earth", "neutral")]
    if bad:
        raise Fail(bad[0])
    sensed = "earth" in run.app.hal.board.inputs
    run.note("watched", sensed)
    measured = await run.measured("loop_mohm", "Earth fault loop, ohms", LOOP_MOHM)
    if not sensed and not measured:
        raise Fail("the board has no earth monitor, and no loop was measured")
    return "earth is there" + ("" if measured else " by the charger's own monitor alone")


async def _contactor(run):
    unit, connector = run.connector.unit, run.connector
    if not unit.contactor.proven_open():
        raise Fail("a pole is live though the contactor is told to be open: welded, or wired wrongly")
    await run.ready("Plug in a vehicle or a test adapter that asks for energy (state C)")
    out = await trials.contactor(run.app.charger, connector, _TAG, _HOLD_MS, _WAIT_MS)
    if out["closed_ms"] is None:
        raise Fail("it did not close: " + out["why"])
    run.note("closed_ms", out["closed_ms"])
    run.within("open_ms", out["open_ms"], trials.OPEN_MS)
    for name in ("volts_mv", "amps_ma"):
        run.note(name, out[name])
    run.note("feedback", connector.spec.feedback)
    return "closes and opens; no pole is live when open"


async def _rcd(run):
    if run.connector.spec.residual == "none":
        if not await run.agreed("type_b", "The charger watches no residual current. Is a type B device installed upstream?"):
            raise Fail("a type B residual-current device must be installed upstream (IEC 61851-1, 8.5)")
        return "type B device upstream"
    run.within("trip_ms", await trials.residual(run.app.charger, run.connector), trials.TRIP_MS)
    return "the monitor trips and releases in its self-test"


async def _pilot(run):
    unit, connector = run.connector.unit, run.connector
    if unit.letter is None:
        raise Skip("no pilot is fitted")
    await run.ready("Plug in a vehicle or a test adapter (state B or C)")
    run.note("rest", unit.letter)
    run.within("rest_high_mv", unit.pilot_high_mv, trials.HIGH_MV.get(unit.letter, (0, 0)))

    def burst():
        found = run.app.burst(connector.id)
        if found:
            run.tell(interval_us=found[0], mv=found[1])

    found, why = await trials.pilot(run.app.charger, connector, _TAG, _WAIT_MS, burst)
    if found is None:
        raise Fail("nothing was offered: " + why)
    run.note("letter", found["letter"])
    run.note("offered_ma", found["offered_ma"])
    run.within("high_mv", found["high_mv"], trials.HIGH_MV.get(found["letter"], (0, 0)))
    run.within("low_mv", found["low_mv"], trials.LOW_MV)
    return "levels fit state %s, the diode is seen" % found["letter"]


async def _proximity(run):
    unit = run.connector.unit
    if unit.proximity is None:
        raise Skip("no proximity contact is fitted")
    await run.ready("Put a charging cable in")
    if not await _until(run, lambda: unit.plugged and unit.cable_ma is not None, 10000):
        raise Fail("no cable is seen")
    run.note("cable_ma", unit.cable_ma)
    if not await run.measured("printed_ma", "Amperes printed on the cable", (unit.cable_ma, unit.cable_ma)):
        raise Fail("the cable was not read")
    return "the cable is read as %s" % number(unit.cable_ma, 1000, 0, "A")


async def _lock(run):
    if run.connector.unit.lock is None:
        raise Skip("no lock is fitted")
    await run.ready("Leave the cable in")
    opened, closed = await trials.lock(run.app.charger, run.connector)
    run.within("open_ms", opened, trials.LOCK_MS)
    run.within("close_ms", closed, trials.LOCK_MS)
    return "opens and closes"


async def _meter_step(run):
    meter = _meter(run)
    row = await identified(run.console, run.connector)
    for name in ("address", "profile", "order"):
        run.note(name, row[name])
    if not row["as_configured"]:
        raise Fail("%s does not answer as a %s" % ("what is there" if row["answers"] else "the meter", row["profile"]))
    if not await run.app.meters.fresh(meter, 1500, 10000):
        raise Fail(str(meter.reason))
    run.note("energy_wh", meter.energy_wh)
    return "reads as " + row["profile"]


async def _rfid(run):
    if run.app.cards.reader_ok is None:
        raise Skip("no card reader is fitted")
    if not run.app.cards.reader_ok:
        raise Fail("the reader does not answer")
    if run.console.json:
        run.say("tap a card")
    try:
        run.note("card", await tapped(run.console))
    except Refusal as error:
        raise Fail(error.text)
    return "a card is read"


async def _indicator(run):
    if run.app.hal.indicator is None:
        raise Skip("no light is fitted")
    await run.ready("Look at the light")
    shown = await show_colours(run.console)
    if not await run.agreed("seen", "Was it %s, one after the other?" % ", ".join(shown)):
        raise Fail("the light does not show its colours")
    return "all colours are seen"


async def _network(run):
    network, url = run.app.hal.network, run.app.settings.get("CsmsUrl")
    if not network.up():
        raise Fail("no network")
    if network.rssi_dbm() is not None:
        run.within("rssi_dbm", network.rssi_dbm(), RSSI_DBM)
    if not url:
        return "up; no central system is set that could be reached"
    scheme, _, rest = url.partition("://")
    host, _, port = rest.partition("/")[0].rpartition("@")[2].partition(":")
    began = run.app.clock.ticks_ms()
    try:
        _, writer = await network.connect(host, int(port or (443 if scheme == "wss" else 80)))
    except (OSError, ValueError) as error:
        raise Fail("%s cannot be reached: %s" % (host, error))
    run.note("host", host)
    run.within("connect_ms", run.app.clock.since(began), CONNECT_MS)
    writer.close()
    await writer.wait_closed()
    return host + " is reached"


def _central(run):
    if not run.app.settings.get("CsmsUrl"):
        raise Skip("no central system is set")
    if run.app.central is None:
        raise Fail("the central system's address takes effect after `reboot`")
    return run.app.central


async def _ocpp(run):
    central = _central(run)
    if not await _until(run, lambda: central.accepted, _WAIT_MS):
        raise Fail("connected, but not accepted" if central.connected else "not connected")
    run.note("name", run.app.settings.get("ChargePointId") or run.app.hal.identity["serial"])
    run.note("clock", run.app.clock.utc_s())
    if run.app.clock.utc_s() is None:
        raise Fail("the central system set no clock")
    return "accepted, the clock is set"


async def _remote(run):
    _central(run)
    run.say("Start a charging session from the central system or its app, and stop it there; you have 5 minutes")
    connectors = run.app.charger.connectors

    def started():
        return [one.session for one in connectors if one.session is not None and one.session.why_began in ("remote", "server")]

    if not await _until(run, started, _ROUND_TRIP_MS):
        raise Fail("no session was started from there")
    session = started()[0]
    run.note("session", session.id)
    run.note("began_by", session.why_began)
    run.say("session %s runs; now stop it from there" % session.id)
    if not await _until(run, lambda: session.ended, _ROUND_TRIP_MS):
        raise Fail("it was not stopped from there")
    run.note("ended_by", session.reason)
    if session.reason != "remote":
        raise Fail("it ended for another reason: " + session.reason)
    return "started and stopped from there"


async def _load(run):
    meter = _meter(run)
    await run.ready("Plug in a load (a vehicle or a load bank) that asks for energy")
    told = await run.ask("minutes", "Minutes to charge, 1 to 60; empty: 5")
    minutes = int(told) if told.isdigit() and 1 <= int(told) <= 60 else 5
    load_w = await run.ask("load_w", "Watts of the load by a reference instrument; empty: volts times amperes of the meter")
    run.note("load_w", int(load_w) if load_w.isdigit() else None)
    seen = [0, 0]                       # joule by volts times amperes, ms counted

    def look(ms):
        step_ms, seen[1] = ms - seen[1], ms
        watts = sum([volts // 100 * amps // 10000 for volts, amps in zip(meter.volts_mv, meter.amps_ma)])
        seen[0] += watts * step_ms // 1000
        if ms // 1000 % _TICK_S == 0:
            session = run.connector.session
            run.tell(t_s=ms // 1000, power_w=meter.power_w, wh=session.wh if session else None)

    out = await trials.contactor(run.app.charger, run.connector, _TAG, minutes * 60000, _WAIT_MS, look)
    if out["closed_ms"] is None:
        raise Fail("it did not close: " + out["why"])
    held_s = out["held_ms"] // 1000
    run.within("held_s", held_s, (minutes * 60, minutes * 60 + 5))
    expected_wh = (int(load_w) * held_s if load_w.isdigit() else seen[0]) // 3600
    run.note("expected_wh", expected_wh)
    step_wh = meter.profile.step_wh
    run.within("measured_wh", out["wh"],
               (expected_wh * LOAD_PERMILLE[0] // 1000 - step_wh, expected_wh * LOAD_PERMILLE[1] // 1000 + step_wh))
    run.within("mean_w", seen[0] // max(held_s, 1), (_LEAST_W, 1000000))
    run.note("hottest_dc", run.app.core.thermal.hottest_dc)
    return "%d Wh in %d s, %d expected" % (out["wh"], held_s, expected_wh)


# (once for each connector, (name, title, what is done)...)
GROUPS = (
    (False, (
        ("identity", "identity and label", _identity),
        ("board", "board profile", _board),
        ("mains", "supply voltage and rotation", _mains),
        ("earth", "protective earth", _earth))),
    (True, (
        ("contactor", "contactor and weld detection", _contactor),
        ("rcd", "residual-current monitor", _rcd),
        ("pilot", "control pilot and diode", _pilot),
        ("proximity", "proximity coding", _proximity),
        ("lock", "plug lock", _lock),
        ("meter", "energy meter", _meter_step))),
    (False, (
        ("rfid", "card reader", _rfid),
        ("indicator", "light", _indicator),
        ("network", "network", _network),
        ("ocpp", "central system", _ocpp),
        ("remote", "remote start and stop", _remote))),
    (True, (
        ("load", "load test", _load),)),
)
