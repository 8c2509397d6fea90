"""Smart charging: TC_056 to TC_060, TC_066, TC_067, TC_072."""

from tests.cert.book import CARD, case
from tools.csms.frames import stamp


def profile(limit, number=1, purpose="TxDefaultProfile", kind="Absolute", start=None, **more):
    periods = [{"startPeriod": at, "limit": a} for at, a in (limit if isinstance(limit, list) else [(0, limit)])]
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": periods}
    if start:
        schedule["startSchedule"] = stamp(start)
    return {"chargingProfileId": number, "stackLevel": 0, "chargingProfilePurpose": purpose, "chargingProfileKind": kind,
            "chargingSchedule": schedule, **more}  # fmt: skip


async def put(site, one, connector=1):
    return await site.ask("SetChargingProfile", connectorId=connector, csChargingProfiles=one)


async def limit_a(site):
    await site.advance(2)
    return (await site.connector())["limit_a"]


async def composite(site, seconds, **more):
    """[(startPeriod, limit)]"""
    answer = await site.call("GetCompositeSchedule", {"connectorId": 1, "duration": seconds, **more})
    assert answer["status"] == "Accepted"
    return [(one["startPeriod"], float(one["limit"])) for one in answer["chargingSchedule"]["chargingSchedulePeriod"]]


@case("TC_056", "Central smart charging - TxDefaultProfile")
async def tx_default(site):
    assert await put(site, profile([(0, 12), (60, 8)], start=site.now())) == "Accepted"
    await site.charge()
    assert await limit_a(site) == 12
    await site.advance(60)
    assert await limit_a(site) == 8
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))


@case("TC_057", "Central smart charging - TxProfile")
async def tx_profile(site):
    number = await site.charge()
    one = profile(10, purpose="TxProfile", start=site.now(), transactionId=number)
    assert await put(site, one) == "Accepted"
    assert await limit_a(site) == 10
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))
    assert await site.ask("ClearChargingProfile") == "Unknown"  # it went with its transaction


@case("TC_058_1", "Central smart charging - TxProfile, no ongoing transaction")
async def tx_profile_idle(site):
    assert await put(site, profile(10, purpose="TxProfile", start=site.now())) == "Rejected"


@case("TC_058_2", "Central smart charging - TxProfile, wrong transactionId")
async def tx_profile_wrong(site):
    number = await site.charge()
    assert await put(site, profile(10, purpose="TxProfile", start=site.now(), transactionId=number + 1)) == "Rejected"
    assert await limit_a(site) == 32
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))


@case("TC_059", "Remote start transaction with charging profile")
async def remote_start_profile(site):
    await site.plug()
    await site.status("Preparing")
    one = profile(9, purpose="TxProfile", kind="Relative")
    assert await site.ask("RemoteStartTransaction", idTag=CARD, connectorId=1, chargingProfile=one) == "Accepted"
    await site.until(20, closed=True)
    assert await limit_a(site) == 9
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))


@case("TC_060", "Remote start transaction with charging profile - rejected")
async def remote_start_profile_rejected(site):
    one = profile(9, kind="Relative")
    assert await site.ask("RemoteStartTransaction", idTag=CARD, connectorId=1, chargingProfile=one) == "Rejected"


@case("TC_066", "Get composite schedule")
async def composite_schedule(site):
    begin = site.clock(int(site.sim.t))
    most = profile([(0, 16), (200, 14)], 2, "ChargePointMaxProfile", start=begin)
    assert await put(site, most, 0) == "Accepted"
    assert await put(site, profile([(0, 20), (100, 10), (300, 20)], start=begin)) == "Accepted"
    told = await composite(site, 400)
    late = int((site.now() - begin).total_seconds())
    edges = [(at + late if at else 0, limit) for at, limit in told]
    assert [limit for _, limit in edges] == [16, 10, 14]
    assert all(abs(at - wanted) <= 1 for (at, _), wanted in zip(edges[1:], (100, 300), strict=True))
    watts = await composite(site, 50, chargingRateUnit="W")
    assert watts == [(0, 16 * 230 * 3)]


@case("TC_067", "Clear charging profile")
async def clear(site):
    assert await put(site, profile(12, 1, start=site.now())) == "Accepted"
    assert await put(site, profile(14, 2, start=site.now(), stackLevel=1)) == "Accepted"
    assert await site.ask("ClearChargingProfile", id=1) == "Accepted"
    assert await site.ask("ClearChargingProfile", id=1) == "Unknown"
    assert await site.ask("ClearChargingProfile", stackLevel=1, chargingProfilePurpose="TxDefaultProfile") == "Accepted"
    assert await composite(site, 10) == [(0, 32)]


@case("TC_072", "Stacking charging profiles")
async def stacking(site):
    begin = site.now()
    low = profile([(0, 6), (60, 10), (120, 8)], 1, start=begin)
    high = profile(7, 2, start=begin, stackLevel=1)
    high["chargingSchedule"]["duration"] = 100
    assert await put(site, low) == "Accepted"
    assert await put(site, high) == "Accepted"
    assert [limit for _, limit in await composite(site, 150)] == [7, 10, 8]
    await site.charge()
    assert await limit_a(site) == 7
    await site.advance(100)
    assert await limit_a(site) == 10
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))
    recurring = profile([(0, 13), (43200, 11)], 3, kind="Recurring", start=site.clock(-86400), recurrencyKind="Daily", stackLevel=2)
    assert await put(site, recurring) == "Accepted"
    assert [limit for _, limit in await composite(site, 86400)] == [13, 11, 13]
