"""The course of one running session on its connector: permit, limits, suspensions, samples, and what ends it."""
from micropython import const

from firmware.charging import reasons, samples
from firmware.charging.session import CHARGING, STARTING, SUSPENDED_CHARGER, SUSPENDED_VEHICLE
from firmware.safety import faults
from firmware.storage import records
from firmware.storage.journal import JournalFull

_GRANT_MS = const(500)                  # a permit lives 2 s
_METER_LOST_S = const(60)
_REACTION_MS = const(3000)              # a vehicle's time to answer the first offer
_SETTLED_MS = const(1000)
_PAUSE_MS = const(10000)                # safety's own pauses, and waking a sleeping vehicle, are shorter
_START_MS = const(15000)                # lock, self-test and first offer
_EDGE_S = const(10)                     # between two edges that are worth flash



def lasting_fault(core, unit):
    """The first fault that does not pass by itself, None when there is none."""
    if core.dead:
        return "safety_core"
    book = unit.book
    lasting = faults.names(book.active & (book.unplug | book.latched) & core.blocking)
    return lasting[0] if lasting else None


class Course:
    """Runs `connector.session` from its BEGIN in the journal until it is `ending`."""

    def __init__(self, house, connector):
        self._house = house
        self._connector = connector
        self._clock = house.clock
        self._state = STARTING
        self._state_ms = 0
        self._grant_ms = 0
        self._granted = None
        self._edge_s = self._drawn_s = self._taken_s = self._metered_s = house.clock.up_s()
        self.sampling = samples.Sampling(connector, house.journal, house.settings, house.clock)
        connector.limits.set("card", None)
        connector.limits.set("meter", None)
        connector.unit.begin_session()
        self._grant()

    def step(self, dt_ms):
        """What ends the session, what limits it, what state it is in; then the permit and the samples."""
        connector, session = self._connector, self._connector.session
        session.read(connector.meter)
        fault = lasting_fault(self._house.core, connector.unit)
        if fault:
            session.end(reasons.of_fault(fault))
        elif not connector.plugged and self._house.settings.get("StopTransactionOnEVSideDisconnect"):
            session.end("unplugged")
        else:
            self._judge_card(session)
            self._judge_meter()
            self._judge_state(session, dt_ms)
        if session.ending:
            return
        self._grant_ms += dt_ms
        if self._grant_ms >= _GRANT_MS or connector.limits.current() != self._granted:
            self._grant()
        self.sampling.step()

    def stop(self):
        """The session is to end: withdraw the permit. Should the supply go before the end is written, the journal knows."""
        session = self._connector.session
        self._connector.unit.end_session("session is over: " + session.reason)
        self.edge("ending:" + session.ended_by, session.reason)
        self._house.emit("stopping", self._connector, session.reason)

    def edge(self, what, why):
        """Write an edge; where there is no room for it, those who listen now know it."""
        session = self._connector.session
        self._edge_s = self._clock.up_s()
        payload = records.encode_edge(session.seq, session.register_wh, self._connector.unit.limit_ma, what, why)
        try:
            self._house.journal.append(records.EDGE, payload)
        except (JournalFull, OSError) as error:
            self._house.log.debug("charging", str(error))

    def _grant(self):
        self._granted = self._connector.limits.current()
        self._grant_ms = 0
        self._connector.unit.permit.grant(*self._granted)

    def _judge_card(self, session):
        """StopTransactionOnInvalidId and MaxEnergyOnInvalidId, for a card refused after the session had begun."""
        get = self._house.settings.get
        refused = session.invalid and session.wh - session.invalid_at_wh >= get("MaxEnergyOnInvalidId")
        if refused and get("StopTransactionOnInvalidId"):
            session.end("deauthorised")
        self._connector.limits.set("card", 0 if refused else None)

    def _judge_meter(self):
        """Energy that nobody counts is not sold: after a minute without the meter the session waits for it."""
        now, meter = self._clock.up_s(), self._connector.meter
        if self._house.settings.get("AllowWithoutMeter") or (meter is not None and meter.state == "ok"):
            self._metered_s = now
        self._connector.limits.set("meter", 0 if now - self._metered_s >= _METER_LOST_S else None)

    def _judge_state(self, session, dt_ms):
        """Charging or suspended, and by whom. A state must last before it counts; charging counts at once."""
        now = self._clock.up_s()
        state, why = self._look(session)
        self._state_ms = self._state_ms + dt_ms if state == self._state else 0
        self._state = state
        if state == CHARGING:
            self._drawn_s = self._taken_s = now
        elif state == SUSPENDED_CHARGER:
            self._taken_s = now
        if state not in (session.state, STARTING) and (state == CHARGING or self._state_ms >= self._patience(session, why)):
            first = session.state == STARTING
            session.state, session.state_why = state, why
            if now - self._edge_s >= _EDGE_S or state == CHARGING:
                self.edge(state, why)
            if state != CHARGING:
                self._house.emit("session.suspended", self._connector, why)
            elif not first:
                self._house.emit("session.resumed", self._connector, why)
        longest = self._house.settings.get("SuspendedIdleMaxS")
        if longest and now - self._drawn_s >= longest:
            session.end("idle")
        if not self._connector.spec.pilot:
            self._open_circuit(session, now)

    def _open_circuit(self, session, now):
        """An outlet's vehicle says nothing: that it takes nothing for long, though it could, is all there is to see of its end."""
        longest = self._house.settings.get("OutletEndS")
        if longest and now - self._taken_s >= longest:
            session.end("no_load")

    def _patience(self, session, why):
        if session.state != STARTING:
            return _PAUSE_MS if why in ("pause", "stall") else _SETTLED_MS
        if self._state == SUSPENDED_VEHICLE:
            return _REACTION_MS
        return _SETTLED_MS if self._connector.unit.book.active & self._house.core.blocking else _START_MS

    def _look(self, session):
        """(state, why) as the facts are now."""
        unit = self._connector.unit
        if not unit.plugged:
            return SUSPENDED_VEHICLE, "unplugged"
        if unit.offered:
            if not unit.energy_wanted:
                return SUSPENDED_VEHICLE, "vehicle"
            # Wanted and not yet closed is on its way: what was, stays.
            return (CHARGING, "vehicle") if unit.command else (session.state, session.state_why)
        blocking = faults.names(unit.book.active & self._house.core.blocking)
        if blocking:
            return SUSPENDED_CHARGER, "fault:" + blocking[0]
        current_ma, by = self._connector.limits.current()
        if current_ma < unit.floor_ma:
            return SUSPENDED_CHARGER, by
        return SUSPENDED_CHARGER, unit.limit_by if unit.limit_ma < unit.floor_ma else "pause"
