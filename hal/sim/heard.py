"""Who acts on the safety core between two ticks is heard: its methods are wrapped, so that `hal.sim.rest` looks again.

`tests/sim/test_rest.py` holds these names against everything the firmware calls.
"""

import firmware.safety.limits as limits

_UNIT_CALLS = ("begin_session", "end_session", "release_plug", "clear")
_CORE_CALLS = ("restore", "plan_stall", "watch_earth")


def listen(app, pilots, rest):
    """From now on `rest.disturb()` is called before anybody but the tick changes the core of `app`."""
    for unit in app.core.units:
        for name in _UNIT_CALLS:
            _any(unit, name, rest)
        _any(unit.book, "recall", rest)
        if unit.letter:
            _any(unit, "ends", rest)
        _due(unit.residual, rest)
        _measured(unit, rest)
        _grant(unit.permit, rest)
        _revoke(unit.permit, rest)
    _any(app.core.thermal, "trim", rest)
    for pilot in pilots:
        _any(pilot, "trim", rest)
    for name in _CORE_CALLS:
        _any(app.core, name, rest)
    app.settings.watch(lambda name, value: rest.disturb())


def _any(it, name, rest):
    method = getattr(it, name)

    def announced(*args, **kwargs):
        rest.disturb()
        return method(*args, **kwargs)

    setattr(it, name, announced)


def _due(residual, rest):
    due = residual.due

    def announced():                    # the tick calls it too: it must not allocate
        rest.disturb()
        due()

    residual.due = announced


# Three are called all the time, and mostly say what was so before: then only one counter goes back to where it has the most
# room, and all else stays known.


def _measured(unit, rest):
    measured = unit.measured
    supply = unit.supply

    def announced(volts_mv, amps_ma, frequency_mhz=0):
        rest.settle()
        before = _facts(supply)
        stale = supply._ages.ms[0] >= limits.METER_AGE_MS
        measured(volts_mv, amps_ma, frequency_mhz)
        if stale or before != _facts(supply):
            rest.disturb()
        else:
            rest.renewed()

    unit.measured = announced


def _facts(supply):
    return supply._low_mv, supply._high_mv, supply._mhz, supply.peak_ma, supply._known


def _grant(permit, rest):
    grant = permit.grant

    def announced(current_ma, by="board", ttl_ms=limits.LEASE_MS):
        rest.settle()
        before = permit.live, permit.current_ma, permit.by, permit.lapsed
        left_ms = permit._left_ms
        grant(current_ma, by, ttl_ms)
        if permit._left_ms < left_ms or before != (permit.live, permit.current_ma, permit.by, permit.lapsed):
            rest.disturb()
        else:
            rest.renewed()

    permit.grant = announced


def _revoke(permit, rest):
    revoke = permit.revoke

    def announced(why="waiting for authorisation"):
        if permit.live or permit.lapsed or permit.why != why:       # else it is revoked again and again, and nothing changes
            rest.disturb()
        revoke(why)

    permit.revoke = announced
