"""The charger told in plain data: for the simulator's snapshot, and for whoever else wants to see all of it at once."""
from micropython import const

from firmware.ocpp import status
from firmware.support.clock import iso8601

_FULL = const(65536)


def build(app):
    """{utc, connectors, led, ocpp, tick}: what the charger believes and says, beside the world's truth."""
    utc_s = app.clock.utc_s()
    central = app.central
    core = app.core
    return {
        "utc": None if utc_s is None else iso8601(utc_s),
        "connectors": [connector(app, one) for one in app.charger.connectors],
        "temperature_limit_a": core.thermal.limit_ma / 1000,
        "led": app.light.shown[0] if app.light.shown else None,
        "ocpp": {"connected": bool(central and central.connected), "accepted": bool(central and central.accepted),
                 "queued": central.queued if central else 0},
        "tick": {"count": core.ticks, "worst_gap_ms": core.worst_gap_ms, "worst_us": core.worst_us},
    }


def connector(app, one):
    """One connector. Amperes and the duty are fractions here, for people; everywhere below they are integers."""
    unit = one.unit
    said = status.of(one)
    facts = {"id": one.id, "session": session(app, one), "status": said.status, "error": said.code}
    facts.update({
        "letter": unit.letter, "offered": unit.offered, "pilot_high_mv": unit.pilot_high_mv, "pilot_low_mv": unit.pilot_low_mv,
        "duty": duty(unit.duty), "limit_a": unit.limit_ma / 1000, "limit_by": unit.limit_by, "command": unit.command,
        "locked": unit.locked, "faults": [row.name for row in unit.faults], "why": unit.why,
    })
    return facts


def session(app, one):
    """{id, transaction, id_tag, wh} of the connector's session, or None."""
    it = one.session
    if it is None:
        return None
    transaction = app.central.transactions.transaction_of(it.id) if app.central else None
    return {"id": it.id, "transaction": transaction, "id_tag": it.id_tag, "wh": it.wh}


def session_event(event):
    """What `charging` tells of a session as {connector, id, what, reason, wh}; None for its finer events."""
    kind, _, what = event.what.partition(".")
    if kind != "session" or what not in ("started", "suspended", "resumed", "ended"):
        return None
    it = event.session
    return {"connector": event.connector.id, "id": it.id, "what": what, "reason": event.reason, "wh": it.wh}


def duty(raw):
    """1/65536 of the period as a fraction of three digits; None for an outlet without a pilot."""
    return None if raw is None else round(raw / _FULL, 3)


def indicator(app):
    """(colour, blink_ms) of the charger's light: red fault, blue charging, blinking green waits, green free, white out of service."""
    best = ("green", 0)
    for one in app.charger.connectors:
        shown = _LIGHTS.get(status.of(one).status, ("green", 0))
        if _ORDER.index(shown[0]) < _ORDER.index(best[0]):
            best = shown
        elif shown[0] == best[0] and shown[1]:
            best = shown
    return best


_LIGHTS = {
    "Available": ("green", 0), "Preparing": ("green", 500), "Charging": ("blue", 0), "SuspendedEV": ("blue", 1000),
    "SuspendedEVSE": ("blue", 1000), "Finishing": ("green", 1000), "Reserved": ("yellow", 0), "Unavailable": ("white", 0),
    "Faulted": ("red", 0),
}
_ORDER = ("red", "blue", "yellow", "white", "green")
