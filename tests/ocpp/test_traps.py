"""What other charge points were seen to get wrong, each with its name. Those of the queue alone: mpy/test_transactions.py."""

from tests.csms.fake import run
from tests.story.scenes import CARD, OTHER_CARD, Scene, known_cards
from tools.csms.frames import moment

SOON = {"ReconnectBackoffMinS": 1, "ReconnectBackoffMaxS": 4, "TransactionMessageRetryInterval": 1, "AllowOfflineTxForUnknownId": True}


def profile(number, stack, purpose, periods, **more):
    schedule = {"chargingRateUnit": "A", "startSchedule": "2026-11-22T09:00:00Z",
                "chargingSchedulePeriod": [{"startPeriod": at, "limit": limit} for at, limit in periods]}  # fmt: skip
    return {"chargingProfileId": number, "stackLevel": stack, "chargingProfilePurpose": purpose,
            "chargingProfileKind": "Absolute", "chargingSchedule": schedule, **more}  # fmt: skip


async def put(site, connector, one):
    payload = {"connectorId": connector, "csChargingProfiles": one}
    assert await site.call("SetChargingProfile", payload) == {"status": "Accepted"}


@run
async def test_profiles_of_every_purpose_and_the_top_stack_level_are_the_same_after_a_power_cut():
    async with Scene(settings=SOON | {"ResumeAfterPowerLoss": "resume"}) as site:
        await site.booted()
        (key,) = (await site.call("GetConfiguration", {"key": ["ChargeProfileMaxStackLevel"]}))["configurationKey"]
        top = int(key["value"])
        await put(site, 0, profile(1, top, "ChargePointMaxProfile", [(0, 30), (3700, 28)]))
        await put(site, 0, profile(2, 0, "TxDefaultProfile", [(0, 9)]))
        await put(site, 1, profile(3, top, "TxDefaultProfile", [(0, 20), (3900, 24)]))
        await site.begin()
        await site.received("StartTransaction")
        # This one comes while the contactor is closed: it is kept in the journal.
        await put(site, 1, profile(4, 3, "TxProfile", [(0, 12), (3800, 29)], transactionId=site.transactions[0].id))

        async def composite():
            answer = await site.call("GetCompositeSchedule", {"connectorId": 1, "duration": 600})
            began = moment(answer["scheduleStart"])
            periods = answer["chargingSchedule"]["chargingSchedulePeriod"]
            assert periods[0]["startPeriod"] == 0
            assert len({one["startPeriod"] for one in periods}) == len(periods), "a startPeriod stands twice"
            return [(began.timestamp() + one["startPeriod"] if one["startPeriod"] else 0, float(one["limit"])) for one in periods]

        before = await composite()
        assert [limit for _, limit in before] == [12, 29, 28] or [limit for _, limit in before] == [12, 28]
        await site.cut(5)
        await site.until(60, closed=True)
        assert await composite() == before
        await site.leave()
        await site.account((CARD, "EVDisconnected"))
        told = await site.call("GetCompositeSchedule", {"connectorId": 1, "duration": 5})
        assert float(told["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"]) == 20
        for number, status in ((4, "Unknown"), (3, "Accepted"), (2, "Accepted"), (1, "Accepted")):
            assert await site.call("ClearChargingProfile", {"id": number}) == {"status": status}


@run
async def test_more_sessions_and_meter_values_than_any_small_queue_holds_are_all_told():
    async with Scene(settings=SOON | {"MeterValueSampleInterval": 2}) as site:
        await site.booted()
        await site.do("network", up=False)
        cards = [CARD, OTHER_CARD] * 4
        for card in cards:
            await site.begin(card)
            await site.advance(18)
            await site.leave()
        assert (await site.look())["ocpp"]["queued"] >= 8 * 8
        await site.do("network", up=True)
        await site.account(*[(card, "EVDisconnected") for card in cards])
        values = site.point.calls("MeterValues")
        assert len(values) >= 8 * 7
        assert {one["transactionId"] for one in values} == {one.id for one in site.transactions}


@run
async def test_session_before_the_clock_was_ever_known_is_not_told_of_1970():
    async with Scene(settings=SOON | {"FreeVendActive": True}) as site:
        await site.do("network", up=False)
        await site.do("fault", name="clock_lost")
        await site.do("power", on=False)
        await site.advance(2)
        await site.do("power", on=True)
        await site.plug()
        await site.until(30, closed=True)
        assert (await site.look())["utc"] is None
        began = site.now()
        await site.advance(60)
        await site.leave()
        await site.advance(30)
        await site.do("network", up=True)
        await site.booted(60)
        await site.account(("FREEVEND", "EVDisconnected"))
        (one,) = site.transactions
        assert abs((one.began - began).total_seconds()) < 15
        assert 55 < (one.ended - one.began).total_seconds() < 80


@run
async def test_card_that_is_accepted_does_not_stop_the_session_of_another():
    async with Scene(settings=SOON) as site:
        await site.booted()
        await site.begin(CARD)
        for _ in range(3):
            await site.tap(OTHER_CARD)
            await site.advance(5)
        assert (await site.connector())["session"]["id_tag"] == CARD
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


@run
async def test_faulted_is_never_told_with_no_error():
    async with Scene(settings=SOON) as site:
        await site.booted()
        await site.begin()
        await site.do("fault", name="rcd_dc")
        await site.until(20, closed=False)
        await site.advance(5)
        await site.do("fault", name="rcd_dc", on=False)
        await site.leave()
        await site.balance()
        told = [(one["status"], one["errorCode"]) for one in site.point.calls("StatusNotification")]
        assert ("Faulted", "GroundFailure") in told and ("Faulted", "NoError") not in told


@run
async def test_values_told_on_request_are_never_later_than_the_end_found_after_a_cut_or_being_written():
    async with Scene(settings={"MeterValueSampleInterval": 0}) as site:
        await site.booted()
        await site.begin()
        await site.advance(7)
        await site.call("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
        (told,) = await site.received("MeterValues")
        assert told["transactionId"] == site.transactions[0].id
        await site.cut()
        await site.delivered()
        await site.do("unplug")
        await site.advance(10)
        await site.begin()
        await site.advance(7)
        await site.do("fault", name="meter_silent")  # the end waits a minute for the last register
        await site.call("RemoteStopTransaction", {"transactionId": site.transactions[1].id})
        await site.advance(1)
        await site.do("fault", name="meter_silent", on=False)
        while len(site.point.calls("MeterValues")) < 2 and (await site.connector())["session"]:
            await site.call("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
            await site.advance(1)
        await site.leave()
        await site.account((CARD, "PowerLoss"), (CARD, "Remote"))


@run
async def test_message_ids_of_three_boots_never_meet():
    async with Scene(known_cards(interval_s=20), settings=SOON) as site:
        for _ in range(3):
            await site.booted()
            await site.advance(50)
            await site.cut(2)
        ids = [frame.unique_id for way, frame in site.point.log if way == "in" and frame.kind == 2]
        assert len(ids) > 15 and len(set(ids)) == len(ids)
        site.csms.check()
