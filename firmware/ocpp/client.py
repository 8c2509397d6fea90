"""The charge point of OCPP 1.6J towards one central system: registration, heartbeat, and the parts put together."""
import asyncio

from micropython import const

from firmware.ocpp import http, schema
from firmware.ocpp.access import Access
from firmware.ocpp.certificates import CertificateProfile
from firmware.ocpp.configuration import Configuration
from firmware.ocpp.core import CoreProfile
from firmware.ocpp.events import SecurityEvents
from firmware.ocpp.exchange import Exchange, Unanswered
from firmware.ocpp.frames import CallError
from firmware.ocpp.late import LateReservations
from firmware.ocpp.link import Link
from firmware.ocpp.localauth import LocalAuthProfile
from firmware.ocpp.maintenance import MaintenanceProfile
from firmware.ocpp.registration import Registration
from firmware.ocpp.sampling import Sampler
from firmware.ocpp.smartcharging import SmartChargingProfile
from firmware.ocpp.status import StatusReporter
from firmware.ocpp.transactions import Transactions
from firmware.ocpp.triggers import TriggerProfile
from firmware.ocpp.uploads import UploadProfile
from firmware.support.clock import parse_iso8601

_AGAIN_MS = const(5000)
_STEP_MS = const(500)
_UPLOAD_MS = const(60000)
_NOISE_S = const(3600)                  # between two security events about bad frames


