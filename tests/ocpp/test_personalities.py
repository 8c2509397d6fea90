"""Central systems as they are: each with its manner, and the charger gets its sessions told without a person's help."""

import asyncio
import json
from datetime import timedelta

import pytest

from tests.csms.fake import run
from tests.story.scenes import CARD, OTHER_CARD, Scene, known_cards

SOON = {"ReconnectBackoffMinS": 1, "ReconnectBackoffMaxS": 4, "TransactionMessageRetryInterval": 1, "MessageTimeoutS": 5,
        "WebSocketPingInterval": 10, "AllowOfflineTxForUnknownId": True, "MeterValueSampleInterval": 10}  # fmt: skip

# name -> (its manner, settings that go with it)
PERSONALITIES = {
    "strict": ({}, {}),
    "no subprotocol": ({"subprotocols": []}, {"AllowMissingSubprotocol": True}),
    "slow": ({"delay_s": {"*": 0.01}}, {}),
    "rejects the first boots": ({"boot": ["Rejected", "Rejected", "Accepted"], "retry_s": 5}, {}),
    "leaves pending at first": ({"boot": ["Pending", "Pending", "Accepted"], "retry_s": 5}, {}),
    "wants a boot interval of nothing": ({"boot": ["Pending", "Accepted"], "retry_s": 0}, {}),
    "answers everything twice": ({"twice": {"*": None}}, {}),
    "is silent now and then": ({"silent": {"BootNotification": 1, "StatusNotification": 2, "StartTransaction": 2,
                                           "MeterValues": 1, "StopTransaction": 2}}, {}),  # fmt: skip
    "answers malformed now and then": ({"malformed": {"BootNotification": 1, "Authorize": 1, "StartTransaction": 1, "Heartbeat": 1}}, {}),
    "fails internally now and then": ({"errors": {"StartTransaction": 2, "MeterValues": 2, "StopTransaction": 2}}, {}),
    "hangs up in the middle": ({"hang_up": {"BootNotification": 1, "StartTransaction": 1, "StopTransaction": 1}}, {}),
}  # fmt: skip


async def live(site):
    """Two sessions, the second begun by an app where the central system can be reached; then all is told."""
    await site.booted(120)
    await site.plug()
    await site.advance(2)
    await site.tap()
    await site.advance(5)
    if not (await site.connector())["session"]:  # it has answered the card badly: the driver tries once more
        await site.tap()
    await site.until(60, closed=True)
    await site.advance(25)
    await site.tap()
    await site.until(30, closed=False, session=None)
    await site.leave()
    await site.until(60, ocpp__connected=True)
    await site.delivered(300)
    await site.begin(OTHER_CARD)
    await site.advance(5)
    await site.leave()
    await site.account((CARD, "Local"), (OTHER_CARD, "EVDisconnected"))
    assert (await site.look())["boots"] == 1


@pytest.mark.parametrize("name", PERSONALITIES)
@run
async def test_sessions_are_told_once_to_a_central_system_that(name):
    behaviour, settings = PERSONALITIES[name]
    async with Scene(known_cards(**behaviour), settings=SOON | settings) as site:
        await live(site)
        assert all(one.repeats <= 4 for one in site.transactions)


@pytest.mark.parametrize("shift_s", [-86400 * 30, 5400])
@run
async def test_central_system_that_lives_in_another_time_gets_times_of_its_own(shift_s):
    async with Scene(known_cards(shift_s=shift_s, ahead_s=None), settings=SOON) as site:
        await live(site)
        for one, closed_at in zip(site.transactions, site.closings(), strict=True):
            assert abs(one.began - site.clock(closed_at) - timedelta(seconds=shift_s)).total_seconds() < 6


@run
async def test_central_system_that_takes_the_socket_and_never_speaks_is_left_and_asked_again():
    async def mute(reader, writer):
        heard.append(await reader.read(100))
        await reader.read()
        writer.close()

    heard = []
    async with Scene(known_cards(), settings=SOON, grace=100) as site:
        await site.booted()
        await site.csms.stop()
        async with await asyncio.start_server(mute, "127.0.0.1", site.csms.port):
            await site.begin()  # it charges all the same
            await site.advance(100)
            assert len(heard) >= 2 and heard[0].startswith(b"GET /")
            await site.leave()
        await site.csms.start()
        await site.until(120, ocpp__connected=True)
        await site.account((CARD, "EVDisconnected"))


@run
async def test_central_system_that_interrupts_with_calls_of_its_own_is_answered_meanwhile():
    async with Scene(known_cards(delay_s={"StartTransaction": 0.2}), settings=SOON | {"MessageTimeoutS": 30}) as site:
        await site.booted()
        await site.plug()
        await site.advance(2)
        await site.tap()
        while not site.point.calls("StartTransaction"):
            await site.sim.advance(0.1)
        for _ in range(5):
            answer = await site.call("GetConfiguration", {"key": ["NumberOfConnectors"]})
            assert answer["configurationKey"]
        await site.leave()
        await site.balance()
        assert len(site.transactions) == 1


