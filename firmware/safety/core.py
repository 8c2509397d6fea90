"""The safety core: one synchronous tick for the whole charger, every 20 ms, that allocates nothing.

The tick alone decides whether a contactor may be closed now. Nobody can turn one on: `charging` grants permits, the
world gives proofs, and a tick that fails, comes late or does not come opens it.
"""
import micropython

from firmware.safety import faults, limits
from firmware.safety.ages import Ages
from firmware.safety.outlet import OutletUnit
from firmware.safety.piloted import PilotUnit
from firmware.safety.thermal import Thermal
from firmware.safety.unit import BLOCKING, OPEN, PAUSING
from firmware.safety.ventilation import Ventilation

_INPUTS = (("estop", faults.EMERGENCY_STOP, limits.ESTOP_MS), ("door", faults.DOOR, limits.DOOR_MS),
           ("tilt", faults.TILT, limits.TILT_MS), ("earth", faults.EARTH, limits.EARTH_MS))


class _HeapLock:
    """The heap is locked inside; an exception that comes out ends the core."""

    def __init__(self, core):
        self._core = core

    def __enter__(self):
        micropython.heap_lock()

    def __exit__(self, kind, error, trace):
        if error is not None:
            self._core.fail(error)
        micropython.heap_unlock()
        return True


def _unit(core, io, spec, ring):
    return PilotUnit(core, io, spec, ring) if spec.pilot else OutletUnit(core, io, spec, ring)


