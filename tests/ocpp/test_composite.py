"""GetCompositeSchedule against an oracle of its own, second by second: random profiles of every purpose, kind and validity."""

import asyncio
import random
from datetime import timedelta

import pytest

from tests.csms.fake import run
from tests.story.scenes import Scene
from tools.csms.frames import moment, stamp

RATING_A, LINES, NOMINAL_V = 32.0, 3, 230
PERIOD_S = {"Daily": 86400, "Weekly": 604800}


def made(dice, number, now):
    """(connector, csChargingProfiles): mostly one that says something within the next hour."""

    def soon(low, high):
        return now + timedelta(seconds=dice.randint(low, high))

    purpose = dice.choice(("ChargePointMaxProfile", "TxDefaultProfile", "TxDefaultProfile"))
    kind = dice.choice(("Absolute", "Recurring", "Relative") if purpose == "TxDefaultProfile" else ("Absolute", "Recurring"))
    unit = dice.choice("AAW")
    starts = sorted({0, *(dice.randint(1, 4000) for _ in range(dice.randint(0, 5)))})
    limits = [dice.randint(0, 400) / 10 if unit == "A" else dice.randint(0, 2500) * 10 for _ in starts]
    periods = [{"startPeriod": at, "limit": limit} for at, limit in zip(starts, limits, strict=True)]
    schedule = {"chargingRateUnit": unit, "chargingSchedulePeriod": periods}
    one = {"chargingProfileId": number, "stackLevel": dice.randint(0, 4), "chargingProfilePurpose": purpose,
           "chargingProfileKind": kind, "chargingSchedule": schedule}  # fmt: skip
    if kind == "Recurring":
        one["recurrencyKind"] = dice.choice(sorted(PERIOD_S))
    if kind != "Relative":
        schedule["startSchedule"] = stamp(soon(-90000, 2000))
        if kind == "Absolute" and dice.random() < 0.6:
            schedule["startSchedule"] = stamp(soon(-2000, 2000))
    if dice.random() < 0.4:
        schedule["duration"] = dice.randint(1, 4000)
    if dice.random() < 0.3:
        one["validFrom"] = stamp(soon(-1000, 2000))
    if dice.random() < 0.4:
        one["validTo"] = stamp(soon(1500, 4000) if "validFrom" not in one else soon(2001, 4000))
    return (0 if purpose == "ChargePointMaxProfile" else dice.randint(0, 1)), one


def amperes(one, at, began):
    """What the profile allows at that moment, amperes per phase; None where it says nothing."""
    if "validFrom" in one and at < moment(one["validFrom"]).replace(microsecond=0):
        return None
    if "validTo" in one and at >= moment(one["validTo"]).replace(microsecond=0):
        return None
    schedule = one["chargingSchedule"]
    start = began if one["chargingProfileKind"] == "Relative" else moment(schedule["startSchedule"]).replace(microsecond=0)
    since = (at - start).total_seconds()
    if since < 0:
        return None
    if one["chargingProfileKind"] == "Recurring":
        since %= PERIOD_S[one["recurrencyKind"]]
    if since >= schedule.get("duration", since + 1):
        return None
    limit = [period["limit"] for period in schedule["chargingSchedulePeriod"] if period["startPeriod"] <= since][-1]
    return limit if schedule["chargingRateUnit"] == "A" else limit / (NOMINAL_V * LINES)


def oracle(profiles, at, began):
    """Amperes at that moment on connector 1 (OCPP 1.6 3.13)."""
    least = RATING_A
    for purpose in ("TxDefaultProfile", "ChargePointMaxProfile"):
        saying = [
            (connector, one["stackLevel"], limit)
            for connector, one in profiles
            if one["chargingProfilePurpose"] == purpose and (limit := amperes(one, at, began)) is not None
        ]
        if saying:
            least = min(least, max(saying)[2])
    return least


def told_at(periods, second):
    return [float(limit) for start, limit in periods if start <= second][-1]


async def compare(site, dice, rounds):
    for _ in range(rounds):
        await site.call("ClearChargingProfile", {})
        profiles, places = [], set()
        for number in range(dice.randint(1, 6)):
            connector, one = made(dice, number, site.now())
            place = connector, one["chargingProfilePurpose"], one["stackLevel"]
            if place in places:
                continue  # it would take the place of the other
            places.add(place)
            # The official schema as the package has it takes decimals only by way of a float: not held against it.
            payload = {"connectorId": connector, "csChargingProfiles": one}
            assert await site.call("SetChargingProfile", payload, strict=False) == {"status": "Accepted"}, one
            profiles.append((connector, one))
        duration = dice.randint(1, 4000)
        answer = await site.call("GetCompositeSchedule", {"connectorId": 1, "duration": duration})
        schedule, begin = answer["chargingSchedule"], moment(answer["scheduleStart"])
        periods = [(one["startPeriod"], one["limit"]) for one in schedule["chargingSchedulePeriod"]]
        assert periods[0][0] == 0 and [at for at, _ in periods] == sorted({at for at, _ in periods})
        for second in range(schedule["duration"]):
            wanted = oracle(profiles, begin + timedelta(seconds=second), begin)
            assert abs(told_at(periods, second) - wanted) <= 0.1, (second, periods, profiles)
        assert schedule["duration"] == duration or len(periods) == 24  # ChargingScheduleMaxPeriods


async def composites(seed, rounds):
    async with Scene(board="rudved_ac22", seed=seed) as site:
        await site.booted()
        await compare(site, random.Random(seed), rounds)


@run
async def test_composite_schedule_is_exact_at_every_second():
    await composites(1, 12)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(2, 6))
def test_composite_schedule_is_exact_at_every_second_of_many(seed):
    asyncio.run(composites(seed, 100))
