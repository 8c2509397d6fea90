"""A connector on the bench: the safety core over the plainest possible hardware, in hand-moved time.

Pilot levels are set, not computed; the physics has its own tests, and the simulator brings both together.
"""
from firmware.safety.core import Core
from firmware.support.ring import Ring

_MASK = (1 << 30) - 1
_HALF = 1 << 29


class Clock:
    """What a tick asks of it stays within the chip's 31 bits; `us`, the whole time, is for the test outside the tick."""

    def __init__(self, start_ms=0):
        self._wraps = start_ms >> 30
        self._ms = start_ms & _MASK
        self._part_us = 0
        self._ticks_us = 0

    @property
    def us(self):
        return ((self._wraps << 30) + self._ms) * 1000 + self._part_us

    @us.setter
    def us(self, us):
        left = us - self.us
        while left > 0:
            self.wait_us(min(left, 1000000))
            left -= 1000000

    def ticks_ms(self):
        return self._ms

    def ticks_us(self):
        return self._ticks_us

    def diff(self, later, earlier):
        return ((later - earlier & _MASK) ^ _HALF) - _HALF

    def add(self, ticks, delta):
        return ticks + delta & _MASK

    def wait_us(self, us):
        self._part_us += us
        self._ticks_us = self._ticks_us + us & _MASK
        gone_ms = self._part_us // 1000
        self._part_us -= gone_ms * 1000
        before = self._ms
        self._ms = before + gone_ms & _MASK
        if self._ms < before:
            self._wraps += 1


class Pilot:
    """Shows the level of `letter` for whatever is driven; `diode` False mirrors the positive level below zero."""

    LEVELS = {"A": 12000, "B": 9000, "C": 6000, "D": 3000, "E": 0, "X": 7500}

    def __init__(self, clock):
        self.clock = clock
        self.letter = "A"
        self.diode = True
        self.spread_mv = 40
        self.interval_us = 60
        self.n_high = self.n_low = 12
        self.high_mv = self.low_mv = 12000
        self.duty = None
        self.bursts = 0

    def drive(self, duty):
        self.duty = duty

    def sample(self):
        self.clock.wait_us(64 * self.interval_us)
        self.bursts += 1
        level = self.LEVELS[self.letter]
        if self.duty == 0:
            self.high_mv = self.low_mv = -12000
        elif self.duty == 65536 or self.letter == "E":
            self.high_mv = self.low_mv = level
        else:
            self.high_mv = level
            self.low_mv = -12000 if self.diode else -level


class Contactor:
    def __init__(self, poles):
        self.all = (1 << poles) - 1
        self.on = False
        self.stuck = None

    def command(self, on):
        self.on = on

    def feedback(self):
        if self.stuck is not None:
            return self.stuck
        return self.all if self.on else 0


class Residual:
    def __init__(self):
        self.leak = self.testing = self.dead = False

    def tripped(self):
        return self.leak or (self.testing and not self.dead)

    def test(self, on):
        self.testing = on


class Input:
    def __init__(self):
        self.on = False

    def active(self):
        return self.on


class Sensor:
    def __init__(self, dc=300):
        self.dc = dc

    def read_dc(self):
        return self.dc


class Proximity:
    def __init__(self):
        self.value = 220

    def ohm(self):
        return self.value


class Lock:
    def __init__(self):
        self.is_closed = self.jam = False
        self.drives = 0

    def drive(self, direction):
        if direction:
            self.drives += 1
            if not self.jam:
                self.is_closed = direction > 0

    def closed(self):
        return self.is_closed


class Switch:
    def __init__(self):
        self.plug = False

    def pressed(self):
        return self.plug


class _Bag:
    def __init__(self, **fields):
        for name in fields:
            setattr(self, name, fields[name])


class Counter:
    def __init__(self):
        self.count = 0

    def token(self):
        self.count += 1

    feed = token


