"""A world with the ports over it and a clock, for tests: time moves only by what the test says."""

import boards
from hal.sim.ports import Ports
from hal.sim.world import World

SECOND_US = 1000000
TICK_US = 20000

DUTY_X1 = 65536
DUTY_6A = 6553
DUTY_16A = 17476
DUTY_32A = 34952


class Clock:
    def __init__(self, world):
        self.now_us = world.now_us
        self._world = world

    def run_to(self, us):
        self.now_us = us
        self._world.advance(us)


class Rig:
    """`events` holds (name, t_us, fields); `k` is the first connector's ports, `c` the first connector of the world."""

    def __init__(self, board="rudved_ac7", seed=1, state=None):
        self.events = []
        self.world = World(boards.load(board) if type(board) is str else board, seed, self._emit, state)
        self.clock = Clock(self.world)
        self.ports = Ports(self.world, self.clock)
        self.k = self.ports.connectors[0]
        self.c = self.world.connectors[0]
        if state is None:
            self.world.power_on()

    def _emit(self, name, t_us, **fields):
        self.events.append((name, t_us, fields))

    def do(self, command, **fields):
        return self.world.do(command, fields)

    def fault(self, name, **fields):
        fields["name"] = name
        return self.world.do("fault", fields)

    def run_us(self, us):
        """Ticks with a token each, as a healthy charger gives them, for so long."""
        end_us = self.clock.now_us + us
        while self.clock.now_us < end_us:
            self.ports.guard.token()
            self.clock.run_to(min(end_us, self.clock.now_us + TICK_US))

    def run(self, seconds):
        self.run_us(int(seconds * SECOND_US))

    def quiet(self, seconds):
        """Time without a charger that ticks."""
        self.clock.run_to(self.clock.now_us + int(seconds * SECOND_US))

    def offer(self, duty, connector=0):
        """Drive the pilot and let the change reach the wire."""
        self.ports.connectors[connector].pilot.drive(duty)
        self.quiet(0.002)

    def letter(self, connector=0):
        return self.world.truth(connector)["vehicle"]

    def closings(self):
        """(t_us, closed) of every change of the first connector's contacts."""
        told = []
        for name, t_us, fields in self.events:
            if name == "contactor" and fields["connector"] == 1 and (not told or told[-1][1] != fields["closed"]):
                told.append((t_us, fields["closed"]))
        return told

    def charge(self, duty=DUTY_32A):
        """From nothing to a vehicle that draws its current."""
        self.offer(DUTY_X1)
        self.do("plug")
        self.do("vehicle", ready=True)
        self.offer(duty)
        self.run(1)
        self.k.contactor.command(True)
        self.run(4)
