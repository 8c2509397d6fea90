"""SignedUpdateFirmware: an update that the maker has signed, checked before anything of it is installed."""
import asyncio
from binascii import a2b_base64

from micropython import const

from firmware.crypto import pem
from firmware.crypto.x509 import DIGITAL_SIGNATURE, Certificate, CertificateError, verify_chain
from firmware.ocpp.exchange import Unanswered
from firmware.ocpp.frames import CallError
from firmware.storage.credentials import MAKER
from firmware.support.clock import parse_iso8601

_SIGNED = "signed"                      # in the updater's note of who asked: the request's number
_RETRY_S = const(60)
_MOST_RETRIES = const(10)
_LONGEST_WAIT_S = const(3600)           # one sleep: the clock may be corrected meanwhile


class SignedUpdateProfile:
    """Uses `maintenance.updater`; `credentials` has the makers' roots, `security` is the log of security events."""

    NAME = ""

    def __init__(self, central, credentials, security):
        self._central = central
        self._store = credentials
        self._security = security
        self._task = None
        self._request = None
        self._status = "Idle"

    async def on_SignedUpdateFirmware(self, payload):
        firmware = payload["firmware"]
        try:
            maker = await self._maker(firmware["signingCertificate"])
        except (CertificateError, ValueError) as error:
            self._security.put("InvalidFirmwareSigningCertificate", str(error))
            return {"status": "InvalidCertificate"}
        if self._central.maintenance.updater is None or self._installing():
            return {"status": "Rejected"}
        running = self._task is not None and not self._task.done()
        if running:
            self._task.cancel()
        return {"status": "AcceptedCanceled" if running else "Accepted"}, lambda: self._begin(payload, maker)

    def _installing(self):
        return self._status in ("Installing", "InstallRebooting")

    async def _maker(self, text):
        """The signing certificate, once a maker's root vouches for it."""
        chain = [Certificate(data) for data in pem.decode(text)]
        roots = [Certificate(data) for data in self._store.roots(MAKER)]
        await verify_chain(chain, roots, self._central.clock.utc_s())
        if not chain[0].allows(DIGITAL_SIGNATURE):
            raise CertificateError("certificate of %s may not sign" % chain[0].name())
        return chain[0]

    def _begin(self, payload, maker):
        self._request = payload["requestId"]
        self._task = asyncio.create_task(self._guard(payload, maker))

    async def _guard(self, payload, maker):
        try:
            await self._run(payload, maker)
        except Exception as error:
            self._central.log.error("ocpp", "the update failed: %r" % (error,))
            await self.tell("InstallationFailed")

    async def _run(self, payload, maker):
        firmware, updater = payload["firmware"], self._central.maintenance.updater
        await self._until(firmware["retrieveDateTime"], "DownloadScheduled")
        await self.tell("Downloading")
        if not await self._fetch(payload, updater):
            await self.tell("DownloadFailed")
            return
        await self.tell("Downloaded")
        if not await self._genuine(maker, updater, firmware["signature"]):
            updater.cancel()
            self._security.put("InvalidFirmwareSignature", "request %d" % self._request)
            await self.tell("InvalidSignature")
            return
        await self.tell("SignatureVerified")
        if "installDateTime" in firmware:
            await self._until(firmware["installDateTime"], "InstallScheduled")
        await self.tell("Installing")
        await self.tell("InstallRebooting")
        if not await updater.install({_SIGNED: self._request}):
            self._central.log.error("ocpp", "not installed: %s" % updater.error)
            await self.tell("InstallationFailed")

    async def run(self):
        """Tell how the update ended that this start comes from, then nothing, for ever."""
        updater = self._central.maintenance.updater
        if updater:
            await updater.settled.wait()
            by = updater.note and updater.note["by"]
            if isinstance(by, dict) and _SIGNED in by:
                self._request = by[_SIGNED]
                await self.tell(updater.outcome)
                updater.forget()
        await asyncio.Event().wait()

    async def _until(self, text, status):
        told = False
        while True:
            now = self._central.clock.utc_s()
            wait_s = parse_iso8601(text) - now if now is not None else 0
            if wait_s <= 0:
                return
            if not told:
                told = True
                await self.tell(status)
            await asyncio.sleep(min(wait_s, _LONGEST_WAIT_S))

    async def _fetch(self, payload, updater):
        for attempt in range(max(0, min(payload.get("retries", 0), _MOST_RETRIES)) + 1):
            if attempt:
                await asyncio.sleep(payload.get("retryInterval", _RETRY_S))
            if await updater.fetch(payload["firmware"]["location"]):
                return True
            self._central.log.warning("ocpp", "not downloaded: %s" % updater.error)
        return False

    async def _genuine(self, maker, updater, signature):
        try:
            signature = a2b_base64(signature.encode())
        except ValueError:
            return False
        return updater.digest is not None and await maker.verify(updater.digest, signature)

    async def tell(self, status=None):
        """SignedFirmwareStatusNotification, of a new status or of the one that is."""
        self._status = status or self._status
        payload = {"status": self._status}
        if self._request is not None and self._status != "Idle":
            payload["requestId"] = self._request
        if self._status in ("DownloadFailed", "InvalidSignature", "InstallationFailed", "Installed"):
            self._status = "Idle"
        if not self._central.may_answer():
            await self._central.ready.wait()
        try:
            await self._central.call("SignedFirmwareStatusNotification", payload)
        except (Unanswered, CallError) as error:
            self._central.log.info("ocpp", str(error))
