"""Sessions as drivers and apps have them, seen by an outside program and a strict central system."""

import pytest

from tests.csms.fake import run
from tests.story.scenes import CARD, OTHER_CARD, STRANGER, Scene, known_cards
from tools.csms import CallFailed
from tools.demo.simclient import SimulatorError
from tools.demo.site import CP_ID


@run
async def test_a_card_starts_a_session_and_the_same_card_stops_it():
    async with Scene() as site:
        await site.booted()
        await site.begin()
        await site.advance(90)
        await site.tap()
        await site.until(10, closed=False)
        (wh,) = await site.account((CARD, "Local"))
        assert 160 < wh < 200  # 32 A at 230 V for a minute and a half
        assert site.transactions[0].stop_id_tag == CARD
        await site.leave()


@run
async def test_a_card_may_come_before_the_cable():
    async with Scene() as site:
        await site.booted()
        await site.tap()
        await site.until(10, status="Preparing")
        await site.plug()
        await site.until(20, closed=True)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


@pytest.mark.parametrize("policy, charges", [("none", False), ("always", True), ("relay", True)])
@run
async def test_a_vehicle_that_asks_for_ventilation_charges_where_the_room_has_some(policy, charges):
    async with Scene(settings={"FreeVendActive": True, "Ventilation": policy}) as site:
        await site.do("plug")
        await site.do("vehicle", ready=True, ventilation=True)
        await site.advance(15)
        connector = await site.connector()
        assert (connector["letter"], connector["contactor"]["closed"]) == ("D", charges)
        assert connector["why"] == ("charging" if charges else "vehicle asks for ventilation")
        await site.do("unplug")


@run
async def test_a_card_without_a_cable_runs_out_of_time():
    async with Scene(settings={"ConnectionTimeOut": 20}) as site:
        await site.booted()
        await site.tap()
        await site.until(10, status="Preparing")
        await site.until(40, status="Available")
        await site.plug()
        await site.advance(10)
        assert site.closings() == []
        await site.account()


@run
async def test_a_strangers_card_is_refused():
    async with Scene() as site:
        await site.booted()
        await site.plug()
        await site.advance(2)
        await site.tap(STRANGER)
        await site.received("Authorize")
        await site.advance(10)
        assert site.point.calls("Authorize") == [{"idTag": STRANGER}]
        assert site.closings() == []
        await site.account()


@run
async def test_another_card_does_not_stop_the_session():
    async with Scene() as site:
        await site.booted()
        await site.begin()
        await site.tap(OTHER_CARD)
        await site.advance(15)
        assert (await site.connector())["contactor"]["closed"]
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


@run
async def test_a_card_of_the_same_family_stops_the_session():
    async with Scene(known_cards(parents={CARD: "FAMILY", OTHER_CARD: "FAMILY"})) as site:
        await site.booted()
        await site.begin()
        await site.tap(OTHER_CARD)
        await site.until(20, closed=False)
        await site.account((CARD, "Local"))


@run
async def test_unplugging_opens_within_100_ms_and_ends_with_ev_disconnected():
    async with Scene() as site:
        await site.booted()
        await site.begin()
        await site.advance(20)
        unplugged = site.sim.t
        await site.leave()
        assert site.openings()[-1] - unplugged <= 0.100
        await site.account((CARD, "EVDisconnected"))


@run
async def test_a_pause_of_the_car_is_one_transaction_and_two_statuses():
    async with Scene() as site:
        await site.booted()
        await site.begin()
        await site.advance(20)
        for _ in range(2):
            await site.do("vehicle", ready=False)
            await site.until(10, closed=False)
            await site.until(10, status="SuspendedEV")
            await site.advance(10)
            await site.do("vehicle", ready=True)
            await site.until(10, closed=True, status="Charging")
            await site.advance(10)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))
        told = [one["status"] for one in site.point.calls("StatusNotification") if one["connectorId"] == 1]
        assert told.count("SuspendedEV") == 2 and told.count("Charging") == 3


@run
async def test_an_app_starts_and_stops_a_session():
    async with Scene() as site:
        await site.booted()
        await site.plug()
        await site.advance(2)
        answer = await site.call("RemoteStartTransaction", {"idTag": OTHER_CARD, "connectorId": 1})
        assert answer == {"status": "Accepted"}
        await site.until(20, closed=True)
        await site.received("StartTransaction")
        await site.advance(20)
        answer = await site.call("RemoteStopTransaction", {"transactionId": site.transactions[0].id})
        assert answer == {"status": "Accepted"}
        await site.until(10, closed=False)
        await site.account((OTHER_CARD, "Remote"))
        await site.leave()


