"""The charge point as a whole, in the simulator, against the strict central system: what may be asked, what is refused."""

import asyncio
import json

import pytest

from tests.csms.fake import run
from tests.story.scenes import CARD, Scene, known_cards
from tools.csms import CallFailed


def online(**more):
    return Scene(known_cards(**more.pop("behaviour", {})), **more)


async def error_code(site, action, payload):
    with pytest.raises(CallFailed) as failed:
        await site.call(action, payload, strict=False)
    return failed.value.code


@run
async def test_malformed_calls_get_the_right_callerror_codes_and_change_nothing():
    async with online() as site:
        await site.booted()
        for action, payload, code in (
            ("Reset", {}, "ProtocolError"),
            ("Reset", {"type": "Warm"}, "PropertyConstraintViolation"),
            ("Reset", {"type": 1}, "TypeConstraintViolation"),
            ("Reset", {"type": "Soft", "when": "now"}, "FormationViolation"),
            ("RemoteStartTransaction", {"idTag": "x" * 21}, "TypeConstraintViolation"),
            ("GetConfiguration", {"key": ["k"] * 100}, "OccurenceConstraintViolation"),
            ("GetConfiguration", {"key": [1]}, "TypeConstraintViolation"),
            ("UnlockConnector", {"connectorId": "1"}, "TypeConstraintViolation"),
            ("Hello", {}, "NotImplemented"),
            ("StartTransaction", {}, "NotImplemented"),
        ):
            assert await error_code(site, action, payload) == code, (action, payload)
        assert (await site.look())["boots"] == 1


@run
async def test_frames_that_are_no_messages_are_refused_or_dropped_and_the_link_stays():
    async with online() as site:
        await site.booted()
        for text in ("", "{", "nonsense", "[]", "[9,\"a\",\"Reset\",{}]", "[2,7,\"Reset\",{}]", "[3,\"nobody\",{}]",
                     "[4,\"nobody\",\"InternalError\",\"\",{}]", "[2,\"a\"", "[" * 200, "\u0000"):
            await site.point.send_raw(text)
        await site.advance(2)
        assert (await site.call("GetConfiguration", {"key": ["HeartbeatInterval"]}))["configurationKey"]
        assert site.point.connections == 1
        # A foreign message id in an answer leaves the call that is waiting alone.
        site.csms.behaviour.delay_s["Heartbeat"] = 0.2
        assert await site.call("TriggerMessage", {"requestedMessage": "Heartbeat"}) == {"status": "Accepted"}


@run
async def test_configuration_is_read_whole_and_in_part():
    async with online() as site:
        await site.booted()
        answer = await site.call("GetConfiguration")
        keys = {one["key"]: one for one in answer["configurationKey"]}
        for key in ("HeartbeatInterval", "NumberOfConnectors", "SupportedFeatureProfiles", "MeterValuesSampledData",
                    "ConnectorPhaseRotation", "TransactionMessageAttempts", "GetConfigurationMaxKeys"):
            assert key in keys
        assert keys["NumberOfConnectors"] == {"key": "NumberOfConnectors", "readonly": True, "value": "1"}
        assert "value" not in keys["AuthorizationKey"] and keys["AuthorizationKey"]["readonly"] is False
        assert "unknownKey" not in answer
        assert len(keys) <= int(keys["GetConfigurationMaxKeys"]["value"])
        assert keys["SupportedFeatureProfiles"]["value"].split(",")[0] == "Core"
        answer = await site.call("GetConfiguration", {"key": ["heartbeatINTERVAL", "Nonsense", "CsmsUrl"]})
        assert [one["key"] for one in answer["configurationKey"]] == ["HeartbeatInterval"]
        assert answer["unknownKey"] == ["Nonsense", "CsmsUrl"]


@run
async def test_configuration_is_changed_by_the_book():
    async with online() as site:
        await site.booted()
        for key, value, status in (
            ("HeartbeatInterval", "60", "Accepted"),
            ("HeartbeatInterval", "soon", "Rejected"),
            ("HeartbeatInterval", "-1", "Rejected"),
            ("NumberOfConnectors", "2", "Rejected"),
            ("Nonsense", "1", "NotSupported"),
            ("CsmsUrl", "ws://elsewhere", "NotSupported"),
            ("MeterValuesSampledData", "Voltage,Current.Import", "Accepted"),
            ("MeterValuesSampledData", "Voltage,SoC", "Rejected"),
            ("StopTransactionOnInvalidId", "maybe", "Rejected"),
            ("SecurityProfile", "0", "Accepted"),
            ("SecurityProfile", "4", "Rejected"),
            ("AdditionalRootCertificateCheck", "true", "Rejected"),
        ):
            answer = await site.call("ChangeConfiguration", {"key": key, "value": value})
            assert answer == {"status": status}, (key, value)
        beats = len(site.point.calls("Heartbeat"))
        await site.advance(125)
        assert len(site.point.calls("Heartbeat")) == beats + 2


