"""The charge point of OCPP 1.6J towards one central system: registration, heartbeat, and the parts put together."""
import asyncio

from micropython import const

from firmware.ocpp import schema
from firmware.ocpp.configuration import Configuration
from firmware.ocpp.core import CoreProfile
from firmware.ocpp.exchange import Exchange, Unanswered
from firmware.ocpp.frames import CallError
from firmware.ocpp.link import Link
from firmware.ocpp.localauth import LocalAuthProfile
from firmware.ocpp.maintenance import MaintenanceProfile
from firmware.ocpp.reservations import ReservationProfile
from firmware.ocpp.sampling import Sampler
from firmware.ocpp.shelf import Shelf
from firmware.ocpp.smartcharging import SmartChargingProfile
from firmware.ocpp.status import StatusReporter
from firmware.ocpp.transactions import Transactions
from firmware.ocpp.triggers import TriggerProfile
from firmware.support.clock import parse_iso8601

_RETRY_S = const(30)  # own: BootNotification again when it went unanswered, or when the server names no interval
_LONGEST_S = const(86400)  # own: the longest single wait
_CLOCK_TOLERANCE_S = const(2)  # latency and whole seconds must not make the clock jitter


class Central:
    """Facts: `connected`, `accepted` (registered since this boot), `queued` (transaction messages not yet delivered).

    `charger` is told what the central system wants and offers its events; `reset(cause)` restarts and never returns.
    `board` gives the connectors, `identity` what BootNotification says, `files` the folder for what must last. As
    `charger.authorisation.authority` it answers for cards.
    """

    def __init__(self, charger, settings, journal, network, clock, log, random, identity, board, reset, files):
        self.charger = charger
        self.settings = settings
        self.clock = clock
        self.log = log
        self.board = board
        self.reset = reset
        self._identity = identity
        self.serial = identity["serial"]
        self.random = random
        self.journal = journal
        self.shelf = Shelf(files + "/shelf", journal, self.may_write)
        self.registration = None
        self.ready = asyncio.Event()
        self._nudge = asyncio.Event()
        self._boot_due = None
        self._beat_due = None
        self._again = False
        self._beat_asked = False
        self.link = Link(network, settings, clock, log, random, identity["serial"])
        self.link.on_up = self._up
        self.link.on_down = self._down
        self.exchange = Exchange(self.link, settings, log, random)
        self.exchange.handle = self._handle
        self.observe = self.exchange.observe
        self.statuses = StatusReporter(self)
        self.transactions = Transactions(self, journal)
        self.sampler = Sampler(self)
        self.smart = SmartChargingProfile(self, self.shelf)
        self.cards = LocalAuthProfile(self, files)
        self.reservations = ReservationProfile(self, self.shelf)
        self.maintenance = MaintenanceProfile(self, network)
        self._profiles = [
            CoreProfile(self), TriggerProfile(self), self.smart, self.cards, self.reservations, self.maintenance]
        names = ",".join([profile.NAME for profile in self._profiles])
        self.configuration = Configuration(settings, {"SupportedFeatureProfiles": names})
        settings.watch(self._setting_changed)
        charger.observe(self._charger_event)
        charger.authorisation.authority = self

    @property
    def connected(self):
        return self.link.connected

    @property
    def accepted(self):
        return self.registration == "Accepted"

    @property
    def queued(self):
        return self.transactions.queued

    async def run(self):
        """For ever: the link, and what is said over it."""
        parts = (self.link, self.statuses, self.transactions, self.sampler, self.smart, self.cards, self.reservations)
        tasks = [asyncio.create_task(part.run()) for part in parts]
        try:
            await self._presence()
        finally:
            for task in tasks:
                task.cancel()

    async def call(self, action, payload):
        """See `Exchange.call`; only for those who have waited for `ready`."""
        return await self.exchange.call(action, payload)

    async def authorise(self, id_tag):
        """Ask for a card: {"status", "parent", "expiry" (UTC seconds or None)}; None when nobody can be asked."""
        if not self.ready.is_set():
            return None
        try:
            answer = await self.call("Authorize", {"idTag": id_tag})
        except (Unanswered, CallError) as error:
            self.log.warning("ocpp", "card not judged: %s" % (error,))
            return None
        return id_tag_info(answer)

    def may_answer(self):
        """True when a message the central system has asked for may be sent: Accepted, or Pending (OCPP 1.6 4.2)."""
        return self.connected and self.registration in ("Accepted", "Pending")

    def may_write(self):
        """True when files may be written, and so flash erased: no contactor is closed."""
        for connector in self.charger.connectors:
            if connector.unit and (connector.unit.command or connector.unit.closed):
                return False
        return True

    def has(self, connector):
        """True for the number of one of the connectors, 0 excluded."""
        return 1 <= connector <= len(self.board.connectors)

    def spec(self, connector):
        """The board's description of a connector; the first one's for a number it does not have (a changed board)."""
        for spec in self.board.connectors:
            if spec.id == connector:
                return spec
        return self.board.connectors[0]

    def card_told(self, id_tag, answer, session=None):
        """An answer said what the central system thinks of a card: remembered, and acted upon for a running session."""
        info = id_tag_info(answer)
        if info is None:
            return
        if session and self.charger.session(session):
            self.charger.judged(session, info)
        else:
            self.charger.authorisation.learn(id_tag, info)

    def boot_soon(self):
        """Send BootNotification now, whatever its interval (TriggerMessage)."""
        self._boot_due = None
        self._again = True
        self._nudge.set()

    def beat_soon(self):
        """Send a Heartbeat now (TriggerMessage)."""
        self._beat_due = None
        self._beat_asked = True
        self._nudge.set()

    # Registration and heartbeat

    async def _presence(self):
        while True:
            if not self.connected:
                wait_ms = _LONGEST_S * 1000
            elif self._beat_asked and self.may_answer():
                await self._beat()
                continue
            elif self._again or not self.accepted:
                wait_ms = self._until(self._boot_due)
                if wait_ms <= 0:
                    await self._boot()
                    continue
            else:
                wait_ms = self._until(self._beat_due)
                if wait_ms <= 0:
                    await self._beat()
                    continue
            try:
                await asyncio.wait_for_ms(self._nudge.wait(), wait_ms)
            except asyncio.TimeoutError:
                pass
            self._nudge.clear()

    async def _boot(self):
        self._again = False
        try:
            answer = await self.exchange.call("BootNotification", self._who())
        except (Unanswered, CallError) as error:
            self.log.warning("ocpp", "not registered: %s" % (error,))
            self._boot_due = self._after(_RETRY_S)
            return
        self._set_clock(answer["currentTime"])
        status, interval = answer["status"], answer["interval"]
        if status != self.registration:
            self.log.info("ocpp", "registration " + status)
        self.registration = status
        # OCPP 1.6 4.2: a refused charge point neither asks nor answers until its interval has passed.
        self.exchange.deaf = status == "Rejected"
        if status == "Accepted":
            self._boot_due = None
            if interval > 0:
                self.configuration.keep("HeartbeatInterval", min(interval, _LONGEST_S))
            self._beat_due = self._after(self.settings.get("HeartbeatInterval") or _LONGEST_S)
            self.statuses.again()
            if self.connected:
                self.ready.set()
        else:
            self.ready.clear()
            self._boot_due = self._after(interval if interval > 0 else _RETRY_S)

    async def _beat(self):
        self._beat_due = self._after(self.settings.get("HeartbeatInterval") or _LONGEST_S)
        self._beat_asked = False
        try:
            answer = await self.exchange.call("Heartbeat", {})
            self._set_clock(answer["currentTime"])
        except (Unanswered, CallError) as error:
            self.log.debug("ocpp", str(error))

    def _who(self):
        identity = self._identity
        who = {
            "chargePointVendor": identity["vendor"][:20],
            "chargePointModel": identity["model"][:20],
            "chargePointSerialNumber": identity["serial"][:25],
            "chargeBoxSerialNumber": identity["serial"][:25],
            "firmwareVersion": identity["firmware"][:50],
        }
        for field in ("iccid", "imsi"):
            if identity.get(field):
                who[field] = identity[field][:20]
        who.update(self.charger_meter())
        return who

    def who_lines(self):
        """What BootNotification says, as lines for people."""
        who = self._who()
        return "".join(["%s: %s\n" % (field, who[field]) for field in sorted(who)])

    def charger_meter(self):
        """What the first meter is, as far as it has told."""
        told = {}
        meter = self.charger.connectors[0].meter
        if getattr(meter, "serial", None):
            told["meterSerialNumber"] = str(meter.serial)[:25]
        if getattr(meter, "profile", None) and getattr(meter.profile, "name", None):
            told["meterType"] = meter.profile.name[:25]
        return told

    def _set_clock(self, text):
        told = parse_iso8601(text)
        ours = self.clock.utc_s()
        if ours is None or abs(ours - told) > _CLOCK_TOLERANCE_S:
            self.clock.set_utc(told)
            self.transactions.clock_corrected()
            self.log.info("ocpp", "clock set to %s" % text)

    def _after(self, seconds):
        return self.clock.up_s() + seconds

    def _until(self, due_s):
        """Milliseconds to that second since boot; none without one."""
        return 0 if due_s is None else min(due_s - self.clock.up_s(), _LONGEST_S) * 1000

    # What comes

    def _up(self):
        if self.accepted:
            self.ready.set()
            self.statuses.look()
        elif self.registration is None:
            self._boot_due = None
        self._nudge.set()

    def _down(self):
        self.ready.clear()
        self.exchange.lost()
        self._nudge.set()

    def _handle(self, action, payload):
        if not schema.known(action):
            raise CallError("NotImplemented", "%s is not an action of OCPP 1.6" % action[:50])
        for profile in self._profiles:
            method = getattr(profile, "on_" + action, None)
            if method:
                schema.check(action, payload)
                return method(payload)
        raise CallError("NotSupported", "%s belongs to a profile this charger does not have" % action)

    def _setting_changed(self, name, value):
        if name == "HeartbeatInterval":
            self._beat_due = self._after(value or _LONGEST_S)
            self._nudge.set()

    def _charger_event(self, event):
        self.statuses.look()
        self.transactions.more()


def id_tag_info(answer):
    """The idTagInfo of an answer as charging knows it; None when there is none."""
    info = answer.get("idTagInfo")
    if info is None:
        return None
    expiry = info.get("expiryDate")
    expiry = parse_iso8601(expiry) if expiry else None
    return {"status": info["status"], "parent": info.get("parentIdTag"), "expiry": expiry}
