"""Security profiles against a real TLS server: who is let in, who is trusted, and that nobody is ever locked out."""

import json
import socket
import ssl
import threading
from contextlib import suppress

import pytest

from tests.csms.fake import run
from tests.ocpp.pki import DAY, NOW, Pki
from tests.story.scenes import Scene, known_cards
from tools.demo.simclient import SimulatorError

KEY = "sixteen-letters!"
HEX = "00112233445566778899aabbccddeeff01234567"
QUICK = {"ReconnectBackoffMinS": 1, "ReconnectBackoffMaxS": 2}


def scene(settings=None, behaviour=None, **options):
    return Scene(known_cards(**(behaviour or {})), settings=QUICK | (settings or {}), **options)


def events(site):
    return [one["type"] for one in site.point.calls("SecurityEventNotification")]


async def logged(site, words):
    return words in json.dumps(await site.do("log"))


async def configure(site, key, value, status="Accepted"):
    assert await site.call("ChangeConfiguration", {"key": key, "value": str(value)}) == {"status": status}


async def profile(site):
    answer = await site.call("GetConfiguration", {"key": ["SecurityProfile"]})
    return int(answer["configurationKey"][0]["value"])


@pytest.mark.parametrize("rsa", [False, True], ids=["P-256", "RSA"])
@run
async def test_good_certificate_is_trusted(tmp_path, rsa):
    pki = Pki(tmp_path, rsa=rsa)
    async with scene({"SecurityProfile": 2, "AuthorizationKey": KEY}, {"passwords": {"RUDVED-1": KEY}}, ca=pki.path,
                     tls=pki.server()) as site:  # fmt: skip
        await site.booted()
        assert await profile(site) == 2
        site.csms.check()


@pytest.mark.parametrize("wrong, why", [
    ({"end": NOW - DAY / 2}, "validity has expired"), ({"begin": NOW + DAY}, "starts in the future"),
    ({"address": "127.0.0.2"}, "does not match"), (None, "not correctly signed"),
], ids=["expired", "not yet valid", "another host", "another root"])  # fmt: skip
@run
async def test_bad_certificate_is_refused_named_and_told_later(tmp_path, wrong, why):
    pki = Pki(tmp_path)
    bad = Pki(tmp_path, "Somebody else").server() if wrong is None else pki.server(**wrong)
    async with scene(ca=pki.path, tls=bad) as site:
        with pytest.raises(SimulatorError):
            await site.booted(8)
        assert site.point.log == [] and await logged(site, why)
        await site.csms.stop()
        site.csms._ssl = pki.server()
        await site.csms.start()
        await site.booted()
        await site.received("SecurityEventNotification", 2)
        told = site.point.calls("SecurityEventNotification")
        (one,) = [event for event in told if event["type"] == "InvalidCentralSystemCertificate"]
        assert why in one["techInfo"]
        site.csms.check()


@run
async def test_server_with_which_no_cipher_is_shared_is_told_of(tmp_path):
    pki = Pki(tmp_path)
    tls = pki.server(version=ssl.TLSVersion.TLSv1_3)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse():
            with suppress(OSError):
                while True:
                    with suppress(ssl.SSLError):
                        tls.wrap_socket(listener.accept()[0], server_side=True)

        threading.Thread(target=refuse, daemon=True).start()
        async with scene(ca=pki.path, csms=f"wss://127.0.0.1:{listener.getsockname()[1]}/ocpp") as site:
            with pytest.raises(SimulatorError):
                await site.booted(8)
            assert await logged(site, "InvalidTLSCipherSuite")
        listener.shutdown(socket.SHUT_RDWR)


@run
async def test_without_a_root_nobody_is_trusted(tmp_path):
    async with scene(tls=Pki(tmp_path).server()) as site:
        with pytest.raises(SimulatorError):
            await site.booted(8)
        assert site.point.log == [] and await logged(site, "no root certificate")


@run
async def test_password_is_what_is_sent_and_a_wrong_one_is_told_of(tmp_path):
    pki = Pki(tmp_path)
    async with scene({"SecurityProfile": 2, "AuthorizationKey": KEY}, {"passwords": {"RUDVED-1": "something-else!!"}}, ca=pki.path,
                     tls=pki.server()) as site:  # fmt: skip
        with pytest.raises(SimulatorError):
            await site.booted(8)
        site.csms.behaviour.passwords["RUDVED-1"] = KEY
        await site.booted()
        await site.received("SecurityEventNotification", 2)
        assert "FailedToAuthenticateAtCentralSystem" in events(site)
        assert not await logged(site, KEY)


@run
async def test_password_of_hex_digits_is_the_bytes_they_write_or_the_digits_themselves():
    for password in (bytes.fromhex(HEX), HEX):
        async with scene({"SecurityProfile": 1, "AuthorizationKey": HEX}, {"passwords": {"RUDVED-1": password}}) as site:
            await site.booted()


