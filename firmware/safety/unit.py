"""What every connector has, with or without a pilot: permit, faults, interlocks, the limit, and the fixed order of a tick.

Everything marked TICK runs under `heap_lock()`; functions stay small so that no frame spills to the heap.
"""
from micropython import const

from firmware.safety import events, faults, limits, reasons
from firmware.safety.ages import Ages
from firmware.safety.contactor import Contactor
from firmware.safety.faultbook import FaultBook
from firmware.safety.lock import Lock
from firmware.safety.permit import Permit
from firmware.safety.proximity import Proximity
from firmware.safety.residual import Residual
from firmware.safety.supply import Supply

OPEN = faults.mask("action", "open")
PAUSING = OPEN | faults.mask("action", "stop")
BLOCKING = PAUSING | faults.mask("action", "refuse")

# Ages every connector keeps; a kind of connector adds its own from OWN_AGES on
PLUG = const(0)
OPENED = const(1)
FAULT = const(2)
OWN_AGES = const(3)


class Unit:
    """Facts for others: `letter` ("A".."E", "INVALID"; None without a pilot), `offered`, `plugged`, `command`, `closed`,
    `locked`, `kept`, `energy_wanted`, `limit_ma`, `limit_by`, `offered_ma`, `duty`, `cable_ma`, `faults`, `why`.
    What others may do: `permit.grant/revoke`, `begin_session`, `end_session`, `release_plug`, `measured`, `clear`.
    """

    letter = None
    duty = None
    pilot_high_mv = None
    pilot_low_mv = None
    energy_wanted = False
    direct = False
    wake = True
    floor_ma = limits.OFFER_MIN_MA

    def __init__(self, core, io, spec, ring, ages):
        self.id = spec.id
        self.spec = spec
        self.permit = Permit()
        self.book = FaultBook(spec.id, ring)
        self.contactor = Contactor(io.contactor, spec, spec.id, ring)
        self.residual = Residual(io.residual, spec.id, ring)
        self.proximity = Proximity(io.proximity) if io.proximity else None
        self.lock = Lock(io.lock, spec.id, ring) if io.lock else None
        self.supply = Supply(spec.rating_ma, spec.meter, core.random_byte)
        self.offered = False
        self.plugged = False
        self.limit_ma = 0
        self.limit_by = "lease"
        self.offered_ma = 0
        self.hold_plug = True
        self.keep_cable = False         # a setting: the plug stays locked when the cable leaves the vehicle, until it is released
        self.kept = False               # it does so now
        self.known = False              # set at boot: a session was under way, so a vehicle found in C is no simplified one
        self.idle_ma = limits.OUTLET_IDLE_MA
        self.idle_ms = limits.OUTLET_IDLE_MS
        self.cause = reasons.UNPLUGGED
        self.core = core
        self.ring = ring
        self.ages = Ages(OWN_AGES + ages)
        self._left = False
        self._doubt_ms = 0              # left until it is said why a pole was dead

    # What others read

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
    def faults(self):
        """The active faults as rows of the table."""
        return faults.those(self.book.active, self.core.tolerated)

    def told(self, row):
        """What there is to say of one of `faults`, with the poles at which it was last found."""
        faulty = self.contactor.faulty if row.name in ("welded", "not_closed") else 0
        poles = [pole for i, pole in enumerate(self.spec.poles) if faulty >> i & 1]
        return row.text + (": " + ", ".join(poles) if poles else "")

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
        """The session is over: the permit goes at once, and `why` is what is said of it."""
        self.permit.revoke(why)

    def release_plug(self):
        """Let the plug go once the contacts are proven dead (a new plug-in locks again). Asked again, it tries again."""
        self.hold_plug = self.kept = False
        if self.lock:
            self.lock.again()

    def measured(self, volts_mv, amps_ma, frequency_mhz=0):
        """Meter facts as they come: three volts, three amperes (mV, mA), frequency in mHz (0: not told)."""
        self.supply.measured(volts_mv, amps_ma, frequency_mhz, self.spec.phases)

    def clear(self, name, remote=False):
        """An authorised person clears the latched fault `name`. ValueError for an unknown name, or with `remote` for a
        fault at which somebody must have looked (faults.LOCAL_ONLY).
        """
        bits = faults.bits([name])
        if not bits:
            raise ValueError("there is no fault " + name)
        if remote and bits & faults.LOCAL_ONLY:
            raise ValueError("%s: only at the charger" % name)
        if name == "residual_test":
            self.residual.again()
        self.book.clear(bits)
        self.ages.forget(FAULT)

    # The tick

    def tick(self, dt_ms, bad):
        """TICK. One pass in the fixed order; `bad` is the mask of what the whole charger suffers from."""
        self.ages.grow(dt_ms)
        self.permit.tick(dt_ms)
        if self.residual.read() or bad & self.core.opening or self.core.brake:
            self.open(reasons.FAULT)
        bad |= self.look()
        bad |= self._watch(dt_ms)
        raised = self.book.settle(bad, dt_ms)
        if raised & self.core.blocking:
            self._fall(raised)
        self._choose_limit()
        self.cause = self._may_offer()
        self.switch()
        self.drive()

    def look(self):
        """TICK. Is there a vehicle, and what does it want? Returns the mask of what is wrong with the answer."""
        raise NotImplementedError

    def may_offer(self):
        """TICK. What this kind of connector asks for beyond `_may_offer`, as a code of reasons.py."""
        raise NotImplementedError

    def switch(self):
        """TICK. Close on the last proof, open on the first that is lost; sets `cause`."""
        raise NotImplementedError

    def drive(self):
        """TICK. Say to the vehicle what it may draw."""
        raise NotImplementedError

    def shut(self):
        """TICK. The tick failed: nothing may stay closed."""
        self.open(reasons.FAULT)

    def open(self, reason):
        """TICK. Open now, whatever else."""
        if self.contactor.command:
            self.ages.restart(OPENED)
            self.contactor.open(reason)

    def arrive(self):
        """TICK. A plug is in."""
        self.plugged = True
        self.hold_plug = True
        self.kept = False
        self.residual.due()
        if self.proximity:
            self.proximity.forget()
        self.ring.put(events.PLUG, self.id, 1, 0)

    def leave(self):
        """TICK. T10: the plug is out; what the vehicle caused goes with it once that has lasted."""
        if self.plugged:
            self.ring.put(events.PLUG, self.id, 0, 0)
            self.kept = self.keep_cable and self.hold_plug and self.proximity is not None
        self.plugged = False
        self._left = True
        self.known = False
        if self.proximity:
            self.proximity.forget()

    def gone_ms(self):
        """TICK. For how long no plug has been in; 0 while one is or nobody can tell."""
        return 0 if self.plugged else self.ages.ms[PLUG]

    def keeps_plug(self):
        """TICK. May the plug stay locked as things are?"""
        return self.hold_plug

    def asks_for_air(self) -> bool:
        """TICK. The vehicle asks for a ventilated room."""
        return False

    def fell(self):
        """TICK. A fault that opens was raised: tell the vehicle, where there is a way to."""

    def _watch(self, dt_ms):
        """Everything beside the vehicle, each returning the bits of what is wrong with it."""
        contactor = self.contactor
        bad = self._line(dt_ms)
        bad |= self.residual.tick(dt_ms, contactor.proven_open())
        if self.proximity:
            bad |= self.proximity.tick(dt_ms, self.plugged)
        if self.lock:
            bad |= self.lock.tick(dt_ms, self._wants_lock(), contactor.proven_open() and not contactor.poles)
        self.supply.tick(dt_ms, contactor.command, self.offered_ma)
        bad |= self.supply.bad | self.core.thermal.bad
        if self.permit.lapsed and contactor.command:
            bad |= faults.LEASE
        if self.supply.open_now or self.core.thermal.open_now:
            self.open(reasons.FAULT)
        if self.gone_ms() >= limits.UNPLUG_CLEAR_MS:
            self._gone_for_good()
        return bad

    def _line(self, dt_ms):
        """The contactor; and where a pole is dead that should be live, whether that is the contactor or the line before it. It
        opens at once; what it was is told by the meter there, which may be dead with its line.
        """
        contactor = self.contactor
        bad = contactor.tick(dt_ms, self.supply.current_since(contactor.since_edge_ms()))
        if bad & faults.NOT_CLOSED and self.supply.before:
            self.open(reasons.FAULT)
            self._doubt_ms = limits.LINE_DOUBT_MS
            return bad & ~faults.NOT_CLOSED
        if self._doubt_ms > 0:
            self._doubt_ms -= dt_ms
            if self._doubt_ms <= 0:
                bad |= faults.NOT_CLOSED if self.supply.line_good(limits.LINE_DOUBT_MS) else faults.UNDER_VOLTAGE
        return bad

    def _gone_for_good(self):
        """What waited for the unplug is over, unless it is still there."""
        if self._left or self.book.unplug & ~self.book.present:
            self._left = False
            self.book.unplugged()
            self.contactor.begin_count()
            self.supply.forgive()
            self.ages.forget(FAULT)
            self.ages.forget(OPENED)

    def _wants_lock(self):
        if self.kept:
            return True
        return self.plugged and self.keeps_plug() and (self.proximity is None or self.proximity.cable_ma is not None)

    def _fall(self, raised):
        if raised & faults.RESIDUAL:    # once until it has gone: a monitor whose output flutters counts, and is kept, once
            self.residual.trips += 1
        if raised & self.core.pausing:
            self.ages.restart(FAULT)
        if raised & self.core.opening:
            self.open(reasons.FAULT)
            self.fell()

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
        if self.direct and 0 < self.core.simplified_ma < self.limit_ma:
            self.limit_ma = self.core.simplified_ma
            self.limit_by = "simplified pilot"
        if self.core.thermal.limit_ma < self.limit_ma:
            self.limit_ma = self.core.thermal.limit_ma
            self.limit_by = "temperature"
        if self.supply.limit_ma < self.limit_ma:
            self.limit_ma = self.supply.limit_ma
            self.limit_by = self.supply.limit_by

    def _may_offer(self):
        """What every connector asks for before it offers energy, in order; the first that fails, or reasons.NONE."""
        if self.book.active & self.core.blocking:
            return reasons.FAULT
        if not self.plugged:
            return reasons.UNPLUGGED
        if not self.permit.live:
            return reasons.PERMIT
        if self.limit_ma < self.floor_ma:
            return reasons.LIMIT
        if self.core.refused:
            return reasons.GUARD
        if self.lock and not self.lock.secure:
            return reasons.LOCK if self.proximity is None or self.proximity.cable_ma is not None else reasons.PROXIMITY
        return self.may_offer()
