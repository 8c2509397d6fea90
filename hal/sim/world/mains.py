"""The supply at the charger's terminals: voltage of each phase, frequency, neutral, protective earth."""

from hal.sim.world.part import Part

LINES = ("L1", "L2", "L3")
LIVE_MV = 50000

# A star without its neutral drifts to where the loads pull it; these are the voltages a lopsided street shows.
_ADRIFT_PERMILLE = (650, 1260, 1040)


class Mains(Part):
    """`mv` is what the utility delivers between each phase and its neutral, in millivolts, for all three lines."""

    kept = ("mv", "mhz", "neutral", "earth")

    def __init__(self, voltage_v, phases):
        self.mv = [voltage_v * 1000] * 3
        self.mhz = 50000
        self.neutral = True
        self.earth = True
        self._phases = phases

    def line_mv(self, line):
        """Millivolts between that line (0..2) and the charger's own neutral terminal."""
        if self.neutral:
            return self.mv[line]
        if self._phases == 1:
            return 0
        return self.mv[line] * _ADRIFT_PERMILLE[line] // 1000
