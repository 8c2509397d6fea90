"""The steps of `commission`, in the order they are done. A step is a coroutine that gets a `run.Run`: it notes figures and
returns a sentence; it raises Fail or Skip with the reason. A figure beyond its limits fails the step as well.
"""
from micropython import const

from firmware.charging import trials
from firmware.console import handover
from firmware.console.answers import Refusal, number
from firmware.console.cards import tapped
from firmware.console.looking import wired
from firmware.console.run import TAG, WAIT_MS, Fail, Skip, until
from firmware.console.service import identified, show_colours

# Limits of an installation; those of the charger's own parts are safety's, by way of charging.trials
MAINS_MV = (207000, 253000)             # 230 V -10 % +10 %: IS 12360, EN 50160
LINE_MV = (358500, 438200)              # the same between two phases
NEUTRAL_MV = (0, 10000)                 # own: more between neutral and earth is a bad neutral or a missing link
LOOP_MOHM = (0, 200000)                 # IEC 60364-4-41 411.5.3 allows 1667 ohm at 30 mA; above 200 earth is not stable
FREQUENCY_MHZ = (47500, 52500)          # outside the charger suspends (safety's limits)

_HOLD_MS = const(3000)


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
    run.meter()
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
    watch = run.app.settings.get("EarthMonitor")
    run.note("monitor", watch)
    measured = await run.measured("loop_mohm", "Earth fault loop, ohms", LOOP_MOHM)
    if watch != "on" and not measured:
        raise Fail("no earth monitor stops charging here (EarthMonitor is %s), and no loop was measured" % watch)
    return "earth is there" + ("" if measured else " by the charger's own monitor alone")


async def _contactor(run):
    unit, connector = run.connector.unit, run.connector
    if not unit.contactor.proven_open():
        raise Fail("a pole is live though the contactor is told to be open: welded, or wired wrongly")
    await run.ready("Plug in a vehicle or a test adapter that asks for energy (state C)")
    out = await trials.contactor(run.app.charger, connector, TAG, _HOLD_MS, WAIT_MS)
    if out["closed_ms"] is None:
        raise Fail("it did not close: " + out["why"])
    run.note("closed_ms", out["closed_ms"])
    run.within("open_ms", out["open_ms"], trials.OPEN_MS)
    for name in ("volts_mv", "amps_ma"):
        run.note(name, wired(connector, out[name]))
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
    run.note("calibrated", "calibration" not in connector.limits.all())
    run.within("rest_high_mv", unit.pilot_high_mv, trials.HIGH_MV.get(unit.letter, (0, 0)))

    def burst():
        found = run.app.burst(connector.id)
        if found:
            run.tell(interval_us=found[0], mv=found[1])

    found, why = await trials.pilot(run.app.charger, connector, TAG, WAIT_MS, burst)
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
    if not await until(run, lambda: unit.plugged and unit.cable_ma is not None, 10000):
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
    meter = run.meter()
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
        ("network", "network", handover.network),
        ("ocpp", "central system", handover.ocpp),
        ("remote", "remote start and stop", handover.remote))),
    (True, (
        ("load", "load test", handover.load),)),
)
