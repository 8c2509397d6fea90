"""One connector with a control pilot: state is letter x offered, and the contactor is closed by proof alone.

Transitions T1..T15 are the rows of the table in `firmware/README.md`, after IEC 61851-1 Table A.6.
Everything marked TICK runs under `heap_lock()`; functions stay small so that no frame spills to the heap.
"""
from micropython import const

from firmware.safety import events, faults, limits, pilot, reasons
from firmware.safety.ages import Ages
from firmware.safety.contactor import Contactor
from firmware.safety.faultbook import FaultBook
from firmware.safety.lock import Lock
from firmware.safety.permit import Permit
from firmware.safety.proximity import Proximity
from firmware.safety.residual import Residual
from firmware.safety.supply import Supply

_OPEN = faults.mask("action", "open")
_STOP = faults.mask("action", "stop")
_REFUSE = faults.mask("action", "refuse")
_BLOCKING = _OPEN | _STOP | _REFUSE
_INVALID = faults.bit("pilot_invalid")
_SHORT = faults.bit("pilot_short")
_DIODE = faults.bit("diode")
_BLIND = faults.bit("pilot_blind")
_LEASE = faults.bit("lease")

# Ages kept per connector
(_LETTER, _EDGE, _X1, _OPENED, _FAULT, _DIODE_FOR, _DIODE_LAST, _ODD, _INCREASE, _ASKED, _PULSE) = range(11)
_RELAY_MASK_MS = const(40)              # own: so long after a relay edge only A and E are believed at once
_PLUG_WINDOWS = const(3)


