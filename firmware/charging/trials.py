"""What a person at the charger may have tried out: each through the ways that charging itself uses, none around a proof.

Nothing here switches: the residual-current monitor tests itself when safety's tick finds the contactor proven open, the
lock follows the plug, and the contactor closes for a session, by permit, or not at all.
"""
import asyncio

from micropython import const

from firmware.safety import faults, limits
from firmware.storage import records
from firmware.storage.journal import JournalFull

# What must come of them: (low, high), for whoever reports on them
TRIP_MS = (limits.TEST_TRIP_MIN_MS, limits.TEST_TRIP_MAX_MS)
LOCK_MS = (0, limits.LOCK_TIME_MS)
OPEN_MS = (0, limits.STOP_UNDER_LOAD_MS + limits.DEAD_MS)
LOW_MV = (-13000, limits.DIODE_OK_MV)
HIGH_MV = {"A": limits.PILOT_A[:2], "B": limits.PILOT_B[:2], "C": limits.PILOT_C[:2], "D": limits.PILOT_D[:2]}

_LOOK_MS = const(20)
_SECOND_MS = const(1000)
_STEADY_MS = const(300)                 # the offer has reached the pilot's readings
_SELF_TEST_MS = const(5000)
_LOCK_MS = const(8000)
_OPEN_MS = const(8000)


class Busy(Exception):
    """A session, or somebody who waits to begin one, has the connector."""


def idle(connector):
    """Busy unless nothing is going on at that connector."""
    if connector.session is not None or connector.token is not None or connector.found is not None or connector.unit.command:
        raise Busy("connector %d is in use" % connector.id)


async def residual(charger, connector):
    """Have the residual-current monitor test itself: milliseconds to its trip, None when it failed.

    Failing is a latched fault. Busy; ValueError where none is fitted.
    """
    unit = connector.unit
    if connector.spec.residual == "none":
        raise ValueError("no residual-current monitor is fitted")
    idle(connector)
    unit.residual.due()
    done = await _until(charger, lambda: unit.residual.passed, _SELF_TEST_MS)
    return unit.residual.trip_ms if done else None


async def lock(charger, connector):
    """Open and close the lock on the plug that is in: (milliseconds to open, to close), None for what did not happen.

    Busy; ValueError without a lock or a plug.
    """
    unit = connector.unit
    if unit.lock is None:
        raise ValueError("no lock is fitted")
    idle(connector)
    if not unit.plugged:
        raise ValueError("no plug is in: put a cable in first")
    was = unit.locked
    unit.release_plug()
    try:
        opened = await _timed(charger, lambda: not unit.locked, _LOCK_MS)
        unit.begin_session()
        return opened, await _timed(charger, lambda: unit.locked, _LOCK_MS)
    finally:
        if was:
            unit.begin_session()
        else:
            unit.release_plug()


async def contactor(charger, connector, id_tag, hold_ms, wait_ms, look=None):
    """A session of its own for a vehicle (or test adapter) that asks for energy, and its end after `hold_ms`.

    {"closed_ms": from asking to closed, "open_ms": from the end to proven open, "held_ms", "volts_mv", "amps_ma" (at the end of the
    hold), "wh", "why"}; None for what did not come, `why` then says what safety waits for. `look(ms)` is called each second while it
    is closed. Busy; ValueError tells why none may begin.
    """
    unit, out = connector.unit, dict.fromkeys(("closed_ms", "open_ms", "held_ms", "volts_mv", "amps_ma", "wh", "why"))

    async def hold():
        began = charger.clock.ticks_ms()
        while unit.closed and charger.clock.since(began) < hold_ms:
            await asyncio.sleep_ms(_SECOND_MS)
            if look:
                look(charger.clock.since(began))
        out["held_ms"] = charger.clock.since(began)
        if connector.meter:
            out["volts_mv"], out["amps_ma"] = list(connector.meter.volts_mv), list(connector.meter.amps_ma)

    out["closed_ms"], session, out["why"] = await _session(
        charger, connector, id_tag, lambda: unit.command and unit.closed, wait_ms, hold)
    out["open_ms"] = await _timed(charger, unit.contactor.proven_open, _OPEN_MS)
    if session is not None:
        await _until(charger, lambda: session.ended, _OPEN_MS)
        out["wh"] = session.wh
    return out


async def pilot(charger, connector, id_tag, wait_ms, look=None):
    """The pilot while energy is offered to what is plugged in: {"letter", "high_mv", "low_mv", "offered_ma"}, None where it
    never is; and why not. `look()` is called meanwhile. Busy; ValueError tells why no session may begin."""
    unit, found = connector.unit, {}

    async def read():
        await asyncio.sleep_ms(_STEADY_MS)
        if unit.offered:
            found.update({"letter": unit.letter, "high_mv": unit.pilot_high_mv, "low_mv": unit.pilot_low_mv, "offered_ma": unit.offered_ma})
            if look:
                look()

    _, session, why = await _session(charger, connector, id_tag, lambda: unit.offered, wait_ms, read)
    if session is not None:
        await _until(charger, lambda: session.ended, _OPEN_MS)
    return found or None, why


async def _session(charger, connector, id_tag, shown, wait_ms, use):
    """A session for a test: `use()` once `shown()`, then its end. (Milliseconds until shown or None, the session or None, why)."""
    idle(connector)
    refused = charger.local_start(id_tag, connector.id)
    if refused:
        raise ValueError(refused)
    try:
        shown_ms = await _timed(charger, shown, wait_ms)
        if shown_ms is not None:
            await use()
    finally:
        why, session = connector.why, connector.session
        if session is not None:
            session.end("local")
        elif connector.token is not None and connector.token.id_tag == id_tag:
            connector.token = None
    return shown_ms, session, why


def clear(charger, connector, name, by):
    """An authorised person at the charger clears the fault `name`. False where the connector does not have it."""
    if name not in [row.name for row in connector.unit.faults]:
        return False
    connector.unit.clear(name)
    charger.core.standing &= ~faults.bits([name])
    if name == "reset_loop":
        charger.settings.set("ShortLives", 0, inside=True)
    try:
        charger.journal.append(records.NOTE, records.encode_note("clear", "%d.%s by %s" % (connector.id, name, by)))
    except (JournalFull, OSError) as error:
        charger.log.warning("charging", str(error))
    charger.log.warning("charging", "connector %d: %s cleared by %s" % (connector.id, name, by))
    return True


async def _timed(charger, shown, most_ms):
    began = charger.clock.ticks_ms()
    return charger.clock.since(began) if await _until(charger, shown, most_ms) else None


async def _until(charger, shown, most_ms):
    began = charger.clock.ticks_ms()
    while not shown():
        if charger.clock.since(began) > most_ms:
            return False
        await asyncio.sleep_ms(_LOOK_MS)
    return True
