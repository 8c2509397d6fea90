"""The profiles beyond Core, in the simulator: local list, cache, reservation, smart charging."""

import asyncio

import pytest

from tests.csms.fake import run
from tests.story.scenes import CARD, OTHER_CARD, STRANGER, Scene, known_cards

PARENT = "GROUP-1"


def scene(settings=None, behaviour=None, **more):
    return Scene(known_cards(**(behaviour or {})), settings={"ReconnectBackoffMinS": 1, **(settings or {})}, **more)


def entry(id_tag, status="Accepted", **info):
    return {"idTag": id_tag, "idTagInfo": {"status": status, **info}}


def profile(limit, **more):
    periods = [{"startPeriod": start, "limit": value} for start, value in (limit if isinstance(limit, list) else [(0, limit)])]
    schedule = {"chargingRateUnit": more.pop("unit", "A"), "chargingSchedulePeriod": periods}
    if "start" in more:
        schedule["startSchedule"] = more.pop("start")
    return {"chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute" if "startSchedule" in schedule else "Relative",
            "chargingSchedule": schedule, **more}  # fmt: skip


@run
async def test_local_list_lives_through_power_cuts_and_judges_offline_and_before_asking():
    async with scene() as site:
        await site.booted()
        assert await site.call("GetLocalListVersion") == {"listVersion": 0}
        full = {"listVersion": 4, "updateType": "Full", "localAuthorizationList": [entry("LIST1"), entry(OTHER_CARD, "Blocked")]}
        assert await site.call("SendLocalList", full) == {"status": "Accepted"}
        assert await site.call("SendLocalList", {"listVersion": 4, "updateType": "Differential"}) == {
            "status": "VersionMismatch"}  # fmt: skip
        twice = {"listVersion": 5, "updateType": "Differential", "localAuthorizationList": [entry("A"), entry("a")]}
        assert await site.call("SendLocalList", twice) == {"status": "Failed"}
        more = {"listVersion": 5, "updateType": "Differential",
                "localAuthorizationList": [entry(CARD.lower()), {"idTag": "LIST1"}]}  # fmt: skip
        assert await site.call("SendLocalList", more) == {"status": "Accepted"}
        await site.cut()
        assert await site.call("GetLocalListVersion") == {"listVersion": 5}
        await site.call("ChangeConfiguration", {"key": "LocalPreAuthorize", "value": "true"})
        await site.begin()
        assert site.point.calls("Authorize") == []
        await site.leave()
        await site.do("network", up=False)
        await site.plug()
        await site.tap(OTHER_CARD)
        await site.advance(10)
        assert (await site.connector())["session"] is None
        await site.do("unplug")
        site.csms.check()


@run
async def test_list_sent_while_charging_counts_at_once_and_is_written_later():
    async with scene() as site:
        await site.booted()
        await site.begin()
        erases = (await site.look())["flash"]["erases"]
        full = {"listVersion": 7, "updateType": "Full", "localAuthorizationList": [entry("LIST1")]}
        assert await site.call("SendLocalList", full) == {"status": "Accepted"}
        assert await site.call("GetLocalListVersion") == {"listVersion": 7}
        await site.advance(20)
        assert (await site.look())["flash"]["erases"] == erases
        await site.leave()
        await site.advance(10)
        await site.cut()
        assert await site.call("GetLocalListVersion") == {"listVersion": 7}
        assert await site.call("SendLocalList", {"listVersion": 8, "updateType": "Full"}) == {"status": "Accepted"}
        assert await site.call("GetLocalListVersion") == {"listVersion": 0}  # an empty list has no other version
        anew = {"listVersion": 1, "updateType": "Differential", "localAuthorizationList": [entry("LIST2")]}
        assert await site.call("SendLocalList", anew) == {"status": "Accepted"}
        await site.cut()
        assert await site.call("GetLocalListVersion") == {"listVersion": 1}


