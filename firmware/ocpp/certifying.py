"""Certificates read, held against what they must be, and asked for. Loaded for as long as that takes.

`profile` is the `CertificateProfile`. `install`, `take` and `maker` give the status of their CALL.
"""
import asyncio
from binascii import a2b_base64

from micropython import const

from firmware.crypto import csr, pem
from firmware.crypto.x509 import (
    CLIENT_AUTH,
    DIGITAL_SIGNATURE,
    KEY_CERT_SIGN,
    Certificate,
    CertificateError,
    ids,
    verify_chain,
)
from firmware.ocpp.certificates import KINDS
from firmware.ocpp.exchange import Unanswered
from firmware.ocpp.frames import CallError
from firmware.storage import provision
from firmware.storage.credentials import CENTRAL, MAKER

_INVALID = {CENTRAL: "InvalidCentralSystemCertificate", MAKER: "InvalidFirmwareSigningCertificate"}
_RENEW_S = const(2592000)               # own: a certificate is renewed so long before it ends, 30 days
_RETRY_S = const(30)


# Roots

async def install(profile, payload):
    kind = KINDS[payload["certificateType"]]
    store, log = profile.store, profile.central.log
    try:
        (data,) = _blocks(payload["certificate"], 1)
        one = Certificate(data)
        await _check_root(profile, kind, one)
        if kind == CENTRAL and _strict(profile) and data not in store.roots(kind):
            for name in store.names(kind)[:-1]:
                store.remove(name)      # one root and the one before it, no more
        provision.install(store, kind, data, ids(one, _certificates(store, "")))
    except CertificateError as error:
        profile.security.put(_INVALID[kind], str(error))
        return "Rejected"
    except provision.StoreFull as error:
        log.warning("ocpp", str(error))
        return "Rejected"
    except OSError as error:
        log.error("ocpp", "certificate not kept: %s" % (error,))
        return "Failed"
    profile.security.put("ReconfigurationOfSecurityParameters", payload["certificateType"] + " installed")
    return "Accepted"


async def _check_root(profile, kind, one):
    one.check_time(profile.central.clock.utc_s())
    if not one.ca or not one.allows(KEY_CERT_SIGN):
        raise CertificateError("certificate of %s is no certification authority's" % one.name())
    if one.self_issued and one.key and not await one.signed_by(one):
        raise CertificateError("certificate of %s has a wrong signature" % one.name())
    if kind == CENTRAL and _strict(profile):
        for before in _certificates(profile.store, kind):
            if one.der == before.der or (one.issuer == before.subject and await one.signed_by(before)):
                return
        raise CertificateError("certificate of %s is not signed by the one it is to replace" % one.name())


def _strict(profile):
    """AdditionalRootCertificateCheck."""
    return profile.central.settings.get("AdditionalRootCertificateCheck") and profile.store.names(CENTRAL)


# The charger's own

async def take(profile, payload):
    text, central = payload["certificateChain"], profile.central
    try:
        if len(text) > central.settings.get("CertificateSignedMaxChainSize"):
            raise CertificateError("certificate chain is too long")
        blocks = _blocks(text, 6)
        number = await _check_own(profile, [Certificate(data) for data in blocks])
        provision.adopt(profile.store, number, blocks)
    except CertificateError as error:
        profile.security.put("InvalidChargePointCertificate", str(error))
        return "Rejected"
    except OSError as error:
        central.log.error("ocpp", "certificate not kept: %s" % (error,))
        return "Rejected"
    profile.signed.set()
    profile.security.put("ReconfigurationOfSecurityParameters", "certificate of the charger changed")
    return "Accepted"


async def _check_own(profile, chain):
    """The number of its key. CertificateError says what is wrong with it."""
    own, store = chain[0], profile.store
    number = provision.key_of(store, own.key[1]) if own.key and own.key[0] == "ec" else None
    if number is None:
        raise CertificateError("certificate of %s is for no key of this charger" % own.name())
    if not own.allows(DIGITAL_SIGNATURE, CLIENT_AUTH):
        raise CertificateError("certificate of %s is not for a TLS client" % own.name())
    # without roots the chain has to hold by itself up to its last member
    await verify_chain(chain, _certificates(store, CENTRAL) or chain[-1:], profile.central.clock.utc_s())
    return number


async def renew(profile, _):
    """Ask for a certificate where that was asked for, or where the one in use ends soon."""
    if not profile.asked:
        own, now = profile.store.client(), profile.central.clock.utc_s()
        if own is None or now is None or Certificate(own[0][0]).not_after - now >= _RENEW_S:
            return
    profile.asked = False
    await _ask(profile)


async def _ask(profile):
    """SignCertificate for a fresh key; again, each time after twice the wait, while no CertificateSigned comes."""
    central = profile.central
    get = central.settings.get
    private = await provision.new_key(profile.store)
    request = await csr.request(private, central.serial, get("CpoName"))
    profile.signed.clear()
    for repeat in range(get("CertSigningRepeatTimes") + 1):
        wait_s = get("CertSigningWaitMinimum") << min(repeat, 10)
        if not central.may_answer():
            await central.ready.wait()
        try:
            answer = await central.call("SignCertificate", {"csr": request})
            if answer["status"] != "Accepted":
                central.log.warning("ocpp", "the central system signs no certificate for this charger")
                return
        except Unanswered:
            wait_s = _RETRY_S
        except CallError as error:
            central.log.warning("ocpp", "no certificate: %s" % (error,))
            return
        try:
            await asyncio.wait_for_ms(profile.signed.wait(), wait_s * 1000)
            return
        except asyncio.TimeoutError:
            if profile.asked:
                return              # somebody wants a new one anyway
    central.log.warning("ocpp", "asked for a certificate in vain")


# A maker's

async def maker(profile, firmware):
    """Whether a maker's root vouches for the certificate that signed a firmware (SignedUpdateFirmware's `firmware`)."""
    try:
        chain = _blocks(firmware["signingCertificate"], 6)
        chain = [Certificate(data) for data in chain]
        await verify_chain(chain, _certificates(profile.store, MAKER), profile.central.clock.utc_s())
        if not chain[0].allows(DIGITAL_SIGNATURE):
            raise CertificateError("certificate of %s may not sign" % chain[0].name())
    except CertificateError as error:
        profile.security.put("InvalidFirmwareSigningCertificate", str(error))
        return "InvalidCertificate"
    return "Accepted"


async def genuine(profile, firmware):
    """Whether the owner of that certificate signed what the updater has received."""
    digest = profile.central.maintenance.updater.digest
    try:
        signature = a2b_base64(firmware["signature"].encode())
    except ValueError:
        return False
    one = Certificate(_blocks(firmware["signingCertificate"], 6)[0])
    return digest is not None and await one.verify(digest, signature)


def _certificates(store, kind):
    return [Certificate(data) for data in store.roots(kind)]


def _blocks(text, most):
    """The DER of the certificates in a text of PEM; CertificateError unless there are 1 to `most`."""
    try:
        found = pem.decode(text)
    except ValueError as error:
        raise CertificateError(str(error))
    if not 0 < len(found) <= most:
        raise CertificateError("%d certificates are there, where 1 to %d can be" % (len(found), most))
    return found
