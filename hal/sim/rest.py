"""Quiet ticks: at `--speed max` the clock leaps over safety ticks of which it is proven that they would change nothing.

A tick is a function of three things: the state of the safety core, what it sees of the world, and the time since the last
one. `Mirror` lists all of the first two. Five real ticks in a row are watched (the supply is judged in each fifth). If in
these nothing changed but numbers that grew or shrank with time, the tick after will do the same again, as long as

- nothing else in the list changes: whoever is not a tick and acts on the core or the world says so, and then it is read anew,
- no such number reaches a value that anything is compared with: every time of `limits` counts as one, for whatever it is,
- the pilot's noise, which is bounded, cannot carry a burst over one of the limits of the pilot,
- no event of the world falls into it.

Then ticks are only counted, and their growth is put where it belongs before anybody looks. The noise generator is moved on
by as many numbers as the bursts would have drawn, and the last burst is made from where it would have begun if somebody
wants to see it. The world itself is moved as ever, so its events happen, and its invariants are looked at after each event
and each leap: between them, by all of the above, nothing is there that could break one.

`mode`: "skip"; "run" (every tick runs); "prove" (every tick runs, and one that would have been skipped must leave exactly what
was foretold: `failed(text)` is called otherwise).
"""

from micropython import const

from hal.sim import vtime
from hal.sim.cycle import CYCLE, FAR, learn
from hal.sim.heard import listen
from hal.sim.mirror import Mirror
from hal.sim.quiet import clear, edges_of_pilot, silent

_PAUSE = const(3)                       # ticks before looking again when something changed
_BOUT = const(9)                        # ticks after which something may be as before: a cable is read in eight, each second
_COUNT = const(0x3FFFFFFF)

