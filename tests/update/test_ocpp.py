"""UpdateFirmware from a central system, in the simulator: a real bundle over HTTP, into a real slot, and what becomes of it."""

import asyncio
import contextlib
import random
import secrets

import pytest

from tests.csms.fake import run
from tests.story.scenes import CARD, Scene, known_cards
from tests.update.made import sim_bundle

OLD = "0.1.0"


class Files:
    """A web server for one file. `breaks` is after how many bytes each further connection ends; `ranges`: knows them."""

    def __init__(self, data, breaks=(), ranges=True, status=200):
        self.data, self.breaks, self.ranges, self.status = data, list(breaks), ranges, status
        self.asked = []

    async def __call__(self, reader, writer):
        with contextlib.suppress(ConnectionError):
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
            at = next((int(line.split("=")[1].rstrip("-")) for line in lines if line.startswith("range:")), 0)
            self.asked.append(at)
            status, begin = (206, at) if at and self.ranges else (self.status, 0)
            body = self.data[begin:]
            writer.write(f"HTTP/1.0 {status} x\r\nContent-Length: {len(body)}\r\n\r\n".encode())
            writer.write(body[:self.breaks.pop(0)] if self.breaks else body)
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def site(files, settings=None, **more):
    async with Scene(known_cards(), settings={"ReconnectBackoffMinS": 1, **(settings or {})}, heap=2_000_000, **more) as scene:
        async with await asyncio.start_server(files, "127.0.0.1") as server:
            scene.url = "http://127.0.0.1:%d/app.rud" % server.sockets[0].getsockname()[1]
            await scene.booted()
            await scene.advance(2)  # a self-test of the monitor that a restart breaks off reads as a trip afterwards
            yield scene


async def update(scene, **more):
    payload = {"location": scene.url, "retrieveDate": "2026-11-22T10:00:00Z"} | more
    assert await scene.call("UpdateFirmware", payload) == {}


def told(scene):
    return [one["status"] for one in scene.point.calls("FirmwareStatusNotification")]


def version(scene):
    return scene.point.calls("BootNotification")[-1]["firmwareVersion"]


@run
async def test_new_firmware_is_installed_proves_itself_and_stays_over_power_cuts():
    async with site(Files(sim_bundle())) as scene:
        assert version(scene) == OLD
        await update(scene)
        await scene.received("FirmwareStatusNotification", 4, 300)
        assert told(scene) == ["Downloading", "Downloaded", "Installing", "Installed"]
        assert version(scene) == "0.2.0"
        await scene.cut()
        assert version(scene) == "0.2.0"
        await scene.begin()
        await scene.advance(60)
        await scene.leave()
        await scene.account((CARD, "EVDisconnected"))
        assert told(scene)[4:] == []


@run
async def test_bundle_waits_for_the_end_of_a_session_and_the_session_is_whole():
    async with site(Files(sim_bundle())) as scene:
        await scene.begin()
        erases = (await scene.look())["flash"]["erases"]
        await update(scene)
        await scene.advance(120)
        assert told(scene) == ["Downloading"]
        assert (await scene.look())["flash"]["erases"] == erases
        assert (await scene.connector())["contactor"]["closed"]
        await scene.leave()
        await scene.received("FirmwareStatusNotification", 4, 300)
        assert told(scene)[-1] == "Installed"
        await scene.account((CARD, "EVDisconnected"))


@run
async def test_broken_connection_goes_on_where_it_broke_with_a_server_that_knows_ranges_and_with_one_that_does_not():
    for ranges in (True, False):
        files = Files(sim_bundle(), [100_000, 50_000] if ranges else [100_000], ranges)
        async with site(files) as scene:
            await update(scene, retries=3, retryInterval=5)
            await scene.received("FirmwareStatusNotification", 4, 400)
            assert told(scene) == ["Downloading", "Downloaded", "Installing", "Installed"]
            assert files.asked[0] == 0 and all(files.asked[1:]), files.asked
            assert version(scene) == "0.2.0"


