"""The charger as a whole: its connectors, who may charge where, and what all faces ask of it.

Cards, central system, console and local page come in here and nowhere else; what happens is told to observers.
"""
import asyncio

from micropython import const

from firmware.charging import reasons
from firmware.charging.authorisation import Authorisation, same_group, same_text
from firmware.charging.connector import Connector
from firmware.charging.stall import PlannedStall
from firmware.charging.tokens import Tokens
from firmware.support import ondemand

_STEP_MS = const(100)


class Event:
    """what ("session.started", "session.suspended", "session.resumed", "session.ended", "stopping", "start.refused",
    "status", "card.accepted", "card.refused", "card.cancelled", "card.expired"), connector (None: the charger), session
    (or None), reason (of a status: the status; of a card: why, or its idTag).
    """

    def __init__(self, what, connector, session, reason):
        self.what = what
        self.connector = connector
        self.session = session
        self.reason = reason


class Charger:
    """`board`, `core`, `meters`, `journal` (opened), `settings`, `clock`, `log` as elsewhere; `random(n)` gives n bytes.

    Sessions found open in the journal were cut short by `reset_cause` (as the hal has it). Facts: `connectors`,
    `authorisation`, `accepting` (False once a restart was asked for), `tokens`, `stall`.
    """

    def __init__(self, board, core, meters, journal, settings, clock, log, random, reset_cause="power_on"):
        self.board = board
        self.core = core
        self.journal = journal
        self.settings = settings
        self.clock = clock
        self.log = log
        self.random = random
        self.accepting = True
        self.tokens = Tokens(self)
        self.stall = PlannedStall(self)
        self.authorisation = Authorisation(settings, clock)
        self.connectors = [
            Connector(self, spec, core.unit(spec.id), meters[i]) for i, spec in enumerate(board.connectors)]
        self._observers = []
        self._judging = []
        self._tasks = []
        self._take_limit("MaxCurrentA", settings.get("MaxCurrentA"))
        settings.watch(self._take_limit)
        self._recover(reset_cause)

    # For all faces

    def observe(self, callback):
        """Have `callback(event)` called for each `Event`, in order, from the step that made it."""
        self._observers.append(callback)

    def connector(self, connector_id):
        """The connector of that number, None for none."""
        for connector in self.connectors:
            if connector.id == connector_id:
                return connector
        return None

    def session(self, session_id):
        """The running session of that id (text) or journal sequence (int), None for none."""
        for connector in self.connectors:
            session = connector.session
            if session is not None and session_id in (session.id, session.seq):
                return session
        return None

    # Cards

    def card(self, id_tag):
        """A card was tapped: `present_card` as a task of its own."""
        self._spawn(self.present_card(id_tag))

    async def present_card(self, id_tag):
        """A card: stops the session it began, else begins one where a vehicle waits or where one is plugged in next."""
        own = self._running(lambda session: same_text(session.id_tag, id_tag))
        if own:
            own.end("card", id_tag)
            self.emit("card.accepted", self.connector(own.connector), "stop")
            return
        if self._let_cable_go(id_tag):
            return
        if self.tokens.forget(id_tag) or id_tag in self._judging:
            return
        self._judging.append(id_tag)
        try:
            verdict = await self.authorisation.authorise(id_tag)
        finally:
            self._judging.remove(id_tag)
        if not verdict.accepted:
            self.emit("card.refused", None, verdict.status)
            return
        group = self._running(lambda session: same_group(session.parent, verdict.parent))
        if group:
            group.end("card", id_tag)
            self.emit("card.accepted", self.connector(group.connector), "stop")
            return
        why = self.tokens.place(self.tokens.new(id_tag, verdict.parent, verdict.how))
        if why:
            self.emit("card.refused", None, why)
        else:
            self.emit("card.accepted", None, verdict.how)

    def _let_cable_go(self, id_tag):
        """The card of the session before opens the lock that UnlockConnectorOnEVSideDisconnect left closed."""
        for connector in self.connectors:
            if connector.unit.kept and connector.session is None and connector.last and same_text(connector.last.id_tag, id_tag):
                connector.unit.release_plug()
                self.emit("card.accepted", connector, "unlock")
                return True
        return False

    def judged(self, session_id, info):
        """The central system's later word on the card of a running session: {"status", "parent", "expiry"}."""
        session = self.session(session_id)
        if session is None:
            return
        self.authorisation.learn(session.id_tag, info)
        if info["status"] != "Accepted":
            if not session.invalid:
                session.invalid, session.invalid_at_wh = True, session.wh
        elif info["parent"]:
            session.parent = info["parent"]

    # Remote

    def remote_start(self, id_tag, connector_id=None):
        """Begin a session for `id_tag`, or wait ConnectionTimeOut for the plug. False where that cannot be."""
        token = self.tokens.new(id_tag, "", "remote")
        if not self.tokens.candidates(token, connector_id):
            return False
        if self.settings.get("AuthorizeRemoteTxRequests"):
            self._spawn(self._authorised_start(token, connector_id))
            return True
        return self.tokens.place(token, connector_id) is None

    async def _authorised_start(self, token, connector_id):
        verdict = await self.authorisation.authorise(token.id_tag)
        token.parent = verdict.parent
        why = self.tokens.place(token, connector_id) if verdict.accepted else verdict.status
        if why:
            self.emit("card.refused", self.connector(connector_id), why)

    def local_start(self, id_tag, connector_id):
        """Begin a session there for a person at the charger who answers for it. Why not, or None."""
        return self.tokens.place(self.tokens.new(id_tag, "", "local"), connector_id)

    def remote_stop(self, session_id, reason="remote"):
        """End a running session (its id, or the sequence of its BEGIN). False where there is none."""
        session = self.session(session_id)
        if session is None or session.ending:
            return False
        session.end(reason)
        return True

    async def unlock(self, connector_id, timeout_ms=10000):
        """End what runs there and let the plug go: "unlocked", "failed" or "unsupported"."""
        connector = self.connector(connector_id)
        if connector is None or not connector.spec.lock:
            return "unsupported"
        if connector.session is not None:
            connector.session.end("unlock")
        began = self.clock.ticks_ms()
        while connector.session is not None or connector.unit.locked:
            if connector.session is None:
                connector.unit.release_plug()
            if self.clock.since(began) > timeout_ms:
                return "failed"
            await asyncio.sleep_ms(_STEP_MS)
        return "unlocked"

    async def stop_all(self, reason, timeout_ms=15000):
        """End every session and begin no other, before a restart ("soft", "hard", or a key of reasons.ENDED).

        True once all ends are in the journal.
        """
        self.accepting = False
        self.tokens.waiting = []
        reason = reasons.AFTER_RESET.get(reason, reason)
        began = self.clock.ticks_ms()
        while True:
            running = [connector.session for connector in self.connectors if connector.session is not None]
            for session in running:
                session.end(reason)
            if not running:
                return True
            if self.clock.since(began) > timeout_ms:
                return False
            await asyncio.sleep_ms(_STEP_MS)

    # Availability

    def operative(self, connector_id):
        """True unless that connector or the whole charger (0) was taken out of service."""
        out = self.settings.get("Inoperative")
        return "0" not in out and str(connector_id) not in out

    def set_availability(self, connector_id, operative):
        """Take a connector (0: the charger) out of service or back, for ever. "accepted", "scheduled" (a session runs; it
        counts once that has ended) or "rejected" (no such connector).
        """
        if connector_id != 0 and self.connector(connector_id) is None:
            return "rejected"
        out = [number for number in self.settings.get("Inoperative") if number != str(connector_id)]
        if connector_id == 0 and operative:
            out = []
        if not operative:
            out.append(str(connector_id))
        self.settings.set("Inoperative", tuple(sorted(out)), inside=True)
        for connector in self.connectors:
            if connector_id in (0, connector.id) and connector.session is not None:
                return "accepted" if operative else "scheduled"
        return "accepted"

    def reserve(self, connector_id, reservation):
        """Keep a connector for a `Reservation` (None: give it free). False where it is not free."""
        connector = self.connector(connector_id)
        if connector is None or (reservation is not None and (not connector.free or connector.plugged)):
            return False
        connector.reserved = reservation
        return True

    # Running

    async def run(self):
        """For ever."""
        try:
            while True:
                self.step()
                await asyncio.sleep_ms(_STEP_MS)
        finally:
            for task in self._tasks:
                task.cancel()

    def step(self):
        """One pass over everything; never waits."""
        self.tokens.hand_out()
        for connector in self.connectors:
            connector.step()

    def emit(self, what, connector, reason, session=None):
        """Tell all observers."""
        event = Event(what, connector, session or (connector.session if connector else None), reason)
        for callback in self._observers:
            callback(event)

    def keep_open(self):
        """Hold in the journal what the sessions that run would need after a power cut."""
        held = [connector.session.seq for connector in self.connectors if connector.session is not None]
        held += [connector.found.record.seq for connector in self.connectors if connector.found is not None]
        self.journal.keep("charging", min(held) if held else None)
        if not self.settings.get("CsmsUrl"):
            self.journal.keep("ocpp", None)     # nobody will ask for what has ended

    def _recover(self, reset_cause):
        for found in ondemand.load("firmware.charging.recovery").scan(self.journal, reset_cause):
            connector = self.connector(found.connector)
            if connector is None or connector.found is not None:
                self.log.error("charging", "session %s has no connector any more" % found.session.id)
            else:
                connector.found = found
                connector.unit.known = True
        ondemand.release("firmware.charging.recovery")
        self.keep_open()

    def _take_limit(self, name, value):
        if name == "MaxCurrentA":
            for connector in self.connectors:
                connector.limits.set("user", value * 1000)

    def _running(self, wanted):
        """The newest running session for which `wanted(session)` holds."""
        best = None
        for connector in self.connectors:
            session = connector.session
            if session is not None and not session.ending and wanted(session) and (best is None or session.seq > best.seq):
                best = session
        return best

    def _spawn(self, coroutine):
        self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(asyncio.create_task(coroutine))
