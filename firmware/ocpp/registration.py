"""BootNotification until accepted, Heartbeat from then on, and the clock that both set."""
import asyncio

from micropython import const

from firmware.ocpp.exchange import Unanswered
from firmware.ocpp.frames import CallError
from firmware.support.clock import parse_iso8601

_RETRY_S = const(30)  # own: BootNotification again when it went unanswered, or when the server names no interval
_LONGEST_S = const(86400)  # own: the longest single wait
_CLOCK_TOLERANCE_S = const(2)  # latency and whole seconds must not make the clock jitter


class Registration:
    """`status`: None, "Pending", "Rejected" or "Accepted" since this boot. `who()` gives BootNotification's payload."""

    def __init__(self, central, who):
        self._central = central
        self._clock = central.clock
        self._settings = central.settings
        self._log = central.log
        self._who = who
        self.status = None
        self._boot_due = None
        self._beat_due = None
        self._boot_asked = False
        self._beat_asked = False
        self._nudge = asyncio.Event()
        self._settings.watch(self._setting_changed)

    def boot_soon(self):
        """Send BootNotification now, whatever its interval (TriggerMessage)."""
        self._boot_due = None
        self._boot_asked = True
        self._nudge.set()

    def beat_soon(self):
        """Send a Heartbeat now (TriggerMessage)."""
        self._beat_asked = True
        self._nudge.set()

    def link_changed(self):
        """The connection came or went."""
        self._nudge.set()

    async def run(self):
        """For ever: boot until accepted on each new start, then heartbeats."""
        while True:
            wait_ms = await self._step()
            if wait_ms is None:
                continue
            try:
                await asyncio.wait_for_ms(self._nudge.wait(), wait_ms)
            except asyncio.TimeoutError:
                pass
            self._nudge.clear()

    async def _step(self):
        """Say what is due; how many milliseconds there are to the next, None when something was said."""
        if not self._central.connected:
            return _LONGEST_S * 1000
        if self._beat_asked and self._central.may_answer():
            await self._beat()
            return None
        booting = self._boot_asked or self.status != "Accepted"
        due_s = self._boot_due if booting else self._beat_due
        wait_s = 0 if due_s is None else due_s - self._clock.up_s()
        if wait_s > 0:
            return min(wait_s, _LONGEST_S) * 1000
        await (self._boot() if booting else self._beat())
        return None

    async def _boot(self):
        self._boot_asked = False
        try:
            answer = await self._central.exchange.call("BootNotification", self._who())
        except (Unanswered, CallError) as error:
            self._log.warning("ocpp", "not registered: %s" % (error,))
            self._boot_due = self._after(_RETRY_S) if self._central.connected else None
            return
        self._set_clock(answer["currentTime"])
        status, interval = answer["status"], answer["interval"]
        if status != self.status:
            self._log.info("ocpp", "registration " + status)
        self.status = status
        if status == "Accepted":
            self._boot_due = None
            if interval > 0:
                self._central.configuration.keep("HeartbeatInterval", min(interval, _LONGEST_S))
            self._beat_due = self._next_beat()
        else:
            self._boot_due = self._after(interval if interval > 0 else _RETRY_S)
        self._central.registered(status)

    async def _beat(self):
        self._beat_asked = False
        self._beat_due = self._next_beat()
        try:
            answer = await self._central.exchange.call("Heartbeat", {})
            self._set_clock(answer["currentTime"])
        except (Unanswered, CallError) as error:
            self._log.debug("ocpp", str(error))

    def _set_clock(self, text):
        told = parse_iso8601(text)
        ours = self._clock.utc_s()
        if ours is None or abs(ours - told) > _CLOCK_TOLERANCE_S:
            self._clock.set_utc(told)
            self._central.transactions.clock_corrected()
            self._log.info("ocpp", "clock set to %s" % text)
            self._central.security.put("SettingSystemTime", text)

    def _setting_changed(self, name, value):
        if name == "HeartbeatInterval":
            self._beat_due = self._next_beat()
            self._nudge.set()

    def _next_beat(self):
        return self._after(self._settings.get("HeartbeatInterval") or _LONGEST_S)

    def _after(self, seconds):
        return self._clock.up_s() + seconds
