"""Booting, charging, remote control, resets, unlocking and configuration: TC_001 to TC_031, and TC_040."""

from tests.cert.book import BLOCKED, CARD, EXPIRED, OTHER_CARD, STRANGER, TETHERED, case


@case("TC_001", "Cold boot charge point")
async def cold_boot(site):
    await site.cut(3)
    await site.advance(3)
    (boot,) = site.told("BootNotification")
    assert boot["chargePointVendor"] and boot["chargePointModel"]
    assert site.order("BootNotification", "StatusNotification")[0] == "BootNotification"
    assert {(one["connectorId"], one["status"]) for one in site.told("StatusNotification")} == {(0, "Available"), (1, "Available")}
    await site.advance(125)
    assert site.told("Heartbeat")


@case("TC_002", "Cold boot charge point - pending")
async def cold_boot_pending(site):
    site.csms.behaviour.boot = ["Pending", "Accepted"]
    await site.do("power", on=False)
    await site.advance(3)
    await site.do("power", on=True)
    await site.received("BootNotification", len(site.point.calls("BootNotification")) + 1)
    assert (await site.call("GetConfiguration", {"key": ["HeartbeatInterval"]}))["configurationKey"]
    assert await site.ask("RemoteStartTransaction", idTag=CARD, connectorId=1) == "Rejected"
    assert site.told("StatusNotification") == []
    await site.booted(30)
    assert len(site.told("BootNotification")) == 2


@case("TC_003", "Regular charging session - plugin first")
async def plugin_first(site):
    await site.plug()
    await site.status("Preparing")
    await site.tap()
    await site.status("Preparing", "Charging")
    assert site.told("Authorize") == [{"idTag": CARD}]
    (start,) = site.told("StartTransaction")
    assert (start["connectorId"], start["idTag"]) == (1, CARD)
    await site.advance(20)
    await site.tap()
    await site.status("Charging", "Finishing")
    await site.do("unplug")
    await site.status("Finishing", "Available")
    await site.bill((CARD, "Local"))


@case("TC_004_1", "Regular charging session - identification first")
async def identification_first(site):
    await site.tap()
    await site.status("Preparing")
    await site.plug()
    await site.status("Preparing", "Charging")
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))


@case("TC_004_2", "Regular charging session - identification first, connection time-out")
async def identification_first_timeout(site):
    await site.tap()
    await site.status("Preparing", "Available")
    assert site.told("StartTransaction") == []


async def unplug_at_the_vehicle(site, ends, unlocks):
    await site.charge()
    await site.do("unplug")
    if ends:
        await site.status("Charging", "Available")
        await site.bill((CARD, "EVDisconnected"))
    else:
        await site.status("Charging", "SuspendedEV")
    await site.advance(5)
    assert (await site.connector())["locked"] is not unlocks
    if not ends:
        await site.plug()
        await site.status("SuspendedEV", "Charging")
        await site.tap()
        await site.bill((CARD, "Local"))
    elif not unlocks:
        await site.tap()
        await site.until(10, locked=False)


@case("TC_005_1", "EV side disconnected - transaction stops, connector unlocks", UnlockConnectorOnEVSideDisconnect=True)
async def ev_side_1(site):
    await unplug_at_the_vehicle(site, True, True)


@case("TC_005_2", "EV side disconnected - transaction stops, connector stays locked", UnlockConnectorOnEVSideDisconnect=False)
async def ev_side_2(site):
    await unplug_at_the_vehicle(site, True, False)


@case("TC_005_3", "EV side disconnected - transaction goes on, connector stays locked",
      StopTransactionOnEVSideDisconnect=False, UnlockConnectorOnEVSideDisconnect=False)  # fmt: skip
async def ev_side_3(site):
    await unplug_at_the_vehicle(site, False, False)


