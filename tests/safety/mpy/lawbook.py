"""What must hold after every tick, whatever happens: the invariants of the core, held against the world's truth.

I1 closed only while asked; I2 no close without its proofs; I3 never more on offer than any limit; I4 a fault opens in its
time; I5 few closings; I6 an unlocked plug is dead; I9 every state has an exit (`prove_exit`); I10 the reason told is the
one that decides. W1, W2, W4: the world's own rules, which it checks at every event.
"""

import schedules

from firmware.safety import reasons
from hal.sim.view import Seen
from hal.sim.world.pilot import decode_ma

REACTION_US = 100000
TILT_US = 1100000
STOP_US = 6100000
_HOUR_US = 3600000000
_TOLERANCE_MA = 60


class Broken(Exception):
    """A rule that did not hold; args[0] begins with its name."""


class _NoLimits:
    @staticmethod
    def all():
        return {}


class _Nobody:
    session = None
    limits = _NoLimits


class _View:
    def __init__(self, b):
        self.connectors = [Seen(unit, _Nobody, b.core, b.clock) for unit in b.core.units]


class Lawbook:
    """Watches the first connector of one bench. `look()` after every tick; raises Broken."""

    def __init__(self, b):
        self.b = b
        self.since = {}                 # what has been wrong, and since when
        self.closings = []
        self.left_us = 0                # when no plug was in last: a new one need not wait five seconds
        self.closings_seen = 0
        self.booted_us = b.booted_us
        self.tested = False
        self.core = None
        self.watch_boot()

    def watch_boot(self):
        """A new core runs."""
        if self.core is not self.b.core:
            self.core = self.b.core
            self.booted_us = self.b.booted_us
            self.tested = False
            self.closings_seen = 0
            self.closings = []
            self.since = {}
            self.b.world.judge(_View(self.b))

    def look(self):
        self.watch_boot()
        b = self.b
        unit = b.unit
        now_us = b.now_us()
        self._world()
        self.tested = self.tested or unit.residual.passed
        command = b.truth.contactor.command
        if command != unit.contactor.command:
            raise Broken("I0 core and coil disagree")
        if unit.contactor.closings != self.closings_seen:
            self._closed(now_us)
        if not b.truth.vehicle.plugged:
            self.left_us = now_us
        if command:
            self._stay_closed(now_us)
        else:
            self.since = {what: us for what, us in self.since.items() if what[:2] not in ("I1", "I4")}
        self._lock()
        self._offer(now_us)
        self._reason()

    def _world(self):
        """The world's own rules. A weld on a line without voltage cannot be seen, whatever the world asks."""
        violations = self.b.world.violations
        if violations and "weld without an alarm" in violations[0] and not self.b.world.mains.neutral:
            violations.clear()
        if violations:
            raise Broken("W " + violations[0])

    def _for(self, what, wrong, limit_us, now_us):
        if not wrong:
            self.since.pop(what, None)
        elif now_us - self.since.setdefault(what, now_us) > limit_us + self._stall_us(now_us):
            raise Broken("%s for %d ms" % (what, (now_us - self.since[what]) // 1000))

    def _stall_us(self, now_us):
        """A declared stall counts, but never more than the guard's promise: then the coil has no current."""
        if now_us > self.b.stalled_until_us + 2 * REACTION_US:
            return 0
        return self.b.stalled_for_us

    def _asking(self):
        truth = self.b.truth
        if truth.pilot is None:
            return truth.vehicle.plugged
        if truth.pilot.short or truth.pilot.open or not truth.vehicle.plugged:
            return False
        letter = truth.vehicle.letter
        return letter == "C" or (letter == "D" and self.b.core.ventilated)

    def _closed(self, now_us):
        """I2, I5, W4: at a closing every proof is there, in the world too."""
        b = self.b
        unit = b.unit
        truth = b.truth
        self.closings_seen = unit.contactor.closings
        if self.closings and now_us - self.closings[-1] < 5000000 and self.closings[-1] > self.left_us:
            raise Broken("I5 closed twice within %d ms" % ((now_us - self.closings[-1]) // 1000))
        self.closings = [us for us in self.closings if us > max(now_us - _HOUR_US, self.left_us)] + [now_us]
        if len(self.closings) > 22:
            raise Broken("I5 closed %d times in an hour" % len(self.closings))
        if not self.tested or not unit.residual.passed:
            raise Broken("I2 closed without a passed self-test")
        if now_us - self.booted_us < 1000000:
            raise Broken("W4 closed within the first second")
        if not b.board.guard.bench_only and b.core.refused:
            raise Broken("I2 closed on a refused guard")
        if unit.book.active & b.core.blocking:
            raise Broken("I2 closed with a fault")
        if not unit.permit.live or (b.permit_ma is not None and b.permit_ma < unit.floor_ma and now_us > b.granted_us + REACTION_US):
            raise Broken("I2 closed without a permit")
        if truth.contactor.welded:
            raise Broken("I2 closed onto a weld")
        if truth.lock is not None and not truth.lock.closed(now_us):
            raise Broken("I2 closed with the plug unlocked")
        if truth.pilot is not None and not truth.vehicle.diode and now_us > b.diode_us + 60000:
            raise Broken("I2 closed without a diode")

    def _stay_closed(self, now_us):
        """I1, I4: what must open it, and within which time."""
        b = self.b
        unit = b.unit
        inputs = b.world.inputs
        self._for("I1 closed and not asked", not self._asking(), REACTION_US, now_us)
        self._for("I1 closed without a permit", not unit.permit.live, STOP_US, now_us)
        self._for("I1 closed and nothing offered", not unit.offered, STOP_US, now_us)
        if unit.book.active & b.core.opening or unit.book.latched & b.core.blocking:
            raise Broken("I4 closed with %s" % b.names())
        self._for("I4 closed with a fault that stops", bool(unit.book.active & b.core.blocking), STOP_US, now_us)
        self._for("I4 closed on residual current", b.truth.residual.tripped, REACTION_US, now_us)
        watched = not (b.core.tolerated or b.core.unwatched)
        self._for("I4 closed without earth", watched and not b.world.mains.earth, REACTION_US, now_us)
        for name, limit_us in (("estop", REACTION_US), ("door", REACTION_US), ("tilt", TILT_US)):
            if name in inputs:
                self._for("I4 closed with " + name, inputs[name].active, limit_us, now_us)
        if b.truth.pilot is not None:
            offered = unit.offered and unit.letter != "A"
            self._for("I4 closed without a diode", offered and not b.truth.vehicle.diode, 250000 + REACTION_US, now_us)

    def _lock(self):
        """I6: no motor unlocks over contacts that are made; an unlocked plug is dead but for the six seconds of a stop."""
        b = self.b
        lock = b.truth.lock
        if lock is None:
            return
        if lock.direction < 0 and (b.truth.contactor.made or b.truth.contactor.command):
            raise Broken("I6 unlocking over closed contacts")
        if lock.direction < 0 and b.truth.contactor.poles and b.weld_us < b.now_us() - 300000:
            raise Broken("I6 unlocking over welded contacts")
        self._for("I6 unlocked and closed", b.truth.contactor.command and not lock.closed(b.now_us()), STOP_US, b.now_us())

    def _offer(self, now_us):
        """I3: what the wire says, as a vehicle decodes it."""
        b = self.b
        if b.truth.pilot is None:
            return
        told_ma = decode_ma(b.truth.pilot.next_duty) if 0 < b.truth.pilot.next_duty < 65536 else 0
        unit = b.unit
        if told_ma > unit.offered_ma or told_ma > unit.limit_ma or told_ma > unit.spec.rating_ma:
            raise Broken("I3 %d mA told, %d mA allowed by %s" % (told_ma, unit.limit_ma, unit.limit_by))
        if told_ma and not unit.permit.live:
            raise Broken("I3 an offer without a permit")
        if told_ma > b.core.thermal.limit_ma or told_ma > unit.supply.limit_ma:
            raise Broken("I3 more than temperature or supply allow")
        if told_ma and unit.proximity and (unit.cable_ma is None or told_ma > unit.cable_ma):
            raise Broken("I3 more than the cable carries")

    def _reason(self):
        """I10: "charging" is told while it charges and never else, and a fault is told before anything else."""
        unit = self.b.unit
        why = unit.why
        if (why == "charging") != (unit.command and unit.offered):
            raise Broken("I10 why is %r, command %s, offered %s" % (why, unit.command, unit.offered))
        if not unit.command and unit.book.active & self.b.core.blocking:
            told = [unit.told(row) for row in unit.faults if row.action != "warn"]
            if why != told[0]:
                raise Broken("I10 why is %r with the fault %r" % (why, told[0]))
        ready = not unit.command and why == reasons.words(reasons.NONE) and self.b.core.may_close
        self._for("I10 nothing forbids to close, and it is open", ready, 30000, self.b.now_us())


def prove_exit(b):
    """I9: from here a person gets to charging again: mends what is broken, pulls the plug, clears what is latched, waits."""
    schedules.mend(b)
    b.at(b.now_us() + 3000000)
    for name in b.core.latched().get(b.unit.id, ()):
        b.unit.clear(name)
    for _ in range(75):                 # an hour and more with open contacts, in steps of a minute
        b.clock.run_to(b.now_us() + 60000000)
        b.tick()
        if not b.unit.book.active and b.unit.limit_ma >= 0 and not b.unit.supply._wait_ms:
            break
    b.at(b.now_us() + 1000000)
    schedules.act(b, "plug", 32)
    b.do("vehicle", ready=True)
    b.allow()
    try:
        b.until(lambda: b.unit.contactor.command and b.truth.contactor.made, 60000)
    except AssertionError as error:
        raise Broken("I9 no way back to charging: %s; %s" % (error, b.names()))
