"""Energy under piecewise constant power, counted exactly in integers."""

from hal.sim.world.part import NEVER, Part

NJ_PER_WH = 3600 * 1000000000


class Energy(Part):
    """A register of watt-hours fed by `power_mw` since `since_us`: milliwatts times microseconds are nanojoules.

    Nothing is rounded, so it does not matter how often anybody looks.
    """

    kept = ("wh", "rest_nj", "power_mw", "since_us")

    def __init__(self):
        self.wh = 0
        self.rest_nj = 0
        self.power_mw = 0
        self.since_us = 0

    def at(self, now_us):
        """Whole watt-hours at that instant."""
        return self.wh + (self.rest_nj + self.power_mw * (now_us - self.since_us)) // NJ_PER_WH

    def flow(self, power_mw, now_us):
        """From now on the power is `power_mw` (0 or more)."""
        total_nj = self.rest_nj + self.power_mw * (now_us - self.since_us)
        self.wh += total_nj // NJ_PER_WH
        self.rest_nj = total_nj % NJ_PER_WH
        self.power_mw = power_mw
        self.since_us = now_us

    def put(self, wh, now_us):
        """Set the register; the power stays."""
        self.flow(self.power_mw, now_us)
        self.wh = wh
        self.rest_nj = 0

    def reaches(self, wh):
        """The instant at which the register shows `wh`, NEVER without power."""
        lacking_nj = (wh - self.wh) * NJ_PER_WH - self.rest_nj
        if lacking_nj <= 0:
            return self.since_us
        if self.power_mw <= 0:
            return NEVER
        return self.since_us - (-lacking_nj // self.power_mw)
