"""The two clocks of the simulator: the world's, in microseconds since its beginning, and the charger's, which hangs on it."""

from hal.sim import vtime
from hal.sim.heap import outside, relock, unlocked


class Clock:
    """The world's clock. Whoever moves it moves the world along; `after` is called when the world has moved."""

    def __init__(self, now_us=0):
        self.now_us = now_us
        self.boot_us = now_us  # when the running interpreter began: its ticks count from here
        self.world = None
        self.after = None

    def run_to(self, us):
        """Move to `us` while the firmware is busy (or does nothing): the world lives, no task runs. Never backwards."""
        world = self.world
        if us <= self.now_us:
            return
        if us < world.due_us and us < world.invariants.due_us:
            self.now_us = world.now_us = us  # nothing happens on the way
        else:
            depth = unlocked()
            self.now_us = us
            world.advance(us)
            self.after()
            relock(depth)

    # What vtime wants of a clock.

    @outside
    def ticks_ms(self):
        return (self.now_us - self.boot_us) // 1000 & vtime.MASK

    @outside
    def ticks_us(self):
        return self.now_us - self.boot_us & vtime.MASK

    def wait_us(self, us):
        depth = unlocked()
        self.run_to(self.now_us + us)
        relock(depth)


class ChargerClock:
    """`hal.clock`. `rtc` is the real-time clock as a dict that outlives the interpreter: {"zero_us": UTC of the world's 0}."""

    diff = staticmethod(vtime.diff)
    add = staticmethod(vtime.add)

    def __init__(self, clock, rtc):
        self._clock = clock
        self._rtc = rtc
        self.ticks_ms = clock.ticks_ms
        self.ticks_us = clock.ticks_us
        self.wait_us = clock.wait_us

    def utc_s(self):
        zero_us = self._rtc["zero_us"]
        return None if zero_us is None else (zero_us + self._clock.now_us) // 1000000

    def set_utc(self, seconds):
        self._rtc["zero_us"] = seconds * 1000000 - self._clock.now_us
