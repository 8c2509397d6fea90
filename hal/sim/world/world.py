"""Time and the whole: every part in one place, moved from event to event.

Nothing here is stepped in small pieces. Each part knows the next instant at which it changes by itself; between those
energy, temperature and the pilot's waveform are closed formulas of time. A tick that finds nothing due costs a comparison.
"""

from hal.sim.world import commands
from hal.sim.world.connector import Connector
from hal.sim.world.guard import Guard, Watchdog
from hal.sim.world.invariants import Invariants
from hal.sim.world.mains import Mains
from hal.sim.world.panel import Button, Fan, Reader, Switch
from hal.sim.world.part import NEVER
from hal.sim.world.rtu_slave import Bus
from hal.sim.world.thermal import Sensor

_INPUTS = ("estop", "door", "tilt")


class World:
    """The world of one charger.

    now_us          integer microseconds since this world began; survives power cycles
    emit            called as emit(name, t_us, **fields) for truth events: contactor, meter, power
    violation       called with a sentence when an invariant breaks (set it; default: kept in `violations`)
    wants_reset     "watchdog" when that has run out; the machinery restarts the charger
    """

    def __init__(self, board, seed, emit, state=None):
        self.board = board
        self.seed = seed
        self.emit = emit
        self.now_us = 0
        self.due_us = NEVER
        self.powered = False
        self.wants_reset = None
        self.clock_lost = False         # the battery-backed clock has forgotten the time
        self.changes = 0                # counts whatever may have changed anything
        self.violations = []
        self.violation = self.violations.append
        self.mains = Mains(board.voltage_v, board.phases)
        self.connectors = [Connector(spec, seed, self.mains, emit) for spec in board.connectors]
        self.bus = Bus(self.connectors, board.rs485, seed)
        self.guard = Guard(board.guard.make)
        self.watchdog = Watchdog()
        self.reader = Reader()
        self.inputs = {name: Switch() for name in _INPUTS if name in board.inputs}
        self.buttons = {name: Button() for name in board.buttons}
        self.fan = Fan()
        self.sensors = {name: Sensor(board.rating_ma) for name in board.temperatures}
        self.invariants = Invariants(self)
        self._parts = [part for connector in self.connectors for part in connector.parts] + [self.fan, self.guard, self.watchdog]
        if state is not None:
            self._load(state)
        self.changed()

    def attach(self, part):
        """A part of a board that only some of its hals have; nobody keeps its state."""
        self._parts.append(part)
        self._plan()

    def next_us(self):
        """The earliest instant at which something may change by itself, NEVER (of part.py) when nothing will."""
        return self.due_us

    def advance(self, to_us):
        """Let the world go on to that instant. What happens on the way happens at its own instant."""
        while self.due_us <= to_us:
            self._happen(self.due_us)
        self.now_us = to_us
        if self.invariants.due_us <= to_us:
            self.invariants.check(to_us)

    def changed(self):
        """Something was done to the world at this instant: carry it through every part and find the next event."""
        self.changes += 1
        self._settle(self.now_us)
        self._plan()
        while self.due_us <= self.now_us:
            self._happen(self.now_us)

    def _happen(self, now_us):
        self.now_us = now_us
        stepped = False
        for part in self._parts:
            if part.due_us <= now_us:
                part.step(now_us)
                stepped = True
        if stepped:
            self.changes += 1
            self._settle(now_us)
        self._plan()

    def _settle(self, now_us):
        if self.watchdog.barked:
            self.wants_reset = "watchdog"
        allowed = self.powered and self.guard.holds
        largest_ma = 0
        for connector in self.connectors:
            connector.energise(allowed, now_us)
            connector.settle(now_us)
            largest_ma = max(largest_ma, max(connector.ma))
        for sensor in self.sensors.values():
            sensor.heat(largest_ma, now_us)
        self.invariants.check(now_us)

    def _plan(self):
        due_us = NEVER
        for part in self._parts:
            if part.due_us < due_us:
                due_us = part.due_us
        self.due_us = due_us

    def do(self, name, fields):
        """Carry out a command of SIMULATOR.md that acts on the world; returns a dict. A bad one is a `WorldError`."""
        return commands.do(self, name, fields)

    # What the charger does to the world, by way of hal/sim/ports.py.

    def command(self, connector, on):
        """The charger switches a contactor."""
        if (connector.contactor.command != on or connector.held) and self.powered:
            connector.contactor.command = on
            connector.held = False
            self.changed()

    def drive(self, connector, duty):
        """The charger sets a pilot's duty, 0..65536."""
        connector.pilot.drive(duty, self.now_us)
        if connector.pilot.due_us < self.due_us:
            self.due_us = connector.pilot.due_us

    def test(self, connector, on):
        """The charger drives a residual-current monitor's test line."""
        connector.residual.test(on and self.powered, self.now_us)
        self.changed()

    def ventilate(self, on):
        """The charger drives the relay of the fan."""
        self.fan.drive(on and self.powered, self.now_us)
        self.changed()

    def token(self):
        """A complete tick of the charger."""
        if self.powered and self.guard.token(self.now_us):
            self.changed()

    def feed(self):
        """The charger feeds its watchdog."""
        if self.powered:
            self.watchdog.feed(self.now_us)
            if self.watchdog.due_us < self.due_us:
                self.due_us = self.watchdog.due_us

    def next_change_us(self):
        """As `next_us`, leaving out what only an end of the charger's ticks would bring about."""
        due_us = self.fan.due_us
        for part in self._parts:
            if part.due_us < due_us and part is not self.guard and part is not self.watchdog:
                due_us = part.due_us
        return due_us

    def fed(self, last_us, next_us):
        """Ticks up to one that ended at `last_us`, all complete, are taken as done. `next_us` is `next_change_us()`."""
        self.watchdog.feed(last_us)
        self.guard.token(last_us)
        self.due_us = min(next_us, self.guard.due_us, self.watchdog.due_us)

    # Supply and resets.

    def reset_outputs(self):
        """The chip resets: every output falls back to what its pin does undriven. The world goes on."""
        drives = self.powered and self.guard.drives
        if not drives:
            self.guard.drop()
        self.watchdog.rest()
        self.wants_reset = None
        self.fan.drive(False, self.now_us)
        for connector in self.connectors:
            connector.held = drives and connector.contactor.coil
            connector.contactor.command = False
            if connector.pilot is not None:
                connector.pilot.reset(self.powered)
            if connector.residual is not None:
                connector.residual.test(False, self.now_us)
            if connector.lock is not None:
                connector.lock.drive(0, self.now_us)
        self.invariants.reset()
        self.changed()

    def power_off(self, cause="power"):
        """The charger's own supply is cut at this instant."""
        if self.powered:
            self.powered = False
            self.emit("power", self.now_us, on=False, cause=cause)
            self.reset_outputs()

    def power_on(self, cause="power_on"):
        """The charger's supply comes back: a cold boot."""
        if not self.powered:
            self.powered = True
            self.emit("power", self.now_us, on=True, cause=cause)
            self.reset_outputs()

    def declare_stall(self, us):
        """The interpreter will do nothing for so long: the invariants allow for it, up to the guard's promise."""
        self.invariants.stall(us)

    def judge(self, view):
        """Hold the charger to the invariants by this view of what it believes: see `invariants.py`. None: no charger runs."""
        self.invariants.view = view

    def session_ended(self, session_id, wh):
        """The charger says a session took so many Wh: compare (invariant 5). Returns the difference in Wh."""
        return self.invariants.session_ended(session_id, wh)

    # Looking at it.

    def truth(self, i):
        """What really is at connector i (from 0): closed, command, amps, volts, meter_wh, power_w, plugged, vehicle (its letter)…"""
        return self.connectors[i].truth(self.now_us)

    def temperatures_c(self):
        """Sensor name -> degrees Celsius, what the sensor's place really has."""
        return {name: sensor.mc(self.now_us) / 1000 for name, sensor in self.sensors.items()}

    def dump(self):
        """The whole world as a dict for JSON. `World(..., state=dump)` goes on exactly where this one stands."""
        return {
            "now_us": self.now_us,
            "powered": self.powered,
            "clock_lost": self.clock_lost,
            "invariants": self.invariants.dump(),
            "mains": self.mains.dump(),
            "connectors": [connector.dump() for connector in self.connectors],
            "bus": self.bus.dump(),
            "guard": self.guard.dump(),
            "watchdog": self.watchdog.dump(),
            "reader": self.reader.dump(),
            "fan": self.fan.dump(),
            "inputs": {name: part.dump() for name, part in self.inputs.items()},
            "buttons": {name: part.dump() for name, part in self.buttons.items()},
            "sensors": {name: part.dump() for name, part in self.sensors.items()},
        }

    def _load(self, state):
        self.now_us = state["now_us"]
        self.powered = state["powered"]
        self.clock_lost = state["clock_lost"]
        self.invariants.load(state["invariants"])
        self.mains.load(state["mains"])
        for connector, kept in zip(self.connectors, state["connectors"]):
            connector.load(kept)
        self.bus.load(state["bus"])
        self.guard.load(state["guard"])
        self.watchdog.load(state["watchdog"])
        self.reader.load(state["reader"])
        self.fan.load(state.get("fan", {}))
        for parts, name in ((self.inputs, "inputs"), (self.buttons, "buttons"), (self.sensors, "sensors")):
            for key, kept in state[name].items():
                if key in parts:
                    parts[key].load(kept)
