"""Payloads of received CALLs: the right CALLERROR code for each kind of mistake, the field named."""
import json
import unittest

from firmware.ocpp import schema
from firmware.ocpp.frames import CallError
from firmware.ocpp.profile import _tenths

PROFILE = {
    "chargingProfileId": 1, "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Absolute",
    "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}]},
}


def verdict(action, payload, strict=True):
    try:
        schema.check(action, payload, "", strict)
    except CallError as error:
        return error.code, error.description
    return None, ""


class Codes(unittest.TestCase):
    def test_right_payloads_pass(self):
        for action, payload in (
            ("Reset", {"type": "Soft"}), ("ClearCache", {}),
            ("GetConfiguration", {"key": []}), ("GetConfiguration", {}),
            ("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": PROFILE}),
            ("SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [
                {"idTag": "A", "idTagInfo": {"status": "Accepted", "expiryDate": "2027-01-01T00:00:00.000Z"}}]}),
        ):
            self.assertEqual(verdict(action, payload), (None, ""))

    def test_reset_without_type_is_not_executed(self):
        code, text = verdict("Reset", {})
        self.assertEqual(code, "ProtocolError")
        self.assertIn("type", text)

    def test_missing_field_deep_inside_is_named(self):
        profile = dict(PROFILE)
        profile["chargingSchedule"] = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0}]}
        code, text = verdict("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile})
        self.assertEqual(code, "ProtocolError")
        self.assertIn("csChargingProfiles.chargingSchedule.chargingSchedulePeriod.0.limit", text)

    def test_wrong_type_is_a_type_violation(self):
        for value in ("1", 1.0, True, None, [1]):
            self.assertEqual(verdict("UnlockConnector", {"connectorId": value})[0], "TypeConstraintViolation")
        self.assertEqual(verdict("Reset", {"type": 1})[0], "TypeConstraintViolation")
        self.assertEqual(verdict("GetConfiguration", {"key": "HeartbeatInterval"})[0], "TypeConstraintViolation")
        self.assertEqual(verdict("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": []})[0],
                         "TypeConstraintViolation")

    def test_text_too_long_is_a_type_violation(self):
        self.assertEqual(verdict("RemoteStartTransaction", {"idTag": "x" * 21})[0], "TypeConstraintViolation")
        self.assertEqual(verdict("RemoteStartTransaction", {"idTag": "x" * 20})[0], None)

    def test_word_outside_its_list_is_a_property_violation(self):
        self.assertEqual(verdict("Reset", {"type": "Warm"})[0], "PropertyConstraintViolation")
        self.assertEqual(verdict("Reset", {"type": ""})[0], "PropertyConstraintViolation")

    def test_bad_date_is_a_property_violation(self):
        payload = {"connectorId": 1, "expiryDate": "tomorrow", "idTag": "A", "reservationId": 1}
        self.assertEqual(verdict("ReserveNow", payload)[0], "PropertyConstraintViolation")

    def test_more_than_one_decimal_is_a_property_violation(self):
        def profile(limit):
            periods = [{"startPeriod": 0, "limit": limit}]
            schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": periods}
            return {"connectorId": 1, "csChargingProfiles": dict(PROFILE, chargingSchedule=schedule)}

        self.assertEqual(verdict("SetChargingProfile", profile(16.25))[0], "PropertyConstraintViolation")
        self.assertEqual(verdict("SetChargingProfile", profile(float("inf")))[0], "PropertyConstraintViolation")
        for limit in (16, 16.1, 0.1, 31.9):
            self.assertEqual(verdict("SetChargingProfile", profile(limit))[0], None)
        for tenths in range(1, 230000, 1301):       # of an ampere or a watt; on the chip a number has 24 bits
            limit = json.loads("%d.%d" % divmod(tenths, 10))
            self.assertEqual(verdict("SetChargingProfile", profile(limit))[0], None, tenths)
            self.assertEqual(_tenths(limit), tenths)

    def test_field_nobody_knows_violates_the_formation(self):
        self.assertEqual(verdict("Reset", {"type": "Soft", "now": True})[0], "FormationViolation")
        self.assertEqual(verdict("ClearCache", {"all": True})[0], "FormationViolation")

    def test_answers_may_carry_fields_nobody_knows(self):
        answer = {"status": "Accepted", "currentTime": "2026-11-22T10:00:00Z", "interval": 300, "vendor": 1}
        self.assertEqual(verdict("BootNotification.conf", answer, False)[0], None)
        self.assertEqual(verdict("BootNotification.conf", dict(answer, status="Maybe"), False)[0],
                         "PropertyConstraintViolation")


class Actions(unittest.TestCase):
    def test_calls_of_the_standard_are_known(self):
        for action in ("Reset", "SetChargingProfile", "GetLog", "ClearCache", "UpdateFirmware"):
            self.assertTrue(schema.known(action))

    def test_anything_else_is_not(self):
        for action in ("", " ", "\n", "Rese", "Reset ", "reset", "Reset\nUnlockConnector", "ChargingProfile",
                       "Heartbeat", "Heartbeat.conf", "StartTransaction", "type!=Hard,Soft", "x" * 5000):
            self.assertFalse(schema.known(action))


if __name__ == "__main__":
    unittest.main()
