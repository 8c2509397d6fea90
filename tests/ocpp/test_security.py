"""Security events, logs, extended triggers and signed updates: each when it really happens, told however late."""

import asyncio
import base64
import contextlib
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from tests.csms.fake import run
from tests.ocpp.pki import Pki, ec_key, pem
from tests.ocpp.test_access import KEY, events, scene
from tests.ocpp.test_certificates import MAKER, install
from tests.ocpp.test_profiles import Files
from tests.update.made import sim_bundle
from tests.update.test_ocpp import Files as Bundles


async def heard(site, *kinds, timeout_s=60):
    """Wait until these kinds were told, in this order, not counting others."""
    until = site.sim.t + timeout_s
    while True:
        left = iter(events(site))
        if all(kind in left for kind in kinds):
            return
        assert site.sim.t < until, f"{events(site)}, not {kinds}"
        await site.advance(1)


@run
async def test_events_of_start_clock_settings_tamper_and_reset_are_told_with_their_times():
    async with scene() as site:
        await site.booted()
        await heard(site, "StartupOfTheDevice")
        await site.do("fault", name="door")
        await heard(site, "StartupOfTheDevice", "TamperDetectionActivated")
        await site.do("fault", name="door", on=False)
        await site.do("config", set={"CpoName": "Somebody"})
        await site.call("Reset", {"type": "Soft"})
        await site.advance(5)
        await site.booted()
        await heard(site, "TamperDetectionActivated", "ReconfigurationOfSecurityParameters", "ResetOrReboot", "StartupOfTheDevice")
        times = [one["timestamp"] for one in site.point.calls("SecurityEventNotification")]
        assert times == sorted(times)
        starts = [one["techInfo"] for one in site.point.calls("SecurityEventNotification") if one["type"] == "StartupOfTheDevice"]
        assert starts == ["firmware 0.1.0, power_on", "firmware 0.1.0, soft"]
        assert events(site).count("TamperDetectionActivated") == 1  # the door has stayed shut
        await site.do("power", on=False)
        await site.do("fault", name="clock_lost")
        await site.do("power", on=True)
        await site.booted()
        await heard(site, "ResetOrReboot", "StartupOfTheDevice", "StartupOfTheDevice", "SettingSystemTime")
        site.csms.check()


@run
async def test_events_wait_out_an_outage_and_a_cut_and_come_once_in_order():
    async with scene() as site:
        await site.booted()
        await heard(site, "StartupOfTheDevice", "SettingSystemTime")
        before = len(events(site))
        await site.do("network", up=False)
        await site.do("fault", name="tilt")
        await site.advance(5)
        await site.do("fault", name="tilt", on=False)
        await site.advance(5)
        await site.do("power", on=False)
        await site.advance(5)
        await site.do("power", on=True)
        await site.advance(5)
        await site.do("network", up=True)
        await site.booted()
        await site.advance(10)
        assert events(site)[before : before + 2] == ["TamperDetectionActivated", "StartupOfTheDevice"]
        await site.cut()
        await site.advance(10)
        assert events(site).count("TamperDetectionActivated") == 1
        assert events(site).count("StartupOfTheDevice") == 3
        site.csms.check()


_TROUBLES = (
    {"errors": {"SecurityEventNotification": None}, "error_code": "NotImplemented"},
    {"hang_up": {"SecurityEventNotification": 3}},
)


@pytest.mark.parametrize("trouble", _TROUBLES, ids=["refuses them", "hangs up over them"])
@run
async def test_central_system_that_knows_no_security_events_is_lived_with(trouble):
    async with scene(behaviour=trouble) as site:
        await site.booted()
        await site.advance(40)
        await site.booted()
        await site.begin()
        await site.advance(10)
        await site.leave()
        await site.balance()


@run
async def test_bad_frames_are_an_event_once_however_many_come():
    async with scene() as site:
        await site.booted()
        for _ in range(30):
            await site.point.send_raw("[2,")
        await site.advance(5)
        await heard(site, "InvalidMessages")
        await site.advance(20)
        assert events(site).count("InvalidMessages") == 1


async def get_log(site, kind, url, request=7, **more):
    payload = {"logType": kind, "requestId": request, "log": {"remoteLocation": url} | more.pop("log", {})} | more
    return await site.call("GetLog", payload)


def statuses(site):
    return [(one["status"], one.get("requestId")) for one in site.point.calls("LogStatusNotification")]