class Bench:
    """One connector; `socket` adds proximity and lock, without `pilot` it is an outlet with lock and plug switch.

    `run(ms)` ticks every 20 ms and renews the permit that `allow` gave.
    """

    def __init__(self, socket=False, phases=1, start_ms=0, feedback=True, pilot=True, side="load"):
        self.clock = Clock(start_ms)
        self.random = 0                     # what each random byte is
        self.pilot = Pilot(self.clock)
        poles = ("L1", "N") if phases == 1 else ("L1", "L2", "L3", "N")
        self.contactor = Contactor(len(poles))
        if not feedback:
            self.contactor.stuck = -1
        self.residual = Residual()
        self.proximity = Proximity() if socket else None
        self.lock = Lock() if socket or not pilot else None
        self.plug_switch = None if pilot else Switch()
        self.inputs = {"estop": Input(), "door": Input(), "tilt": Input(), "earth": Input()}
        self.sensors = {"board": Sensor()}
        self.guard, self.watchdog = Counter(), Counter()
        spec = _Bag(
            id=1, pilot=pilot, rating_ma=32000 if pilot else 15000, phases=phases, poles=poles, feedback=feedback,
            meter={"side": side}
        )
        board = _Bag(rating_ma=32000, connectors=[spec], guard=_Bag(bench_only=False))
        io = _Bag(
            pilot=self.pilot if pilot else None, contactor=self.contactor, residual=self.residual,
            proximity=self.proximity, lock=self.lock, plug_switch=self.plug_switch
        )
        hal = _Bag(
            board=board, clock=self.clock, connectors=[io], inputs=self.inputs, temperatures=self.sensors,
            guard=self.guard, watchdog=self.watchdog, random=lambda n: bytes([self.random]) * n
        )
        self.ring = Ring(256, self.clock.ticks_ms)
        self.core = Core(hal, self.ring)
        self.unit = self.core.units[0]
        self.permit = 0
        self.volts_mv = [230000, 230000, 230000]
        self.amps_ma = None                 # None: what is offered
        self.frequency_mhz = 50000
        self.meter = True
        self._next_us = self.clock.us + 20000
        self._meter_ms = 0
        self._grant_ms = 0

    def run(self, ms, stop=None):
        """Let `ms` pass, or until `stop()` is true after a tick; returns milliseconds that passed."""
        began = self.clock.us
        end = began + ms * 1000
        while self._next_us <= end:
            if self.clock.us < self._next_us:
                self.clock.us = self._next_us
            self._next_us += 20000
            if self.permit is not None and self.permit >= 0 and self.clock.us // 1000 >= self._grant_ms:
                self._grant_ms = self.clock.us // 1000 + 500
                if self.permit:
                    self.unit.permit.grant(self.permit, "board")
            self._measure()
            self.core.tick()
            if self.core.dead:
                raise self.core.error
            if stop and stop():
                break
        else:
            self.clock.us = max(self.clock.us, end)
        return (self.clock.us - began) // 1000

    def _measure(self):
        if self.meter and self.clock.us // 1000 >= self._meter_ms:
            self._meter_ms = self.clock.us // 1000 + 1000
            flowing = self.unit.offered_ma if self.contactor.on else 0
            self.unit.measured(self.volts_mv, self.amps_ma or [flowing] * 3, self.frequency_mhz)

    def allow(self, current_ma=32000):
        self.permit = current_ma
        self._grant_ms = 0

    def stop(self, why="stopped"):
        self.permit = 0
        self.unit.permit.revoke(why)

    def charge(self, current_ma=32000):
        """Plug, permit, ask: the contactor is closed at the end, or an AssertionError tells why not."""
        self.run(2000)
        self.pilot.letter = "B"
        self.allow(current_ma)
        self.run(5000, lambda: self.unit.offered)
        self.pilot.letter = "C"
        self.run(2000, lambda: self.contactor.on)
        if not self.contactor.on:
            raise AssertionError("not charging: " + self.unit.why)
        self.run(400)
        return self

    def unplug(self, ms=3000):
        self.pilot.letter = "A"
        self.run(ms)

    def names(self):
        """Of the connector's faults."""
        return [fault.name for fault in self.unit.faults]

    def withdrawn(self):
        return not self.unit.offered

    def opened(self):
        return not self.contactor.on

    def events(self):
        taken = []
        while self.ring.take():
            taken.append((self.ring.kind, self.ring.connector, self.ring.a, self.ring.b))
        return taken
