"""The hal contract kept over the world: each class here is what the firmware holds in its hands for one part.

The safety tick calls these under `micropython.heap_lock()`. A real pin costs no memory; physics does. So whatever
moves the world steps out of the lock and back in to the same depth. What stays in attributes is small integers.
"""

from array import array

from micropython import const

from hal.sim.heap import relock, unlocked
from hal.sim.native import native
from hal.sim.world.pilot import ADC_CODES, ADC_FULL_MV, ADC_SPAN_MV, GAIN, RAIL_MV, ZERO_MV

peaks = native("hal.drivers.peaks", "peaks")

_BURST = const(64)
_UNITY = const(4096)
_NEAR_MV = const(1000)
_HIGH3, _LOW3, _N_HIGH, _N_LOW, _SPREAD = range(5)      # of what peaks() found

_NEAR_CODES = _NEAR_MV * ADC_SPAN_MV * ADC_CODES // (RAIL_MV * ADC_FULL_MV)


class _Port:
    """`self._now()` brings the world to the clock's instant and says which it is; only outside the lock.

    Plain levels are read without stepping out: `self._sync()` does so only if the clock has moved without the world.
    """

    def __init__(self, world, clock):
        self._world = world
        self._clock = clock

    def _sync(self):
        if self._clock.now_us > self._world.now_us:
            depth = unlocked()
            self._now()
            relock(depth)

    def _now(self):
        now_us = self._clock.now_us
        if now_us > self._world.now_us:
            self._world.advance(now_us)
        return now_us


