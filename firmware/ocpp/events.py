"""SecurityEventNotification: the security log told to the central system, in order, however long that takes."""
import asyncio

from micropython import const

from firmware.ocpp.exchange import Unanswered
from firmware.ocpp.frames import CallError
from firmware.support.clock import iso8601

_ATTEMPTS = const(3)                    # a central system that hangs up over an event must not do so for ever
_PAUSE_MS = const(500)
_TECH = const(255)


class SecurityEvents:
    """`security` is the log (storage.securitylog)."""

    def __init__(self, central, security):
        self._central = central
        self._security = security
        self._news = asyncio.Event()
        security.news = self._news.set

    async def run(self):
        """For ever."""
        central, security = self._central, self._security
        attempts = 0
        while True:
            if not security.waiting:
                self._news.clear()
                await self._news.wait()
            await central.ready.wait()
            await asyncio.sleep_ms(_PAUSE_MS)  # statuses and transactions come first
            if not central.ready.is_set():
                continue
            seq = security.waiting[0]
            try:
                await central.call("SecurityEventNotification", self._payload(seq))
            except Unanswered as error:
                attempts += 1
                if attempts < _ATTEMPTS:
                    continue
                central.log.warning("ocpp", "a security event is given up: %s" % (error,))
            except CallError as error:
                central.log.info("ocpp", "a security event is not wanted: %s" % (error,))
            attempts = 0
            if seq in security.waiting:  # it may have made room for others meanwhile
                security.passed(seq)

    def _payload(self, seq):
        _, utc_s, kind, tech = next(self._security.entries(seq))
        payload = {"type": kind[:50], "timestamp": iso8601(utc_s or self._central.clock.utc_s())}
        if tech:
            payload["techInfo"] = tech[:_TECH]
        return payload
