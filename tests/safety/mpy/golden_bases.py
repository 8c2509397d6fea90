"""The moments from which golden rows begin, each reached once and kept."""

from snapshot import Snapshot
from worldbench import TICK_US, WorldBench

from hal.sim.world.part import NEVER

JITTER_US = 10000                       # ticks come up to 5 ms early or late
LONG_US = 1000000000


def wire(b, duty, since_us):
    """Microseconds until the wire says that duty: with the PWM's next period after the tick. `b.edge_us`: that instant."""
    pilot = b.truth.pilot
    b.until(lambda: pilot.next_duty == duty, 20000, since_us)
    b.clock.run_to(b.now_us() + 1100)
    b.edge_us = b.now_us()
    if pilot.duty != duty:
        raise AssertionError("not on the wire after a period")
    return b.edge_us - since_us


def _charging(b):
    b.charge()


def _charging_6a(b):
    b.charge(6000)


def _offered(b):
    b.allow()
    b.do("plug")
    b.until(b.offered, 9000)
    b.run(1000)


def _waiting(b):
    b.do("plug")
    b.run(6000)


def _withdrawn(b):
    """x1 again for 2.6 s, and permitted."""
    _offered(b)
    b.stop()
    wire(b, 65536, b.now_us())
    edge_us = b.edge_us
    b.allow()
    b.run(2600)
    b.edge_us = edge_us


def _empty(b):
    b.allow()
    b.run(3000)


def _ventilated(b):
    b.core.ventilated = True
    b.do("vehicle", ventilation=True)
    b.charge()


def _just_closed(b):
    b.allow()
    b.do("plug")
    b.do("vehicle", ready=True)
    b.until_closed(b.now_us(), 9000)


def _ignoring(b):
    """Stopped 5.4 s ago, and the vehicle goes on."""
    b.charge()
    b.truth.vehicle.reaction_us = LONG_US
    b.stop()
    wire(b, 65536, b.now_us())
    b.run(5400)


def _toggled(b):
    """The vehicle opened S2, closed it at once, and was opened 4.5 s ago."""
    b.charge()
    b.do("vehicle", ready=False, reaction_s=0)
    b.until_open(b.now_us())
    b.edge_us = b.commanded_us
    b.do("vehicle", ready=True)
    b.run(4500)


def _shorted(b):
    b.charge()
    b.fault("pilot_short")
    b.edge_us = b.now_us()
    b.run(2500)


def _keep_asking(vehicle):
    """Its S2 stays closed whatever the pilot says, or while it says nothing."""

    def stay(now_us):
        vehicle._stop_us = vehicle._open_us = vehicle._follow_us = NEVER

    vehicle._stop_asking = stay


def _rebooted(b):
    """The supply came back 3.3 s ago, and the vehicle shows C."""
    b.charge()
    _keep_asking(b.truth.vehicle)
    b.reboot()
    b.edge_us = b.now_us()
    b.allow()
    b.run(3300)


def _raised(b):
    """The first increase was 4.5 s ago."""
    b.charge(10000)
    b.run(2000)
    b.allow(16000)
    wire(b, 17476, b.now_us())
    b.allow(20000)
    b.run(4500)


def _sleeping(b):
    """Offered 74 s ago, and the vehicle has shown nothing but B."""
    b.allow()
    b.do("plug")
    b.until(b.offered, 9000)
    b.edge_us = b.now_us()
    b.run(74000)


BASES = {
    "charging": (_charging, "rudved_ac7"), "charging 6 A": (_charging_6a, "rudved_ac7"), "ignoring": (_ignoring, "rudved_ac7"),
    "offered": (_offered, "rudved_ac7"), "withdrawn": (_withdrawn, "rudved_ac7"), "waiting": (_waiting, "rudved_ac7"),
    "empty": (_empty, "rudved_ac7"), "ventilated": (_ventilated, "rudved_ac7"), "just closed": (_just_closed, "rudved_ac7"),
    "toggled": (_toggled, "rudved_ac7"), "rebooted": (_rebooted, "rudved_ac7"), "raised": (_raised, "rudved_ac7"),
    "charging 3": (_charging, "rudved_ac22"), "shorted 3": (_shorted, "rudved_ac22"),
    "sleeping": (_sleeping, "rudved_ac7"),
}  # fmt: skip


class Bases:
    """Benches, each brought to its base once and put back there for each trial."""

    def __init__(self, jitter_us=JITTER_US, start_ms=0, late=False):
        self._kept = {}
        self._jitter_us = jitter_us
        self._start_ms = start_ms
        self._late = late               # `start_ms` is where the base ends, not where it begins

    def take(self, base, seed):
        """The bench of that base, at a random instant after it and with a noise of its own."""
        if base not in self._kept:
            reach, board = BASES[base]
            b = WorldBench(board, jitter_us=self._jitter_us, start_ms=0 if self._late else self._start_ms)
            reach(b)
            if self._late:
                b.clock.jump(self._start_ms, b.core)
            self._kept[base] = (b, Snapshot(b))
        b, snapshot = self._kept[base]
        snapshot.restore()
        b.dice.state = seed * 2654435761 % 4294967291 + 1
        for _ in range(4):
            b.dice.bits()
        b.truth.pilot.noise_state = b.dice.bits()
        b.at(b.now_us() + b.dice.below(TICK_US))
        return b
