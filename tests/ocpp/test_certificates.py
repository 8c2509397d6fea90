"""Certificates by OCPP: roots installed, listed and deleted, the charger's own asked for, signed, used and renewed."""

import contextlib
import hashlib

import pytest

from tests.csms.fake import run
from tests.ocpp.pki import DAY, NOW, WORLD, Pki, ec_key, p384_root, pem
from tests.ocpp.test_access import KEY, events, logged, profile, scene, upgrade
from tools.csms import CallFailed

CENTRAL, MAKER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"


async def install(site, text, kind=CENTRAL):
    return (await site.call("InstallCertificate", {"certificateType": kind, "certificate": text}))["status"]


async def installed(site, kind=CENTRAL):
    answer = await site.call("GetInstalledCertificateIds", {"certificateType": kind})
    assert (answer["status"] == "Accepted") == ("certificateHashData" in answer)
    return answer.get("certificateHashData", [])


async def delete(site, data):
    return (await site.call("DeleteCertificate", {"certificateHashData": data}))["status"]


async def request(site, count=1):
    """Have the charger ask for a certificate; its request."""
    site.csms.behaviour.certify = "Accepted"
    answer = await site.call("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})
    assert answer == {"status": "Accepted"}
    return (await site.received("SignCertificate", count))[-1]["csr"]


async def signed(site, chain):
    return (await site.call("CertificateSigned", {"certificateChain": chain}))["status"]


@run
async def test_roots_are_installed_listed_and_deleted_by_the_data_others_compute(tmp_path):
    one, two = Pki(tmp_path), Pki(tmp_path, "Second root", rsa=True)
    below = Pki(tmp_path, "Below the first", above=one)
    async with scene() as site:
        await site.booted()
        assert await installed(site) == []
        for pki in (one, two, one):
            assert await install(site, pki.pem) == "Accepted"
        assert await install(site, two.pem, MAKER) == "Accepted"
        assert await installed(site) == [one.hash_data(), two.hash_data()]
        assert await installed(site, MAKER) == [two.hash_data()]
        assert await install(site, below.pem) == "Accepted"
        assert (await installed(site))[-1] == below.hash_data(one)
        assert await delete(site, below.hash_data(one)) == "Accepted"
        loud = {name: value.upper() for name, value in one.hash_data().items()}
        assert await delete(site, loud) == "Accepted"
        assert await delete(site, loud) == "NotFound"
        assert await delete(site, two.hash_data() | {"hashAlgorithm": "SHA512"}) == "NotFound"
        assert await logged(site, "known here by SHA256, not by SHA512")
        await site.cut()
        assert await installed(site) == [two.hash_data()]
        site.csms.check()


@run
async def test_what_is_no_root_is_refused_told_and_changes_nothing(tmp_path):
    pki = Pki(tmp_path)
    expired = pki.issue("expired", ec_key(), ca=True, end=min(NOW, WORLD) - DAY)
    leaf = pki.issue("leaf", ec_key())
    forged = pki.pem.replace("\n", "", 1)[:400].replace("A", "B", 1)
    async with scene() as site:
        await site.booted()
        for text in ("", "nonsense", pem(leaf), pem(expired), pki.pem + pki.pem, pki.pem[:-40], forged, "-----BEGIN CERTIFICATE-----"):
            assert await install(site, text) == "Rejected", text
        assert await installed(site) == []
        await site.received("SecurityEventNotification", 10)
        assert events(site).count("InvalidCentralSystemCertificate") == 8
        assert await install(site, pem(p384_root())) == "Accepted"  # TLS may know more than our arithmetic
        site.csms.check()


@run
async def test_store_takes_what_it_has_room_for(tmp_path):
    async with scene() as site:
        await site.booted()
        answer = await site.call("GetConfiguration", {"key": ["CertificateStoreMaxLength"]})
        room = int(answer["configurationKey"][0]["value"])
        texts = [Pki(tmp_path, f"Root {n}").pem for n in range(room + 1)]
        assert [await install(site, text, MAKER) for text in texts] == ["Accepted"] * room + ["Rejected"]
        assert len(await installed(site, MAKER)) == room


@run
async def test_last_root_of_a_secured_connection_is_not_deleted(tmp_path):
    pki, other = Pki(tmp_path), Pki(tmp_path, "Other")
    async with scene({"SecurityProfile": 2, "AuthorizationKey": KEY}, ca=pki.path, tls=pki.server()) as site:
        await site.booted()
        assert await delete(site, pki.hash_data()) == "Failed"
        assert await install(site, other.pem) == "Accepted"
        assert await delete(site, other.hash_data()) == "Accepted"
        await site.cut()
        assert await installed(site) == [pki.hash_data()]


@run
async def test_with_the_additional_check_a_root_is_replaced_only_by_one_it_has_signed(tmp_path):
    one = Pki(tmp_path)
    two = Pki(tmp_path, "Second", above=one)
    three = Pki(tmp_path, "Third", above=two)
    async with scene({"AdditionalRootCertificateCheck": True}, ca=one.path) as site:
        await site.booted()
        assert await install(site, Pki(tmp_path, "Stranger").pem) == "Rejected"
        assert await install(site, two.pem) == "Accepted"
        assert len(await installed(site)) == 2  # the one before stays as a fallback
        assert await install(site, three.pem) == "Accepted"
        assert [one["serialNumber"] for one in await installed(site)] == [f"{pki.root.serial_number:x}" for pki in (two, three)]
        assert await install(site, Pki(tmp_path, "Stranger again").pem, MAKER) == "Accepted"


@run
async def test_certificate_that_comes_while_charging_is_a_pause_at_most_once_in_half_an_hour(tmp_path):
    one, two = Pki(tmp_path, rsa=True), Pki(tmp_path, "Second")
    async with scene() as site:
        await site.booted()
        await site.begin()
        assert await install(site, one.pem) == "Accepted"
        await site.until(30, closed=True)
        assert len(site.openings()) == 1
        before = (await site.look())["flash"]["erases"]
        assert await install(site, two.pem) == "Failed"
        assert await signed(site, two.pem) == "Rejected"
        assert await installed(site) == [one.hash_data()]  # this needs no pause
        assert await delete(site, two.hash_data()) == "NotFound"
        assert (await site.look())["flash"]["erases"] == before
        assert len(site.openings()) == 1
        assert "InvalidChargePointCertificate" not in events(site)
        await site.advance(1800)
        assert await install(site, two.pem) == "Accepted"
        await site.leave()
        await site.cut()
        assert await installed(site) == [one.hash_data(), two.hash_data()]
        site.csms.check()


@run
async def test_certificate_asked_for_before_a_session_is_taken_in_it_without_a_pause(tmp_path):
    pki = Pki(tmp_path)
    async with scene(ca=pki.path) as site:
        await site.booted()
        asked = await request(site)
        await site.begin()
        assert await signed(site, pki.sign(asked)) == "Accepted"
        assert (await site.connector())["contactor"]["closed"]
        await site.advance(5)
        await site.leave()
        await site.balance()


@run
async def test_charger_asks_for_a_certificate_and_goes_up_to_profile_3_with_it(tmp_path):
    pki = Pki(tmp_path)
    settings = {"SecurityProfile": 2, "AuthorizationKey": KEY, "CpoName": "Rudved operators"}
    async with scene(settings, {"passwords": {"RUDVED-1": KEY}}, ca=pki.path, tls=pki.server()) as site:
        await site.booted()
        asked = await request(site)
        subject = pki.subject(asked)
        assert subject == "CN=R0000001,O=Rudved operators"
        assert await signed(site, pki.sign(asked)) == "Accepted"
        site.csms.behaviour.passwords = None
        async with site.new_connection():
            await upgrade(site, pki.server(ask=pki), 3)
        assert await profile(site) == 3
        connections = site.point.connections
        asked = await request(site, 2)
        async with site.new_connection():
            assert await signed(site, pki.sign(asked)) == "Accepted"
        assert site.point.connections == connections + 1  # the new certificate counts at once
        await site.cut()
        await site.advance(2)
        site.csms.check()


@pytest.mark.parametrize("cut", [pytest.param(False, marks=pytest.mark.prove, id="at once"), pytest.param(True, id="over a power cut")])
@run
async def test_new_certificate_that_the_server_refuses_gives_way_to_the_one_before(tmp_path, cut):
    pki = Pki(tmp_path)
    cert, key = pki.client()
    async with scene({"SecurityProfile": 3}, ca=pki.path, client_cert=cert, client_key=key, tls=pki.server(ask=pki)) as site:
        await site.booted()
        asked = await request(site)
        below = Pki(tmp_path, "Unknown to the server", above=pki)
        async with site.new_connection():
            assert await signed(site, below.sign(asked)) == "Accepted"  # the chain leads to a root of ours
            if cut:
                await site.cut(2)
        site.csms.check()


@run
async def test_certificates_that_are_not_for_this_charger_are_refused_and_told(tmp_path):
    pki, stranger = Pki(tmp_path), Pki(tmp_path, "Stranger")
    async with scene(ca=pki.path) as site:
        await site.booted()
        asked = await request(site)
        for chain in (
            "", "nonsense", stranger.sign(asked), pem(pki.issue("RUDVED-1", ec_key())), pki.sign(asked)[:300],
            pki.sign(asked, end=min(NOW, WORLD) - DAY), pki.sign(asked, begin=max(NOW, WORLD) + DAY),
            pki.sign(asked, purpose="server"), pki.pem, pki.pem * 7,
        ):  # fmt: skip
            assert await signed(site, chain) == "Rejected", chain
        await site.received("SecurityEventNotification", 12)
        told = [one for one in site.point.calls("SecurityEventNotification") if one["type"] == "InvalidChargePointCertificate"]
        assert len(told) == 10 and all(one["techInfo"] for one in told)
        assert await signed(site, pki.sign(asked)) == "Accepted"
        site.csms.check()


@run
async def test_request_is_repeated_with_longer_waits_until_a_certificate_comes(tmp_path):
    pki = Pki(tmp_path)
    async with scene({"CertSigningWaitMinimum": 10, "CertSigningRepeatTimes": 2}, ca=pki.path) as site:
        await site.booted()
        first = await request(site)
        await site.advance(12)
        assert len(site.point.calls("SignCertificate")) == 2
        await site.advance(15)
        assert len(site.point.calls("SignCertificate")) == 2
        await site.advance(10)
        assert [one["csr"] for one in site.point.calls("SignCertificate")] == [first] * 3
        await site.advance(100)
        assert len(site.point.calls("SignCertificate")) == 3
        assert await signed(site, pki.sign(first)) == "Accepted"  # late, but for a key of ours
        site.csms.behaviour.certify = "Rejected"
        await site.call("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})
        await site.received("SignCertificate", 4)
        await site.advance(60)
        assert len(site.point.calls("SignCertificate")) == 4
        site.csms.check()


@run
async def test_certificate_is_renewed_before_it_ends(tmp_path):
    pki = Pki(tmp_path)
    async with scene(ca=pki.path) as site:
        site.csms.behaviour.certify = "Accepted"
        await site.booted()
        assert await signed(site, pki.sign(await request(site), end=WORLD + 20 * DAY)) == "Accepted"
        await site.cut()  # it looks soon after a start, and each hour
        await site.received("SignCertificate", 2, 90)
        assert await signed(site, pki.sign(site.point.calls("SignCertificate")[-1]["csr"])) == "Accepted"
        await site.cut()
        await site.advance(90)
        assert len(site.point.calls("SignCertificate")) == 2


def test_hash_data_is_of_the_names_der_and_the_keys_bits(tmp_path):
    """What the tests above compare with, computed once by hand."""
    pki = Pki(tmp_path)
    name = hashlib.sha256(pki.root.issuer.public_bytes()).hexdigest()
    assert pki.hash_data()["issuerNameHash"] == name


@pytest.mark.prove
@pytest.mark.parametrize("first", [1, 2, 3, 4])
@run
async def test_cut_inside_any_flash_write_leaves_the_certificates_before_or_after(tmp_path, first):
    pki = Pki(tmp_path)
    async with scene({"SecurityProfile": 2, "AuthorizationKey": KEY}, ca=pki.path, tls=pki.server()) as site:
        await site.booted()
        other = Pki(tmp_path, "Other")
        for n in range(first, 14, 4):
            for byte in (0, 100):
                await site.do("power_cut_at", flash_write=n, byte=byte)
                with contextlib.suppress(CallFailed, TimeoutError, ConnectionError):
                    await site.call("InstallCertificate", {"certificateType": CENTRAL, "certificate": other.pem}, timeout_s=2)
                    await site.call("DeleteCertificate", {"certificateHashData": other.hash_data()}, timeout_s=2)
                    asked = await request(site, len(site.point.calls("SignCertificate")) + 1)
                    await site.call("CertificateSigned", {"certificateChain": pki.sign(asked)}, timeout_s=2)
                await site.cut(2)
                assert (await installed(site)) in ([pki.hash_data()], [pki.hash_data(), other.hash_data()])
                await delete(site, other.hash_data())
        asked = await request(site, len(site.point.calls("SignCertificate")) + 1)
        assert await signed(site, pki.sign(asked)) == "Accepted"
        site.csms.check()
