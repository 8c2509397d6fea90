"""What a person at the charger may have tried out: each through the ways that charging itself uses, none around a proof.

Nothing here switches: the residual-current monitor tests itself when safety's tick finds the contactor proven open, the
lock follows the plug, and the contactor closes for a session, by permit, or not at all.
"""
import asyncio

from micropython import const

from firmware.safety import faults
from firmware.storage import records
from firmware.storage.journal import JournalFull

_LOOK_MS = const(20)
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


async def contactor(charger, connector, id_tag, hold_ms, wait_ms):
    """A session of its own for a vehicle (or test adapter) that asks for energy, and its end after `hold_ms`.

    {"closed_ms": from asking to closed, "open_ms": from the end to proven open, "volts_mv", "amps_ma", "wh", "why"};
    None for what did not come, `why` then says what safety waits for. Busy; ValueError tells why none may begin.
    """
    idle(connector)
    unit, out = connector.unit, {"closed_ms": None, "open_ms": None, "volts_mv": None, "amps_ma": None, "wh": None, "why": None}
    refused = charger.local_start(id_tag, connector.id)
    if refused:
        raise ValueError(refused)
    try:
        out["closed_ms"] = await _timed(charger, lambda: unit.command and unit.closed, wait_ms)
        if out["closed_ms"] is not None:
            await asyncio.sleep_ms(hold_ms)
            if connector.meter:
                out["volts_mv"], out["amps_ma"] = list(connector.meter.volts_mv), list(connector.meter.amps_ma)
    finally:
        out["why"] = connector.why
        session = connector.session
        if session is not None:
            session.end("local")
        elif connector.token is not None and connector.token.id_tag == id_tag:
            connector.token = None
    out["open_ms"] = await _timed(charger, unit.contactor.proven_open, _OPEN_MS)
    if session is not None:
        await _until(charger, lambda: session.ended, _OPEN_MS)
        out["wh"] = session.wh
    return out


def clear(charger, connector, name, by):
    """An authorised person at the charger clears the fault `name`. False where the connector does not have it."""
    if name not in [row.name for row in connector.unit.faults]:
        return False
    connector.unit.clear(name)
    charger.core.standing &= ~faults.bit(name)
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
