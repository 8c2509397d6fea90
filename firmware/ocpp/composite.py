"""Charging profiles put together: the limit at a moment, and the schedule over a time."""
import asyncio

from micropython import const

from firmware.ocpp.profile import CHARGE_POINT_MAX, TX, TX_DEFAULT

NOMINAL_V = 230  # what watts are counted with
_EDGES = const(2000)
_BREATH = const(8)  # edges between two chances for the other tasks


class Limit:
    """A limit in its own unit and in milliamperes per phase. `tenths` of `unit`; `phases` as the profile says, else 0.

    `floor_ma`: below this minChargingRate charging is not worth while.
    """

    floor_ma = 0

    def __init__(self, tenths, unit, phases, lines):
        self.tenths = tenths
        self.unit = unit
        self.phases = min(phases, lines)
        self._lines = lines
        self.ma = tenths * 100 if unit == "A" else tenths * 100 // (NOMINAL_V * lines)

    def tenths_in(self, unit):
        """Tenths of that unit, never more than it is."""
        if unit == self.unit:
            return self.tenths
        return self.tenths * NOMINAL_V * self._lines if unit == "W" else self.ma // 100

    def same(self, other, unit):
        return self.tenths_in(unit) == other.tenths_in(unit) and self.phases == other.phases


def stacked(profiles, purpose, connector, transaction, at, began):
    """(profile, limit) of the highest stack level of a purpose that says something at that moment; None for nothing.

    A TxDefaultProfile of the connector itself goes before one of the charge point (3.13.2).
    """
    best = None
    for profile in profiles:
        if profile.purpose != purpose or not _concerns(profile, purpose, connector, transaction):
            continue
        rank = (profile.connector != 0, profile.stack)
        if best is None or rank > best[0]:
            limit = profile.limit(at, began)
            if limit is not None:
                best = rank, profile, limit
    return best and best[1:]


def _concerns(profile, purpose, connector, transaction):
    if purpose == CHARGE_POINT_MAX:
        return True
    if purpose == TX_DEFAULT:
        return profile.connector in (0, connector)
    return profile.connector == connector and (profile.transaction is None or profile.transaction == transaction)


def limit_at(profiles, spec, transaction, at, began, running, rating_ma):
    """The `Limit` of a connector at a moment: the least of TxProfile (else TxDefaultProfile), maximum and rating.

    `running`: a session is on, so that a TxProfile counts; `began` is when it began, or would begin.
    """
    lines = spec.phases
    least = Limit(rating_ma // 100, "A", 0, lines)
    found = stacked(profiles, TX, spec.id, transaction, at, began) if running else None
    found = found or stacked(profiles, TX_DEFAULT, spec.id, transaction, at, began)
    for one in (found, stacked(profiles, CHARGE_POINT_MAX, spec.id, transaction, at, None)):
        if one:
            limit = Limit(one[1][0], one[0].unit, one[1][1], lines)
            if limit.ma < least.ma:
                least = limit
    if found:
        floor_ma = Limit(found[0].least, found[0].unit, 0, lines).ma
        if least.ma < floor_ma:
            least = Limit(0, least.unit, 0, lines)
        least.floor_ma = floor_ma
    return least


def next_change(profiles, at, began, end):
    """The first moment after `at`, at most `end`, when any profile may say something else."""
    best = end
    for profile in profiles:
        moment = profile.change(at, None if profile.purpose == CHARGE_POINT_MAX else began)
        if moment is not None and moment < best:
            best = moment
    return best


async def schedule(limit_of, profiles, begin, duration, began, unit, most):
    """([(start, tenths, phases)], duration) from `begin` on: equal neighbours joined, the first at 0.

    `limit_of(moment)` is the Limit. Beyond `most` periods, or too many edges, the schedule ends early: whatever profiles
    there are, it ends.
    """
    periods = []
    at, end = begin, begin + duration
    last = None
    edges = 0
    while at < end:
        limit = limit_of(at)
        if last is None or not limit.same(last, unit):
            if len(periods) >= most:
                return periods, at - begin
            periods.append((at - begin, limit.tenths_in(unit), limit.phases))
            last = limit
        at = next_change(profiles, at, began, end)
        edges += 1
        if edges % _BREATH == 0:
            await asyncio.sleep_ms(0)
        if edges > _EDGES:
            return periods, at - begin
    return periods, duration
