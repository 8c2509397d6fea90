"""The standard's configuration keys, each with what it does: read, changed, refused, and seen to take effect."""

import pytest

from tests.csms.fake import run
from tests.story.scenes import CARD, OTHER_CARD, Scene, known_cards

MEASURANDS = (
    "Energy.Active.Import.Register,Energy.Active.Export.Register,Energy.Active.Import.Interval,Power.Active.Import,"
    "Power.Active.Export,Power.Offered,Power.Factor,Current.Import,Current.Offered,Voltage,Frequency,Temperature"
)
# OCPP 1.6 chapter 9: key -> (read only, a value it takes, a value it must refuse); None: any change is refused
STANDARD = {
    "AllowOfflineTxForUnknownId": (False, "true", "perhaps"),
    "AuthorizationCacheEnabled": (False, "true", "1"),
    "AuthorizeRemoteTxRequests": (False, "false", ""),
    "BlinkRepeat": (False, "3", "often"),
    "ClockAlignedDataInterval": (False, "900", "-900"),
    "ConnectionTimeOut": (False, "30", "-1"),
    "ConnectorPhaseRotation": (False, "0.RST,1.RTS", "1.XYZ"),
    "ConnectorPhaseRotationMaxLength": (True, None, "9"),
    "GetConfigurationMaxKeys": (True, None, "9"),
    "HeartbeatInterval": (False, "600", "1e3"),
    "LightIntensity": (False, "40", "101"),
    "LocalAuthorizeOffline": (False, "false", "no"),
    "LocalPreAuthorize": (False, "true", "yes"),
    "MaxEnergyOnInvalidId": (False, "500", "-1"),
    "MeterValuesAlignedData": (False, MEASURANDS, "Energy.Reactive.Import.Register"),
    "MeterValuesAlignedDataMaxLength": (True, None, "3"),
    "MeterValuesSampledData": (False, MEASURANDS, "Voltage,RPM"),
    "MeterValuesSampledDataMaxLength": (True, None, "3"),
    "MeterValueSampleInterval": (False, "0", "1.5"),
    "MinimumStatusDuration": (False, "0", "-5"),
    "NumberOfConnectors": (True, None, "2"),
    "ResetRetries": (False, "2", "-2"),
    "StopTransactionOnEVSideDisconnect": (False, "false", "never"),
    "StopTransactionOnInvalidId": (False, "false", "2"),
    "StopTxnAlignedData": (False, "Voltage", "voltage,volts"),
    "StopTxnAlignedDataMaxLength": (True, None, "3"),
    "StopTxnSampledData": (False, MEASURANDS, "SoC"),
    "StopTxnSampledDataMaxLength": (True, None, "3"),
    "SupportedFeatureProfiles": (True, None, "Core"),
    "SupportedFeatureProfilesMaxLength": (True, None, "1"),
    "TransactionMessageAttempts": (False, "5", "0"),
    "TransactionMessageRetryInterval": (False, "30", "-30"),
    "UnlockConnectorOnEVSideDisconnect": (False, "true", "x"),
    "WebSocketPingInterval": (False, "20", "-20"),
    "LocalAuthListEnabled": (False, "true", "on"),
    "LocalAuthListMaxLength": (True, None, "9"),
    "SendLocalListMaxLength": (True, None, "9"),
    "ReserveConnectorZeroSupported": (True, None, "false"),
    "ChargeProfileMaxStackLevel": (True, None, "9"),
    "ChargingScheduleAllowedChargingRateUnit": (True, None, "Current"),
    "ChargingScheduleMaxPeriods": (True, None, "9"),
    "ConnectorSwitch3to1PhaseSupported": (True, None, "true"),
    "MaxChargingProfilesInstalled": (True, None, "9"),
    "SupportedFileTransferProtocols": (True, None, "FTP"),
}


def scene(settings=None, behaviour=None, **more):
    return Scene(known_cards(**(behaviour or {})), settings={"ReconnectBackoffMinS": 1, **(settings or {})}, **more)