@pytest.mark.parametrize("fault", ["dies while it is imported", "dies while it is put together", "dies while it runs",
                                   pytest.param("hangs while it is imported", marks=pytest.mark.prove)])
def test_bad_firmware_is_fallen_back_from_and_the_central_system_is_told(fault):
    @run
    async def go():
        # an interpreter that only has much to do says so every 2 s, later on a busy machine
        async with site(Files(sim_bundle("0.2.0", fault)), silence=8 if fault.startswith("hangs") else 60) as scene:
            await update(scene)
            await scene.received("FirmwareStatusNotification", 4, 900)
            assert told(scene) == ["Downloading", "Downloaded", "Installing", "InstallationFailed"]
            assert version(scene) == OLD
            died = [one for one in scene.sim.events if one["event"] == "log" and one["text"].startswith("died before")]
            assert died, "what it died of is not told"
            await scene.begin()
            await scene.advance(30)
            await scene.leave()
            await scene.account((CARD, "EVDisconnected"))

    go()


@run
async def test_what_is_not_for_this_charger_is_refused_and_the_old_firmware_goes_on():
    good = sim_bundle()
    cases = (
        (good[:-1], "bytes are missing|ends after"),
        (good.replace(b"board rudved_ac7", b"board rudved_ac9", 1), "it is for board rudved_ac9, this is rudved_ac7"),
        (good.replace(b"chip sim", b"chip esp32s3", 1), "it is for chip esp32s3"),
        (good.replace(b"config 1 1", b"config 2 3", 1), "they would be lost"),
        (b"<html>not found</html>" * 30, "no bundle"),
    )
    for data, why in cases:
        async with site(Files(data)) as scene:
            await update(scene)
            await scene.received("FirmwareStatusNotification", 2, 200)
            assert told(scene) == ["Downloading", "DownloadFailed"]
            said = [one["text"] for one in scene.sim.events if one["event"] == "log" and one["source"] == "update"]
            assert any(part in text for text in said for part in why.split("|")), said
            await scene.cut()
            assert version(scene) == OLD


@run
async def test_charger_with_the_makers_key_takes_signed_firmware_only():
    from tests.update.made import KEY
    from tools.build.bundle import public_hex

    for data, last in ((sim_bundle(), "DownloadFailed"), (sim_bundle(signed=True), "Installed"),
                       (sim_bundle(signed=True).replace(b"version 0.2.0", b"version 0.2.1", 1), "DownloadFailed")):
        async with site(Files(data), {"FirmwareKey": public_hex(KEY)}) as scene:
            await update(scene)
            await scene.received("FirmwareStatusNotification", 4 if last == "Installed" else 2, 300)
            assert told(scene)[-1] == last


@pytest.mark.prove
def test_supply_cut_anywhere_in_an_update_leaves_a_charger_that_charges_and_can_be_updated():
    seed = secrets.randbits(32)
    print("seed", seed)
    draw = random.Random(seed)

    @run
    async def once(write, byte):
        async with site(Files(sim_bundle())) as scene:
            await scene.do("power_cut_at", flash_write=write, byte=byte)  # before it begins: sockets are served while time stands
            await update(scene)
            with contextlib.suppress(TimeoutError):
                await scene.received("FirmwareStatusNotification", 4, 120)
            assert not (await scene.look())["power"], "an update writes less than that: the cut would come later"
            await scene.advance(5)
            await scene.do("power", on=True)
            await scene.booted(90)
            assert version(scene) in (OLD, "0.2.0")
            await scene.advance(60)
            if version(scene) == OLD:
                before = len(told(scene))
                await update(scene)
                await scene.received("FirmwareStatusNotification", before + 4, 400)
                assert told(scene)[-1] == "Installed"
            assert version(scene) == "0.2.0"
            await scene.begin()
            await scene.advance(20)
            await scene.leave()
            await scene.account((CARD, "EVDisconnected"))

    for _ in range(12):
        once(draw.randrange(1, 2800), draw.randrange(0, 64))
