"""Local list and cache, diagnostics, reservation, triggers, data transfer: TC_042 to TC_055, TC_061 to TC_064."""

import asyncio
from contextlib import asynccontextmanager

from tests.cert.book import CARD, GROUP, GROUP_CARD, OTHER_CARD, case
from tools.csms.frames import stamp


def entry(id_tag, status="Accepted"):
    return {"idTag": id_tag, "idTagInfo": {"status": status}}


async def send_list(site, kind, version, *entries):
    payload = {"listVersion": version, "updateType": kind}
    if entries:
        payload["localAuthorizationList"] = list(entries)
    return await site.ask("SendLocalList", **payload)


async def version(site):
    return (await site.call("GetLocalListVersion"))["listVersion"]


@case("TC_042_1", "Get local list version - list is not enabled", LocalAuthListEnabled=False)
async def list_version_off(site):
    assert await version(site) == -1


@case("TC_042_2", "Get local list version - empty")
async def list_version_empty(site):
    assert await version(site) == 0


@case("TC_043_1", "Send local authorization list - not supported", LocalAuthListEnabled=False)
async def list_off(site):
    assert await send_list(site, "Full", 100, entry(CARD)) == "NotSupported"


@case("TC_043_2", "Send local authorization list - version mismatch")
async def list_mismatch(site):
    assert await send_list(site, "Full", 101, entry(CARD)) == "Accepted"
    assert await send_list(site, "Differential", 100, entry(OTHER_CARD)) == "VersionMismatch"
    assert await version(site) == 101


@case("TC_043_3", "Send local authorization list - failed")
async def list_failed(site):
    assert await send_list(site, "Full", 102, entry(CARD), entry(CARD)) == "Failed"
    assert await version(site) == 0


@case("TC_043_4", "Send local authorization list - full")
async def list_full(site):
    assert await send_list(site, "Full", 103, entry(CARD), entry(OTHER_CARD)) == "Accepted"
    assert await version(site) == 103


@case("TC_043_5", "Send local authorization list - differential", LocalPreAuthorize=True)
async def list_differential(site):
    assert await send_list(site, "Full", 104, entry(OTHER_CARD)) == "Accepted"
    assert await send_list(site, "Differential", 105, entry(CARD)) == "Accepted"
    assert await version(site) == 105
    await site.begin()
    assert site.told("Authorize") == []
    await site.leave()
    await site.bill((CARD, "EVDisconnected"))


@case("TC_008", "Start charging session - id on the local list, offline", LocalAuthorizeOffline=True)
async def list_offline(site):
    assert await send_list(site, "Full", 106, entry(CARD), entry(OTHER_CARD, "Blocked")) == "Accepted"
    await site.offline()
    await site.plug()
    await site.tap(OTHER_CARD)
    await site.advance(8)
    assert not (await site.connector())["contactor"]["closed"]
    await site.tap(CARD)
    await site.until(20, closed=True)
    await site.leave()
    await site.online()
    await site.bill((CARD, "EVDisconnected"))


