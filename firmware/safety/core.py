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

_OVERRUN = faults.bit("overrun")
_INPUTS = (("estop", "emergency_stop", limits.ESTOP_MS), ("door", "door", limits.DOOR_MS), ("tilt", "tilt", limits.TILT_MS),
           ("earth", "earth", limits.EARTH_MS))
_BOOT_MS = 1000


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

    Settings, set by the application: `ventilated` (treat D as C), `refused` (bench-only guard not allowed here).
    """

    def __init__(self, hal, ring):
        self.ticks = 0
        self.worst_gap_ms = 0
        self.worst_us = 0
        self.dead = False
        self.error = None
        self.ventilated = False
        self.refused = hal.board.guard.bench_only
        self.may_close = False
        self.wait_us = hal.clock.wait_us
        self._hal = hal
        self._clock = hal.clock
        self._random = hal.random
        self.thermal = Thermal(hal.temperatures, hal.board.rating_ma)
        self.units = [_unit(self, hal.connectors[i], spec, ring) for i, spec in enumerate(hal.board.connectors)]
        self._inputs = [(hal.inputs[name], faults.bit(fault), hold_ms) for name, fault, hold_ms in _INPUTS if name in hal.inputs]
        self._count_units = len(self.units)
        self._count_inputs = len(self._inputs)
        self._locked = _HeapLock(self)
        self._ages = Ages(self._count_inputs)
        for i in range(len(self._inputs)):
            self._ages.restart(i)
        self._last_ms = hal.clock.ticks_ms()
        self._boot_ms = 0
        self._started = False
        self._planned = False
        self.standing = 0               # faults of the whole charger that others judge: settings, reset_loop, guard

    def random_byte(self):
        """For delays that must differ from charger to charger. Not for the tick."""
        return self._random(1)[0]

    def unit(self, connector_id):
        """The unit of a connector, None for an id the board does not have."""
        for unit in self.units:
            if unit.id == connector_id:
                return unit
        return None

    def plan_stall(self):
        """The next gap was announced (contactors open): it is not an overrun."""
        self._planned = True

    def latched(self):
        """connector id -> names of latched faults; what must survive a power cut."""
        return {unit.id: faults.names(unit.book.latched) for unit in self.units if unit.book.latched}

    def restore(self, latched):
        """Put back what `latched` said before the power cut; names the table no longer has are left out."""
        for unit in self.units:
            for name in latched.get(unit.id, ()):
                if name in faults.NAMES:
                    unit.book.latch(faults.bit(name))

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
            unit.shut()

    def _tick(self):
        clock = self._clock
        began_us = clock.ticks_us()
        self._pass(clock.ticks_ms())
        self._count(clock.diff(clock.ticks_us(), began_us))

    def _pass(self, now_ms):
        dt_ms = self._clock.diff(now_ms, self._last_ms)
        self._last_ms = now_ms
        bad = self._overrun(dt_ms) | self._read_inputs(dt_ms) | self.standing
        self.thermal.tick(dt_ms)
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
        if self._started and dt_ms > limits.TICK_OVERRUN_MS and not self._planned and self._closed():
            bad = _OVERRUN
        if self._started and dt_ms > self.worst_gap_ms:
            self.worst_gap_ms = dt_ms
        self._started = True
        self._planned = False
        if not self.may_close:
            self._boot_ms += dt_ms
            self.may_close = self._boot_ms >= _BOOT_MS
        return bad

    def _closed(self):
        for unit in self.units:
            if unit.contactor.command:
                return True
        return False

    def _read_inputs(self, dt_ms):
        self._ages.grow(dt_ms)
        bad = i = 0
        while i < self._count_inputs:
            bad |= self._read_input(i, self._inputs[i])
            i += 1
        return bad

    def _read_input(self, i, row):
        if not row[0].active():
            self._ages.restart(i)
        return row[1] if self._ages.ms[i] >= row[2] else 0

    def _count(self, took_us):
        self.ticks = (self.ticks + 1) & 0x3FFFFFFF
        if took_us > self.worst_us:
            self.worst_us = took_us