@run
async def test_cache_remembers_for_offline_and_forgets_when_told():
    async with scene({"AuthorizationCacheEnabled": True}) as site:
        await site.booted()
        await site.begin()
        await site.leave()
        await site.advance(10)
        await site.cut()
        await site.do("network", up=False)
        await site.begin()
        await site.leave()
        await site.do("network", up=True)
        await site.until(30, ocpp__connected=True)
        await site.delivered()  # what is answered then is remembered anew
        await site.advance(1)
        assert await site.call("ClearCache") == {"status": "Accepted"}
        await site.do("network", up=False)
        await site.plug()
        await site.tap()
        await site.advance(10)
        assert (await site.connector())["session"] is None
        await site.do("unplug")


@run
async def test_cache_that_is_not_enabled_is_not_cleared():
    async with scene({"AuthorizationCacheEnabled": False}) as site:
        await site.booted()
        assert await site.call("ClearCache") == {"status": "Rejected"}


def reservation(number=1, connector=1, id_tag=CARD, until="2026-11-22T10:02:00Z", **more):
    return {"connectorId": connector, "expiryDate": until, "idTag": id_tag, "reservationId": number, **more}


@pytest.mark.parametrize("number", [7, 0, 1795341600123])
@run
async def test_reserved_connector_takes_its_card_and_no_other(number):
    async with scene() as site:
        await site.booted()
        assert await site.call("ReserveNow", reservation(number)) == {"status": "Accepted"}
        assert await site.call("ReserveNow", reservation(8)) == {"status": "Occupied"}
        await site.advance(2)
        assert site.point.status[1] == "Reserved"
        await site.cut(5)
        await site.advance(3)
        assert site.point.status[1] == "Reserved"
        await site.plug()
        await site.tap(OTHER_CARD)
        await site.advance(5)
        assert (await site.connector())["session"] is None
        await site.tap(CARD)
        await site.until(20, closed=True)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))
        assert site.point.calls("StartTransaction")[0]["reservationId"] == number
        assert await site.call("CancelReservation", {"reservationId": number}) == {"status": "Rejected"}


@run
async def test_reservation_ends_by_time_and_by_cancelling():
    async with scene() as site:
        await site.booted()
        assert await site.call("ReserveNow", reservation(1)) == {"status": "Accepted"}
        assert await site.call("CancelReservation", {"reservationId": 1}) == {"status": "Accepted"}
        await site.until(5, status="Available")
        assert await site.call("ReserveNow", reservation(2)) == {"status": "Accepted"}
        await site.until(5, status="Reserved")
        await site.advance(120)
        assert (await site.connector())["status"] == "Available"
        assert await site.call("ReserveNow", reservation(3)) == {"status": "Rejected"}  # it is later than that


@run
async def test_reservation_of_the_same_number_replaces_the_one_before():
    async with scene() as site:
        await site.booted()
        assert await site.call("ReserveNow", reservation(1)) == {"status": "Accepted"}
        await site.until(5, status="Reserved")
        assert await site.call("ReserveNow", reservation(2)) == {"status": "Occupied"}
        for connector, card in ((1, OTHER_CARD), (0, OTHER_CARD), (1, CARD)):
            assert await site.call("ReserveNow", reservation(1, connector, card)) == {"status": "Accepted"}
            await site.advance(2)
            assert (await site.connector())["status"] == "Reserved"
        await site.begin(CARD)
        await site.leave()
        assert await site.call("CancelReservation", {"reservationId": 1}) == {"status": "Rejected"}
        await site.account((CARD, "EVDisconnected"))


@run
async def test_any_connector_may_be_reserved_also_for_a_group():
    async with scene(behaviour={"parents": {OTHER_CARD: PARENT}}) as site:
        await site.booted()
        wanted = reservation(5, 0, CARD, parentIdTag=PARENT)
        assert await site.call("ReserveNow", wanted) == {"status": "Accepted"}
        await site.until(5, status="Reserved")
        await site.begin(OTHER_CARD)
        await site.leave()
        await site.account((OTHER_CARD, "EVDisconnected"))


