"""GetLog and its LogStatusNotification: the diagnostics or the security log brought to where the central system wants it."""
import asyncio

from micropython import const

from firmware.ocpp.exchange import Unanswered
from firmware.ocpp.frames import CallError
from firmware.support.clock import iso8601, parse_iso8601

_RETRY_S = const(60)
_MOST_RETRIES = const(10)
_UNSUPPORTED = ("ftp", "ftps", "sftp", "scp")


class LogProfile:
    """`security` is the log of security events."""

    NAME = ""

    def __init__(self, central, security):
        self._central = central
        self._security = security
        self._task = None
        self._status = "Idle"
        self._request = None

    def on_GetLog(self, payload):
        running = self._task is not None and not self._task.done()
        if running:
            self._task.cancel()
        name = "%s-%s-%d.txt" % (self._central.serial, payload["logType"], payload["requestId"])
        return {"status": "AcceptedCanceled" if running else "Accepted", "filename": name[:255]}, lambda: self._begin(payload, name)

    def _begin(self, payload, name):
        self._request = payload["requestId"]
        self._task = asyncio.create_task(self._run(payload, name))

    async def _run(self, payload, name):
        where = payload["log"]
        begin, end = [parse_iso8601(where[field]) if field in where else None for field in ("oldestTimestamp", "latestTimestamp")]
        url = where["remoteLocation"]
        url += ("" if url.endswith("/") else "/") + name
        await self.tell("Uploading")
        if url.partition(":")[0].lower() in _UNSUPPORTED:
            await self._end("NotSupportedOperation")
            return
        status = "UploadFailure"
        for attempt in range(max(0, min(payload.get("retries", 0), _MOST_RETRIES)) + 1):
            if attempt:
                await asyncio.sleep(payload.get("retryInterval", _RETRY_S))
            security = payload["logType"] == "SecurityLog"
            pieces = self._lines(begin, end) if security else self._central.maintenance.pieces(begin, end)
            try:
                code = await self._central.upload(url, pieces)
                status = "Uploaded" if 200 <= code < 300 else "PermissionDenied" if code in (401, 403) else "UploadFailure"
            except ValueError:
                status = "BadMessage"   # the address is none
            except (OSError, asyncio.TimeoutError) as error:
                self._central.log.warning("ocpp", "log not uploaded: %s" % (error,))
            if status != "UploadFailure":
                break
        await self._end(status)

    async def _end(self, status):
        await self.tell(status)
        self._status, self._request = "Idle", None

    def _lines(self, begin, end):
        pieces = []
        for _, utc_s, kind, tech in self._security.entries():
            if utc_s is None or ((begin is None or utc_s >= begin) and (end is None or utc_s <= end)):
                pieces.append("%s %s %s\n" % (iso8601(utc_s) if utc_s else "unknown", kind, tech))
        return pieces

    async def tell(self, status=None):
        """LogStatusNotification, of a new status or of the one that is."""
        self._status = status or self._status
        payload = {"status": self._status}
        if self._request is not None:
            payload["requestId"] = self._request
        if not self._central.may_answer():
            await self._central.ready.wait()
        try:
            await self._central.call("LogStatusNotification", payload)
        except (Unanswered, CallError) as error:
            self._central.log.info("ocpp", str(error))
