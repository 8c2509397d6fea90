"""The security whitepaper's certificates: roots listed and deleted; when the charger's own is to be asked for.

What reads a certificate or makes a key is `certifying`, loaded for as long as that takes: a CALL that needs it while a contactor
is closed is a planned stall, or is refused where that may not be yet.
"""
import asyncio
import sys

from micropython import const

from firmware.ocpp.access import MUTUAL, TLS
from firmware.storage.credentials import CENTRAL, MAKER
from firmware.support import ondemand

KINDS = {"CentralSystemRootCertificate": CENTRAL, "ManufacturerRootCertificate": MAKER}
_FIRST_LOOK_S = const(60)               # after the start
_LOOK_S = const(3600)
_HASH_DATA = ("hashAlgorithm", "issuerNameHash", "issuerKeyHash", "serialNumber")


class CertificateProfile:
    """`store` is of `storage.credentials`, `security` the log of security events. `signed`: a certificate of ours has come."""

    def __init__(self, central, credentials, security):
        self.central = central
        self.store = credentials
        self.security = security
        self.asked = False
        self._renewing = None
        self._look_s = _FIRST_LOOK_S
        self.signed = asyncio.Event()

    def on_GetInstalledCertificateIds(self, payload):
        found = [self._hash_data(name) for name in self.store.names(KINDS[payload["certificateType"]])]
        return {"status": "Accepted", "certificateHashData": found} if found else {"status": "NotFound"}

    def on_DeleteCertificate(self, payload):
        wanted = _comparable(payload["certificateHashData"])
        for name in self.store.names():
            if _comparable(self._hash_data(name)) == wanted:
                return {"status": self._delete(name)}
        if wanted[0] != "sha256":       # the central system is to use the hash with which they are told
            self.central.log.warning("ocpp", "certificates are known here by SHA256, not by " + wanted[0].upper())
        return {"status": "NotFound"}

    async def on_InstallCertificate(self, payload):
        return {"status": await self.certify("install", payload, "Failed")}

    async def on_CertificateSigned(self, payload):
        status = await self.certify("take", payload, "Rejected")
        return {"status": status}, self._use if status == "Accepted" else None

    def _use(self):
        if self.central.settings.get("SecurityProfile") == MUTUAL:
            self.central.link.renew()

    def sign_soon(self):
        """Ask for a certificate now (ExtendedTriggerMessage)."""
        self.asked = True

    def step(self):
        """Ask when told to, and before the charger's certificate ends: with every contactor open, for a key is a file."""
        now_s = self.central.clock.up_s()
        if self.asked or now_s >= self._look_s:
            if (self._renewing is None or self._renewing.done()) and self.central.may_write():
                self._look_s = now_s + _LOOK_S
                if self.asked or self.store.chain():
                    self._renewing = asyncio.create_task(self._renew())

    async def _renew(self):
        try:
            await self.certify("renew", None, None)
        except Exception as error:
            self.central.log.error("ocpp", "no certificate: %r" % (error,))

    async def certify(self, what, payload, otherwise):
        """What that function of `certifying` gives; `otherwise` where the charger cannot pause to load it."""
        central, stall = self.central, self.central.access.stall
        if "firmware.ocpp.certifying" in sys.modules:
            module = ondemand.load("firmware.ocpp.certifying")
        elif stall.free():
            async with stall:
                module = ondemand.load("firmware.ocpp.certifying")
        else:
            central.log.warning("ocpp", "no certificate is read now: a contactor is closed, and it is too soon for another pause")
            return otherwise
        try:
            return await getattr(module, what)(self, payload)
        finally:
            ondemand.release("firmware.ocpp.certifying")

    def _delete(self, name):
        secured = self.central.settings.get("SecurityProfile") >= TLS
        if secured and self.store.names(CENTRAL) == [name]:
            return "Failed"             # without it there would be no way back in
        try:
            self.store.remove(name)
        except OSError as error:
            self.central.log.error("ocpp", "certificate not deleted: %s" % (error,))
            return "Failed"
        self.security.put("ReconfigurationOfSecurityParameters", "certificate deleted")
        return "Accepted"

    def _hash_data(self, name):
        """CertificateHashData: of the issuer's name, the issuer's key and the serial number."""
        return dict(zip(_HASH_DATA, ["SHA256"] + self.store.ids(name)))


def _comparable(data):
    return [data[name].lower().lstrip("0") for name in _HASH_DATA]