@run
async def test_reserving_what_is_not_free_says_why():
    async with scene() as site:
        await site.booted()
        await site.plug()
        await site.until(5, status="Preparing")
        assert await site.call("ReserveNow", reservation(1)) == {"status": "Occupied"}
        await site.do("unplug")
        await site.until(5, status="Available")
        await site.call("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})
        await site.until(5, status="Unavailable")
        assert await site.call("ReserveNow", reservation(1)) == {"status": "Unavailable"}
        assert await site.call("ReserveNow", reservation(1, 9)) == {"status": "Rejected"}


async def limit_a(site):
    return (await site.connector())["limit_a"]


@run
async def test_profiles_limit_the_current_at_once_and_survive_a_power_cut():
    async with scene({"ResumeAfterPowerLoss": "resume"}) as site:
        await site.booted()
        default = {"connectorId": 0, "csChargingProfiles": profile(20, chargingProfileId=1)}
        assert await site.call("SetChargingProfile", default) == {"status": "Accepted"}
        await site.begin()
        await site.advance(5)
        assert (await limit_a(site), (await site.connector())["limit_by"]) == (20, "profile")
        transaction = site.transactions[0].id
        tx = profile(10, chargingProfileId=2, chargingProfilePurpose="TxProfile", transactionId=transaction)
        assert await site.call("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": tx}) == {"status": "Accepted"}
        await site.advance(0.5)
        assert await limit_a(site) == 10
        await site.cut()
        await site.until(30, closed=True)
        await site.advance(2)
        assert await limit_a(site) == 10
        assert await site.call("ClearChargingProfile", {"id": 2}) == {"status": "Accepted"}
        await site.advance(2)
        assert await limit_a(site) == 20
        most = profile(0, chargingProfileId=3, chargingProfilePurpose="ChargePointMaxProfile",
                       chargingProfileKind="Absolute", start="2026-11-22T10:00:00Z")  # fmt: skip
        assert await site.call("SetChargingProfile", {"connectorId": 0, "csChargingProfiles": most}) == {"status": "Accepted"}
        await site.until(10, closed=False, status="SuspendedEVSE")
        assert await site.call("ClearChargingProfile", {}) == {"status": "Accepted"}
        await site.until(20, closed=True)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


@run
async def test_profiles_that_make_no_sense_are_rejected():
    async with scene() as site:
        await site.booted()
        for connector, bad in (
            (9, profile(10)),
            (1, profile(10, chargingProfilePurpose="TxProfile")),
            (1, profile(10, chargingProfilePurpose="ChargePointMaxProfile", chargingProfileKind="Absolute")),
            (1, profile(10, stackLevel=99)),
            (1, profile([(5, 10)])),
            (1, profile([(n, 10) for n in range(30)])),
            (1, profile(10, chargingProfileKind="Recurring")),
        ):
            answer = await site.call("SetChargingProfile", {"connectorId": connector, "csChargingProfiles": bad})
            assert answer == {"status": "Rejected"}, bad
        assert await site.call("ClearChargingProfile", {"id": 1}) == {"status": "Unknown"}