@run
async def test_client_certificate_opens_profile_3_and_no_password_is_sent(tmp_path):
    pki = Pki(tmp_path)
    cert, key = pki.client()
    async with scene({"SecurityProfile": 3, "AuthorizationKey": KEY}, {"passwords": {"RUDVED-1": KEY}}, ca=pki.path, client_cert=cert,
                     client_key=key, tls=pki.server(ask=pki)) as site:  # fmt: skip
        with pytest.raises(SimulatorError):
            await site.booted(5)
        site.csms.behaviour.passwords = None
        await site.booted()
        assert await profile(site) == 3


@run
async def test_without_its_certificate_the_charger_is_not_let_in(tmp_path):
    pki = Pki(tmp_path)
    async with scene(ca=pki.path, tls=pki.server(ask=pki)) as site:
        with pytest.raises(SimulatorError):
            await site.booted(5)
        assert site.point.log == []


@run
async def test_profile_goes_up_when_what_it_needs_is_there_and_never_down_from_afar(tmp_path):
    pki = Pki(tmp_path)
    async with scene() as site:
        await site.booted()
        for value in (1, 2, 3, 4, -1, "x", ""):
            await configure(site, "SecurityProfile", value, "Rejected")
        async with site.new_connection():
            await configure(site, "AuthorizationKey", KEY)
        await configure(site, "SecurityProfile", 2, "Rejected")  # no root
        async with site.new_connection():
            await configure(site, "SecurityProfile", 1)
        await configure(site, "SecurityProfile", 0, "Rejected")
        install = {"certificateType": "CentralSystemRootCertificate", "certificate": pki.pem}
        assert await site.call("InstallCertificate", install) == {"status": "Accepted"}
        await configure(site, "SecurityProfile", 3, "Rejected")  # no certificate of its own
        assert await profile(site) == 1
        assert await site.do("config", set={"SecurityProfile": 0}) == {"SecurityProfile": "0"}  # a person may
        site.csms.check()


async def upgrade(site, tls, to=2, out_s=0):
    """The central system orders profile `to` and then, after `out_s`, listens with `tls`, as one with two doors would."""
    await configure(site, "SecurityProfile", to)
    await site.csms.stop()
    await site.advance(out_s)
    site.csms._ssl = tls
    await site.csms.start()


@run
async def test_upgrade_to_tls_on_the_same_address(tmp_path):
    pki = Pki(tmp_path)
    async with scene({"SecurityProfile": 1, "AuthorizationKey": KEY}, {"passwords": {"RUDVED-1": KEY}}, ca=pki.path) as site:
        await site.booted()
        async with site.new_connection():
            await upgrade(site, pki.server())
        assert await profile(site) == 2
        await site.cut()
        assert await profile(site) == 2
        site.csms.check()


@pytest.mark.parametrize("cut", [False, True], ids=["at once", "with a power cut on the way"])
@run
async def test_upgrade_that_does_not_connect_goes_back_to_the_old_profile(tmp_path, cut):
    pki = Pki(tmp_path)
    settings = {"SecurityProfile": 1, "AuthorizationKey": KEY}
    async with scene(settings, {"passwords": {"RUDVED-1": KEY}}, ca=pki.path) as site:
        await site.booted()
        async with site.new_connection():
            await configure(site, "SecurityProfile", 2)  # but nobody listens with TLS
            await site.advance(1)
            if cut:
                await site.cut(3)
        assert await profile(site) == 1
        assert await site.do("config", get=["SecurityProfile"]) == {"SecurityProfile": "1"}
        site.csms.check()


@run
async def test_upgrade_during_an_outage_is_tried_until_one_of_both_ways_works(tmp_path):
    pki = Pki(tmp_path)
    async with scene({"SecurityProfile": 1, "AuthorizationKey": KEY}, {"passwords": {"RUDVED-1": KEY}}, ca=pki.path) as site:
        await site.booted()
        async with site.new_connection():
            await upgrade(site, pki.server(), out_s=40)  # neither way for long
        assert await profile(site) == 2


@run
async def test_new_password_that_is_refused_gives_way_to_the_old_one():
    async with scene({"SecurityProfile": 1, "AuthorizationKey": KEY}, {"passwords": {"RUDVED-1": KEY}}) as site:
        await site.booted()
        async with site.new_connection():
            await configure(site, "AuthorizationKey", "never-told-to-itself")
        assert site.point.connections == 2
        answer = await site.call("GetConfiguration", {"key": ["AuthorizationKey"]})
        assert answer["configurationKey"] == [{"key": "AuthorizationKey", "readonly": False}]
        site.csms.check()