class Central:
    """Facts: `connected`, `accepted` (registered since this boot), `queued` (transaction messages not yet delivered).

    `charger` is told what the central system wants and offers its events; `reset(cause)` restarts and never returns.
    `board` gives the connectors, `identity` what BootNotification says, `files` the folder for what must last;
    `credentials` and `security` as in storage. As `charger.authorisation.authority` it answers for cards.
    """

    def __init__(self, charger, settings, journal, network, clock, log, random, identity, board, reset, files, credentials, security):
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
        self.shelf = credentials.shelf
        self.credentials = credentials
        self._network = network
        self.security = security
        self.ready = asyncio.Event()
        self.access = Access(settings, credentials, charger.stall, security, log, self.serial)
        self.link = Link(network, settings, clock, log, random, self.access)
        self.link.on_up = self._up
        self.link.on_down = self._down
        self.exchange = Exchange(self.link, settings, log, random)
        self.exchange.handle = self._handle
        self.exchange.on_bad = self._bad_frame
        self.observe = self.exchange.observe
        self.registration = Registration(self, self.who)
        self.statuses = StatusReporter(self)
        self.transactions = Transactions(self, journal)
        self.sampler = Sampler(self)
        self.smart = SmartChargingProfile(self, self.shelf)
        self.cards = LocalAuthProfile(self, files)
        self.maintenance = MaintenanceProfile(self)
        self.certificates = CertificateProfile(self, credentials, security)
        self.uploads = UploadProfile(self, security)
        self.events = SecurityEvents(self, security)
        self._profiles = [CoreProfile(self), TriggerProfile(self), self.smart, self.cards, self.maintenance, self.certificates,
                          self.uploads]
        self._steps = [self.sampler, self.smart, self.cards, self.certificates]
        self._profiles.append(LateReservations(self))
        self.configuration = Configuration(settings, self.access)
        charger.observe(self._charger_event)
        charger.authorisation.authority = self

    @property
    def connected(self):
        return self.link.connected

    @property
    def accepted(self):
        return self.registration.status == "Accepted"

    @property
    def queued(self):
        return self.transactions.queued

    async def run(self):
        """For ever: the link, and what is said over it."""
        parts = self.statuses, self.transactions, self.maintenance, self.registration, self.events
        tasks = [asyncio.create_task(self._keep(part)) for part in parts] + [asyncio.create_task(self._step())]
        try:
            await self._keep(self.link)
        finally:
            for task in tasks:
                task.cancel()

    def serve(self, profile):
        """Let a profile answer, and step, that was not there from the beginning."""
        self._profiles.insert(0, profile)
        self._steps.append(profile)

    async def _keep(self, part):
        """Run a part to its end, if it has one: what goes wrong in it is logged and must neither end it nor the charging."""
        while True:
            try:
                return await part.run()
            except Exception as error:
                self._failed(part, error)
            await asyncio.sleep_ms(_AGAIN_MS)

    async def _step(self):
        """What is looked at each half second."""
        while True:
            for part in self._steps:
                try:
                    part.step()
                except Exception as error:
                    self._failed(part, error)
            await asyncio.sleep_ms(_STEP_MS)

    def _failed(self, part, error):
        self.log.error("ocpp", "%s failed: %r" % (type(part).__name__, error))

    async def close(self):
        """Close the connection in good order, as before a restart."""
        await self.link.close()

    async def call(self, action, payload):
        """See `Exchange.call`; only for those who have waited for `ready`."""
        return await self.exchange.call(action, payload)

    async def tell(self, action, payload):
        """Say something once somebody can be told; nobody minds whether it was heard."""
        if not self.may_answer():
            await self.ready.wait()
        try:
            await self.call(action, payload)
        except (Unanswered, CallError) as error:
            self.log.info("ocpp", str(error))

    async def opened(self):
        """Until every contactor is open."""
        while not self.may_write():
            await asyncio.sleep(1)

    async def upload(self, url, pieces):
        """See `http.put`; gives up after a minute (TimeoutError)."""
        work = http.put(self._network, self.credentials, self.charger.stall, url, pieces)
        return await asyncio.wait_for_ms(work, _UPLOAD_MS)

    async def authorise(self, id_tag):
        """Ask for a card: {"status", "parent", "expiry" (UTC seconds or None)}; None when nobody can be asked."""
        if not self.ready.is_set():
            return None
        try:
            answer = await self.call("Authorize", {"idTag": id_tag})
        except (Unanswered, CallError) as error:
            self.log.warning("ocpp", "card not judged: %s" % (error,))
            return None
        return self._compared(id_tag, id_tag_info(answer))

    def may_answer(self):
        """True when a message the central system has asked for may be sent: Accepted, or Pending (OCPP 1.6 4.2)."""
        return self.connected and self.registration.status in ("Accepted", "Pending")

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
        self._compared(id_tag, info)
        if session and self.charger.session(session):
            self.charger.judged(session, info)
        else:
            self.charger.authorisation.learn(id_tag, info)

    def _compared(self, id_tag, info):
        """`info`, once it is known whether the local list says the same of the card."""
        how, known = self.charger.authorisation.known(id_tag)
        if how == "list" and known["status"] != info["status"] and info["status"] != "ConcurrentTx":
            self.log.warning("ocpp", "the local list says %s of a card, the central system %s" % (known["status"], info["status"]))
            self.statuses.conflict()
        return info

    # Who we are

    def who(self):
        """What BootNotification says."""
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

    def charger_meter(self):
        """What the first meter is, as far as it has told."""
        told = {}
        meter = self.charger.connectors[0].meter
        if getattr(meter, "serial", None):
            told["meterSerialNumber"] = str(meter.serial)[:25]
        if getattr(meter, "profile", None) and getattr(meter.profile, "name", None):
            told["meterType"] = meter.profile.name[:25]
        return told

    # What comes

    def _up(self):
        if self.accepted:
            self.ready.set()
            self.statuses.look()
        self.registration.link_changed()

    def _down(self):
        self.ready.clear()
        self.exchange.lost()
        self.registration.link_changed()

    def registered(self, status):
        """What the central system makes of us. A refused charge point neither asks nor answers (OCPP 1.6 4.2)."""
        self.exchange.deaf = status == "Rejected"
        if status != "Accepted":
            self.ready.clear()
        else:
            self.statuses.again()
            if self.connected:
                self.ready.set()

    def _handle(self, action, payload):
        if not schema.known(action):
            raise CallError("NotImplemented", "%s is nothing that OCPP 1.6 lets a central system ask" % action[:50])
        for profile in self._profiles:
            method = getattr(profile, "on_" + action, None)
            if method:
                schema.check(action, payload)
                return method(payload)
        raise CallError("NotSupported", "%s belongs to a profile this charger does not have" % action)

    def _bad_frame(self, text):
        self.security.put("InvalidMessages", text, _NOISE_S)

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
