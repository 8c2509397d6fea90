"""UpdateFirmware and SignedUpdateFirmware: fetched, for a signed one checked, installed; and the telling of how that goes.

How an update ended is known after the restart only, once the new firmware has proved itself or the old one is back.
"""
import asyncio

from micropython import const

from firmware.ocpp.uploads import RETRY_S, retries
from firmware.support.clock import parse_iso8601

_SIGNED = "signed"                      # in the updater's note of who asked: the request's number
_LONGEST_WAIT_S = const(3600)           # one sleep: the clock may be corrected meanwhile
_OVER = ("DownloadFailed", "InvalidSignature", "InstallationFailed", "Installed")


class MaintenanceProfile:
    """`updater` is a `firmware.update.updater.Updater`, or None where the charger cannot be updated."""

    def __init__(self, central):
        self._central = central
        self.updater = None
        self._task = None
        self._status = "Idle"
        self._request = None            # the number of a signed update, None for one by UpdateFirmware

    def on_UpdateFirmware(self, payload):
        self._cancel()
        return {}, lambda: self._begin(payload, None)

    async def on_SignedUpdateFirmware(self, payload):
        status = await self._central.certificates.certify("maker", payload["firmware"], "Rejected")
        if status == "Accepted" and (self.updater is None or self._status in ("Installing", "InstallRebooting")):
            status = "Rejected"
        if status != "Accepted":
            return {"status": status}
        return {"status": "AcceptedCanceled" if self._cancel() else status}, lambda: self._begin(payload["firmware"], payload)

    def _cancel(self):
        """The newer request counts: True where there was an older one."""
        if self._task is None or self._task.done():
            return False
        self._task.cancel()
        return True

    def _begin(self, firmware, signed):
        self._request = signed and signed["requestId"]
        self._task = asyncio.create_task(self._guard(firmware, signed))

    async def _guard(self, firmware, signed):
        try:
            await self._update(firmware, signed)
        except Exception as error:
            self._central.log.error("ocpp", "the update failed: %r" % (error,))
            await self.tell("InstallationFailed")

    async def _update(self, firmware, signed):
        """`signed`: the payload of SignedUpdateFirmware, None for one by UpdateFirmware."""
        central, updater = self._central, self.updater
        await self._until(firmware["retrieveDateTime" if signed else "retrieveDate"], signed and "DownloadScheduled")
        await self.tell("Downloading")
        if not await self._fetch(firmware["location"], signed or firmware):
            await self.tell("DownloadFailed")
            return
        await self.tell("Downloaded")
        if signed:
            await central.opened()
            if not await central.certificates.certify("genuine", firmware, False):
                updater.cancel()
                central.security.put("InvalidFirmwareSignature", "request %d" % self._request)
                await self.tell("InvalidSignature")
                return
            await self.tell("SignatureVerified")
            if "installDateTime" in firmware:
                await self._until(firmware["installDateTime"], "InstallScheduled")
        await self.tell("Installing")
        if signed:
            await self.tell("InstallRebooting")
        if not await updater.install({_SIGNED: self._request} if signed else "ocpp"):
            central.log.error("ocpp", "not installed: " + updater.error)
            await self.tell("InstallationFailed")

    async def run(self):
        """Tell how the update ended that this start comes from."""
        updater = self.updater
        if updater:
            await updater.settled.wait()
            by = updater.note and updater.note["by"]
            if by == "ocpp" or isinstance(by, dict) and _SIGNED in by:
                self._request = None if by == "ocpp" else by[_SIGNED]
                await self.tell(updater.outcome)
                updater.forget()

    async def _until(self, text, status):
        """Wait for that moment; where there is time to wait, say `status`."""
        while True:
            now = self._central.clock.utc_s()
            wait_s = parse_iso8601(text) - now if now is not None else 0
            if wait_s <= 0:
                return
            if status and self._status != status:
                await self.tell(status)
            await asyncio.sleep(min(wait_s, _LONGEST_WAIT_S))

    async def _fetch(self, url, payload):
        log = self._central.log
        if self.updater is None:
            log.warning("ocpp", "no updater: %s is not fetched" % url)
            return False
        for attempt in range(retries(payload) + 1):
            if attempt:
                await asyncio.sleep(payload.get("retryInterval", RETRY_S))
            if await self.updater.fetch(url):
                return True
            log.warning("ocpp", "not downloaded: " + self.updater.error)
        return False

    async def tell(self, status):
        """FirmwareStatusNotification, or its signed sister, of a new status."""
        self._status = "Idle" if status in _OVER else status
        await self._tell(status, self._request is not None)

    async def tell_again(self, signed):
        """The same of the status that is."""
        await self._tell(self._status if (self._request is not None) == signed else "Idle", signed)

    async def _tell(self, status, signed):
        payload = {"status": status}
        if signed and status != "Idle":
            payload["requestId"] = self._request
        await self._central.tell("SignedFirmwareStatusNotification" if signed else "FirmwareStatusNotification", payload)
