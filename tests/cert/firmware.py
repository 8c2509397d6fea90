"""Firmware update over a real bundle: TC_044."""

import asyncio
from contextlib import asynccontextmanager

from tests.cert.book import TETHERED, case
from tests.update.made import sim_bundle
from tests.update.test_ocpp import Files
from tools.csms.frames import stamp

HEAP = 2_000_000  # of the simulated interpreter: the new firmware is loaded beside the old


@asynccontextmanager
async def offered(data, status=200):
    async with await asyncio.start_server(Files(data, status=status), "127.0.0.1") as server:
        yield "http://127.0.0.1:%d/app.rud" % server.sockets[0].getsockname()[1]


async def update(site, url, *expected):
    await site.sim.advance(2)  # a self-test of the monitor that a restart breaks off reads as a trip afterwards
    await site.call("UpdateFirmware", {"location": url, "retrieveDate": stamp(site.now())})
    until = site.sim.t + 900
    while (told := [one["status"] for one in site.told("FirmwareStatusNotification")]) != list(expected):
        assert told == list(expected[: len(told)]) and site.sim.t < until, (told, await site.do("log"))
        await site.advance(0.2)
        await asyncio.sleep(0)


@case("TC_044_2", "Firmware update - download failed", board=TETHERED)
async def download_failed(site):
    async with offered(b"gone", 404) as url:
        await update(site, url, "Downloading", "DownloadFailed")


@case("TC_044_3", "Firmware update - installation failed", board=TETHERED)
async def installation_failed(site):
    async with offered(sim_bundle("0.3.0", "dies while it is imported")) as url:
        await update(site, url, "Downloading", "Downloaded", "Installing", "InstallationFailed")


@case("TC_044_1", "Firmware update - download and install", board=TETHERED)
async def installed(site):
    async with offered(sim_bundle("0.2.0")) as url:
        await update(site, url, "Downloading", "Downloaded", "Installing", "Installed")
    assert site.told("BootNotification")[-1]["firmwareVersion"] == "0.2.0"