@run
async def test_composite_schedule_is_exact_and_profile_with_valid_to_inside_does_not_hang_the_charger():
    async with scene() as site:
        await site.booted()
        night = profile([(0, 6), (60, 16.5)], chargingProfileKind="Recurring", recurrencyKind="Daily",
                        start="2026-11-20T10:01:00Z", validTo="2026-11-22T10:03:00Z")  # fmt: skip
        # The official schema as the package has it takes decimals only: not held against it.
        answer = await site.call("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": night}, strict=False)
        assert answer == {"status": "Accepted"}
        answer = await site.call("GetCompositeSchedule", {"connectorId": 1, "duration": 300})
        assert answer["status"] == "Accepted"
        schedule, begin = answer["chargingSchedule"], int(answer["scheduleStart"][17:19])
        told = [(one["startPeriod"] + begin, float(one["limit"])) for one in schedule["chargingSchedulePeriod"]]
        assert told == [(begin, 16.5), (60, 6), (120, 16.5), (180, 32)]
        assert schedule["duration"] == 300 and schedule["chargingRateUnit"] == "A"
        watts = await site.call("GetCompositeSchedule", {"connectorId": 0, "duration": 10, "chargingRateUnit": "W"})
        assert watts["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 3795}]
        assert await site.call("GetCompositeSchedule", {"connectorId": 9, "duration": 10}) == {"status": "Rejected"}


@run
async def test_app_may_bring_a_profile_with_its_start():
    async with scene() as site:
        await site.booted()
        await site.plug()
        await site.until(5, status="Preparing")
        start = {"idTag": CARD, "connectorId": 1, "chargingProfile": profile(13, chargingProfilePurpose="TxProfile")}
        assert await site.call("RemoteStartTransaction", start) == {"status": "Accepted"}
        await site.until(20, closed=True)
        await site.advance(2)
        assert await limit_a(site) == 13
        await site.leave()
        assert await site.call("ClearChargingProfile", {}) == {"status": "Unknown"}  # it went with its transaction
        start["chargingProfile"] = profile(13)
        assert await site.call("RemoteStartTransaction", start) == {"status": "Rejected"}


@run
async def test_strangers_are_refused_with_an_empty_list_and_cache():
    async with scene() as site:
        await site.booted()
        await site.plug()
        await site.tap(STRANGER)
        await site.advance(10)
        assert (await site.connector())["session"] is None


class Files:
    """A place for uploads: takes in what is PUT, answers with `status`."""

    def __init__(self, status=201):
        self.status, self.taken = status, []

    async def __call__(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(next(line.split(": ")[1] for line in head.split("\r\n") if line.startswith("Content-Length")))
        self.taken.append((head.split(" ")[1], (await reader.readexactly(length)).decode()))
        writer.write(f"HTTP/1.1 {self.status} x\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@run
async def test_diagnostics_are_uploaded_and_hold_no_secret():
    files = Files()
    async with scene({"AuthorizationKey": "a-very-secret-key"}) as site, await asyncio.start_server(files, "127.0.0.1") as server:
        await site.booted()
        url = "http://127.0.0.1:%d/up" % server.sockets[0].getsockname()[1]
        name = (await site.call("GetDiagnostics", {"location": url}))["fileName"]
        await site.received("DiagnosticsStatusNotification", 2)
        assert [one["status"] for one in site.point.calls("DiagnosticsStatusNotification")] == ["Uploading", "Uploaded"]
        ((path, text),) = files.taken
        assert path == "/up/" + name
        assert "HeartbeatInterval = " in text and "connected" in text and "a-very-secret-key" not in text
        site.csms.check()


@run
async def test_upload_that_fails_is_tried_again_and_told():
    files = Files(500)
    async with scene() as site, await asyncio.start_server(files, "127.0.0.1") as server:
        await site.booted()
        url = "http://127.0.0.1:%d/" % server.sockets[0].getsockname()[1]
        await site.call("GetDiagnostics", {"location": url, "retries": 2, "retryInterval": 5})
        await site.received("DiagnosticsStatusNotification", 2)
        assert len(files.taken) == 3
        await site.call("GetDiagnostics", {"location": "ftp://nowhere/"})
        told = await site.received("DiagnosticsStatusNotification", 4)
        assert [one["status"] for one in told] == ["Uploading", "UploadFailed"] * 2


@run
async def test_update_waits_for_its_date_and_says_what_becomes_of_it():
    async with scene() as site:
        await site.booted()
        update = {"location": "http://127.0.0.1:1/x.bin", "retrieveDate": "2026-11-22T10:00:30Z"}
        assert await site.call("UpdateFirmware", update) == {}
        await site.advance(20)
        assert site.point.calls("FirmwareStatusNotification") == []
        told = await site.received("FirmwareStatusNotification", 2)
        assert [one["status"] for one in told] == ["Downloading", "DownloadFailed"]
        for message in ("FirmwareStatusNotification", "DiagnosticsStatusNotification"):
            before = len(site.point.calls(message))
            assert await site.call("TriggerMessage", {"requestedMessage": message}) == {"status": "Accepted"}
            assert (await site.received(message, before + 1))[-1] == {"status": "Idle"}
        site.csms.check()
