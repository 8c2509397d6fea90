"""The safety core over the simulated world: real bursts of 64 conversions, divider, noise, vehicle, relay and monitor.

Like `bench`, but nothing is set by hand: a test acts on the world (plug, ask, leak ...) at any microsecond, and the core
sees of it what its converter sees. Time moves only as the test says.
"""

import boards
from firmware.safety.core import Core
from firmware.support.ring import Ring
from hal.sim.heap import relock, unlocked
from hal.sim.ports import Ports
from hal.sim.vtime import MASK, add, diff
from hal.sim.world import World
from hal.sim.world.part import NEVER, Part
from hal.sim.world.prng import Prng

TICK_US = 20000


class Clock:
    """Both clocks: the world's `now_us` and the charger's ticks, which begin at `start_ms` to bring the wrap near."""

    def __init__(self, world, start_ms):
        self.now_us = 0
        self._world = world
        self._start_us = start_ms * 1000

    def run_to(self, us):
        if us > self.now_us:
            self.now_us = us
            self._world.advance(us)

    def jump(self, ticks_ms, core):
        """The charger's ticks go on from there, as if it had run for so long."""
        gap_ms = self.diff(self.ticks_ms(), core._last_ms)
        self._start_us += (ticks_ms - self.ticks_ms()) * 1000
        core._last_ms = self.ticks_ms() - gap_ms & MASK

    # The tick asks under the heap lock; a world's time in microseconds may be a big integer.

    def ticks_ms(self):
        depth = unlocked()
        ticks = (self.now_us + self._start_us) // 1000 & MASK
        relock(depth)
        return ticks

    def ticks_us(self):
        depth = unlocked()
        ticks = self.now_us + self._start_us & MASK
        relock(depth)
        return ticks

    def wait_us(self, us):
        depth = unlocked()
        self.run_to(self.now_us + us)
        relock(depth)

    def diff(self, later, earlier):
        return diff(later, earlier)

    def add(self, ticks, delta):
        return add(ticks, delta)


class _Hal:
    pass


class Hand(Part):
    """Does one thing at one instant, in the middle of a burst of conversions too."""

    def __init__(self):
        self.act = None

    def step(self, now_us):
        self.due_us = NEVER
        self.act()


