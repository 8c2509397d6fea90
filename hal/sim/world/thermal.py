"""Temperatures inside the box: ambient, heat from the current, and a time constant."""

from math import exp

from micropython import const

from hal.sim.world.part import Part

_AMBIENT_MC = const(30000)              # thousandths of a degree Celsius
_HEAT_MC = const(12000)                 # above ambient at the board's rating, for ever
_TAU_US = const(600000000)
SENSOR_LOW_C, SENSOR_HIGH_C = -40, 150


class Sensor(Part):
    """One sensor. Between two changes of current it creeps exponentially; `pinned_mc` holds it by command."""

    kept = ("from_mc", "towards_mc", "since_us", "pinned_mc", "dead")

    def __init__(self, rating_ma):
        self.from_mc = _AMBIENT_MC
        self.towards_mc = _AMBIENT_MC
        self.since_us = 0
        self.pinned_mc = None
        self.dead = False
        self._rating_ma = rating_ma

    def mc(self, now_us):
        """Thousandths of a degree now."""
        if self.pinned_mc is not None:
            return self.pinned_mc
        gap_mc = self.from_mc - self.towards_mc
        if not gap_mc:
            return self.towards_mc
        return self.towards_mc + int(gap_mc * exp((self.since_us - now_us) / _TAU_US))

    def read_dc(self, now_us):
        """Tenths of a degree, None from a dead sensor."""
        return None if self.dead else (self.mc(now_us) + 50) // 100

    def heat(self, ma, now_us):
        """The largest current through the board is this from now on."""
        towards_mc = _AMBIENT_MC + _HEAT_MC * ma // self._rating_ma * ma // self._rating_ma
        if towards_mc != self.towards_mc:
            self.from_mc = self.mc(now_us)
            self.since_us = now_us
            self.towards_mc = towards_mc

    def pin(self, mc, now_us):
        """Hold it at that temperature; None lets physics go on from there."""
        self.from_mc = self.mc(now_us) if mc is None else mc
        self.since_us = now_us
        self.pinned_mc = mc