@case("TC_007", "Regular start charging session - cached id", AuthorizationCacheEnabled=True, LocalPreAuthorize=True)
async def cached_id(site):
    await site.begin()
    await site.leave()
    await site.advance(6)
    assert len(site.told("Authorize")) == 1
    await site.begin()
    assert len(site.told("Authorize")) == 1
    await site.leave()
    await site.bill((CARD, "EVDisconnected"), (CARD, "EVDisconnected"))


@case("TC_010", "Remote start charging session - cable plugged in first", AuthorizeRemoteTxRequests=True)
async def remote_start_plugged(site):
    await site.plug()
    await site.status("Preparing")
    assert await site.ask("RemoteStartTransaction", idTag=CARD, connectorId=1) == "Accepted"
    await site.status("Preparing", "Charging")
    assert site.told("Authorize") == [{"idTag": CARD}]
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))


@case("TC_011_1", "Remote start charging session - remote start first", AuthorizeRemoteTxRequests=False)
async def remote_start_first(site):
    assert await site.ask("RemoteStartTransaction", idTag=CARD) == "Accepted"
    await site.status("Preparing")
    await site.plug()
    await site.status("Preparing", "Charging")
    assert site.told("Authorize") == []
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))


@case("TC_011_2", "Remote start charging session - time-out")
async def remote_start_timeout(site):
    assert await site.ask("RemoteStartTransaction", idTag=CARD, connectorId=1) == "Accepted"
    await site.status("Preparing", "Available")
    assert site.told("StartTransaction") == []


@case("TC_012", "Remote stop charging session")
async def remote_stop(site):
    number = await site.charge()
    assert await site.ask("RemoteStopTransaction", transactionId=number) == "Accepted"
    await site.status("Charging", "Finishing")
    await site.bill((CARD, "Remote"))


async def reset(site, kind, *expected):
    boots = (await site.look())["boots"]
    assert await site.ask("Reset", type=kind) == "Accepted"
    await site.until(60, boots=boots + 1)
    await site.booted(60)
    assert len(site.told("BootNotification")) == 1
    await site.bill(*expected)


@case("TC_013", "Hard reset without transaction")
async def hard_reset(site):
    await reset(site, "Hard")


@case("TC_014", "Soft reset without transaction")
async def soft_reset(site):
    await reset(site, "Soft")


@case("TC_015", "Hard reset with transaction")
async def hard_reset_charging(site):
    await site.begin()
    await reset(site, "Hard", (CARD, "HardReset"))


@case("TC_016", "Soft reset with transaction")
async def soft_reset_charging(site):
    await site.begin()
    await reset(site, "Soft", (CARD, "SoftReset"))
    # The end is told before the restart.
    assert site.order("StopTransaction", "BootNotification") == ["StopTransaction", "BootNotification"]


@case("TC_017_1", "Unlock connector, no charging session running - socket")
async def unlock_socket(site):
    assert await site.ask("UnlockConnector", connectorId=1) == "Unlocked"


@case("TC_017_2", "Unlock connector, no charging session running - fixed cable", board=TETHERED)
async def unlock_fixed_cable(site):
    assert await site.ask("UnlockConnector", connectorId=1) == "NotSupported"


@case("TC_018_1", "Unlock connector with charging session - socket")
async def unlock_socket_charging(site):
    await site.begin()
    assert await site.ask("UnlockConnector", connectorId=1) == "Unlocked"
    await site.bill((CARD, "UnlockCommand"))


@case("TC_018_2", "Unlock connector with charging session - fixed cable", board=TETHERED)
async def unlock_fixed_cable_charging(site):
    await site.begin()
    assert await site.ask("UnlockConnector", connectorId=1) == "NotSupported"
    assert (await site.connector())["contactor"]["closed"]
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))


@case("TC_019_1", "Retrieve all configuration keys")
async def all_keys(site):
    answer = await site.call("GetConfiguration")
    assert len(answer["configurationKey"]) > 40 and not answer.get("unknownKey")


@case("TC_019_2", "Retrieve specific configuration key")
async def one_key(site):
    answer = await site.call("GetConfiguration", {"key": ["SupportedFeatureProfiles"]})
    (key,) = answer["configurationKey"]
    assert key["readonly"] and "SmartCharging" in key["value"]