class Rest:
    """`timer` is the machine's list [due_us, period_us, callback] of the safety tick, which it takes over."""

    def __init__(self, machine, app, ports, timer, mode, failed):
        self._machine = machine
        self._clock = machine.clock
        self._world = machine.world
        self._core = app.core
        self._ring = app.ring
        self._pilots = [one.pilot for one in ports.connectors if one.pilot is not None]
        self._timer = timer
        self._failed = failed
        self._proving = mode == "prove"
        listen(app, self._pilots, self)
        self._mirror = Mirror(app.core, machine.world)
        self._pilot_edges = edges_of_pilot()
        self._watched = []              # the list after each tick of the cycle that is watched
        self._pause = 0
        self._expected = None           # the list with None for each counter; None: not known to be quiet
        self._bout = 0                  # ticks to run before it is asked again whether all is as expected ...
        self._doubted = False           # ... which then is the last time
        self._counters = []
        self._phase = 0                 # ticks since the last judgement
        self._left = 0                  # ticks that may be skipped from now on
        self._known = False             # the list was read since anybody acted
        self._chain = None              # proving: the list as it is foretold
        self._owed = 0                  # ticks skipped and not yet put in their place
        self._owed_us = 0               # when the last of them began
        self._took_us = 0               # what each takes
        self._changes = 0               # of the world, when the list was read ...
        self._event_us = 0              # ... and when it will next change by itself
        self.skipped = 0
        timer[2] = self.tick

    # What others say

    def disturb(self):
        """Somebody acts on the core or the world, or looks at them."""
        self._known = False
        self.settle()

    def renewed(self):
        """A counter began anew, as often before."""
        if self._proving:
            self._known = False         # the list is foretold from here

    def show(self):
        """Put everything where it would be, the last burst included: somebody looks at the charger."""
        self.disturb()
        for pilot in self._pilots:
            pilot.catch_up()

    # The tick

    def tick(self):
        """In place of the core's."""
        core = self._core
        quiet = self._proving and self.ready()
        if not quiet:
            self.disturb()
        head = self._ring._head
        gap_ms = vtime.diff(self._clock.ticks_ms(), core._last_ms)
        began_us = self._clock.now_us
        bursts = [pilot.bursts for pilot in self._pilots]
        core.tick()
        took_us = self._clock.now_us - began_us
        if gap_ms * 1000 != self._timer[1] or core.dead or head != self._ring._head:
            self._forget()
        elif self._expected is None:
            self._watch(took_us, began_us, bursts)
        elif took_us != self._took_us:
            self._forget()
        else:
            self._phase = (self._phase + 1) % CYCLE
            if self._bout:
                self._bout -= 1
                self._doubted = True
            if quiet:
                self._prove()

    def _forget(self):
        self._expected = None
        self._doubted = False
        self._bout = 0
        self._watched = []
        self._pause = _PAUSE

    def _watch(self, took_us, began_us, bursts):
        if self._pause:
            self._pause -= 1
            return
        if self._watched and took_us != self._took_us:
            self._watched = []
        self._took_us = took_us
        values = self._mirror.read()
        if len(values) != len(self._mirror.where):      # an object of the core has got a new attribute
            self._mirror = Mirror(self._core, self._world)
            self._watched = []
            return
        self._watched.append(values)
        if len(self._watched) <= CYCLE:
            return
        watched, self._watched = self._watched, []
        for i, pilot in enumerate(self._pilots):
            once = pilot.learn(bursts[i], began_us)
            if not once or (pilot.bursting and not clear(pilot.circuit(), self._pilot_edges, pilot.pin_of_codes)):
                self._forget()
                return
        learnt = learn(watched, self._mirror.where, len(self._mirror.slots), self._timer[1] // 1000)
        if not learnt:
            self._forget()
            return
        self._counters, self._phase = learnt
        self._expected = watched[-1]
        for counter in self._counters:
            self._expected[counter.index] = None
        self._known = False

    # Skipping

    def ready(self):
        """True when the next tick is proven to change nothing."""
        if self._expected is None or self._bout:
            return False
        if not self._known or self._changes != self._world.changes:
            self.disturb()
            self._look()
        return self._left > 0

    def leap(self, limit_us, task_us):
        """Skip the ticks that begin before `limit_us`, up to the one after which a task runs that is due at `task_us`."""
        if (self._known and not self._left) or not self.ready() or self._proving:
            return False
        timer = self._timer
        due_us, period_us = timer[0], timer[1]
        event_us = self._event_us
        last_us = event_us - self._took_us - 1
        if task_us < last_us:
            last_us = task_us
        if limit_us <= last_us:
            last_us = limit_us - 1
        count = (last_us - due_us) // period_us + 1
        if count <= 0 or due_us < self._clock.now_us:
            return False
        if count > self._left:
            count = self._left
        last_us = due_us + (count - 1) * period_us
        for pilot in self._pilots:
            pilot.pass_by(count, last_us)
        self._left -= count
        self._owed += count
        self._owed_us = last_us
        self.skipped += count
        timer[0] = last_us + period_us
        self._world.fed(last_us + self._took_us, event_us)
        self._clock.run_to(last_us + self._took_us)
        return True

    def _look(self):
        """Read the list; it must be what is expected. Then it is known for how many ticks no counter reaches anything."""
        self._left = 0
        values = self._mirror.read()
        if self._proving:
            self._chain = list(values)
        left = FAR
        for counter in self._counters:
            value = values[counter.index]
            values[counter.index] = None
            if not counter.low < value < counter.high:
                self._forget()
                return
            ticks = counter.ticks_left(value, self._phase)
            if ticks < left:
                left = ticks
        if values != self._expected or not silent(self._core, self._world):
            if self._doubted:
                self._forget()
            else:
                self._bout = _BOUT
            return
        self._doubted = False
        self._known = True
        self._changes = self._world.changes
        self._event_us = self._world.next_change_us()
        self._left = left

    def settle(self):
        """Let the counters be where the skipped ticks would have brought them."""
        ticks = self._owed
        if not ticks:
            return
        self._owed = 0
        judged = (self._phase + ticks) // CYCLE
        self._phase = (self._phase + ticks) % CYCLE
        slots = self._mirror.slots
        for counter in self._counters:
            it, key = slots[counter.index]
            growth = counter.growth(ticks, judged)
            if isinstance(key, int):
                it[key] += growth
            else:
                setattr(it, key, getattr(it, key) + growth)
        core = self._core
        core.ticks = core.ticks + ticks & _COUNT
        core._last_ms = (self._owed_us - self._clock.boot_us) // 1000 & vtime.MASK

    # Proving

    def _prove(self):
        """A tick has run that would have been skipped."""
        self._left -= 1
        self.skipped += 1
        chain = self._chain
        for counter in self._counters:
            chain[counter.index] += counter.growth(1, self._phase == 0)
        values = self._mirror.read()
        if self._changes == self._world.changes and values != chain:    # else an event fell into it: it would have run
            where = self._mirror.where
            wrong = ["%s is %r, not %r" % (where[i], value, chain[i]) for i, value in enumerate(values) if value != chain[i]]
            self._failed("a quiet tick: " + ", ".join(wrong))


def begin(machine, app, ports, mode, failed):
    """A `Rest` that has taken over the timer of the core's tick; None where the program has none."""
    for timer in machine.timers:
        if timer[2] == app.core.tick:
            return Rest(machine, app, ports, timer, mode, failed)
    return None