class PilotPort(_Port):
    def __init__(self, world, clock, connector):
        super().__init__(world, clock)
        self._connector = connector
        self._codes = array("H", [0] * _BURST)
        self._peaks = array("i", [0] * 5)
        self.trim(0, _UNITY)
        self.high_mv = 0
        self.low_mv = 0
        self.n_high = 0
        self.n_low = 0
        self.spread_mv = 0
        self.interval_us = connector.pilot.interval_us
        self.bursts = 0
        self.bursting = True            # each of the ticks that are skipped would have made a burst ...
        self._after_us = 0              # ... so long after its beginning
        self._began_us = 0
        self._missed_us = 0             # when the last of them would have begun
        self._missed = False            # nobody has made it yet
        self._circuit = None            # as it is in all of them

    def drive(self, duty):
        depth = unlocked()
        self._now()
        self._world.drive(self._connector, duty)
        relock(depth)

    def sample(self):
        depth = unlocked()
        pilot = self._connector.pilot
        clock = self._clock
        codes = self._codes
        now_us = self._began_us = self._now()
        self.bursts += 1
        self._missed = False
        interval_us = pilot.interval_us
        done = 0
        while done < _BURST:
            # Up to the next event the circuit is one and the same; then look again.
            count = _BURST - done
            due_us = self._world.due_us
            if due_us < now_us + count * interval_us:
                count = max(1, (due_us - now_us + interval_us - 1) // interval_us)
            pilot.convert(codes, done, count, now_us)
            done += count
            now_us += count * interval_us
            clock.run_to(now_us)
        self._find()
        self.interval_us = interval_us
        relock(depth)

    def _find(self):
        found = self._peaks
        codes = self._codes
        peaks(codes, _BURST, _NEAR_CODES, ADC_CODES - 1, found)
        self.n_high = found[_N_HIGH]
        self.n_low = found[_N_LOW]
        seen = self.n_high > 0
        self.high_mv = self._mv(found[_HIGH3]) if seen else 0
        self.low_mv = self._mv(found[_LOW3]) if seen else 0
        self.spread_mv = found[_SPREAD] * 3 * GAIN // 10000

    # For hal.sim.rest

    def circuit(self):
        return self._connector.pilot.circuit()

    def pin_of_codes(self, code):
        """What is found at the pin where three conversions gave that code."""
        return self._mv(3 * code)

    def learn(self, bursts, tick_us):
        """The ticks to be skipped do as the one that began at `tick_us`, before which there were so many bursts. False where
        it made more than one."""
        self.bursting = self.bursts > bursts
        self._after_us = self._began_us - tick_us
        self._circuit = self.circuit()
        return self.bursts - bursts <= 1

    def pass_by(self, ticks, last_us):
        """So many ticks are skipped, the last at `last_us`."""
        if self.bursting:
            self._connector.pilot.passed += ticks * _BURST
            self._missed_us = last_us + self._after_us
            self._missed = True

    def catch_up(self):
        """Somebody looks: make the burst that was skipped last, as it would have been then."""
        if self._missed:
            self._missed = False
            self._connector.pilot.reconvert(self._codes, _BURST, self._missed_us, self._circuit)
            self._find()

    def burst(self):
        return [self._mv(3 * code) for code in self._codes]

    def trim(self, offset_mv, gain):
        self._offset_mv = offset_mv
        self._gain = gain

    def _mv(self, codes):
        """Millivolts from the sum of three codes."""
        return (codes * GAIN // 10000 - ZERO_MV) * self._gain // _UNITY + self._offset_mv


class ProximityPort(_Port):
    def __init__(self, world, clock, connector):
        super().__init__(world, clock)
        self._cable = connector.cable

    def ohm(self):
        depth = unlocked()
        self._now()
        ohm = self._cable.ohm()
        relock(depth)
        return ohm


class ContactorPort(_Port):
    def __init__(self, world, clock, connector):
        super().__init__(world, clock)
        self._connector = connector
        self._contactor = connector.contactor
        self._fitted = connector.spec.feedback

    def command(self, on):
        depth = unlocked()
        self._now()
        self._world.command(self._connector, bool(on))
        relock(depth)

    def feedback(self):
        if not self._fitted:
            return -1
        self._sync()
        poles = self._contactor.steady_lines()
        if poles < 0:
            depth = unlocked()
            poles = self._contactor.feedback(self._world.now_us)
            relock(depth)
        return poles


class ResidualPort(_Port):
    def __init__(self, world, clock, connector):
        super().__init__(world, clock)
        self._connector = connector
        self._residual = connector.residual

    def tripped(self):
        self._sync()
        return self._residual.tripped

    def test(self, on):
        depth = unlocked()
        self._now()
        self._world.test(self._connector, bool(on))
        relock(depth)


class LockPort(_Port):
    def __init__(self, world, clock, connector):
        super().__init__(world, clock)
        self._lock = connector.lock

    def drive(self, direction):
        depth = unlocked()
        self._lock.drive(direction, self._now())
        relock(depth)

    def closed(self):
        depth = unlocked()
        closed = self._lock.closed(self._now())
        relock(depth)
        return closed


class PlugSwitchPort(_Port):
    def __init__(self, world, clock, connector):
        super().__init__(world, clock)
        self._vehicle = connector.vehicle

    def pressed(self):
        return self._vehicle.plugged


class ConnectorPorts:
    """One of hal.connectors: a part that is not fitted is None."""

    def __init__(self, world, clock, connector):
        spec = connector.spec
        self.pilot = PilotPort(world, clock, connector) if spec.pilot else None
        self.proximity = ProximityPort(world, clock, connector) if spec.proximity else None
        self.contactor = ContactorPort(world, clock, connector)
        self.residual = ResidualPort(world, clock, connector) if connector.residual is not None else None
        self.lock = LockPort(world, clock, connector) if connector.lock is not None else None
        self.plug_switch = PlugSwitchPort(world, clock, connector) if spec.plug_switch else None


class InputPort:
    def __init__(self, switch):
        self._switch = switch

    def active(self):
        return self._switch.active


class EarthPort:
    """Loss of the protective earth, as an earth-continuity monitor tells it."""

    def __init__(self, mains):
        self._mains = mains

    def active(self):
        return not self._mains.earth


class TemperaturePort(_Port):
    def __init__(self, world, clock, sensor):
        super().__init__(world, clock)
        self._sensor = sensor

    def read_dc(self):
        depth = unlocked()
        dc = self._sensor.read_dc(self._now())
        relock(depth)
        return dc


class ButtonPort(_Port):
    def __init__(self, world, clock, button):
        super().__init__(world, clock)
        self._button = button

    def pressed(self):
        depth = unlocked()
        pressed = self._button.pressed(self._now())
        relock(depth)
        return pressed


class IndicatorPort(_Port):
    """`colour`, `blink_ms` and `percent` are what it shows; a change is a `led` event."""

    def __init__(self, world, clock):
        super().__init__(world, clock)
        self.colour = "off"
        self.blink_ms = 0
        self.percent = 100

    def show(self, colour, blink_ms=0, percent=100):
        if (colour, blink_ms, percent) != (self.colour, self.blink_ms, self.percent):
            depth = unlocked()
            self.colour = colour
            self.blink_ms = blink_ms
            self.percent = percent
            self._world.emit("led", self._now(), colour=colour, blink_ms=blink_ms, percent=percent)
            relock(depth)


class VentilationPort(_Port):
    def drive(self, on):
        depth = unlocked()
        self._now()
        self._world.ventilate(bool(on))
        relock(depth)

    def running(self):
        self._sync()
        return self._world.fan.turning


class ReaderPort(_Port):
    def poll(self):
        uid = self._world.reader.card(self._now())
        return bytes.fromhex(uid) if uid else None

    def alive(self):
        return not self._world.reader.dead


class GuardPort(_Port):
    def __init__(self, world, clock):
        super().__init__(world, clock)
        self.make = world.board.guard.make
        self.promise_ms = world.board.guard.promise_ms
        self.bench_only = world.board.guard.bench_only

    def token(self):
        depth = unlocked()
        self._now()
        self._world.token()
        relock(depth)


class WatchdogPort(_Port):
    def feed(self):
        depth = unlocked()
        self._now()
        self._world.feed()
        relock(depth)


class Ports:
    """Everything of the hal that the world stands behind, under the hal's names.

    `clock` has `now_us` and `run_to(us)`, which moves time and calls `world.advance`. The RS-485 port is `hal.sim.line`:
    it needs asyncio, which must not be imported before the simulator has put its own time under it.
    """

    def __init__(self, world, clock):
        self.connectors = [ConnectorPorts(world, clock, connector) for connector in world.connectors]
        self.inputs = {name: InputPort(switch) for name, switch in world.inputs.items()}
        if "earth" in world.board.inputs:
            self.inputs["earth"] = EarthPort(world.mains)
        self.temperatures = {name: TemperaturePort(world, clock, sensor) for name, sensor in world.sensors.items()}
        self.buttons = {name: ButtonPort(world, clock, button) for name, button in world.buttons.items()}
        self.indicator = IndicatorPort(world, clock) if world.board.indicator else None
        self.ventilation = VentilationPort(world, clock) if world.board.fan else None
        self.reader = ReaderPort(world, clock) if world.board.reader else None
        self.guard = GuardPort(world, clock)
        self.watchdog = WatchdogPort(world, clock)