@contextlib.asynccontextmanager
async def served(files):
    async with await asyncio.start_server(files, "127.0.0.1") as server:
        yield "http://127.0.0.1:%d/in" % server.sockets[0].getsockname()[1]


@run
async def test_security_log_and_diagnostics_are_brought_where_they_are_wanted():
    files = Files()
    async with scene({"AuthorizationKey": KEY}) as site, served(files) as url:
        await site.booted()
        await heard(site, "StartupOfTheDevice")
        answer = await get_log(site, "SecurityLog", url)
        assert answer["status"] == "Accepted"
        await site.received("LogStatusNotification", 2)
        assert statuses(site) == [("Uploading", 7), ("Uploaded", 7)]
        assert files.taken[0][0] == "/in/" + answer["filename"]
        assert "StartupOfTheDevice firmware 0.1.0, power_on" in files.taken[0][1]
        assert (await get_log(site, "DiagnosticsLog", url, 8))["status"] == "Accepted"
        await site.received("LogStatusNotification", 4)
        assert "HeartbeatInterval = " in files.taken[1][1] and KEY not in files.taken[1][1]
        later = {"oldestTimestamp": "2026-11-22T12:00:00Z"}
        await get_log(site, "SecurityLog", url, 9, log=later)
        await site.received("LogStatusNotification", 6)
        assert files.taken[2][1] == ""
        site.csms.check()


@run
async def test_log_that_cannot_be_brought_says_why():
    async with scene() as site, served(Files(403)) as closed, served(Files(500)) as broken:
        await site.booted()
        for i, (url, why) in enumerate((
            ("ftp://127.0.0.1/in", "NotSupportedOperation"), ("nowhere", "BadMessage"), ("http://127.0.0.1:99999/", "BadMessage"),
            (closed, "PermissionDenied"), (broken, "UploadFailure"), ("http://127.0.0.1:1/in", "UploadFailure"),
        ), 1):  # fmt: skip
            await get_log(site, "SecurityLog", url, i)
            await site.received("LogStatusNotification", 2 * i)
            assert statuses(site)[-1] == (why, i), url
        site.csms.check()


@run
async def test_new_request_for_a_log_takes_the_place_of_the_one_that_runs():
    files = Files()
    async with scene() as site, served(files) as url:
        await site.booted()
        assert (await get_log(site, "SecurityLog", "http://127.0.0.1:1/in", 1, retries=5, retryInterval=20))["status"] == "Accepted"
        await site.advance(3)
        assert (await get_log(site, "SecurityLog", url, 2))["status"] == "AcceptedCanceled"
        await site.received("LogStatusNotification", 3)
        await site.advance(60)
        assert statuses(site)[-1] == ("Uploaded", 2) and len(files.taken) == 1


