"""Every frame is held against OCPP-J and the official schema of its action, in both directions."""

import json

import pytest

from tests.csms.fake import FakePoint, reasons, run, system
from tools.csms import BadFrame, CallFailed, parse
from tools.csms.frames import moment, stamp, validate

BOOT = {"chargePointVendor": "Rudved", "chargePointModel": "ac7"}


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "not JSON"),
        ("{}", "not a JSON array"),
        ("[]", "not a JSON array"),
        ('[9, "a", "Heartbeat", {}]', "message type 9"),
        ('[true, "a", {}]', "message type True"),
        ("[2]", "message id None"),
        ('[2, 17, "Heartbeat", {}]', "message id 17"),
        ('[2, "", "Heartbeat", {}]', "message id ''"),
        (json.dumps([2, "x" * 37, "Heartbeat", {}]), "1 to 36 characters"),
        ('[2, "a", "Heartbeat"]', "3 elements; type 2 has 4"),
        ('[2, "a", "Heartbeat", {}, 1]', "5 elements"),
        ('[2, "a", "Heartbeat", []]', "not a JSON object"),
        ('[2, "a", 5, {}]', "action 5"),
        ('[2, "a", "Heartbeat", {"a": NaN}]', "NaN is not JSON"),
        ('[2, "a", "Heartbeat", {"a": 1, "a": 2}]', "stands twice"),
        ('[4, "a", "FormatViolation", "", {}]', "'FormatViolation' is not one of OCPP-J 1.6"),
        (json.dumps([4, "a", "GenericError", "x" * 256, {}]), "at most 255 characters"),
        (b"[2]", "binary"),
        ("[" * 100000, "not JSON"),
    ],
)
def test_a_frame_that_is_no_ocpp_j_is_refused_with_its_reason(text, reason):
    with pytest.raises(BadFrame) as error:
        parse(text)
    assert reason in error.value.reason


@pytest.mark.parametrize(
    "action, payload, reason, code",
    [
        ("BootNotification", {"chargePointVendor": "x"}, "'chargePointModel' is a required property", "ProtocolError"),
        ("BootNotification", BOOT | {"x": 1}, "'x' was unexpected", "FormationViolation"),
        ("BootNotification", BOOT | {"chargePointModel": "m" * 21}, "is too long", "TypeConstraintViolation"),
        ("Authorize", {"idTag": 4}, "is not of type 'string'", "TypeConstraintViolation"),
        ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Idle"}, "not one of", "Property"),
        (
            "StatusNotification",
            {"connectorId": 1, "errorCode": "NoError", "status": "Charging", "timestamp": "22 November"},
            "RFC 3339",
            "PropertyConstraintViolation",
        ),
        ("Heartbeats", {}, "no action of a charge point", "NotImplemented"),
        ("RemoteStartTransaction", {"idTag": "A"}, "no action of a charge point", "NotSupported"),
    ],
)
def test_a_payload_is_held_against_the_official_schema_and_the_direction(action, payload, reason, code):
    with pytest.raises(BadFrame) as error:
        validate(parse(json.dumps([2, "a", action, payload])), from_charge_point=True)
    assert reason in error.value.reason
    assert error.value.code.startswith(code)


def test_one_decimal_of_an_ampere_is_allowed_and_two_are_not():
    def frame(amps):
        schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": amps}]}
        kind = {"chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative"}
        profile = {"chargingProfileId": 1, "stackLevel": 0, "chargingSchedule": schedule, **kind}
        return parse(json.dumps([2, "a", "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile}]))

    validate(frame(21.4), from_charge_point=False)
    with pytest.raises(BadFrame):
        validate(frame(21.45), from_charge_point=False)


def test_times_are_read_with_fractions_and_offsets_and_written_in_utc():
    assert stamp(moment("2026-11-22T15:30:00.250+05:30")) == "2026-11-22T10:00:00.250Z"
    with pytest.raises(ValueError):
        moment("2026-11-22 10:00:00")


@run
async def test_a_bad_call_is_answered_with_its_callerror_and_recorded():
    async with system() as csms, FakePoint(csms) as point:
        await point.boot()
        await point.say([2, "q1", "StatusNotification", {"connectorId": "one"}])
        kind, unique_id, code, text, _ = await point.hear()
        assert (kind, unique_id, code) == (4, "q1", "ProtocolError")
        assert "required property" in text
        assert len(csms.violations) == 1
        assert csms.violations[0].side == "charge point"
        with pytest.raises(AssertionError, match="required property"):
            csms.check()


@run
async def test_noise_that_has_no_message_id_is_recorded_and_the_connection_lives_on():
    async with system() as csms, FakePoint(csms) as point:
        await point.boot()
        await point.say("hello")
        await point.say(b"\x00\x01")
        assert "currentTime" in await point.ask("Heartbeat", {})
        assert "not JSON" in reasons(csms) and "binary" in reasons(csms)


@run
async def test_an_answer_that_breaks_its_schema_fails_the_call_and_is_recorded():
    async with system() as csms, FakePoint(csms) as fake:
        await fake.boot()
        point = await csms.charge_point("CP1")
        answer = fake.socket.loop.create_task(point.call("Reset", {"type": "Soft"}))
        _, unique_id, _, _ = await fake.hear()
        await fake.say([3, unique_id, {"status": "Maybe"}])
        with pytest.raises(CallFailed, match="Maybe"):
            await answer
        assert "Reset.conf.status" in reasons(csms)


@run
async def test_a_bad_frame_of_the_central_system_itself_is_recorded_against_it():
    async with system() as csms, FakePoint(csms) as fake:
        await fake.boot()
        point = await csms.charge_point("CP1")
        with pytest.raises(CallFailed, match="NoAnswer"):
            await point.call("Reset", {"type": "Sideways"}, timeout_s=0.05)
        assert [violation.side for violation in csms.violations] == ["central system"]
