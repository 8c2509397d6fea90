"""One connector: from waiting over a session to its end. What it may do is decided here, whether it is safe below.

`step` is called some ten times a second and never waits: the contactor, the vehicle and the meter are facts that are
read, the journal is written at once. A session's BEGIN is in the journal before its first permit, its END before anybody
is told.
"""
from micropython import const

from firmware.charging.course import Course, lasting_fault
from firmware.charging.limits import Limits
from firmware.charging.session import STARTING, Session
from firmware.charging.tokens import Token
from firmware.storage import records
from firmware.storage.journal import JournalFull

_METER_AGE_MS = const(5000)             # a register this old is still the register, with the contactor open
_SETTLE_MS = const(500)                 # a meter's register follows the current by so much
_PATIENCE_MS = const(5000)              # before a start is refused for want of a meter, a session resumed for want of a plug
_FINAL_MS = const(60000)                # so long an end waits for the meter; then the last known register stands
_WELD_MS = const(5000)                  # contacts that are live so long after the command are welded, not late
_CAP_MS = const(120000)


class Connector:
    """Facts: id, spec, unit (safety's), meter (or None), session (or None), last (the session before), token (or None),
    limits, reserved (or None), plugged, spent (a session has ended and the same plug is still in), status. `house` is the
    Charger, for what all connectors share.
    """

    def __init__(self, house, spec, unit, meter):
        self.id = spec.id
        self.spec = spec
        self.unit = unit
        self.meter = meter
        self.session = None
        self.last = None
        self.token = None
        self.reserved = None
        self.spent = False
        self.plugged_s = None           # when the plug that waits came in
        self.found = None               # session.Found: one the last boot left open
        self.limits = Limits(spec.rating_ma)
        self.status = "available"
        self._house = house
        self._clock = house.clock
        self._ticks = house.clock.ticks_ms()
        self._open_ms = self._off_ms = self._wait_ms = 0
        self._course = None
        self._refused = ""

    # What others read

    @property
    def plugged(self):
        return self.unit.plugged

    @property
    def waiting(self):
        """Plugged, and nobody has authorised yet."""
        return self.unit.plugged and self.session is None and self.token is None and self.found is None

    @property
    def free(self):
        """A token could be put here."""
        return self.session is None and self.token is None and self.found is None and self._house.operative(self.id)

    @property
    def why(self):
        """Why it does not charge, or "charging"."""
        return "no session: " + self._refused if self._refused else self.unit.why

    @property
    def temperature_dc(self):
        """Tenths of a degree, None where a sensor does not answer."""
        return self._house.core.thermal.hottest_dc

    def refusal(self, token=None):
        """Why no session may begin here, None when one may."""
        if not self._house.accepting:
            return "restart"
        if not self._house.operative(self.id):
            return "unavailable"
        if token and self.reserved and not self.reserved.allows(token):
            return "reserved"
        fault = lasting_fault(self._house.core, self.unit)
        return "fault:" + fault if fault else None

    def meter_ready(self):
        """The meter's register was read while the contactor was open, after all that flowed had been counted."""
        meter = self.meter
        if meter is None or meter.state != "ok" or meter.energy_wh is None:
            return False
        age_ms = meter.age_ms()
        return age_ms is not None and age_ms <= _METER_AGE_MS and age_ms + _SETTLE_MS <= self._open_ms

    # The step

    def step(self):
        """Look at the facts once more and act on them."""
        ticks = self._clock.ticks_ms()
        dt_ms = min(max(self._clock.since(self._ticks), 0), _CAP_MS)
        self._ticks = ticks
        self._watch(dt_ms)
        if self.found is not None:
            self._recover()
        elif self.session is None:
            self._wait()
        elif not self.session.ending:
            self._course.step(dt_ms)
        if self.session is not None and self.session.ending:
            self._finish()
        status = self._status()
        if status != self.status:
            self.status = status
            self._house.emit("status", self, status)

    def _watch(self, dt_ms):
        """How long the contactor has been open, and the plug been in."""
        unit = self.unit
        self._off_ms = 0 if unit.command else min(self._off_ms + dt_ms, _CAP_MS)
        live = unit.command or (unit.closed and self._off_ms < _WELD_MS)
        self._open_ms = 0 if live else min(self._open_ms + dt_ms, _CAP_MS)
        self._wait_ms = min(self._wait_ms + dt_ms, _CAP_MS)
        if not unit.plugged:
            self.spent = False
            self.plugged_s = None
        elif self.plugged_s is None:
            self.plugged_s = self._clock.up_s()

    # Waiting

    def _wait(self):
        self._free_vend()
        token = self.token
        if token and token.over(self._clock):
            self._drop_token("card.expired")
        if self.token is None or not self.plugged:
            self._wait_ms = 0
            if self._refused or not self.plugged:
                self._refused = ""
                self.unit.permit.revoke()
            return
        why = self.refusal(token)
        if why is None and not self.meter_ready() and not self._house.settings.get("AllowWithoutMeter"):
            if self._wait_ms < _PATIENCE_MS:
                return
            why = "meter"
        why = why or self._begin(token)
        if why and why != self._refused:
            self._house.log.warning("charging", "connector %d: no session for %s: %s" % (self.id, token.id_tag, why))
            self._house.emit("start.refused", self, why)
            self.unit.permit.revoke("no session: " + why)
        self._refused = why or ""

    def _free_vend(self):
        get = self._house.settings.get
        wanted = get("FreeVendActive") and self.plugged
        if self.token is None and wanted and self.waiting and not self.spent:
            self.token = Token(get("FreeVendIdTag"), "", "free_vend", None)
        elif self.token and self.token.how == "free_vend" and not wanted:
            self.token = None

    def _drop_token(self, what):
        token, self.token = self.token, None
        self._house.emit(what, self, token.id_tag)

    def _begin(self, token):
        """BEGIN into the journal, read back, and only then the course that grants a permit. Why not, or None."""
        house = self._house
        salt = int.from_bytes(house.random(4), "little")
        wh = self.meter.energy_wh if self.meter and self.meter.energy_wh is not None else 0
        reservation = self.reserved.id if self.reserved else None
        payload = records.encode_begin(self.id, salt, wh, reservation, token.id_tag, token.parent, token.how)
        try:
            seq = house.journal.append(records.BEGIN, payload)
        except (JournalFull, OSError) as error:
            house.log.error("charging", str(error))
            return "journal"
        self.token = self.reserved = None
        self._run(Session(next(house.journal.records(seq))))
        self._course.sampling.edge(records.AT_BEGIN)
        house.emit("session.started", self, token.how)
        return None

    def keep_register(self):
        """Journal the running session's register and time, before they are told: an end found after a cut is not before them."""
        self._course.sampling.keep()

    def _run(self, session):
        session.follow(self.meter)
        self.session = session
        self.spent = True
        self._house.keep_open()
        self._course = Course(self._house, self)

    # A session found at boot

    def _recover(self):
        found, meter = self.found, self.meter
        if meter is not None and meter.state != "ok" and self._wait_ms < _FINAL_MS:
            return
        resume = self._house.settings.get("ResumeAfterPowerLoss") == "resume" and not found.ending
        if resume and not self.plugged and self._wait_ms < _PATIENCE_MS:
            return
        session = found.settle(meter, self.spec, self._house.settings, self._house.journal.scarcity)
        if resume and self.plugged and not self.refusal():
            self.found = None
            session.resumed = True
            self._run(session)
            self._course.edge("resumed", found.reason)
            self._course.sampling.edge(records.RESUMED)
            self._house.emit("session.resumed", self, found.reason)
            return
        session.end(found.ending or found.reason, found.ended_by)
        session.ended_at = found.at
        if self._write_end(session):
            self.found = None
            # Who is served without a card is served again when the supply is back.
            self.spent = self.plugged and session.why_began != "free_vend"
            self._house.keep_open()

    # A session's end

    def _finish(self):
        """Wait for the contactor to open and for the meter to have counted all, then write the end."""
        session = self.session
        if session.ended_at is None:
            session.ended_at = (self._house.journal.boot, self._clock.up_s(), self._clock.utc_s())
            self._course.stop()
        session.read(self.meter)
        ready = self.meter_ready()
        if self._open_ms == 0 or not (ready or self.meter is None or self._open_ms >= _FINAL_MS):
            return
        session.sure = ready
        self._course.sampling.edge(records.AT_END)
        if self._write_end(session):
            self.session = self._course = None
            self._house.keep_open()
            if session.reason != "unplugged" or self._house.settings.get("UnlockConnectorOnEVSideDisconnect"):
                self.unit.release_plug()

    def _write_end(self, session):
        house = self._house
        payload = records.encode_end(
            session.seq, session.register_wh, session.sure, session.ended_at, session.reason, session.ended_by)
        try:
            house.journal.append(records.END, payload)
        except (JournalFull, OSError) as error:
            house.log.error("charging", "the end of session %s waits: %s" % (session.id, error))
            return False
        session.ended = True
        self.last = session
        house.emit("session.ended", self, session.reason, session)
        return True

    # Status

    def _status(self):
        told = [fault.status for fault in self.unit.faults] if self.unit.book.active else ()
        if "Faulted" in told:
            return "faulted"
        session = self.session
        if session is not None or self.found is not None:
            if session is None or session.ending:
                return "finishing"
            return "preparing" if session.state == STARTING else session.state
        if not self._house.operative(self.id) or "Unavailable" in told:
            return "unavailable"
        if self.plugged:
            return "finishing" if self.spent and self.token is None else "preparing"
        if self.token is not None:
            return "preparing"
        return "reserved" if self.reserved else "available"