@run
async def test_every_message_that_the_extended_trigger_names_comes():
    async with scene(settings={"CertSigningRepeatTimes": 0}) as site:
        await site.booted()
        for wanted, message in (
            ("BootNotification", "BootNotification"), ("Heartbeat", "Heartbeat"), ("StatusNotification", "StatusNotification"),
            ("MeterValues", "MeterValues"), ("LogStatusNotification", "LogStatusNotification"),
            ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"), ("SignChargePointCertificate", "SignCertificate"),
        ):  # fmt: skip
            before = len(site.point.calls(message))
            assert await site.call("ExtendedTriggerMessage", {"requestedMessage": wanted}) == {"status": "Accepted"}
            await site.received(message, before + 1)
        assert site.point.calls("LogStatusNotification") == [{"status": "Idle"}]
        assert site.point.calls("SignedFirmwareStatusNotification") == [{"status": "Idle"}]
        answer = await site.call("ExtendedTriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 9})
        assert answer == {"status": "Rejected"}
        site.csms.check()


# Signed updates


@contextlib.asynccontextmanager
async def updatable(pki, files):
    async with scene(heap=2_000_000) as site, served(files) as url:
        await site.booted()
        assert await install(site, pki.pem, MAKER) == "Accepted"
        site.url = url
        yield site


async def update(site, key, certificate, data, signature=None, **more):
    if signature is None:
        rsa = (padding.PKCS1v15(), hashes.SHA256())
        signature = key.sign(data, *((ec.ECDSA(hashes.SHA256()),) if isinstance(key, ec.EllipticCurvePrivateKey) else rsa))
    firmware = {"location": site.url, "retrieveDateTime": "2026-11-22T10:00:00Z", "signingCertificate": certificate,
                "signature": base64.b64encode(signature).decode()} | more  # fmt: skip
    await site.advance(2)  # a self-test of the monitor that a restart breaks off reads as a trip afterwards
    return (await site.call("SignedUpdateFirmware", {"requestId": 5, "firmware": firmware}))["status"]


def told(site):
    found = site.point.calls("SignedFirmwareStatusNotification")
    assert all(one["requestId"] == 5 for one in found)
    return [one["status"] for one in found]


@pytest.mark.prove  # the certification cases do most of it
@run
async def test_signed_firmware_is_verified_installed_and_runs(tmp_path):
    pki, key, data = Pki(tmp_path), ec_key(), sim_bundle()
    async with updatable(pki, Bundles(data)) as site:
        assert await update(site, key, pem(pki.issue("maker", key)), data, installDateTime="2026-11-22T10:00:30Z") == "Accepted"
        await site.received("SignedFirmwareStatusNotification", 7, 300)
        assert told(site) == ["Downloading", "Downloaded", "SignatureVerified", "InstallScheduled", "Installing", "InstallRebooting",
                              "Installed"]  # fmt: skip
        assert site.point.calls("BootNotification")[-1]["firmwareVersion"] == "0.2.0"
        await heard(site, "FirmwareUpdated")
        assert site.point.calls("FirmwareStatusNotification") == []
        site.csms.check()


@pytest.mark.prove  # the certification cases do most of it
@run
async def test_firmware_with_a_wrong_signature_is_not_installed_and_told(tmp_path):
    pki, key, data = Pki(tmp_path, rsa=True), ec_key(), sim_bundle()
    async with updatable(pki, Bundles(data)) as site:
        assert await update(site, key, pem(pki.issue("maker", key)), data + b"x") == "Accepted"
        await site.received("SignedFirmwareStatusNotification", 3, 120)
        assert told(site) == ["Downloading", "Downloaded", "InvalidSignature"]
        await heard(site, "InvalidFirmwareSignature")
        assert await update(site, key, pem(pki.issue("maker", key)), data, signature=b"no signature") == "Accepted"
        await site.received("SignedFirmwareStatusNotification", 6, 120)
        await site.do("reset")
        await site.booted()
        assert site.point.calls("BootNotification")[-1]["firmwareVersion"] == "0.1.0"
        site.csms.check()


@run
async def test_signing_certificate_must_lead_to_a_makers_root(tmp_path):
    pki, stranger, key = Pki(tmp_path), Pki(tmp_path, "Stranger"), ec_key()
    async with updatable(pki, Bundles(b"")) as site:
        for text in ("nonsense", pem(stranger.issue("maker", key)), pki.pem[:-50], ""):
            assert await update(site, key, text, b"") == "InvalidCertificate", text
        await site.advance(5)
        assert site.point.calls("SignedFirmwareStatusNotification") == []
        await heard(site, *["InvalidFirmwareSigningCertificate"] * 4)


@run
async def test_signed_firmware_that_cannot_be_had_says_so_and_a_newer_request_counts(tmp_path):
    pki, key, data = Pki(tmp_path), ec_key(), sim_bundle()
    async with updatable(pki, Bundles(data)) as site:
        maker, good = pem(pki.issue("maker", key)), site.url
        site.url = "http://127.0.0.1:1/x"
        assert await update(site, key, maker, data) == "Accepted"
        await site.received("SignedFirmwareStatusNotification", 2, 120)
        assert told(site) == ["Downloading", "DownloadFailed"]
        site.url = good
        assert await update(site, key, maker, data, retrieveDateTime="2026-11-22T23:00:00Z") == "Accepted"
        await site.received("SignedFirmwareStatusNotification", 3)
        assert told(site)[-1] == "DownloadScheduled"
        assert await update(site, key, maker, data) == "AcceptedCanceled"
        await site.received("SignedFirmwareStatusNotification", 5, 120)
        assert "SignatureVerified" in told(site) or "Downloaded" in told(site)


@run
async def test_no_secret_stands_in_any_frame_or_log(tmp_path):
    pki = Pki(tmp_path)
    async with scene({"AuthorizationKey": KEY, "SecurityProfile": 2}, ca=pki.path, tls=pki.server()) as site:
        await site.booted()
        await site.call("GetConfiguration")
        await site.advance(5)
        assert KEY not in json.dumps([frame.payload for _, frame in site.point.log if hasattr(frame, "payload")], default=str)
        assert KEY not in json.dumps(await site.do("log"))