@asynccontextmanager
async def upload_place(status):
    """A web server that takes in one file; yields its URL."""

    async def take(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(next(line.split(": ")[1] for line in head.split("\r\n") if line.startswith("Content-Length")))
        await reader.readexactly(length)
        writer.write(f"HTTP/1.1 {status} x\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1") as server:
        yield "http://127.0.0.1:%d/in" % server.sockets[0].getsockname()[1]


async def diagnostics(site, status, *expected):
    before = len(site.point.calls("DiagnosticsStatusNotification"))
    async with upload_place(status) as url:
        answer = await site.call("GetDiagnostics", {"location": url})
        assert answer["fileName"]
        await site.received("DiagnosticsStatusNotification", before + len(expected))
    assert [one["status"] for one in site.told("DiagnosticsStatusNotification")] == list(expected)


@case("TC_045_1", "Get diagnostics")
async def diagnostics_uploaded(site):
    await diagnostics(site, 201, "Uploading", "Uploaded")


@case("TC_045_2", "Get diagnostics - upload failed")
async def diagnostics_failed(site):
    await diagnostics(site, 500, "Uploading", "UploadFailed")


async def reserve(site, connector=1, number=1, id_tag=CARD, seconds=300, **more):
    until = stamp(site.clock(site.sim.t + seconds))
    return await site.ask("ReserveNow", connectorId=connector, expiryDate=until, idTag=id_tag, reservationId=number, **more)


async def reserved_then_used(site, connector, card=CARD, **more):
    assert await reserve(site, connector, **more) == "Accepted"
    await site.status("Reserved")
    await site.plug()
    await site.tap(OTHER_CARD)
    await site.advance(5)
    assert not (await site.connector())["contactor"]["closed"]
    await site.tap(card)
    await site.until(20, closed=True)
    await site.leave()
    await site.bill((card, "EVDisconnected"))
    assert site.told("StartTransaction")[0]["reservationId"] == 1


@case("TC_046", "Reservation of a connector - transaction")
async def reserved_connector(site):
    await reserved_then_used(site, 1)


@case("TC_047", "Reservation of a connector - expires")
async def reservation_expires(site):
    assert await reserve(site, seconds=20) == "Accepted"
    await site.status("Reserved", "Available")


async def not_reserved(site, connector):
    """Faulted, occupied and unavailable, as the connector is."""
    await site.plug()
    await site.status("Preparing")
    assert await reserve(site, connector) == "Occupied"
    await site.do("unplug")
    await site.status("Preparing", "Available")
    await site.ask("ChangeAvailability", connectorId=1, type="Inoperative")
    await site.status("Unavailable")
    assert await reserve(site, connector) == "Unavailable"
    await site.ask("ChangeAvailability", connectorId=1, type="Operative")
    await site.do("temperature", c=95)
    await site.status("Unavailable", "Faulted")
    assert await reserve(site, connector) == "Faulted"


@case("TC_048", "Reservation of a connector - occupied, unavailable, faulted")
async def connector_not_reserved(site):
    await not_reserved(site, 1)


@case("TC_050", "Reservation of a charge point - occupied, unavailable, faulted")
async def charge_point_not_reserved(site):
    await not_reserved(site, 0)


@case("TC_048_4", "Reservation of a connector - rejected: it is not there, or the time is over")
async def reservation_rejected(site):
    assert await reserve(site, 9) == "Rejected"
    assert await reserve(site, seconds=-5) == "Rejected"


@case("TC_049", "Reservation of a charge point - transaction")
async def reserved_charge_point(site):
    await reserved_then_used(site, 0)


@case("TC_051", "Cancel reservation")
async def cancel(site):
    assert await reserve(site) == "Accepted"
    await site.status("Reserved")
    assert await site.ask("CancelReservation", reservationId=1) == "Accepted"
    await site.status("Reserved", "Available")


@case("TC_052", "Cancel reservation - rejected")
async def cancel_rejected(site):
    assert await site.ask("CancelReservation", reservationId=77) == "Rejected"


@case("TC_053", "Use a reserved connector with parentIdTag")
async def reserved_for_a_group(site):
    await reserved_then_used(site, 1, GROUP_CARD, parentIdTag=GROUP)


@case("fault while reserved", "The reservation outlives a fault of its connector")
async def fault_while_reserved(site):
    assert await reserve(site, seconds=600) == "Accepted"
    await site.status("Reserved")
    await site.do("temperature", c=95)
    await site.status("Reserved", "Faulted")
    await site.do("temperature", c=25)
    await site.status("Faulted", "Reserved", timeout_s=400)


@case("TC_054", "Trigger message")
async def trigger(site):
    for wanted in ("BootNotification", "Heartbeat", "MeterValues", "StatusNotification", "DiagnosticsStatusNotification",
                   "FirmwareStatusNotification"):  # fmt: skip
        before = len(site.told(wanted))
        assert await site.ask("TriggerMessage", requestedMessage=wanted) == "Accepted"
        await site.advance(2)
        assert len(site.told(wanted)) > before, wanted


@case("TC_055", "Trigger message - rejected")
async def trigger_rejected(site):
    assert await site.ask("TriggerMessage", requestedMessage="MeterValues", connectorId=9) == "Rejected"


@case("TC_061", "Clear authorization data in authorization cache", AuthorizationCacheEnabled=True, LocalPreAuthorize=True)
async def clear_cache(site):
    await site.begin()
    await site.leave()
    await site.advance(6)
    assert await site.ask("ClearCache") == "Accepted"
    await site.begin()
    assert len(site.told("Authorize")) == 2
    await site.leave()
    await site.bill((CARD, "EVDisconnected"), (CARD, "EVDisconnected"))


@case("TC_062", "Data transfer to a charge point")
async def data_transfer(site):
    assert await site.ask("DataTransfer", vendorId="org.nobody", messageId="x", data="y") == "UnknownVendorId"
