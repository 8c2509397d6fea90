"""Moves the world's clock: one mechanism for every speed.

Asyncio asks `turn` before each task step. While a task is ready it runs, each step costing STEP_US of virtual time. When
none is, the desk is served (answers and requests), and the clock goes to the next instant at which anything is due: a
task, a timer of the firmware, the world, a promise given at the desk. How far it may go is the pace's word: at a given
speed as far as the host's clock has come, at `max` only as far as an `advance` or `wait` reaches.

What is due exactly where an `advance` ends belongs to the next one; only ready tasks still run there, in no time.
"""

from micropython import const

from hal.sim import vtime
from hal.sim.world.part import NEVER

STEP_US = 50               # what a task step costs
_SPINS = const(1000)       # ready tasks may run so often while the clock stands before the desk is served nevertheless
_LAG_US = const(200000)    # further behind than this (host's time), a hiccup of the host stretches time
_LOOKS = const(7)          # every eighth step asks the host for I/O, unless a peer owes bytes: each question costs a system call
_ALIVE_US = const(2000000)  # the parent hears of us at least so often (host's time)
_SETTLE_US = const(2000)   # how long (host's time) the rest of an answer is waited for once its first bytes are there


class Machine:
    """`core` is asyncio's. `desk` answers to serve(), next_us(), fetch(), busy(); `reset(cause)` ends the interpreter."""

    def __init__(self, clock):
        self.clock = clock
        self.core = None
        self.world = None
        self.link = None
        self.desk = None
        self.speed = None       # None: as fast as can be, between commands not at all
        self.grace_us = 0
        self.powered = False    # an interpreter runs the firmware
        self.dead = False       # ... or ran it: its program has ended
        self.stall_until_us = 0
        self.reset = None
        self.report = None      # report(where, exception)
        self.timers = []        # [due_us, period_us, callback]
        self.rest = None        # hal.sim.rest, where quiet ticks need not run
        self._spins = 0
        self._look = 0
        self._owed_us = None    # until then (host's time) the clock waits for an outside peer
        self._turns = False
        self._zero_us = None    # host's time at which this pace would have shown 0
        self._said_us = 0

    # What the firmware gets

    def every(self, ms, callback):
        """A periodic timer: `callback()` each `ms`, between task steps. A late call is not made up."""
        self.timers.append([self.clock.now_us + ms * 1000, ms * 1000, callback])

    # What the sim's own lines to the outside say

    def owe(self, times=1):
        """An outside peer has been spoken to: it owes bytes.

        `times` the usual grace, for a conversation of several turns, which then ends only with `paid`.
        """
        if self.speed is None:
            self._owed_us = vtime.host_us() + self.grace_us * times
            self._turns = times > 1

    def paid(self):
        """All that was owed has come."""
        self._owed_us = None

    # The clock

    def alive(self):
        return self.powered and not self.dead and self.clock.now_us >= self.stall_until_us

    def moved(self):
        """The world has moved (Clock.after): see whether its watchdog has barked."""
        if self.powered and self.world.wants_reset:
            self.reset("watchdog")

    def turn(self, io, ms):
        """Asyncio's question: serve and move time until a task is ready."""
        clock, queue = self.clock, self.core._task_queue
        while True:
            self._look += 1
            if self._look & _LOOKS == 0 or self._owed_us is not None:
                self._serve(io, 0)
            if self._spins < _SPINS and clock.now_us >= self.stall_until_us:
                task = queue.peek()
                if task is not None and vtime.diff(task.ph_key, clock.ticks_ms()) <= 0:
                    self._spins += 1
                    self._step()
                    return
            self._idle(io)

    def alone(self, until):
        """The world without a running firmware, until `until()` is true."""
        io = self.core._io_queue
        while not until():
            self._serve(io, 0)
            self._look += 1
            self._idle(io)

    def _step(self):
        clock = self.clock
        now_us = clock.now_us
        limit_us = self._limit(now_us)
        if now_us < limit_us:
            to_us = now_us + STEP_US
            clock.run_to(to_us if to_us < limit_us else limit_us)
            for timer in self.timers:
                if timer[0] <= clock.now_us:
                    self.ring(limit_us)
                    return

    def _idle(self, io):
        """Nothing is ready: answer, then let the clock go one leg, or wait for the host."""
        self._spins = 0
        if self._look & _LOOKS == 0:
            self._alive_sign()
        desk = self.desk
        if not desk.rests() and desk.serve():
            return
        now_us = self.clock.now_us
        limit_us = self._limit(now_us)
        # Not where each look of a `wait` counts, nor before a peer that owes bytes.
        if self.rest and now_us < limit_us and self._owed_us is None and desk.due_us and self.alive():
            if self.rest.leap(limit_us, self._task_us()):
                return
        due_us = self._due()
        if now_us >= limit_us:
            self._wait(io, due_us, limit_us)
            return
        to_us = min(due_us, limit_us)
        if to_us > now_us:
            if self._owed_us is not None and self._await_peer(io):
                return
            self.clock.run_to(to_us)
        self.ring(limit_us)

    def _due(self):
        """The next instant at which anything happens; not before now."""
        now_us = self.clock.now_us
        due_us = min(self.world.due_us, self.desk.next_us())
        if now_us < self.stall_until_us:
            return max(now_us, min(due_us, self.stall_until_us))
        if self.powered and not self.dead:
            due_us = min(due_us, self._task_us())
            for timer in self.timers:
                if timer[0] < due_us:
                    due_us = timer[0]
        return max(now_us, due_us)

    def _task_us(self):
        """When the next task is due."""
        task = self.core._task_queue.peek()
        if task is None:
            return NEVER
        now_us = self.clock.now_us
        return now_us + vtime.diff(task.ph_key, self.clock.ticks_ms()) * 1000 - (now_us - self.clock.boot_us) % 1000

    def ring(self, limit_us):
        """Run the timers that are due, in the order they were made."""
        for timer in self.timers:
            if timer[0] <= self.clock.now_us and timer[0] < limit_us and self.alive():
                try:
                    timer[2]()
                except Exception as error:
                    self.report("timer", error)  # as the chip does: it is told, and the timer goes on
                timer[0] += timer[1]
                if timer[0] <= self.clock.now_us:
                    timer[0] += (self.clock.now_us - timer[0]) // timer[1] * timer[1] + timer[1]

    # Against the host's clock

    def _limit(self, now_us):
        """How far the clock may go now."""
        if self.speed is None:
            return self.desk.next_us() if self.desk.busy() else now_us
        host_us = vtime.host_us()
        if self._zero_us is None:
            self._zero_us = host_us - int(now_us / self.speed)
        limit_us = int((host_us - self._zero_us) * self.speed)
        lag_us = (limit_us - now_us) / self.speed - _LAG_US
        if lag_us > 0:
            self._zero_us += int(lag_us)
            limit_us = int((host_us - self._zero_us) * self.speed)
        return limit_us

    def _wait(self, io, due_us, limit_us):
        """The clock may not go on: sleep until it may, or until something comes from outside."""
        if self.speed is None:
            ms = 1 if due_us <= limit_us and self._task_ready() else 1000
        elif due_us >= NEVER:
            ms = 1000
        else:
            ms = min(1000, max(1, int((due_us - limit_us) / self.speed / 1000)))
        self._serve(io, ms)

    def _task_ready(self):
        task = self.core._task_queue.peek()
        return task is not None and self.alive() and vtime.diff(task.ph_key, self.clock.ticks_ms()) <= 0

    def _await_peer(self, io):
        """Wait for bytes that are owed; True when something came."""
        left_us = self._owed_us - vtime.host_us()
        if left_us > 0:
            return self._serve(io, (left_us + 999) // 1000)
        self._owed_us = None
        return False

    def _serve(self, io, ms):
        """Let streams and requests in, waiting at most `ms` (host's); true when anything came."""
        woken = io.serve(ms)
        if woken & vtime.OTHER:
            self.desk.fetch()
        if woken & vtime.READ and self._owed_us is not None and not self._turns:
            self._owed_us = min(self._owed_us, vtime.host_us() + _SETTLE_US)
        return woken

    def _alive_sign(self):
        host_us = vtime.host_us()
        if host_us - self._said_us > _ALIVE_US:
            self._said_us = host_us
            self.link.send({"alive": True})
