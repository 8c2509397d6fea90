"""The last steps of `commission`, as those of steps.py: the way to the central system, a session from there, and a load."""
from micropython import const

from firmware.charging import trials
from firmware.console.run import TAG, WAIT_MS, Fail, Skip, until

RSSI_DBM = (-75, 0)                     # own: below, connections drop now and then
CONNECT_MS = (0, 5000)                  # own
LOAD_PERMILLE = (950, 1050)             # own: class B meter 1 %, clamp or load bank 3 %, and a start and an end

_ROUND_TRIP_MS = const(300000)
_TICK_S = const(5)
_LEAST_W = const(200)


async def network(run):
    net, url = run.app.hal.network, run.app.settings.get("CsmsUrl")
    if not net.up():
        raise Fail("no network")
    if net.rssi_dbm() is not None:
        run.within("rssi_dbm", net.rssi_dbm(), RSSI_DBM)
    if not url:
        return "up; no central system is set that could be reached"
    scheme, _, rest = url.partition("://")
    host, _, port = rest.partition("/")[0].rpartition("@")[2].partition(":")
    began = run.app.clock.ticks_ms()
    try:
        _, writer = await net.connect(host, int(port or (443 if scheme == "wss" else 80)))
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


async def ocpp(run):
    central = _central(run)
    if not await until(run, lambda: central.accepted, WAIT_MS):
        raise Fail("connected, but not accepted" if central.connected else "not connected")
    run.note("name", run.app.settings.get("ChargePointId") or run.app.hal.identity["serial"])
    run.note("clock", run.app.clock.utc_s())
    if run.app.clock.utc_s() is None:
        raise Fail("the central system set no clock")
    return "accepted, the clock is set"


async def remote(run):
    _central(run)
    run.say("Start a charging session from the central system or its app, and stop it there; you have 5 minutes")
    connectors = run.app.charger.connectors

    def started():
        return [one.session for one in connectors if one.session is not None and one.session.why_began in ("remote", "server")]

    if not await until(run, started, _ROUND_TRIP_MS):
        raise Fail("no session was started from there")
    session = started()[0]
    run.note("session", session.id)
    run.note("began_by", session.why_began)
    run.say("session %s runs; now stop it from there" % session.id)
    if not await until(run, lambda: session.ended, _ROUND_TRIP_MS):
        raise Fail("it was not stopped from there")
    run.note("ended_by", session.reason)
    if session.reason != "remote":
        raise Fail("it ended for another reason: " + session.reason)
    return "started and stopped from there"


async def load(run):
    meter = run.meter()
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

    out = await trials.contactor(run.app.charger, run.connector, TAG, minutes * 60000, WAIT_MS, look)
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
