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
wants to see it. The world itself is moved as ever, so its events happen and its invariants are looked at.

`mode`: "skip"; "run" (every tick runs); "prove" (every tick runs, and one that would have been skipped must leave exactly what
was foretold: `failed(text)` is called otherwise).
"""

from micropython import const

import firmware.safety.limits as limits
from hal.sim import vtime
from hal.sim.mirror import Mirror
from hal.sim.quiet import DAY_MS, clear, edges, edges_of_pilot, silent

MODES = ("skip", "run", "prove")
_CYCLE = const(5)                       # ticks from one judgement of the supply to the next
_PAUSE = const(3)                       # ticks before looking again when something changed
_BOUT = const(9)                        # ticks after which something may be as before: a cable is read in eight, each second
_TICKS = const(0x3FFFFFFF)

# Numbers that often begin anew are compared with these alone.
_COMPARED = (
    ("thermal._ms", (0,)),
    ("permit._left_ms", (0,)),
    ("proximity._ms", (0,)),
    ("residual._ms", (limits.TEST_TRIP_MIN_MS, limits.TEST_TRIP_MAX_MS, limits.TEST_RELEASE_MS)),
    ("residual._since_ms", (limits.TEST_AGE_MS,)),
    ("book._day_ms", (DAY_MS,)),
    ("supply._ages.ms[0]", (limits.METER_AGE_MS, limits.METER_LOST_MS)),
)
# What others than the tick may call: the core may be another afterwards.
_UNIT_CALLS = ("begin_session", "end_session", "release_plug", "clear")
_CORE_CALLS = ("restore", "plan_stall")


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
        self._hear(app)
        self._mirror = Mirror(app.core, machine.world)
        self._edges = edges()
        self._pilot_edges = edges_of_pilot()
        self._watched = []              # the list after each tick of the cycle that is watched
        self._pause = 0
        self._expected = None           # the list with None for each counter; None: not known to be quiet
        self._bout = 0                  # ticks to run before it is asked again whether all is as expected ...
        self._doubted = False           # ... which then is the last time
        self._counters = []             # [index, growth a tick, more a judgement of the supply, low, high]
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

    def _hear(self, app):
        for unit in app.core.units:
            for name in _UNIT_CALLS:
                self._announce(unit, name)
            self._announce_due(unit.residual)
            self._announce_measured(unit)
            self._announce_grant(unit.permit)
            self._announce_revoke(unit.permit)
        for name in _CORE_CALLS:
            self._announce(app.core, name)
        app.settings.watch(lambda name, value: self.disturb())

    def _announce(self, it, name):
        method = getattr(it, name)

        def announced(*args, **kwargs):
            self.disturb()
            return method(*args, **kwargs)

        setattr(it, name, announced)

    def _announce_due(self, residual):
        due = residual.due

        def announced():                # the tick calls it too: it must not allocate
            self.disturb()
            due()

        residual.due = announced

    # Three are called all the time, and mostly say what was so before: then only one counter goes back to where it has
    # the most room, and all else stays known.

    def _announce_measured(self, unit):
        measured = unit.measured
        supply = unit.supply

        def announced(volts_mv, amps_ma, frequency_mhz=0):
            self._settle()
            before = supply._low_mv, supply._high_mv, supply._mhz, supply.peak_ma, supply._known
            stale = supply._ages.ms[0] >= limits.METER_AGE_MS
            measured(volts_mv, amps_ma, frequency_mhz)
            if stale or self._proving or before != (supply._low_mv, supply._high_mv, supply._mhz, supply.peak_ma, supply._known):
                self._known = False

        unit.measured = announced

    def _announce_grant(self, permit):
        grant = permit.grant

        def announced(current_ma, by="board", ttl_ms=limits.LEASE_MS):
            self._settle()
            before = permit.live, permit.current_ma, permit.by, permit.lapsed
            left_ms = permit._left_ms
            grant(current_ma, by, ttl_ms)
            now = permit.live, permit.current_ma, permit.by, permit.lapsed
            if self._proving or before != now or permit._left_ms < left_ms:
                self._known = False

        permit.grant = announced

    def _announce_revoke(self, permit):
        revoke = permit.revoke

        def announced(why="waiting for authorisation"):
            if permit.live or permit.lapsed or permit.why != why:   # else it is revoked again and again, and nothing changes
                self.disturb()
            revoke(why)

        permit.revoke = announced

    # What others say

    def disturb(self):
        """Somebody acts on the core or the world, or looks at them."""
        self._known = False
        self._settle()

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
            self._phase = (self._phase + 1) % _CYCLE
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
        if len(self._watched) <= _CYCLE:
            return
        watched, self._watched = self._watched, []
        for i, pilot in enumerate(self._pilots):
            once = pilot.learn(bursts[i], began_us)
            if not once or (pilot.bursting and not clear(pilot.circuit(), self._pilot_edges)):
                self._forget()
                return
        if not self._learn(watched):
            self._forget()

    def _learn(self, watched):
        """See whether the cycle changed nothing but counters, and take it as the model of those to come."""
        counters = []
        judged = None
        dt_ms = self._timer[1] // 1000
        a, b, c, d, e, f = watched
        for i in range(len(a)):
            x = a[i]
            if x == b[i] and x == c[i] and x == d[i] and x == e[i] and x == f[i]:
                continue
            values = [one[i] for one in watched]
            steps = _steps(values)
            if steps is None or i >= len(self._mirror.slots):
                return False
            each, more, at = steps
            whole = each * _CYCLE + more
            if each not in (0, dt_ms, -dt_ms) or whole not in (0, _CYCLE * dt_ms, -_CYCLE * dt_ms):
                return False            # it counts something else than time, and who knows up to what
            if more:
                if judged not in (None, at):
                    return False
                judged = at
            low, high = self._around(i, values, whole == 0)
            if low is None:
                return False
            counters.append((i, each, more, low, high))
        if judged is None:
            return False
        self._phase = _CYCLE - 1 - judged
        self._counters = counters
        self._expected = f
        for counter in counters:
            f[counter[0]] = None
        self._known = False
        return True

    def _around(self, i, values, turns):
        """The two numbers between which the i-th value may move without anything being decided otherwise."""
        if turns:
            return -1, _TICKS           # it runs in a circle that was watched whole
        numbers = self._edges
        for name, compared in _COMPARED:
            if self._mirror.where[i].endswith(name):
                numbers = compared
        low, high = -_TICKS, _TICKS
        for number in numbers:
            if number in values:
                return None, None
            if number < values[0]:
                low = max(low, number)
            else:
                high = min(high, number)
        return (low, high) if low < min(values) and max(values) < high else (None, None)

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
        left = _TICKS
        for i, each, more, low, high in self._counters:
            x = values[i]
            values[i] = None
            if not low < x < high:
                self._forget()
                return
            if each * _CYCLE + more != 0:
                left = min(left, self._ticks_to(x, each, more, low, high))
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

    def _ticks_to(self, x, each, more, low, high):
        """Ticks for which a counter stays between its two numbers."""
        if not each:
            room = (high - x - 1) // more if more > 0 else (x - low - 1) // -more
            return room * _CYCLE + _CYCLE - 1 - self._phase
        return (high - x - 1) // each if each > 0 else (x - low - 1) // -each

    def _settle(self):
        """Let the counters be where the skipped ticks would have brought them."""
        ticks = self._owed
        if not ticks:
            return
        self._owed = 0
        judged = (self._phase + ticks) // _CYCLE
        self._phase = (self._phase + ticks) % _CYCLE
        slots = self._mirror.slots
        for i, each, more, _, _ in self._counters:
            it, key = slots[i]
            growth = each * ticks + more * judged
            if isinstance(key, int):
                it[key] += growth
            else:
                setattr(it, key, getattr(it, key) + growth)
        core = self._core
        core.ticks = core.ticks + ticks & _TICKS
        core._last_ms = (self._owed_us - self._clock.boot_us) // 1000 & vtime.MASK

    # Proving

    def _prove(self):
        """A tick has run that would have been skipped."""
        self._left -= 1
        self.skipped += 1
        chain = self._chain
        for i, each, more, _, _ in self._counters:
            chain[i] += each + more * (self._phase == 0)
        values = self._mirror.read()
        if self._changes == self._world.changes and values != chain:    # else an event fell into it: it would have run
            wrong = ["%s is %r, not %r" % (self._mirror.where[i], value, chain[i]) for i, value in enumerate(values) if value != chain[i]]
            self._failed("a quiet tick: " + ", ".join(wrong))


def _steps(values):
    """(growth a tick, what is added once, at which tick) of numbers that grow evenly but for one tick; None of others."""
    for value in values:
        if type(value) is not int:
            return None
    steps = [values[k + 1] - values[k] for k in range(_CYCLE)]
    each = sorted(steps)[_CYCLE // 2]
    odd = [k for k in range(_CYCLE) if steps[k] != each]
    if len(odd) > 1:
        return None
    return (each, steps[odd[0]] - each, odd[0]) if odd else (each, 0, 0)


def begin(machine, app, ports, mode, failed):
    """A `Rest` that has taken over the timer of the core's tick; None where the program has none."""
    for timer in machine.timers:
        if timer[2] == app.core.tick:
            return Rest(machine, app, ports, timer, mode, failed)
    return None