class WorldBench:
    """Board `name` with the core running. `permit_ma`: renewed each half second as `charging` does; None: nobody renews.

    `jitter_us`: ticks come by up to half of it early or late. `commanded`, `closed` and when each last changed: the first
    connector's coil and contacts as the world has them. `metered`: the core gets the meter's facts each second.
    `watch` is called after every tick.
    """

    def __init__(self, name="rudved_ac7", seed=1, start_ms=0, jitter_us=0, state=None, latched=None):
        self.board = boards.load(name)
        self.dice = Prng(seed, "bench")
        self.commanded = self.closed = False
        self.commanded_us = self.closed_us = 0
        self.world = World(self.board, seed, self._emit, state)
        self.clock = Clock(self.world, start_ms)
        self.clock.now_us = self.world.now_us
        self.clock.run_to(self.world.now_us)
        self.jitter_us = jitter_us
        self.permit_ma = None
        self.metered = True
        self.edge_us = 0
        self.watch = None
        self.stalled_until_us = self.stalled_for_us = 0
        self.granted_us = self.diode_us = self.weld_us = 0
        self.truth = self.world.connectors[0]
        self.hand = Hand()
        self.world._parts.append(self.hand)
        self.world.power_on()
        self._boot(latched)

    def _boot(self, latched):
        hal = _Hal()
        ports = Ports(self.world, self.clock)
        hal.board = self.board
        hal.clock = self.clock
        hal.random = self._random
        hal.connectors = ports.connectors
        hal.inputs = ports.inputs
        hal.temperatures = ports.temperatures
        hal.guard = ports.guard
        hal.watchdog = ports.watchdog
        self.ring = Ring(64, self.clock.ticks_ms)
        self.core = Core(hal, self.ring)
        if latched:
            self.core.restore(latched)
        self.core.refused = False
        self.unit = self.core.units[0]
        self.next_us = self.clock.now_us + self.dice.below(TICK_US)
        self._grant_us = self._meter_us = 0
        self.booted_us = self.clock.now_us

    def reboot(self, cause="power_on"):
        """A power cut at this instant and a cold boot: the world goes on, of the core only its latches survive."""
        latched = self.core.latched()
        self.world.power_off()
        self.world.power_on()
        self._boot(latched)

    def _random(self, n):
        return bytes([self.dice.below(256) for _ in range(n)])

    def _emit(self, name, t_us, **fields):
        if name == "contactor" and fields["connector"] == 1:
            if self.commanded != fields["command"]:
                self.commanded = fields["command"]
                self.commanded_us = t_us
            if self.closed != fields["closed"]:
                self.closed = fields["closed"]
                self.closed_us = t_us

    def do(self, command, **fields):
        return self.world.do(command, fields)

    def fault(self, name, on=True, **fields):
        fields["name"] = name
        fields["on"] = on
        return self.world.do("fault", fields)

    def allow(self, current_ma=32000):
        self.permit_ma = current_ma
        self._grant_us = 0

    def stop(self):
        self.permit_ma = 0
        self.unit.permit.revoke("stopped")

    def now_us(self):
        return self.clock.now_us

    def tick(self):
        """Run to the next tick and through it."""
        self.clock.run_to(self.next_us)
        self.next_us += TICK_US
        now_us = self.clock.now_us
        if self.permit_ma and now_us >= self._grant_us:
            self._grant_us = now_us + 500000
            self.unit.permit.grant(self.permit_ma, "board")
        if self.metered and now_us >= self._meter_us:
            self._meter_us = now_us + 1000000
            self._measure()
        self.core.tick()
        if self.core.dead:
            raise self.core.error
        if self.watch:
            self.watch()
        if self.next_us < self.clock.now_us:        # what was late is not made up
            self.next_us = self.clock.now_us
        if self.jitter_us:
            self.next_us += self.dice.below(self.jitter_us) - self.jitter_us // 2

    def _measure(self):
        for i, unit in enumerate(self.core.units):
            truth = self.world.connectors[i]
            mains = self.world.mains
            unit.measured([mains.line_mv(line) for line in range(3)], truth.ma, mains.mhz)

    def stall(self, us):
        """The interpreter does nothing for so long, from now."""
        if self.clock.now_us > self.stalled_until_us:
            self.stalled_for_us = 0
        self.stalled_for_us += us
        self.stalled_until_us = max(self.stalled_until_us, self.clock.now_us + us)
        self.world.declare_stall(us)
        self.next_us = max(self.next_us, self.clock.now_us + us)

    def run(self, ms, stop=None):
        """Ticks for so long, or until `stop()`; returns milliseconds that passed."""
        began = self.clock.now_us
        end_us = began + ms * 1000
        while self.next_us <= end_us:
            self.tick()
            if stop and stop():
                return (self.clock.now_us - began) // 1000
        self.clock.run_to(end_us)
        return ms

    def at(self, us):
        """Ticks up to that microsecond, which may lie anywhere in or between ticks' times."""
        while self.next_us <= us:
            self.tick()
        self.clock.run_to(us)

    def happen(self, act, within_us=TICK_US):
        """`act()` at a random instant of the coming tick, its bursts included; returns that instant once it has passed."""
        at_us = self.clock.now_us + 1 + self.dice.below(within_us)
        self.hand.act = act
        self.hand.due_us = at_us
        self.world._plan()
        while self.clock.now_us < at_us:
            if self.next_us <= at_us:
                self.tick()
            else:
                self.clock.run_to(at_us)
        return at_us

    def until(self, stop, ms, since_us=None):
        """Microseconds since `since_us` (now) when `stop()` is first true after a tick; AssertionError after `ms`."""
        if since_us is None:
            since_us = self.clock.now_us
        while not stop():
            if self.clock.now_us - since_us > ms * 1000:
                raise AssertionError("not within %d ms; why: %s, letter %s" % (ms, self.unit.why, self.unit.letter))
            self.tick()
        return self.clock.now_us - since_us

    def until_open(self, since_us, ms=2000):
        """Microseconds from `since_us` to the command to open, at the instant the world got it."""
        self.until(self.opened, ms, since_us)
        return self.commanded_us - since_us

    def until_closed(self, since_us, ms=4000):
        """Microseconds from `since_us` to the command to close."""
        self.until(self.shut, ms, since_us)
        return self.commanded_us - since_us

    def charge(self, current_ma=32000, ready=True):
        """Plug, permit, ask, close: at the end the vehicle draws its current."""
        self.allow(current_ma)
        self.do("plug")
        self.do("vehicle", ready=ready)
        self.until(lambda: self.unit.contactor.command, 60000)
        self.run(4000)
        return self

    def shut(self):
        return self.unit.contactor.command

    def opened(self):
        return not self.unit.contactor.command

    def apart(self):
        return not self.closed

    def offered(self):
        return self.unit.offered

    def withdrawn(self):
        return not self.unit.offered

    def plugged(self):
        return self.unit.plugged

    def names(self):
        return [row.name for row in self.unit.faults]

