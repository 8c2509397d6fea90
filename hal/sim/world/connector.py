"""One connector of the world: its parts, and how a change in one is carried through the others."""

from hal.sim.world.cable import Cable, Lock
from hal.sim.world.contactor import UNDER_LOAD_MA, Contactor
from hal.sim.world.mains import LINES, LIVE_MV
from hal.sim.world.meter import Meter
from hal.sim.world.models import ModelVehicle
from hal.sim.world.part import Part
from hal.sim.world.pilot import Pilot
from hal.sim.world.residual import Residual
from hal.sim.world.vehicle import GONE

_CAR_MA = 32000
_FAULT_LEAK_MA = 300                    # what the faults rcd_ac and rcd_dc let flow to earth


def _padded(values):
    return (values + [0, 0, 0])[:3]


class Connector(Part):
    """Parts that are not fitted are None. `ma` are the currents in the three lines, `live` which lines reach the vehicle."""

    kept = ("ma", "live", "leak_ac", "leak_dc", "held", "_told")

    def __init__(self, spec, seed, mains, emit):
        stream = "connector/%d" % spec.id
        plain = not spec.pilot
        self.spec = spec
        self.mains = mains
        self.emit = emit
        self.vehicle = ModelVehicle(min(_CAR_MA, spec.rating_ma), spec.phases, plain)
        self.pilot = None if plain else Pilot(seed, stream + "/pilot")
        self.contactor = Contactor(seed, stream + "/contactor", len(spec.poles))
        self.residual = Residual() if spec.residual != "none" else None
        self.cable = Cable(seed, stream + "/cable")
        self.lock = Lock() if spec.lock else None
        self.meter = Meter()
        self.ma = [0, 0, 0]
        self.live = []                  # lines, 0..2
        self.leak_ac = False            # insulation faults in the cable, seen while it is live
        self.leak_dc = False
        self.held = False               # a guard that drives the relay itself does not know of the chip's reset yet
        self._told = [False, False]
        self._lines = [self._line_of(pole) for pole in spec.poles]
        self._inputs = [line for line in self._lines if line is not None]     # the meter's own first, second, third
        named = (("vehicle", self.vehicle), ("pilot", self.pilot), ("contactor", self.contactor), ("residual", self.residual),
                 ("cable", self.cable), ("lock", self.lock), ("meter", self.meter))
        self._named = [pair for pair in named if pair[1] is not None]
        self.parts = [part for _, part in self._named]

    def _line_of(self, pole):
        """0..2 for a pole that switches a line, None for the neutral."""
        if pole == "N":
            return None
        return LINES.index(self.spec.line if self.spec.phases == 1 and self.spec.line else pole)

    def energise(self, allowed, now_us):
        """Give the coil what is commanded, if guard and supply allow."""
        self.held = self.held and allowed
        self.contactor.energise((self.contactor.command or self.held) and allowed, now_us)

    def live_lines(self):
        """The lines with voltage at the vehicle's side of the contacts: a list of 0..2."""
        poles = self.contactor.poles
        return [line for i, line in enumerate(self._lines) if line is not None and poles >> i & 1 and self.mains.line_mv(line) >= LIVE_MV]

    def settle(self, now_us):
        """Carry whatever changed at this instant from the pilot to the vehicle, its current, the meter and the monitor."""
        vehicle = self.vehicle
        contactor = self.contactor
        vehicle.earth = self.mains.earth
        if self.pilot is not None:
            vehicle.see(self.pilot.offer() if vehicle.plugged else GONE, now_us)
        self.live = self.live_lines()
        flowing_ma = max(self.ma)
        if contactor.poles == 0 and flowing_ma > UNDER_LOAD_MA and not contactor.made:
            contactor.under_load += 1
        vehicle.supply(self._loaded(), now_us)
        vehicle.consider(now_us)
        if self.pilot is not None:
            self.pilot.set_vehicle(vehicle.letter, vehicle.diode)
        self._share_current()
        self._measure(now_us)
        self._tell(now_us)

    def _loaded(self):
        """How many phases can drive a current through the vehicle: a lone phase needs the neutral."""
        if not self.vehicle.plugged:
            return 0
        used = min(len(self.live), self.vehicle.phases)
        if used < 3 and not self._neutral():
            return 0
        return used

    def _neutral(self):
        if not self.mains.neutral:
            return False
        for i, line in enumerate(self._lines):
            if line is None:
                return bool(self.contactor.poles >> i & 1)
        return True

    def _share_current(self):
        ma = [0, 0, 0]
        if self.vehicle.amps_ma:
            for line in self.live[: self.vehicle.live]:
                ma[line] = self.vehicle.amps_ma
        self.ma = ma

    def _measure(self, now_us):
        mains = self.mains
        mv = [mains.line_mv(line) for line in range(3)]
        ma = self.ma
        live = self.live
        self.vehicle.draw((mv[0] * ma[0] + mv[1] * ma[1] + mv[2] * ma[2]) // 1000, now_us)
        inputs = self._inputs
        self.meter.measure(_padded([mv[i] for i in inputs]), _padded([ma[i] for i in inputs]), mains.mhz, bool(live), now_us)
        reach = 0
        for i, line in enumerate(self._lines):
            if self.contactor.poles >> i & 1 and (line in live or (line is None and max(mv) >= LIVE_MV)):
                reach |= 1 << i
        self.contactor.lines(reach, now_us)
        if self.residual is not None:
            flows = bool(live) and self.vehicle.plugged
            leak_ac = _FAULT_LEAK_MA if self.leak_ac else self.vehicle.leak_ma_ac
            leak_dc = _FAULT_LEAK_MA if self.leak_dc else self.vehicle.leak_ma_dc
            self.residual.leak(leak_ac if flows else 0, leak_dc if flows else 0, now_us)

    def _tell(self, now_us):
        told = self._told
        contactor = self.contactor
        if contactor.command != told[0] or contactor.closed != told[1]:
            self._told = [contactor.command, contactor.closed]
            self.emit("contactor", now_us, connector=self.spec.id, command=contactor.command, closed=contactor.closed)
        if self.meter.news(now_us):
            self.tell_meter(now_us)

    def tell_meter(self, now_us):
        """Emit what the register shows."""
        meter = self.meter
        self.emit("meter", now_us, connector=self.spec.id, wh=meter.wh(now_us), power_w=meter.power_mw // 1000)

    def powered_meter(self):
        """True when the meter has voltage to live on: behind the contactor only while that is closed."""
        spec = self.spec.meter
        if spec is not None and spec["side"] == "load":
            return bool(self.live)
        return max([self.mains.line_mv(line) for line in self._inputs]) >= LIVE_MV

    def truth(self, now_us):
        """What really is, for the snapshot: amperes, volts, watts, Wh."""
        contactor = self.contactor
        return {
            "closed": contactor.closed,
            "command": contactor.command,
            "welded": [pole for i, pole in enumerate(self.spec.poles) if contactor.welded >> i & 1],
            "operations": contactor.operations,
            "under_load": contactor.under_load,
            "plugged": self.vehicle.plugged,
            "cable_a": self.cable.amps,
            "vehicle": self.vehicle.letter,
            "ready": self.vehicle.ready,
            "amps": [ma / 1000 for ma in self.ma],
            "volts": [self.mains.line_mv(line) / 1000 for line in range(3)],
            "meter_wh": self.meter.wh(now_us),
            "power_w": self.meter.power_mw // 1000,
            "locked": None if self.lock is None else self.lock.closed(now_us),
            "tripped": None if self.residual is None else self.residual.tripped,
        }

    def dump(self):
        state = super().dump()
        for name, part in self._named:
            state[name] = part.dump()
        return state

    def load(self, state):
        super().load(state)
        for name, part in self._named:
            if name in state:
                part.load(state[name])