@run
async def test_every_standard_key_is_there_takes_what_is_right_and_keeps_its_value_over_what_is_wrong():
    async with scene() as site:
        await site.booted()
        keys = {one["key"]: one for one in (await site.call("GetConfiguration"))["configurationKey"]}
        for name, (readonly, good, bad) in STANDARD.items():
            assert keys[name]["readonly"] is readonly, name
            before = keys[name]["value"]
            assert await site.call("ChangeConfiguration", {"key": name, "value": bad}) == {"status": "Rejected"}, name
            if good is not None:
                # None of the standard's own keys waits for a restart.
                assert await site.call("ChangeConfiguration", {"key": name, "value": good}) == {"status": "Accepted"}, name
                assert await site.call("ChangeConfiguration", {"key": name, "value": bad}) == {"status": "Rejected"}, name
            (now,) = (await site.call("GetConfiguration", {"key": [name]}))["configurationKey"]
            assert now["value"] == (good or before), name
        for name, key in keys.items():
            if name.endswith("MaxLength") and name[: -len("MaxLength")] in keys:
                assert len(keys[name[: -len("MaxLength")]]["value"].split(",")) <= int(key["value"])


def samples(payload):
    """{(measurand, phase)} of the first meter value, with each one's unit, location and context."""
    (value,) = payload["meterValue"]
    return {(one["measurand"], one.get("phase")): one for one in value["sampledValue"]}


@run
async def test_every_measurand_comes_with_its_phase_unit_location_and_context():
    settings = {"MeterValuesSampledData": MEASURANDS, "MeterValueSampleInterval": 10, "StopTxnSampledData": "Power.Offered",
                "StopTxnAlignedData": "Voltage", "ClockAlignedDataInterval": 30}  # fmt: skip
    async with scene(settings, board="rudved_ac22") as site:
        await site.booted()
        await site.begin()
        periodic = samples((await site.received("MeterValues", 2))[-1])
        await site.advance(35)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))
        lines = ("L1", "L2", "L3")
        several = {("Current.Import", line) for line in lines} | {("Voltage", line + "-N") for line in lines}
        single = {(name, None) for name in MEASURANDS.split(",")} - {("Current.Import", None), ("Voltage", None)}
        assert set(periodic) == several | single
        units = {("Voltage", "L1-N"): "V", ("Current.Import", "L3"): "A", ("Temperature", None): "Celsius",
                 ("Power.Offered", None): "W", ("Energy.Active.Import.Interval", None): "Wh"}  # fmt: skip
        assert all(periodic[which]["unit"] == unit for which, unit in units.items())
        assert {one["context"] for one in periodic.values()} == {"Sample.Periodic"}
        assert {one["location"] for one in periodic.values()} == {"Outlet", "Body"}
        data = site.point.calls("StopTransaction")[0]["transactionData"]
        contexts = [value["sampledValue"][0]["context"] for value in data]
        assert contexts[0] == "Transaction.Begin" and contexts[-1] == "Transaction.End"
        assert {"Sample.Periodic", "Sample.Clock"} <= set(contexts)
        clock = next(value for value in data if value["sampledValue"][0]["context"] == "Sample.Clock")
        assert {one["measurand"] for one in clock["sampledValue"]} == {"Voltage"}


@run
async def test_session_that_goes_on_after_a_power_cut_says_where_it_was_interrupted():
    async with scene({"ResumeAfterPowerLoss": "resume", "MeterValueSampleInterval": 0}) as site:
        await site.booted()
        await site.begin()
        await site.advance(20)
        await site.cut(5)
        (told,) = await site.received("MeterValues")
        assert {one["context"] for one in told["meterValue"][0]["sampledValue"]} == {"Interruption.End"}
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


def shown(site, since=0):
    """What the light showed: (colour, blink_ms, percent)."""
    return [(e["colour"], e["blink_ms"], e["percent"]) for e in site.sim.events if e["event"] == "led" and e["t"] >= since]


@run
async def test_light_blinks_as_often_as_blink_repeat_says_and_is_as_bright_as_light_intensity():
    async with scene({"BlinkRepeat": 4, "LightIntensity": 70}) as site:
        await site.booted()
        await site.advance(2)
        tapped = site.sim.t
        await site.tap("0BADBADB")
        await site.advance(5)
        assert shown(site, tapped) == [("red", 250, 70), ("green", 0, 70)]
        began, ended = [e["t"] for e in site.sim.events if e["event"] == "led" and e["t"] >= tapped]
        assert 1.8 < ended - began < 2.3  # four times 250 ms on and off
        await site.call("ChangeConfiguration", {"key": "BlinkRepeat", "value": "0"})
        await site.call("ChangeConfiguration", {"key": "LightIntensity", "value": "5"})
        await site.advance(1)
        quiet = site.sim.t
        await site.tap("0BADBADB")
        await site.advance(3)
        assert shown(site)[-1] == ("green", 0, 5) and shown(site, quiet) == []


