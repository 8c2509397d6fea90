"""A connector with a control pilot: state is letter x offered, and the contactor is closed by proof alone.

Transitions T1..T15 are the rows of the table in `firmware/README.md`, after IEC 61851-1 Table A.6.
"""
from micropython import const

from firmware.safety import events, faults, limits, pilot, reasons, unit

# Ages of its own, from unit.OWN_AGES on
_EDGE = const(3)
_X1 = const(4)
_DIODE_FOR = const(5)
_DIODE_LAST = const(6)
_ODD = const(7)
_INCREASE = const(8)
_ASKED = const(9)
_PULSE = const(10)
_WAKE = const(11)
_CLEAN = const(12)
_CHANGED = const(13)
_AGES = const(11)


class PilotUnit(unit.Unit):
    """See `unit.Unit`; besides `seen` (the letter as a number), `direct` (T2: the vehicle went straight from A to C),
    `shy` (it lets go for a moment whenever the offer changes: that is done seldom then, and in whole steps).

    `wake`, a setting: a vehicle that sleeps through 75 s of offer is woken by 4 s of F, once in a plug-in.
    """

    def __init__(self, core, io, spec, ring):
        super().__init__(core, io, spec, ring, _AGES)
        self.seen = pilot.A
        self.direct = False
        self.wake = True
        self.shy = False
        self._awake = False
        self._asks = False
        self.duty = limits.DUTY_X1
        self._missed = False
        self._windows = 0
        self._pilot = io.pilot
        self.ages.restart(_X1)
        self.ages.restart(unit.PLUG)
        io.pilot.drive(limits.DUTY_X1)

    @property
    def letter(self):
        return pilot.LETTERS[self.seen]

    @property
    def energy_wanted(self):
        return self.seen == pilot.C or self.seen == pilot.D

    @property
    def pilot_high_mv(self):
        return self._pilot.high_mv

    @property
    def pilot_low_mv(self):
        return self._pilot.low_mv

    def look(self):
        """T1, T2, T6, T10, T11, T13: two windows that agree change the letter; the second is taken at once."""
        io = self._pilot
        if self.duty == limits.DUTY_F:
            return 0
        io.sample()
        seen = pilot.classify(io, self.seen, self.offered)
        if seen != self.seen:
            self.ages.restart(_CLEAN)
            self.core.wait_us(limits.CONFIRM_GAP_US)
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
        self._note_asking()
        self._diode()
        return self._judge_pilot()

    def _accept(self, seen):
        if self.contactor.command and self.contactor.since_edge_ms() < limits.RELAY_MASK_MS and seen != pilot.A and seen != pilot.E:
            return
        if self.seen == pilot.A and seen <= pilot.D:
            self._windows += 1
            if self._windows < limits.PLUG_WINDOWS:
                return
        self._windows = 0
        self._enter(seen)

    def _note_asking(self):
        asks = self._asking()
        if asks and not self._asks:
            self.ages.restart(_ASKED)
        self._asks = asks

    def _enter(self, seen):
        was = self.seen
        self.seen = seen
        ages = self.ages
        if seen == pilot.B and self.contactor.command and ages.ms[_CHANGED] < limits.GLITCH_MS:
            self.shy = True
            self.contactor.excuse()
        ages.restart(unit.PLUG)
        if self._asking():
            self._awake = True
        else:
            self.open(reasons.LETTER)
            self._missed = False
        if seen >= pilot.E and was < pilot.E:
            ages.restart(_ODD)
        self.ring.put(events.LETTER, self.id, seen, was)
        if seen == pilot.A:
            self._awake = self.shy = False
            self.leave()
        elif seen <= pilot.D and not self.plugged:
            self.direct = was == pilot.A and seen != pilot.B and not self.known
            self.arrive()

    def ends(self):
        """(mV, mV) that the pilot reads at +12 V and at -12 V. Takes some 15 ms, not in the tick. ValueError unless unplugged."""
        if self.plugged or self.contactor.command:
            raise ValueError("unplug the vehicle first")
        io = self._pilot
        io.sample()
        high_mv = io.high_mv
        io.drive(limits.DUTY_F)
        self.core.wait_us(limits.CONFIRM_GAP_US)
        io.sample()
        low_mv = io.low_mv
        io.drive(self.duty)
        self.core.wait_us(limits.CONFIRM_GAP_US)
        return high_mv, low_mv

    def gone_ms(self):
        return self.ages.ms[unit.PLUG] if self.seen == pilot.A else 0

    def keeps_plug(self):
        """T11: a pilot shorted to earth holds no plug for long."""
        return self.hold_plug and not (self.seen == pilot.E and self.ages.ms[_ODD] >= limits.SHORT_UNLOCK_MS)

    def asks_for_air(self):
        return self.seen == pilot.D

    def shut(self):
        """The tick failed: open, and say F as a dead controller's pin does."""
        self.open(reasons.FAULT)
        self._put(limits.DUTY_F, 0)

    def fell(self):
        """T12: say F for 400 ms, so that the vehicle knows, then x1, so that an unplug is seen."""
        if self.plugged:
            self.ages.restart(_PULSE)

    def _diode(self):
        """-12 V is proof of the vehicle's diode, judged only while the PWM runs and the low phase was met."""
        ages = self.ages
        io = self._pilot
        if not self.offered:
            ages.restart(_DIODE_FOR)
            ages.restart(_DIODE_LAST)
        elif io.n_low < limits.PILOT_MIN_SAMPLES or io.low_mv > limits.DIODE_FAIL_MV:
            ages.restart(_DIODE_FOR)
        else:
            ages.restart(_DIODE_LAST)
            if io.low_mv > limits.DIODE_OK_MV:
                ages.restart(_DIODE_FOR)

    def _judge_pilot(self):
        ms = self.ages.ms
        seen = self.seen
        if seen >= pilot.E:
            if ms[_ODD] < limits.INVALID_FAULT_MS:
                return 0
            return faults.PILOT_SHORT if seen == pilot.E else faults.PILOT_INVALID
        if seen != pilot.A:
            patience = limits.DIODE_FAULT_MS if seen != pilot.B else limits.DIODE_REFUSE_MS
            if ms[_DIODE_LAST] >= patience:
                return faults.DIODE
        return faults.PILOT_BLIND if self._pilot.interval_us > limits.BURST_INTERVAL_MAX_US else 0

    def may_offer(self):
        """T3's guards of the pilot."""
        if self.seen > pilot.D:
            return reasons.LETTER
        if self.contactor.command:
            return reasons.NONE if self.offered else self._may_resume()
        if not self.residual.passed:
            return reasons.SELF_TEST
        if self.offered:
            return self._in_time()
        ms = self.ages.ms
        if ms[_WAKE] < limits.WAKE_PULSE_MS + limits.WAKE_X1_MS:
            return reasons.WAKING
        if ms[unit.FAULT] < limits.FAULT_PAUSE_MS:
            return reasons.FAULT_PAUSE
        if ms[unit.OPENED] < limits.REOPEN_PAUSE_MS:
            return reasons.PAUSE
        return self._may_resume()

    def _may_resume(self):
        """T8: x2 again at once after a first offer, else three seconds after the last x2 -> x1."""
        if self._missed and self.ages.ms[_X1] < limits.REOPEN_PAUSE_MS:
            return reasons.LATE
        return reasons.X1_STEP if self.ages.ms[_X1] < limits.X1_STEP_MS else reasons.NONE

    def _in_time(self):
        """T5's end: not closed 2.5 s after C means x1, never a late close."""
        if self._asking() and self._asked_ms() >= limits.CLOSE_LATEST_MS:
            self._missed = True
            return reasons.LATE
        if self.wake and not self._awake and self.ages.ms[_EDGE] >= limits.WAKE_AFTER_MS:
            self._awake = True
            self.ages.restart(_WAKE)
            return reasons.WAKING
        return reasons.NONE

    def _asking(self):
        if self.seen == pilot.D:
            return self.core.ventilated or self.core.ventilation.running
        return self.seen == pilot.C

    def _asked_ms(self):
        ms = self.ages.ms
        return ms[_ASKED] if ms[_ASKED] < ms[_EDGE] else ms[_EDGE]

    def _may_close(self):
        """T5: the conjunction of proofs beyond T3's, in order; the first that fails, or reasons.NONE."""
        if not self._asking():
            return self._not_asking()
        if self._asked_ms() < limits.CLOSE_FILTER_MS or self.ages.ms[_CLEAN] < limits.CLOSE_FILTER_MS:
            return reasons.FILTER
        if self.ages.ms[unit.OPENED] < limits.REOPEN_PAUSE_MS:
            return reasons.RECLOSE
        if self.ages.ms[_DIODE_FOR] < limits.DIODE_PROOF_MS:
            return reasons.DIODE
        if not self.contactor.proven_open():
            return reasons.NOT_OPEN
        return reasons.NONE

    def _not_asking(self):
        if self.seen != pilot.D:
            return reasons.VEHICLE
        return reasons.VENTILATING if self.core.ventilation.wanted else reasons.VENTILATION

    def switch(self):
        """T5, T7: close on the last proof; a withdrawn offer leaves the vehicle six seconds."""
        contactor = self.contactor
        if contactor.command:
            if not self._asking() or self.book.active & self.core.opening:
                self.open(reasons.LETTER)
            elif not self.offered and self.ages.ms[_X1] >= limits.STOP_UNDER_LOAD_MS:
                contactor.under_load += 1
                self.open(reasons.UNDER_LOAD)
        elif self.offered and self.cause == reasons.NONE:
            self.cause = self._may_close()
            if self.cause == reasons.NONE and self.core.may_close:
                contactor.close(reasons.NONE)

    def drive(self):
        """The pilot's output: F while a fault is told, PWM while everything allows an offer, else +12 V."""
        ages = self.ages
        if ages.ms[_PULSE] < limits.FAULT_PULSE_MS or (self.cause == reasons.WAKING and ages.ms[_WAKE] < limits.WAKE_PULSE_MS):
            self._put(limits.DUTY_F, 0)
        elif self.cause > reasons.LAST_OF_OFFER or self.cause == reasons.NONE:
            self._offer(ages)
        else:
            self._put(limits.DUTY_X1, 0)

    def _offer(self, ages):
        current_ma = self.limit_ma
        pause_ms = limits.INCREASE_PAUSE_MS
        if self.shy:
            current_ma -= current_ma % limits.SHY_STEP_MA
            if self.contactor.command:
                pause_ms = limits.SHY_INCREASE_MS
        if self.offered and current_ma > self.offered_ma and ages.ms[_INCREASE] < pause_ms:
            return
        self._put(pilot.duty_of(current_ma), current_ma)

    def _put(self, duty, current_ma):
        if duty == self.duty:
            return
        offered = limits.DUTY_F < duty < limits.DUTY_X1
        if offered != self.offered:
            self.offered = offered
            self.ages.restart(_EDGE)
            self.ages.restart(_DIODE_FOR)
            self.ages.restart(_DIODE_LAST)
            if not offered:
                self.ages.restart(_X1)
        if current_ma >= self.offered_ma:
            self.ages.restart(_INCREASE)
        else:
            self.supply.offer_reduced()
        self.ages.restart(_CHANGED)
        self.duty = duty
        self.offered_ma = current_ma
        self._pilot.drive(duty)
        self.ring.put(events.OFFER, self.id, duty, current_ma)