@run
async def test_what_was_rejected_leaves_the_old_value():
    async with online() as site:
        await site.booted()
        await site.call("ChangeConfiguration", {"key": "MeterValuesSampledData", "value": "Voltage,SoC"})
        (one,) = (await site.call("GetConfiguration", {"key": ["MeterValuesSampledData"]}))["configurationKey"]
        assert "SoC" not in one["value"] and "Energy" in one["value"]


@run
async def test_rest_of_core_answers():
    async with online() as site:
        await site.booted()
        for action, payload, answer in (
            ("DataTransfer", {"vendorId": "who"}, {"status": "UnknownVendorId"}),
            ("UnlockConnector", {"connectorId": 1}, {"status": "NotSupported"}),
            ("UnlockConnector", {"connectorId": 9}, {"status": "NotSupported"}),
            ("ChangeAvailability", {"connectorId": 9, "type": "Inoperative"}, {"status": "Rejected"}),
            ("RemoteStopTransaction", {"transactionId": 4711}, {"status": "Rejected"}),
            ("RemoteStartTransaction", {"idTag": CARD, "connectorId": 0}, {"status": "Rejected"}),
            ("RemoteStartTransaction", {"idTag": CARD, "connectorId": 9}, {"status": "Rejected"}),
        ):
            assert await site.call(action, payload) == answer, action


@run
async def test_lock_of_a_socket_is_opened_on_request():
    async with online(board="rudved_ac22") as site:
        await site.booted()
        await site.begin()
        assert await site.call("UnlockConnector", {"connectorId": 1}) == {"status": "Unlocked"}
        await site.delivered()
        assert site.transactions[0].reason == "UnlockCommand"
        assert not (await site.connector())["locked"]
        site.csms.check()