@case("TC_021", "Change configuration")
async def change_key(site):
    await site.configure(MeterValueSampleInterval=7)
    (key,) = (await site.call("GetConfiguration", {"key": ["MeterValueSampleInterval"]}))["configurationKey"]
    assert key["value"] == "7"


async def refused(site, card):
    await site.plug()
    await site.status("Preparing")
    await site.tap(card)
    await site.advance(10)
    assert site.told("Authorize") == [{"idTag": card}]
    assert site.told("StartTransaction") == []
    assert not (await site.connector())["contactor"]["closed"]


@case("TC_023_1", "Start charging session - authorize invalid")
async def invalid(site):
    await refused(site, STRANGER)


@case("TC_023_2", "Start charging session - authorize expired")
async def expired(site):
    await refused(site, EXPIRED)


@case("TC_023_3", "Start charging session - authorize blocked")
async def blocked(site):
    await refused(site, BLOCKED)


@case("TC_024", "Start charging session - lock failure")
async def lock_failure(site):
    await site.do("fault", name="lock_jam")
    await site.plug()
    await site.tap()
    await site.advance(60)
    assert "ConnectorLockFailure" in [one["errorCode"] for one in site.told("StatusNotification")]
    assert not (await site.connector())["contactor"]["closed"]
    await site.do("unplug")
    await site.do("fault", name="lock_jam", on=False)
    await site.delivered()


@case("TC_026", "Remote start charging session - rejected")
async def remote_start_rejected(site):
    await site.begin()
    assert await site.ask("RemoteStartTransaction", idTag=OTHER_CARD, connectorId=1) == "Rejected"
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))


@case("TC_027", "Remote start transaction - connector id shall not be 0")
async def remote_start_zero(site):
    assert await site.ask("RemoteStartTransaction", idTag=CARD, connectorId=0) == "Rejected"


@case("TC_028", "Remote stop transaction - rejected")
async def remote_stop_rejected(site):
    await site.begin()
    assert await site.ask("RemoteStopTransaction", transactionId=987654) == "Rejected"
    assert (await site.connector())["contactor"]["closed"]
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))


@case("TC_030", "Unlock connector - unlock failure")
async def unlock_failure(site):
    await site.begin()
    await site.do("fault", name="lock_jam")
    assert await site.ask("UnlockConnector", connectorId=1) == "UnlockFailed"
    await site.do("fault", name="lock_jam", on=False)
    await site.bill((CARD, "UnlockCommand"))


@case("TC_031", "Unlock connector - unknown connector")
async def unlock_unknown(site):
    assert await site.ask("UnlockConnector", connectorId=99) == "NotSupported"


@case("TC_040_1", "Configuration key - not supported")
async def key_unknown(site):
    assert await site.ask("ChangeConfiguration", key="NobodyKnowsThis", value="1") == "NotSupported"


@case("TC_040_2", "Configuration key - invalid value")
async def key_invalid(site):
    assert await site.ask("ChangeConfiguration", key="MeterValueSampleInterval", value="-1") == "Rejected"


@case("change availability", "Connector and charge point out of service, at once and after the session")
async def availability(site):
    assert await site.ask("ChangeAvailability", connectorId=1, type="Inoperative") == "Accepted"
    await site.status("Unavailable")
    assert await site.ask("ChangeAvailability", connectorId=1, type="Operative") == "Accepted"
    await site.status("Unavailable", "Available")
    await site.begin()
    assert await site.ask("ChangeAvailability", connectorId=0, type="Inoperative") == "Scheduled"
    await site.leave_for("Unavailable")
    await site.bill((CARD, "EVDisconnected"))


@case("free vend", "Without a card, for whoever plugs in", FreeVendActive=True)
async def free_vend(site):
    await site.plug()
    await site.until(20, closed=True)
    await site.leave()
    await site.bill(("FREEVEND", "EVDisconnected"))
