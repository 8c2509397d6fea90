"""FirmwareManagement: diagnostics brought to where the central system wants them, updates fetched and installed.

How an update ended is known after the restart only, once the new firmware has proved itself or the old one is back.
"""
import asyncio

from micropython import const

from firmware.ocpp.exchange import Unanswered
from firmware.ocpp.frames import CallError
from firmware.support.clock import iso8601, parse_iso8601

_RETRY_S = const(60)  # own: between attempts where the central system names no retryInterval
_MOST_RETRIES = const(10)


class MaintenanceProfile:
    """`updater` is a `firmware.update.updater.Updater`, or None where the charger cannot be updated."""

    NAME = "FirmwareManagement"

    def __init__(self, central):
        self._central = central
        self.updater = None
        self.diagnostics_status = "Idle"
        self.firmware_status = "Idle"
        self._uploading = None
        self._updating = None

    # Diagnostics

    def on_GetDiagnostics(self, payload):
        if self._uploading is None or self._uploading.done():
            self._name = "%s-%s.txt" % (self._central.serial, _stamp(self._central.clock.utc_s()))
            return {"fileName": self._name}, lambda: self._begin_upload(payload)
        return {"fileName": self._name}  # the same file is on its way already

    def _begin_upload(self, payload):
        self._uploading = asyncio.create_task(self._upload(payload))

    async def _upload(self, payload):
        url = payload["location"]
        url += ("" if url.endswith("/") else "/") + self._name
        begin, end = _time(payload, "startTime"), _time(payload, "stopTime")
        await self.tell_diagnostics("Uploading")
        for attempt in range(_retries(payload) + 1):
            if attempt:
                await asyncio.sleep(payload.get("retryInterval", _RETRY_S))
            try:
                status = await self._central.upload(url, self.pieces(begin, end))
                if 200 <= status < 300:
                    await self.tell_diagnostics("Uploaded")
                    return
                self._central.log.warning("ocpp", "diagnostics refused: HTTP %d" % status)
            except (OSError, ValueError, asyncio.TimeoutError) as error:
                self._central.log.warning("ocpp", "diagnostics not uploaded: %s" % (error,))
        await self.tell_diagnostics("UploadFailed")

    def pieces(self, begin, end):
        """The file: who we are, how we are set (no secrets), and the log of that time."""
        central = self._central
        pieces = [central.who_lines()]
        for name in central.settings.names():
            key = central.settings.key(name)
            if not key.secret and not key.hidden:
                pieces.append("%s = %s\n" % (name, central.settings.text(name)))
        now, up_s = central.clock.utc_s(), central.clock.up_s()
        for at, level, source, text in central.log.lines():
            utc_s = now - up_s + at if now is not None else None
            if utc_s is None or ((begin is None or utc_s >= begin) and (end is None or utc_s <= end)):
                pieces.append("%s %s %s: %s\n" % (iso8601(utc_s) if utc_s else at, level, source, text))
        return pieces

    async def tell_diagnostics(self, status=None):
        """DiagnosticsStatusNotification, of a new status or of the one that is."""
        self.diagnostics_status = status or self.diagnostics_status
        await self._tell("DiagnosticsStatusNotification", self.diagnostics_status)
        if self.diagnostics_status != "Uploading":
            self.diagnostics_status = "Idle"  # 4.4: what is over is told once, then it is idle

    # Firmware

    def on_UpdateFirmware(self, payload):
        if self._updating and not self._updating.done():
            self._updating.cancel()  # the newer request counts
        return {}, lambda: self._begin_update(payload)

    def _begin_update(self, payload):
        self._updating = asyncio.create_task(self._update(payload))

    async def _update(self, payload):
        now = self._central.clock.utc_s()
        wait_s = parse_iso8601(payload["retrieveDate"]) - now if now is not None else 0
        while wait_s > 0:
            await asyncio.sleep(min(wait_s, 3600))
            wait_s -= 3600
        await self.tell_firmware("Downloading")
        if not await self._fetch(payload):
            await self.tell_firmware("DownloadFailed")
            return
        await self.tell_firmware("Downloaded")
        await self.tell_firmware("Installing")
        if not await self.updater.install("ocpp"):
            self._central.log.warning("ocpp", "not installed: " + self.updater.error)
            await self.tell_firmware("InstallationFailed")

    async def run(self):
        """Tell how the update ended that this start comes from, then nothing, for ever."""
        if self.updater:
            await self.updater.settled.wait()
            note = self.updater.note
            if note and note["by"] == "ocpp":
                await self.tell_firmware(self.updater.outcome)
                self.updater.forget()
        await asyncio.Event().wait()

    async def _fetch(self, payload):
        if self.updater is None:
            self._central.log.warning("ocpp", "no updater: %s is not fetched" % payload["location"])
            return False
        for attempt in range(_retries(payload) + 1):
            if attempt:
                await asyncio.sleep(payload.get("retryInterval", _RETRY_S))
            if await self.updater.fetch(payload["location"]):
                return True
        return False

    async def tell_firmware(self, status=None):
        """FirmwareStatusNotification, of a new status or of the one that is."""
        self.firmware_status = status or self.firmware_status
        await self._tell("FirmwareStatusNotification", self.firmware_status)
        if self.firmware_status in ("DownloadFailed", "InstallationFailed", "Installed"):
            self.firmware_status = "Idle"

    async def _tell(self, action, status):
        """Told when somebody can be told; only the last word matters."""
        if not self._central.may_answer():
            await self._central.ready.wait()
        try:
            await self._central.call(action, {"status": status})
        except (Unanswered, CallError) as error:
            self._central.log.info("ocpp", str(error))


def _retries(payload):
    return max(0, min(payload.get("retries", 0), _MOST_RETRIES))


def _time(payload, name):
    return parse_iso8601(payload[name]) if name in payload else None


def _stamp(utc_s):
    return iso8601(utc_s).replace("-", "").replace(":", "") if utc_s is not None else "unknown"