@run
async def test_availability_counts_at_once_or_after_the_session_and_survives_a_power_cut():
    async with online() as site:
        await site.booted()
        assert await site.call("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}) == {"status": "Accepted"}
        await site.advance(3)
        assert site.point.status[1] == "Unavailable"
        await site.cut()
        await site.advance(3)
        assert site.point.status[1] == "Unavailable"
        assert await site.call("ChangeAvailability", {"connectorId": 1, "type": "Operative"}) == {"status": "Accepted"}
        await site.begin()
        assert await site.call("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}) == {"status": "Scheduled"}
        await site.do("unplug")
        await site.advance(5)
        assert site.point.status[1] == "Unavailable"
        assert site.point.status[0] == "Unavailable"
        site.csms.check()


@run
async def test_every_message_that_is_asked_for_comes():
    async with online() as site:
        await site.booted()
        for message, more in (
            ("BootNotification", {}), ("Heartbeat", {}), ("StatusNotification", {}), ("StatusNotification", {"connectorId": 1}),
            ("MeterValues", {}), ("MeterValues", {"connectorId": 1}),
        ):
            before = len(site.point.calls(message))
            assert await site.call("TriggerMessage", {"requestedMessage": message, **more}) == {"status": "Accepted"}
            await site.advance(2)
            assert len(site.point.calls(message)) > before, message
        values = site.point.calls("MeterValues")[-1]
        assert {one["context"] for one in values["meterValue"][0]["sampledValue"]} == {"Trigger"}
        answer = await site.call("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 9})
        assert answer == {"status": "Rejected"}
        site.csms.check()


@run
async def test_clock_aligned_values_come_at_round_times_also_when_idle():
    async with online(settings={"ClockAlignedDataInterval": 60, "MeterValueSampleInterval": 0}) as site:
        await site.booted()
        await site.advance(130)
        idle = site.point.calls("MeterValues")
        assert len(idle) == 2 and "transactionId" not in idle[0]
        await site.begin()
        await site.advance(70)
        running = site.point.calls("MeterValues")[-1]
        assert running["transactionId"] == site.transactions[0].id
        for one in (*idle, running):
            (value,) = one["meterValue"]
            assert value["timestamp"][17:19] in ("00", "01")
            assert {sample["context"] for sample in value["sampledValue"]} == {"Sample.Clock"}
        site.csms.check()


@run
async def test_half_open_link_is_noticed_and_replaced():
    async with online(settings={"WebSocketPingInterval": 10, "ReconnectBackoffMinS": 1}) as site:
        await site.booted()
        await site.do("network", half_open=True)
        await site.advance(40)
        assert (await site.look())["ocpp"]["connected"] is False
        await site.do("network", half_open=False)
        await site.advance(40)
        assert (await site.look())["ocpp"]["connected"] is True
        assert site.point.connections == 2


@run
async def test_link_without_pings_is_probed_when_an_answer_fails_to_come():
    settings = {"WebSocketPingInterval": 0, "MessageTimeoutS": 10, "ReconnectBackoffMinS": 1}
    async with online(settings=settings, behaviour={"interval_s": 30}) as site:
        await site.booted()
        await site.do("network", half_open=True)
        await site.advance(70)
        assert (await site.look())["ocpp"]["connected"] is False


@run
async def test_oversized_message_ends_the_connection_and_the_charger_comes_back():
    async with online(settings={"ReconnectBackoffMinS": 1}) as site:
        await site.booted()
        await site.point.send_raw(json.dumps([2, "big", "DataTransfer", {"vendorId": "x", "data": "y" * 40000}]))
        await site.advance(10)
        assert site.point.connections == 2
        assert (await site.look())["ocpp"]["connected"] is True


@run
async def test_server_that_confirms_no_subprotocol_is_not_talked_to():
    async with online(behaviour={"subprotocols": []}) as site:
        await site.advance(10)
        assert (await site.look())["ocpp"] == {"connected": False, "accepted": False, "queued": 0}
        assert site.point.calls("BootNotification") == []


@run
async def test_password_is_sent_changed_and_used_at_once():
    first, second = "sixteen-letters!", "another-password"
    async with online(settings={"AuthorizationKey": first, "ReconnectBackoffMinS": 1},
                      behaviour={"passwords": {"RUDVED-1": first}}) as site:  # fmt: skip
        await site.booted()
        site.csms.behaviour.passwords["RUDVED-1"] = second
        answer = await site.call("ChangeConfiguration", {"key": "AuthorizationKey", "value": second})
        assert answer == {"status": "Accepted"}
        await site.advance(10)
        assert site.point.connections == 2
        assert (await site.look())["ocpp"]["connected"] is True


@run
async def test_reconnecting_waits_longer_each_time_and_never_in_step():
    async with online(settings={"ReconnectBackoffMinS": 2, "ReconnectBackoffMaxS": 16}, behaviour={"refuse": 503}) as site:
        await site.advance(120)
        tries = [event["t"] for event in site.sim.events if event["event"] == "log" and "503" in event["text"]]
        pauses = [b - a for a, b in zip(tries, tries[1:], strict=False)]
        assert 1 <= pauses[0] <= 3 and pauses[-1] >= 8 and max(pauses) <= 17
        assert len({round(pause, 2) for pause in pauses[4:]}) > 1


@run
async def test_refused_card_of_an_offline_session_ends_it_when_told():
    settings = {"AllowOfflineTxForUnknownId": True, "StopTransactionOnInvalidId": True, "ReconnectBackoffMinS": 1}
    async with online(settings=settings) as site:
        await site.booted()
        await site.do("network", up=False)
        await site.begin("DEADBEEF")
        await site.advance(20)
        await site.do("network", up=True)
        await site.advance(30)
        await site.until(30, closed=False)
        await site.advance(10)
        assert [(one.id_tag, one.reason) for one in site.transactions] == [("DEADBEEF", "DeAuthorized")]
        site.csms.check()


@run
async def test_silence_then_an_answer_to_an_old_start_is_taken():
    async with online(settings={"MessageTimeoutS": 5}, behaviour={"delay_s": {"StartTransaction": 0.3}}) as site:
        await site.booted()
        await site.begin()
        await site.advance(60)
        await asyncio.sleep(0.5)
        await site.advance(60)
        await site.tap()
        await site.advance(20)
        await site.account((CARD, "Local"))