class Unit:
    """Facts for others: `letter` ("A".."E", "INVALID"), `offered`, `plugged`, `command`, `closed`, `locked`,
    `energy_wanted`, `limit_ma`, `limit_by`, `offered_ma`, `duty`, `cable_ma`, `faults`, `why`.
    What others may do: `permit.grant/revoke`, `begin_session`, `end_session`, `release_plug`, `measured`, `clear`.
    """

    def __init__(self, core, io, spec, ring):
        self.id = spec.id
        self.spec = spec
        self.permit = Permit()
        self.book = FaultBook(spec.id, ring)
        self.contactor = Contactor(io.contactor, spec, spec.id, ring)
        self.residual = Residual(io.residual, spec.id, ring)
        self.proximity = Proximity(io.proximity) if io.proximity else None
        self.lock = Lock(io.lock, spec.id, ring) if io.lock else None
        self.supply = Supply(spec.rating_ma, spec.meter is not None, core.random_byte)
        self.seen = pilot.A
        self.offered = False
        self.plugged = False
        self.direct = False             # T2: the vehicle went straight from A to C
        self.limit_ma = 0
        self.limit_by = "lease"
        self.offered_ma = 0
        self.duty = limits.DUTY_X1
        self.hold_plug = True
        self.cause = reasons.UNPLUGGED
        self._missed = False
        self._left = False
        self._windows = 0
        self._core = core
        self._pilot = io.pilot
        self._ring = ring
        self._ages = Ages(11)
        self._ages.restart(_X1)
        io.pilot.drive(limits.DUTY_X1)

    # What others read

    @property
    def letter(self):
        return pilot.LETTERS[self.seen]

    @property
    def command(self):
        return self.contactor.command

    @property
    def closed(self):
        return self.contactor.closed

    @property
    def locked(self):
        return bool(self.lock and self.lock.closed)

    @property
    def cable_ma(self):
        return self.proximity.cable_ma if self.proximity else self.spec.rating_ma

    @property
    def energy_wanted(self):
        return self.seen == pilot.C or self.seen == pilot.D

    @property
    def pilot_high_mv(self):
        return self._pilot.high_mv

    @property
    def pilot_low_mv(self):
        return self._pilot.low_mv

    @property
    def faults(self):
        """The active faults as rows of the table."""
        return [faults.fault(faults.NAMES.index(name)) for name in faults.names(self.book.active)]

    @property
    def why(self):
        """Why the contactor may not be closed: the first proof that fails; "charging" when it is."""
        return reasons.text(self)

    # What others may ask

    def begin_session(self):
        """A session begins: the residual-current monitor is tested again before anything is offered."""
        if not self.contactor.command:
            self.residual.due()
        self.hold_plug = True

    def end_session(self, why="waiting for authorisation"):
        self.permit.revoke(why)

    def release_plug(self):
        """Let the plug go once the contacts are proven dead (a new plug-in locks again)."""
        self.hold_plug = False

    def measured(self, volts_mv, amps_ma, frequency_mhz=0):
        """Meter facts as they come: three volts, three amperes (mV, mA), frequency in mHz (0: not told)."""
        self.supply.measured(volts_mv, amps_ma, frequency_mhz, self.spec.phases)

    def clear(self, name):
        """An authorised person clears the latched fault `name`. ValueError for an unknown name."""
        bits = faults.bit(name)
        if name == "residual_test":
            self.residual.again()
        self.book.clear(bits)
        self._ages.forget(_FAULT)

    # The tick

    def tick(self, dt_ms, bad):
        """TICK. One pass in the fixed order; `bad` is the mask of what the whole charger suffers from."""
        self._ages.grow(dt_ms)
        self.permit.tick(dt_ms)
        if self.residual.read() or bad & _OPEN:
            self._open(reasons.FAULT)
        bad |= self._read_pilot()
        bad |= self._watch(dt_ms)
        raised = self.book.settle(bad, dt_ms)
        if raised & _BLOCKING:
            self._fall(raised)
        self._choose_limit()
        self.cause = self._may_offer()
        self._switch()
        self._drive()

    def shut(self):
        """TICK. The tick failed or came late: nothing may stay closed."""
        self._open(reasons.FAULT)

    def _read_pilot(self):
        """T1, T2, T6, T10, T11, T13: two windows that agree change the letter; the second is taken at once."""
        io = self._pilot
        if self.duty == limits.DUTY_F:
            return 0
        io.sample()
        seen = pilot.classify(io, self.seen, self.offered)
        if seen != self.seen:
            self._core.wait_us(limits.CONFIRM_GAP_US)
            io.sample()
            again = pilot.classify(io, self.seen, self.offered)
            if again == self.seen:
                self._windows = 0
            elif again == seen:
                self._accept(seen)
            elif self.contactor.command:
                self._accept(pilot.INVALID)
        else:
            self._windows = 0
        self._diode()
        return self._judge_pilot()

    def _accept(self, seen):
        if self.contactor.command and self.contactor.since_edge_ms() < _RELAY_MASK_MS and seen != pilot.A and seen != pilot.E:
            return
        if self.seen == pilot.A and seen <= pilot.D:
            self._windows += 1
            if self._windows < _PLUG_WINDOWS:
                return
        self._windows = 0
        self._enter(seen)

    def _enter(self, seen):
        was = self.seen
        self.seen = seen
        ages = self._ages
        ages.restart(_LETTER)
        if seen == pilot.C or (seen == pilot.D and self._core.ventilated):
            if was != pilot.C and was != pilot.D:
                ages.restart(_ASKED)
        else:
            self._open(reasons.LETTER)
            self._missed = False
        if seen >= pilot.E and was < pilot.E:
            ages.restart(_ODD)
        self._ring.put(events.LETTER, self.id, seen, was)
        if seen == pilot.A:
            self._leave()
        elif seen <= pilot.D and not self.plugged:
            self._arrive(was == pilot.A and seen != pilot.B)

    def _arrive(self, direct):
        self.plugged = True
        self.direct = direct
        self.hold_plug = True
        self.residual.due()
        if self.proximity:
            self.proximity.forget()
        self._ring.put(events.PLUG, self.id, 1, 0)

    def _leave(self):
        """T10: the vehicle has gone; what it caused goes with it once A has lasted."""
        if self.plugged:
            self._ring.put(events.PLUG, self.id, 0, 0)
        self.plugged = False
        self._left = True
        if self.proximity:
            self.proximity.forget()

    def _diode(self):
        """-12 V is proof of the vehicle's diode, judged only while the PWM runs and the low phase was met."""
        ages = self._ages
        io = self._pilot
        if not self.offered:
            ages.restart(_DIODE_FOR)
            ages.restart(_DIODE_LAST)
        elif io.n_low >= limits.PILOT_MIN_SAMPLES:
            if io.low_mv > limits.DIODE_OK_MV:
                ages.restart(_DIODE_FOR)
            if io.low_mv <= limits.DIODE_FAIL_MV:
                ages.restart(_DIODE_LAST)

    def _judge_pilot(self):
        ms = self._ages.ms
        seen = self.seen
        if seen >= pilot.E:
            if ms[_ODD] < limits.INVALID_FAULT_MS:
                return 0
            return _SHORT if seen == pilot.E else _INVALID
        if seen != pilot.A and self.offered:
            patience = limits.DIODE_FAULT_MS if seen != pilot.B else limits.DIODE_REFUSE_MS
            if ms[_DIODE_LAST] >= patience:
                return _DIODE
        return _BLIND if self._pilot.interval_us > limits.BURST_INTERVAL_MAX_US else 0

    def _watch(self, dt_ms):
        """Everything beside the pilot, each returning the bits of what is wrong with it."""
        contactor = self.contactor
        bad = contactor.tick(dt_ms, self.supply.peak_ma)
        bad |= self.residual.tick(dt_ms, contactor.proven_open())
        if self.proximity:
            bad |= self.proximity.tick(dt_ms, self.plugged)
        if self.lock:
            bad |= self.lock.tick(dt_ms, self._wants_lock(), contactor.proven_open() and not contactor.poles)
        self.supply.tick(dt_ms, contactor.command, self.offered_ma)
        bad |= self.supply.bad | self._core.thermal.bad
        if self.permit.lapsed and contactor.command:
            bad |= _LEASE
        if self.supply.open_now or self._core.thermal.open_now:
            self._open(reasons.FAULT)
        if self.seen == pilot.A and self._ages.ms[_LETTER] >= limits.UNPLUG_CLEAR_MS:
            self._gone_for_good()
        return bad

    def _gone_for_good(self):
        """Letter A has lasted: what waited for the unplug is over, unless it is still there."""
        if self._left or self.book.unplug & ~self.book.present:
            self._left = False
            self.book.unplugged()
            self._ages.forget(_FAULT)
            self._ages.forget(_OPENED)

    def _wants_lock(self):
        return self.plugged and self.hold_plug and self.proximity.cable_ma is not None

    def _fall(self, raised):
        """T12: a fault that opens says F for 400 ms, so that the vehicle knows, then x1, so that an unplug is seen."""
        self._ages.restart(_FAULT)
        if raised & _OPEN:
            self._open(reasons.FAULT)
            if self.plugged:
                self._ages.restart(_PULSE)

    def _open(self, reason):
        if self.contactor.command:
            self._ages.restart(_OPENED)
            self.contactor.open(reason)

    def _choose_limit(self):
        """The one min() over everything that limits the current; who rules is told with it."""
        permit = self.permit
        self.limit_ma = permit.current_ma if permit.live else 0
        self.limit_by = permit.by
        if self.spec.rating_ma < self.limit_ma:
            self.limit_ma = self.spec.rating_ma
            self.limit_by = "board"
        if self.proximity and self.proximity.cable_ma is not None and self.proximity.cable_ma < self.limit_ma:
            self.limit_ma = self.proximity.cable_ma
            self.limit_by = "cable"
        if self._core.thermal.limit_ma < self.limit_ma:
            self.limit_ma = self._core.thermal.limit_ma
            self.limit_by = "temperature"
        if self.supply.limit_ma < self.limit_ma:
            self.limit_ma = self.supply.limit_ma
            self.limit_by = self.supply.limit_by

    def _may_offer(self):
        """T3's guards in order; the first that fails, or reasons.NONE."""
        if self.book.active & _BLOCKING:
            return reasons.FAULT
        if not self.plugged:
            return reasons.UNPLUGGED
        if self.seen > pilot.D:
            return reasons.LETTER
        if not self.permit.live:
            return reasons.PERMIT
        if self.limit_ma < limits.OFFER_MIN_MA:
            return reasons.LIMIT
        if self._core.refused:
            return reasons.GUARD
        return self._may_offer_here()

    def _may_offer_here(self):
        if self.lock and not self.lock.closed:
            return reasons.PROXIMITY if self.proximity.cable_ma is None else reasons.LOCK
        if self.contactor.command:
            return reasons.NONE if self.offered else self._may_resume()
        if not self.residual.passed:
            return reasons.SELF_TEST
        if self.offered:
            return self._in_time()
        ms = self._ages.ms
        if ms[_FAULT] < limits.FAULT_PAUSE_MS:
            return reasons.FAULT_PAUSE
        if ms[_OPENED] < limits.REOPEN_PAUSE_MS:
            return reasons.PAUSE
        return self._may_resume()

    def _may_resume(self):
        """T8: x2 again at once after a first offer, else three seconds after the last x2 -> x1."""
        if self._missed and self._ages.ms[_X1] < limits.REOPEN_PAUSE_MS:
            return reasons.LATE
        return reasons.X1_STEP if self._ages.ms[_X1] < limits.X1_STEP_MS else reasons.NONE

    def _in_time(self):
        """T5's end: not closed 2.5 s after C means x1, never a late close."""
        if self._asking() and self._asked_ms() >= limits.CLOSE_LATEST_MS:
            self._missed = True
            return reasons.LATE
        return reasons.NONE

    def _asking(self):
        return self.seen == pilot.C or (self.seen == pilot.D and self._core.ventilated)

    def _asked_ms(self):
        ms = self._ages.ms
        return ms[_ASKED] if ms[_ASKED] < ms[_EDGE] else ms[_EDGE]

    def _may_close(self):
        """T5: the conjunction of proofs beyond T3's, in order; the first that fails, or reasons.NONE."""
        if not self._asking():
            return reasons.VENTILATION if self.seen == pilot.D else reasons.VEHICLE
        if self._asked_ms() < limits.CLOSE_FILTER_MS:
            return reasons.FILTER
        if self._ages.ms[_DIODE_FOR] < limits.DIODE_PROOF_MS:
            return reasons.DIODE
        if not self.contactor.proven_open():
            return reasons.NOT_OPEN
        if self.residual.tripped or self.residual.testing:
            return reasons.SELF_TEST
        return reasons.NONE

    def _switch(self):
        """T5, T7: close on the last proof; a withdrawn offer leaves the vehicle six seconds."""
        contactor = self.contactor
        if contactor.command:
            if not self._asking() or self.book.active & _OPEN:
                self._open(reasons.LETTER)
            elif not self.offered and self._ages.ms[_X1] >= limits.STOP_UNDER_LOAD_MS:
                contactor.under_load += 1
                self._open(reasons.UNDER_LOAD)
        elif self.offered and self.cause == reasons.NONE:
            self.cause = self._may_close()
            if self.cause == reasons.NONE and self._core.may_close:
                contactor.close(reasons.NONE)

    def _drive(self):
        """The pilot's output: F while a fault is told, PWM while everything allows an offer, else +12 V."""
        ages = self._ages
        if ages.ms[_PULSE] < limits.FAULT_PULSE_MS:
            self._put(limits.DUTY_F, 0)
        elif self.cause > reasons.LAST_OF_OFFER or self.cause == reasons.NONE:
            self._offer(ages)
        else:
            self._put(limits.DUTY_X1, 0)

    def _offer(self, ages):
        current_ma = self.limit_ma
        if self.offered and current_ma > self.offered_ma and ages.ms[_INCREASE] < limits.INCREASE_PAUSE_MS:
            return
        self._put(pilot.duty_of(current_ma), current_ma)

    def _put(self, duty, current_ma):
        if duty == self.duty:
            return
        offered = limits.DUTY_F < duty < limits.DUTY_X1
        if offered != self.offered:
            self.offered = offered
            self._ages.restart(_EDGE)
            self._ages.restart(_DIODE_FOR)
            self._ages.restart(_DIODE_LAST)
            if not offered:
                self._ages.restart(_X1)
        if current_ma >= self.offered_ma:
            self._ages.restart(_INCREASE)
        else:
            self.supply.offer_reduced()
        self.duty = duty
        self.offered_ma = current_ma
        self._pilot.drive(duty)
        self._ring.put(events.OFFER, self.id, duty, current_ma)