@run
async def test_central_system_that_sends_oversized_and_broken_frames_loses_nothing_of_a_session():
    async with Scene(known_cards(), settings=SOON) as site:
        await site.booted()
        await site.begin()
        big = json.dumps([2, "big", "DataTransfer", {"vendorId": "x", "data": "y" * 100_000}])
        for text in (big, "[2,", "\ufeff[]", big[:60_000]):
            await site.until(60, ocpp__connected=True)
            await site.point.send_raw(text)
            await site.advance(6)
        assert (await site.connector())["contactor"]["closed"]
        await site.until(60, ocpp__connected=True)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))
        assert (await site.look())["boots"] == 1


EVCC = "Power.Active.Import,Energy.Active.Import.Register,Current.Import,Voltage,Current.Offered,Power.Offered,SoC".split(",")


@run
async def test_evccs_probing_sequence_gets_all_it_asks_for():
    async with Scene(known_cards()) as site:
        await site.booted()

        async def status(action, **payload):
            return (await site.call(action, payload))["status"]

        async def value(key):
            (one,) = (await site.call("GetConfiguration", {"key": [key]}))["configurationKey"]
            return one["value"]

        assert await status("ChangeAvailability", connectorId=0, type="Operative") == "Accepted"
        assert (await site.call("GetConfiguration"))["configurationKey"]
        assert await status("TriggerMessage", requestedMessage="BootNotification") == "Accepted"
        await site.received("BootNotification", 2)
        taken = []  # as many measurands as are accepted, one more at a time
        for measurand in EVCC:
            wanted = ",".join([*taken, measurand])
            if await status("ChangeConfiguration", key="MeterValuesSampledData", value=wanted) == "Accepted":
                taken.append(measurand)
        assert taken == EVCC[:-1]
        assert await value("MeterValuesSampledData") == ",".join(taken)
        assert await status("TriggerMessage", requestedMessage="MeterValues", connectorId=1) == "Accepted"
        (told,) = await site.received("MeterValues")
        assert {one["measurand"] for one in told["meterValue"][0]["sampledValue"]} == set(taken)
        for key, number in (("MeterValueSampleInterval", "10"), ("WebSocketPingInterval", "30")):
            assert await status("ChangeConfiguration", key=key, value=number) == "Accepted"
        assert int(await value("ChargeProfileMaxStackLevel")) > 0
        assert "Current" in await value("ChargingScheduleAllowedChargingRateUnit")
        assert await value("ConnectorSwitch3to1PhaseSupported") in ("true", "false")
        await site.plug()
        await site.advance(2)
        assert await status("RemoteStartTransaction", idTag=CARD, connectorId=1) == "Accepted"
        await site.until(20, closed=True)
        for amperes in (16, 0, 6, 32):
            schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": amperes}]}
            profile = {"chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
                       "chargingProfileKind": "Relative", "chargingSchedule": schedule}  # fmt: skip
            assert await status("SetChargingProfile", connectorId=1, csChargingProfiles=profile) == "Accepted"
            await site.until(30, closed=amperes >= 6)
            if amperes:
                await site.until(10, limit_a=amperes)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


@run
async def test_home_assistants_setup_is_answered_key_by_key():
    wanted = ("NumberOfConnectors", "HeartbeatInterval", "SupportedFeatureProfiles", "MeterValuesSampledData",
              "ChargingScheduleAllowedChargingRateUnit", "MaxChargingProfilesInstalled", "ChargeProfileMaxStackLevel")  # fmt: skip
    async with Scene(known_cards()) as site:
        await site.booted()
        for key in wanted:
            answer = await site.call("GetConfiguration", {"key": [key]})
            assert [one["key"] for one in answer["configurationKey"]] == [key]
        all_of_1_6 = "Current.Export,Current.Import,Power.Reactive.Import,SoC,Temperature,Voltage"
        payload = {"key": "MeterValuesSampledData", "value": all_of_1_6}
        assert await site.call("ChangeConfiguration", payload) == {"status": "Rejected"}
        for key, number in (("MeterValueSampleInterval", "60"), ("ClockAlignedDataInterval", "900"), ("WebSocketPingInterval", "20")):
            assert await site.call("ChangeConfiguration", {"key": key, "value": number}) == {"status": "Accepted"}
        for message in ("BootNotification", "StatusNotification"):
            before = len(site.point.calls(message))
            assert await site.call("TriggerMessage", {"requestedMessage": message}) == {"status": "Accepted"}
            await site.received(message, before + 1)
        site.csms.check()