@pytest.mark.parametrize("unlocks", [True, False])
@run
async def test_cable_pulled_at_the_vehicle_is_unlocked_or_kept_for_its_card(unlocks):
    async with scene({"UnlockConnectorOnEVSideDisconnect": unlocks}, board="rudved_ac22") as site:
        await site.booted()
        await site.begin()
        await site.do("unplug")
        await site.until(10, letter="A", session=None)
        await site.advance(5)
        assert (await site.connector())["locked"] is not unlocks
        if not unlocks:
            await site.tap(OTHER_CARD)
            await site.advance(5)
            assert (await site.connector())["locked"]
            await site.tap(OTHER_CARD)  # takes back what the first tap asked for
            await site.advance(2)
            await site.tap(CARD)
            await site.until(10, locked=False)
        await site.account((CARD, "EVDisconnected"))


@pytest.mark.parametrize("retries", [0, 5])
@run
async def test_soft_reset_waits_reset_retries_times_for_a_session_that_does_not_end(retries):
    async with scene({"ResetRetries": retries}) as site:
        await site.booted()
        await site.begin()
        await site.advance(20)
        await site.do("fault", name="meter_silent")  # its last register cannot be read: the end waits a minute for it
        asked = site.sim.t
        assert await site.call("Reset", {"type": "Soft"}) == {"status": "Accepted"}
        await site.until(150, boots=2)
        waited = site.sim.t - asked
        assert 14 < waited < 30 if retries == 0 else 55 < waited < 80
        await site.do("fault", name="meter_silent", on=False)
        await site.booted(60)
        await site.advance(10)  # a session found at the boot waits for the meter
        await site.delivered()
        site.csms.check()
        assert [(one.id_tag, one.reason) for one in site.transactions] == [(CARD, "SoftReset")]


@run
async def test_card_refused_afterwards_gets_max_energy_on_invalid_id_and_no_more():
    settings = {"AllowOfflineTxForUnknownId": True, "MaxEnergyOnInvalidId": 300}
    async with scene(settings) as site:
        await site.booted()
        await site.do("network", up=False)
        await site.begin("DEADBEEF")
        await site.do("network", up=True)
        await site.received("StartTransaction")
        at_wh = (await site.connector())["session"]["wh"]
        await site.until(300, closed=False)
        (wh,) = await site.account(("DEADBEEF", "DeAuthorized"))
        assert at_wh + 300 <= wh <= at_wh + 315


@run
async def test_transaction_of_a_refused_card_is_suspended_where_it_may_not_be_stopped():
    async with scene({"AllowOfflineTxForUnknownId": True, "StopTransactionOnInvalidId": False}) as site:
        await site.booted()
        await site.do("network", up=False)
        await site.begin("DEADBEEF")
        await site.do("network", up=True)
        await site.received("StartTransaction")
        await site.until(30, closed=False, status="SuspendedEVSE")
        assert (await site.connector())["session"] is not None
        await site.leave()
        await site.account(("DEADBEEF", "EVDisconnected"))


@run
async def test_card_is_the_same_in_any_case_of_its_letters():
    async with scene() as site:
        await site.booted()
        await site.plug()
        await site.advance(2)
        start = {"idTag": CARD.lower(), "connectorId": 1}
        assert await site.call("RemoteStartTransaction", start) == {"status": "Accepted"}
        await site.until(20, closed=True)
        await site.tap(CARD)
        await site.until(10, closed=False)
        await site.account((CARD.lower(), "Local"))


@run
async def test_local_list_that_contradicts_the_central_system_is_reported_once():
    async with scene() as site:
        await site.booted()
        full = {"listVersion": 1, "updateType": "Full",
                "localAuthorizationList": [{"idTag": CARD, "idTagInfo": {"status": "Blocked"}}]}  # fmt: skip
        assert await site.call("SendLocalList", full) == {"status": "Accepted"}
        await site.begin()
        await site.leave()
        await site.account((CARD, "EVDisconnected"))
        codes = [one["errorCode"] for one in site.point.calls("StatusNotification") if one["connectorId"] == 0]
        assert "LocalListConflict" in codes and codes[-1] == "NoError"


@run
async def test_server_that_confirms_no_subprotocol_is_talked_to_where_that_is_allowed():
    async with scene({"AllowMissingSubprotocol": True}, {"subprotocols": []}) as site:
        await site.booted()
        await site.begin()
        await site.leave()
        await site.account((CARD, "EVDisconnected"))
