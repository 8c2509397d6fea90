"""Passwords, certificates, security events and logs, signed updates, security profiles: TC_073 to TC_088 (but TC_082)."""

import contextlib
import pathlib
import tempfile

from tests.cert.book import TETHERED, case
from tests.ocpp.pki import Pki, ec_key, pem
from tests.ocpp.test_access import KEY, configure, profile, scene, upgrade
from tests.ocpp.test_certificates import CENTRAL, MAKER, delete, install, installed, request, signed
from tests.ocpp.test_profiles import Files
from tests.ocpp.test_security import get_log, served, told, updatable, update
from tests.update.made import sim_bundle
from tests.update.test_ocpp import Files as Bundles

NEW_KEY = "00112233445566778899aabbccddeeff01234567"


@contextlib.asynccontextmanager
async def charger(profile, ask=False):
    """(site, authority): a charger of its own, connected with a security profile."""
    with tempfile.TemporaryDirectory() as folder:
        pki = Pki(pathlib.Path(folder))
        settings = {"SecurityProfile": profile} | ({"AuthorizationKey": KEY} if profile in (1, 2) else {})
        more = {}
        if profile >= 2:
            more = {"ca": pki.path, "tls": pki.server(ask=pki if ask else None)}
        if profile == 3:
            more["client_cert"], more["client_key"] = pki.client()
        passwords = {"RUDVED-1": KEY} if profile in (1, 2) else None
        async with scene(settings, {"passwords": passwords}, **more) as site:
            await site.booted()
            yield site, pki
            site.csms.check()


async def event(site, kind):
    """Wait until a security event of this kind was told."""
    while kind not in [one["type"] for one in site.point.calls("SecurityEventNotification")]:
        await site.received("SecurityEventNotification", len(site.point.calls("SecurityEventNotification")) + 1)


@case("TC_073", "Update charge point password for HTTP basic authentication", TETHERED)
async def new_password(_):
    async with charger(1) as (site, _pki):
        site.csms.behaviour.passwords["RUDVED-1"] = bytes.fromhex(NEW_KEY)
        async with site.new_connection():
            await configure(site, "AuthorizationKey", NEW_KEY)
        assert site.point.connections == 2
        await site.call("GetConfiguration", {"key": ["HeartbeatInterval"]})


@case("TC_074", "Update charge point certificate by request of central system", TETHERED)
async def new_certificate(_):
    async with charger(3, ask=True) as (site, pki):
        asked = await request(site)
        async with site.new_connection():
            assert await signed(site, pki.sign(asked)) == "Accepted"
        assert site.point.connections == 2


async def root_installed(kind):
    async with charger(2) as (site, pki):
        other = Pki(pki.folder, "Another root")
        assert await install(site, other.pem, kind) == "Accepted"
        assert other.hash_data() in await installed(site, kind)


@case("TC_075_1", "Install a certificate on the charge point - manufacturer root", TETHERED)
async def maker_root(_):
    await root_installed(MAKER)


@case("TC_075_2", "Install a certificate on the charge point - central system root", TETHERED)
async def central_root(_):
    await root_installed(CENTRAL)


@case("TC_076", "Delete a specific certificate from the charge point", TETHERED)
async def root_deleted(_):
    async with charger(2) as (site, pki):
        other = Pki(pki.folder, "Another root")
        assert await install(site, other.pem) == "Accepted"
        (data,) = [one for one in await installed(site) if one == other.hash_data()]
        assert await delete(site, data) == "Accepted"
        assert await installed(site) == [pki.hash_data()]


@case("TC_077", "Invalid charge point certificate security event", TETHERED)
async def invalid_own_certificate(_):
    async with charger(3, ask=True) as (site, pki):
        asked = await request(site)
        assert await signed(site, Pki(pki.folder, "Nobody knows").sign(asked)) == "Rejected"
        await event(site, "InvalidChargePointCertificate")


@case("TC_078", "Invalid central system certificate security event", TETHERED)
async def invalid_root(_):
    async with charger(2) as (site, pki):
        assert await install(site, pem(pki.issue("no authority", ec_key()))) == "Rejected"
        await event(site, "InvalidCentralSystemCertificate")


@case("TC_079", "Get security log", TETHERED)
async def security_log(_):
    files = Files()
    async with charger(1) as (site, _pki), served(files) as url:
        assert (await get_log(site, "SecurityLog", url))["status"] == "Accepted"
        await site.received("LogStatusNotification", 2)
        assert [one["status"] for one in site.point.calls("LogStatusNotification")] == ["Uploading", "Uploaded"]
        assert "StartupOfTheDevice" in files.taken[0][1]


@contextlib.asynccontextmanager
async def signed_firmware(data):
    with tempfile.TemporaryDirectory() as folder:
        pki = Pki(pathlib.Path(folder))
        async with updatable(pki, Bundles(data)) as site:
            key = ec_key()
            yield site, key, pem(pki.issue("maker", key))
            site.csms.check()


@case("TC_080", "Secure firmware update", TETHERED)
async def secure_update(_):
    data = sim_bundle()
    async with signed_firmware(data) as (site, key, certificate):
        assert await update(site, key, certificate, data) == "Accepted"
        await site.received("SignedFirmwareStatusNotification", 6, 300)
        assert told(site) == ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed"]
        assert site.point.calls("BootNotification")[-1]["firmwareVersion"] == "0.2.0"


@case("TC_081", "Secure firmware update - invalid signature", TETHERED)
async def secure_update_invalid(_):
    data = sim_bundle()
    async with signed_firmware(data) as (site, key, certificate):
        assert await update(site, key, certificate, data + b"another") == "Accepted"
        await site.received("SignedFirmwareStatusNotification", 3, 120)
        assert told(site) == ["Downloading", "Downloaded", "InvalidSignature"]
        await event(site, "InvalidFirmwareSignature")


@case("TC_083", "Upgrade charge point security profile - accepted", TETHERED)
async def profile_up(_):
    async with charger(1) as (site, pki):
        assert await install(site, pki.pem) == "Accepted"
        async with site.new_connection():
            await upgrade(site, pki.server())
        assert await profile(site) == 2


@case("TC_084", "Upgrade charge point security profile - rejected", TETHERED)
async def profile_refused(_):
    async with charger(2) as (site, _pki):
        for lower in (1, 0):
            await configure(site, "SecurityProfile", lower, "Rejected")
        await configure(site, "SecurityProfile", 3, "Rejected")  # it has no certificate
        assert await profile(site) == 2 and site.point.connections == 1


@case("TC_085", "Basic authentication - valid username and password", TETHERED)
async def basic_authentication(_):
    async with charger(1) as (site, _pki):
        assert site.point.connections == 1


@case("TC_086", "TLS - server-side certificate - valid certificate", TETHERED)
async def server_certificate(_):
    async with charger(2) as (site, _pki):
        assert site.csms.url.startswith("wss:") and site.point.connections == 1


@case("TC_087", "TLS - client-side certificate - valid certificate", TETHERED)
async def client_certificate(_):
    async with charger(3, ask=True) as (site, _pki):
        assert site.point.connections == 1


@case("TC_088", "WebSocket subprotocol negotiation", TETHERED)
async def subprotocol(site):
    site.csms.behaviour.subprotocols = ["ocpp2.0.1", "ocpp1.6"]
    async with site.new_connection():
        await site.point.close()
    await site.call("GetConfiguration", {"key": ["HeartbeatInterval"]})
