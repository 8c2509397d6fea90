"""GetDiagnostics and GetLog: a file brought to where the central system wants it, and the telling of how that goes."""
import asyncio

from micropython import const

from firmware.support.clock import iso8601, parse_iso8601

RETRY_S = const(60)                     # own: between attempts where the central system names no retryInterval
_MOST_RETRIES = const(10)
_UNSUPPORTED = ("ftp", "ftps", "sftp", "scp")


class UploadProfile:
    """`security` is the log of security events."""

    def __init__(self, central, security):
        self._central = central
        self._security = security
        self._diagnosing = self._logging = None
        self._name = ""
        self._diagnostics, self._log = "Idle", {"status": "Idle"}

    def on_GetDiagnostics(self, payload):
        if not _runs(self._diagnosing):     # else the same file is on its way already
            utc_s = self._central.clock.utc_s()
            stamp = iso8601(utc_s).replace("-", "").replace(":", "") if utc_s is not None else "unknown"
            self._name = "%s-%s.txt" % (self._central.serial, stamp)
            self._diagnosing = asyncio.create_task(self._diagnose(payload))
        return {"fileName": self._name}

    async def _diagnose(self, payload):
        await self.tell_diagnostics("Uploading")
        pieces = self._pieces, _time(payload, "startTime"), _time(payload, "stopTime")
        status = await self._bring(payload["location"], self._name, payload, *pieces)
        await self.tell_diagnostics(status if status == "Uploaded" else "UploadFailed")
        self._diagnostics = "Idle"          # 4.4: what is over is told once, then it is idle

    async def tell_diagnostics(self, status=None):
        """DiagnosticsStatusNotification, of a new status or of the one that is."""
        self._diagnostics = status or self._diagnostics
        await self._central.tell("DiagnosticsStatusNotification", {"status": self._diagnostics})

    def on_GetLog(self, payload):
        running = _runs(self._logging)
        if running:
            self._logging.cancel()
        name = ("%s-%s-%d.txt" % (self._central.serial, payload["logType"], payload["requestId"]))[:255]
        self._logging = asyncio.create_task(self._bring_log(payload, name))
        return {"status": "AcceptedCanceled" if running else "Accepted", "filename": name}

    async def _bring_log(self, payload, name):
        where, request = payload["log"], payload["requestId"]
        await self.tell_log({"status": "Uploading", "requestId": request})
        pieces = self._events if payload["logType"] == "SecurityLog" else self._pieces
        begin, end = _time(where, "oldestTimestamp"), _time(where, "latestTimestamp")
        status = await self._bring(where["remoteLocation"], name, payload, pieces, begin, end)
        await self.tell_log({"status": status, "requestId": request})
        self._log = {"status": "Idle"}

    async def tell_log(self, payload=None):
        """LogStatusNotification, of a new status or of the one that is."""
        self._log = payload or self._log
        await self._central.tell("LogStatusNotification", self._log)

    async def _bring(self, url, name, payload, pieces, begin, end):
        """How it went, in the words of LogStatusNotification."""
        log = self._central.log
        if url.partition(":")[0].lower() in _UNSUPPORTED:
            return "NotSupportedOperation"
        url += ("" if url.endswith("/") else "/") + name
        for attempt in range(retries(payload) + 1):
            if attempt:
                await asyncio.sleep(payload.get("retryInterval", RETRY_S))
            try:
                code = await self._central.upload(url, pieces(begin, end))
                if 200 <= code < 300:
                    return "Uploaded"
                log.warning("ocpp", "%s refused: HTTP %d" % (name, code))
                if code in (401, 403):
                    return "PermissionDenied"
            except ValueError as error:     # the address is none
                log.warning("ocpp", "%s not uploaded: %s" % (name, error))
                return "BadMessage"
            except (OSError, asyncio.TimeoutError) as error:
                log.warning("ocpp", "%s not uploaded: %s" % (name, error))
        return "UploadFailure"

    def _pieces(self, begin, end):
        """The diagnostics: who we are, how we are set (no secrets), and the log of that time."""
        central = self._central
        who = central.who()
        pieces = ["%s: %s\n" % (field, who[field]) for field in sorted(who)]
        for name in central.settings.names():
            key = central.settings.key(name)
            if not key.secret and not key.hidden:
                pieces.append("%s = %s\n" % (name, central.settings.text(name)))
        now, up_s = central.clock.utc_s(), central.clock.up_s()
        for at, level, source, text in central.log.lines():
            utc_s = now - up_s + at if now is not None else None
            if _within(utc_s, begin, end):
                pieces.append("%s %s %s: %s\n" % (iso8601(utc_s) if utc_s else at, level, source, text))
        return pieces

    def _events(self, begin, end):
        return ["%s %s %s\n" % (iso8601(utc_s) if utc_s else "unknown", kind, tech)
                for _, utc_s, kind, tech in self._security.entries() if _within(utc_s, begin, end)]


def retries(payload):
    """How often to try again."""
    return max(0, min(payload.get("retries", 0), _MOST_RETRIES))


def _within(utc_s, begin, end):
    return utc_s is None or ((begin is None or utc_s >= begin) and (end is None or utc_s <= end))


def _runs(task):
    return task is not None and not task.done()


def _time(payload, name):
    return parse_iso8601(payload[name]) if name in payload else None