class Core:
    """Facts: `units` (one a connector), `ticks`, `worst_gap_ms`, `worst_us`, `dead` (the tick failed: `error`).

    Settings, set by the application: `ventilated` (treat D as C), `ventilation.wanted` (a relay turns the fan on, and D
    counts as C while it runs), `refused` (bench-only guard not allowed here), `simplified_ma` (what a vehicle with a
    simplified pilot is offered at most; 0: no such cap); `watch_earth`.
    """

    def __init__(self, hal, ring):
        self.ticks = 0
        self.worst_gap_ms = 0
        self.worst_us = 0
        self.dead = False
        self.error = None
        self.ventilated = False
        self.refused = hal.board.guard.bench_only
        self.simplified_ma = 0
        self.watch_earth("on")
        self.ventilation = Ventilation(getattr(hal, "ventilation", None))
        self.may_close = False
        self.wait_us = hal.clock.wait_us
        self._hal = hal
        self._clock = hal.clock
        self._random = hal.random
        self.thermal = Thermal(hal.temperatures, hal.board.rating_ma)
        self.units = [_unit(self, hal.connectors[i], spec, ring) for i, spec in enumerate(hal.board.connectors)]
        self._inputs = [(hal.inputs[name], bit, hold_ms) for name, bit, hold_ms in _INPUTS if name in hal.inputs]
        self._count_units = len(self.units)
        self._count_inputs = len(self._inputs)
        self._locked = _HeapLock(self)
        self._ages = Ages(self._count_inputs)
        self.brake = False              # an emergency stop, read once: opens now, is a fault when it is read again
        self._held = 0                  # bits of the inputs that were active a tick ago
        self._last_ms = hal.clock.ticks_ms()
        self._boot_ms = 0
        self._started = False
        self._planned = False
        self.standing = 0               # faults of the whole charger that others judge: reset_loop

    def random_byte(self):
        """For delays that must differ from charger to charger. Not for the tick."""
        return self._random(1)[0]

    def unit(self, connector_id):
        """The unit of a connector, None for an id the board does not have."""
        for unit in self.units:
            if unit.id == connector_id:
                return unit
        return None

    def watch_earth(self, how):
        """The earth monitor "on": without earth nothing closes; "warn": that is told; "off": nobody asks the monitor."""
        tolerated = faults.EARTH if how == "warn" else 0
        self.unwatched = faults.EARTH if how == "off" else 0
        self.tolerated = tolerated
        self.opening = OPEN & ~tolerated
        self.pausing = PAUSING & ~tolerated
        self.blocking = BLOCKING & ~tolerated

    def plan_stall(self):
        """The next gap was announced: it does not count as the worst. With a closed contactor it is an overrun all the same."""
        self._planned = True

    def latched(self):
        """connector id -> names of latched faults; what must survive a power cut."""
        return {unit.id: faults.names(unit.book.latched) for unit in self.units if unit.book.latched}

    def restore(self, latched):
        """Put back what `latched` said before the power cut; names the table no longer has are left out."""
        for unit in self.units:
            unit.book.latch(faults.bits(latched.get(unit.id, ())))

    def tick(self):
        """TICK. Called by `hal.every`. An exception, MemoryError included, opens everything for good."""
        if not self.dead:
            with self._locked:
                self._tick()

    def fail(self, error):
        """TICK. Open everything, for good: only a restart of the controller ends it."""
        self.dead = True
        self.error = error
        for unit in self.units:
            self._shut(unit)

    def _shut(self, unit):
        try:
            unit.shut()
        except Exception:
            pass                        # the others must open too; the guard opens this one

    def _tick(self):
        clock = self._clock
        began_us = clock.ticks_us()
        self._pass(clock.ticks_ms())
        self._count(clock.diff(clock.ticks_us(), began_us))

    def _pass(self, now_ms):
        dt_ms = self._clock.diff(now_ms, self._last_ms)
        self._last_ms = now_ms
        bad = self._overrun(dt_ms) | self._read_inputs(dt_ms) & ~self.unwatched | self.standing
        if self.refused:
            bad |= faults.GUARD
        self.thermal.tick(dt_ms, self._load_ma())
        self.ventilation.tick(dt_ms, self._asked())
        self._units(dt_ms, bad)
        self._hal.guard.token()
        self._hal.watchdog.feed()

    def _units(self, dt_ms, bad):
        i = 0
        while i < self._count_units:
            self.units[i].tick(dt_ms, bad)
            i += 1

    def _overrun(self, dt_ms):
        """A gap that a closed contactor lived through opens it; a burst of queued calls after it is no fault."""
        bad = 0
        if self._started and dt_ms > limits.TICK_OVERRUN_MS and self._closed():
            bad = faults.OVERRUN
        if self._started and dt_ms > self.worst_gap_ms and not self._planned:
            self.worst_gap_ms = dt_ms
        self._started = True
        self._planned = False
        if not self.may_close:
            self._boot_ms += dt_ms
            self.may_close = self._boot_ms >= limits.BOOT_MS
        return bad

    def _closed(self):
        for unit in self.units:
            if unit.contactor.command:
                return True
        return False

    def _load_ma(self):
        most_ma = 0
        for unit in self.units:
            if unit.contactor.command and unit.supply.peak_ma > most_ma:
                most_ma = unit.supply.peak_ma
        return most_ma

    def _asked(self):
        for unit in self.units:
            if unit.asks_for_air():
                return True
        return False

    def _read_inputs(self, dt_ms):
        self._ages.grow(dt_ms)
        self.brake = False
        bad = i = 0
        while i < self._count_inputs:
            bad |= self._read_input(i, self._inputs[i])
            i += 1
        return bad

    def _read_input(self, i, row):
        it = 1 << i
        if not row[0].active():
            self._held &= ~it
            return 0
        if not self._held & it:         # the time counts from the first reading: a stall before it proves nothing
            self._held |= it
            self._ages.restart(i)
            self.brake |= row[1] == faults.EMERGENCY_STOP
        return row[1] if self._ages.ms[i] >= row[2] else 0

    def _count(self, took_us):
        self.ticks = self.ticks + 1 if self.ticks < 0x3FFFFFFF else 0   # one more would be an object on the heap
        if took_us > self.worst_us:
            self.worst_us = took_us