@run
async def test_an_app_cannot_stop_what_is_not_running():
    async with Scene() as site:
        await site.booted()
        assert await site.call("RemoteStopTransaction", {"transactionId": 4711}) == {"status": "Rejected"}
        await site.account()


@run
async def test_an_app_cannot_start_on_a_busy_or_missing_connector():
    async with Scene() as site:
        await site.booted()
        await site.begin()
        for connector in (1, 9):
            payload = {"idTag": OTHER_CARD, "connectorId": connector}
            assert await site.call("RemoteStartTransaction", payload) == {"status": "Rejected"}
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


@run
async def test_a_leak_opens_at_once_and_only_unplugging_brings_the_connector_back():
    async with Scene() as site:
        await site.booted()
        await site.begin()
        await site.advance(20)
        leaked = site.sim.t
        await site.do("fault", name="rcd_dc")
        await site.until(5, closed=False)
        assert site.openings()[-1] - leaked <= 0.100
        await site.do("fault", name="rcd_dc", on=False)
        await site.advance(40)
        assert not (await site.connector())["contactor"]["closed"]
        await site.leave()
        await site.account((CARD, "Other"))
        faulted = [one for one in site.point.calls("StatusNotification") if one["status"] == "Faulted"]
        assert faulted[0]["errorCode"] == "GroundFailure"


@pytest.mark.parametrize("with_csms", [True, False])
@run
async def test_free_vend_charges_whoever_plugs_in(with_csms):
    options = {} if with_csms else {"csms": None}
    async with Scene(settings={"FreeVendActive": True}, **options) as site:
        if with_csms:
            await site.booted()
        await site.plug()
        await site.until(20, closed=True)
        await site.advance(20)
        assert (await site.connector())["session"]["id_tag"] == "FREEVEND"
        await site.leave()
        assert len(site.openings()) == 1
        if with_csms:
            await site.account(("FREEVEND", "EVDisconnected"))


@pytest.mark.parametrize("kind, reason", [("Soft", "SoftReset"), ("Hard", "HardReset")])
@run
async def test_a_reset_ends_the_session_with_its_own_reason(kind, reason):
    async with Scene() as site:
        await site.booted()
        await site.begin()
        await site.advance(30)
        assert await site.call("Reset", {"type": kind}) == {"status": "Accepted"}
        await site.until(60, boots=2)
        await site.booted(60)
        await site.account((CARD, reason))
        assert len(site.point.boots) == 2
        assert not (await site.connector())["contactor"]["closed"]


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
@run
async def test_a_charger_that_is_not_accepted_asks_again_in_its_time_and_says_nothing_else(status):
    async with Scene(known_cards(boot=[status, status, "Accepted"], retry_s=20)) as site:
        await site.received("BootNotification", 2)
        waited = site.sim.t
        assert not (await site.look())["ocpp"]["accepted"]
        await site.received("BootNotification", 3)
        assert 19 <= site.sim.t - waited <= 40
        await site.booted()
        await site.begin()
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


@run
async def test_a_rejected_charger_does_not_answer():
    async with Scene(known_cards(boot=["Rejected", "Accepted"], retry_s=30)) as site:
        await site.received("BootNotification", 1)
        if site.point.connected:
            with pytest.raises(CallFailed, match="NoAnswer"):
                await site.call("ClearCache", timeout_s=0.2)
        await site.booted(60)
        site.csms.check()


@run
async def test_a_pending_charger_does_not_start_for_an_app():
    async with Scene(known_cards(boot=["Pending"], retry_s=600)) as site:
        await site.received("BootNotification", 1)
        await site.plug()
        await site.advance(2)
        answer = await site.call("RemoteStartTransaction", {"idTag": CARD, "connectorId": 1})
        assert answer == {"status": "Rejected"}
        await site.advance(10)
        assert site.closings() == []
        site.csms.check()


@run
async def test_the_charger_is_known_by_its_identity_and_keeps_one_connection():
    async with Scene(known_cards(interval_s=30)) as site:
        await site.booted()
        assert list(site.csms.points) == [CP_ID]
        await site.advance(100)
        assert site.point.connections == 1
        assert len(site.point.calls("Heartbeat")) >= 2
        await site.account()


@run
async def test_a_command_that_makes_no_sense_is_refused_and_changes_nothing():
    async with Scene() as site:
        await site.booted()
        before = await site.connector()
        for name, fields in (
            ("plug", {"connector": 9}),
            ("tap", {"uid": "xyz"}),
            ("fault", {"name": "ghost"}),
            ("fly", {}),
        ):
            with pytest.raises(SimulatorError):
                await site.do(name, **fields)
        assert await site.connector() == before
        await site.account()
