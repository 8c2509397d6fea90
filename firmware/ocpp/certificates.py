"""The security whitepaper's certificates: roots installed, listed and deleted; the charger's own asked for and renewed."""
import asyncio
from hashlib import sha256

from micropython import const

from firmware.crypto import csr, pem
from firmware.crypto.x509 import (
    CLIENT_AUTH,
    DIGITAL_SIGNATURE,
    KEY_CERT_SIGN,
    Certificate,
    CertificateError,
    verify_chain,
)
from firmware.ocpp.access import MUTUAL, TLS
from firmware.ocpp.exchange import Unanswered
from firmware.ocpp.frames import CallError
from firmware.storage.credentials import CENTRAL, MAKER, StoreFull

_KINDS = {"CentralSystemRootCertificate": CENTRAL, "ManufacturerRootCertificate": MAKER}
_INVALID = {CENTRAL: "InvalidCentralSystemCertificate", MAKER: "InvalidFirmwareSigningCertificate"}
_FIRST_LOOK_S = const(60)               # after the start
_LOOK_S = const(3600)
_RENEW_S = const(2592000)               # own: a certificate is renewed so long before it ends, 30 days
_RETRY_S = const(30)


class CertificateProfile:
    """`credentials` is the store, `security` the log of security events."""

    NAME = ""

    def __init__(self, central, credentials, security):
        self._central = central
        self._store = credentials
        self._security = security
        self._asked = asyncio.Event()
        self._signed = asyncio.Event()

    # Roots

    async def on_InstallCertificate(self, payload):
        kind = _KINDS[payload["certificateType"]]
        try:
            (data,) = _blocks(payload["certificate"], 1)
            await self._check_root(kind, Certificate(data))
            self._drop_fallback(kind, data)
            self._store.install(kind, data)
        except CertificateError as error:
            self._security.put(_INVALID[kind], str(error))
            return {"status": "Rejected"}
        except StoreFull as error:
            self._central.log.warning("ocpp", str(error))
            return {"status": "Rejected"}
        except OSError as error:
            self._central.log.error("ocpp", "certificate not kept: %s" % (error,))
            return {"status": "Failed"}
        self._security.put("ReconfigurationOfSecurityParameters", payload["certificateType"] + " installed")
        return {"status": "Accepted"}

    async def _check_root(self, kind, one):
        one.check_time(self._central.clock.utc_s())
        if not one.ca or not one.allows(KEY_CERT_SIGN):
            raise CertificateError("certificate of %s is no certification authority's" % one.name())
        if one.self_issued and one.key and not await one.signed_by(one):
            raise CertificateError("certificate of %s has a wrong signature" % one.name())
        if kind == CENTRAL and self._strict():
            for data in self._store.roots(kind):
                before = Certificate(data)
                if data == one.der or (one.issuer == before.subject and await one.signed_by(before)):
                    return
            raise CertificateError("certificate of %s is not signed by the one it is to replace" % one.name())

    def _strict(self):
        return self._central.settings.get("AdditionalRootCertificateCheck") and self._store.names(CENTRAL)

    def _drop_fallback(self, kind, data):
        """AdditionalRootCertificateCheck: one root and the one before it, no more."""
        if kind == CENTRAL and self._strict() and data not in self._store.roots(kind):
            for name in self._store.names(kind)[:-1]:
                self._store.remove(name)

    def on_GetInstalledCertificateIds(self, payload):
        found = [self._hash_data(data) for data in self._store.roots(_KINDS[payload["certificateType"]])]
        return {"status": "Accepted", "certificateHashData": found} if found else {"status": "NotFound"}

    def on_DeleteCertificate(self, payload):
        wanted = _comparable(payload["certificateHashData"])
        for name in self._store.names():
            if _comparable(self._hash_data(self._store.root(name))) == wanted:
                return {"status": self._delete(name)}
        return {"status": "NotFound"}

    def _delete(self, name):
        secured = self._central.settings.get("SecurityProfile") >= TLS
        if secured and self._store.names(CENTRAL) == [name]:
            return "Failed"             # without it there would be no way back in
        try:
            self._store.remove(name)
        except OSError as error:
            self._central.log.error("ocpp", "certificate not deleted: %s" % (error,))
            return "Failed"
        self._security.put("ReconfigurationOfSecurityParameters", "certificate deleted")
        return "Accepted"

    def _hash_data(self, data):
        """CertificateHashData: of the issuer's name, the issuer's key and the serial number."""
        one = Certificate(data)
        key = one.key_bits
        if not one.self_issued:
            for other in self._store.names():
                issuer = Certificate(self._store.root(other))
                if issuer.subject == one.issuer:
                    key = issuer.key_bits
                    break
        return {"hashAlgorithm": "SHA256", "issuerNameHash": sha256(one.issuer).digest().hex(),
                "issuerKeyHash": sha256(key).digest().hex(), "serialNumber": "%x" % one.serial}

    # The charger's own

    async def on_CertificateSigned(self, payload):
        text = payload["certificateChain"]
        try:
            if len(text) > self._central.settings.get("CertificateSignedMaxChainSize"):
                raise CertificateError("certificate chain is too long")
            blocks = _blocks(text, 6)
            number = await self._check_own([Certificate(data) for data in blocks])
            self._store.adopt(number, blocks)
        except CertificateError as error:
            self._security.put("InvalidChargePointCertificate", str(error))
            return {"status": "Rejected"}
        except OSError as error:
            self._central.log.error("ocpp", "certificate not kept: %s" % (error,))
            return {"status": "Rejected"}
        self._signed.set()
        self._security.put("ReconfigurationOfSecurityParameters", "certificate of the charger changed")
        return {"status": "Accepted"}, self._use

    def _use(self):
        if self._central.settings.get("SecurityProfile") == MUTUAL:
            self._central.link.renew()

    async def _check_own(self, chain):
        """The number of its key. CertificateError says what is wrong with it."""
        own = chain[0]
        number = self._store.key_of(own.key[1]) if own.key and own.key[0] == "ec" else None
        if number is None:
            raise CertificateError("certificate of %s is for no key of this charger" % own.name())
        if not own.allows(DIGITAL_SIGNATURE, CLIENT_AUTH):
            raise CertificateError("certificate of %s is not for a TLS client" % own.name())
        roots = [Certificate(data) for data in self._store.roots(CENTRAL)]
        # without roots the chain has to hold by itself up to its last member
        await verify_chain(chain, roots or chain[-1:], self._central.clock.utc_s())
        return number

    def sign_soon(self):
        """Ask for a certificate now (ExtendedTriggerMessage)."""
        self._asked.set()

    async def run(self):
        """For ever: asks when told to, and before the charger's certificate ends."""
        wait_s = _FIRST_LOOK_S
        while True:
            try:
                await asyncio.wait_for_ms(self._asked.wait(), wait_s * 1000)
            except asyncio.TimeoutError:
                wait_s = _LOOK_S
                if not self._ends_soon():
                    continue
            self._asked.clear()
            await self._ask()

    def _ends_soon(self):
        own, now = self._store.client(), self._central.clock.utc_s()
        if own is None or now is None:
            return False
        return Certificate(own[0][0]).not_after - now < _RENEW_S

    async def _ask(self):
        """SignCertificate for a fresh key; again, each time after twice the wait, while no CertificateSigned comes."""
        central = self._central
        get = central.settings.get
        while not central.may_write():
            await asyncio.sleep(1)      # a key is a file
        private = await self._store.new_key()
        request = await csr.request(private, central.serial, get("CpoName"))
        self._signed.clear()
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
                await asyncio.wait_for_ms(self._signed.wait(), wait_s * 1000)
                return
            except asyncio.TimeoutError:
                if self._asked.is_set():
                    return              # somebody wants a new one anyway
        central.log.warning("ocpp", "asked for a certificate in vain")


def _blocks(text, most):
    """The DER of the certificates in a text of PEM; CertificateError unless there are 1 to `most`."""
    try:
        found = pem.decode(text)
    except ValueError as error:
        raise CertificateError(str(error))
    if not 0 < len(found) <= most:
        raise CertificateError("%d certificates are there, where 1 to %d can be" % (len(found), most))
    return found


def _comparable(data):
    return [data[name].lower().lstrip("0") for name in ("hashAlgorithm", "issuerNameHash", "issuerKeyHash", "serialNumber")]
