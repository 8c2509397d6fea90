"""A meter's profile: which fact stands in which register. The table of them is `firmware/metering/profiles.py`."""

from micropython import const

# Every fact a meter may have; its slot, in every list of them, is its place here. `.0` to `.2` are the meter's own phases.
FACTS = (
    "energy_wh",
    "power_w",
    "frequency_mhz",
    "volts_mv.0",
    "amps_ma.0",
    "volts_mv.1",
    "volts_mv.2",
    "amps_ma.1",
    "amps_ma.2",
    "power_factor_milli",
    "export_wh",
)
# The first of them every meter must have.
REQUIRED = const(5)

# Their places
ENERGY = const(0)
POWER = const(1)
FREQUENCY = const(2)
VOLTS = const(3)
AMPS = const(4)
VOLTS_2 = const(5)
VOLTS_3 = const(6)
AMPS_2 = const(7)
AMPS_3 = const(8)
FACTOR = const(9)
EXPORT = const(10)


class ProfileError(ValueError):
    """No such profile, or a wrong one; the text names it and what is wrong."""


class Read:
    """One block of registers, read at a `pace` ("fast", "slow"), and the points in it: [(slot, offset, type, exponent)]."""

    def __init__(self, pace, register, count, points):
        self.pace = pace
        self.register = register
        self.count = count
        self.points = points


class Profile:
    """`name`, `words` (what it is); `function` (0: a metering chip's blocks), `max_regs`, `reads`; `serial` is (baud,
    parity, stop) as delivered; `orders` holds more than one word order where the unit itself must be asked; `step_wh` is
    how finely it counts.
    """

    def __init__(self, name, words, function, orders, max_regs, serial, reads):
        self.name = name
        self.words = words
        self.function = function
        self.orders = orders
        self.max_regs = max_regs
        self.serial = serial
        self.reads = reads
        _, _, kind, exponent = self.point("energy_wh")
        # Meters that send floats count in hundredths of a kWh or finer; how fine, the register does not say.
        self.step_wh = 10 if kind == "F32" else 10**exponent

    def point(self, fact):
        """(index of the read, offset, type, exponent) of a fact; ProfileError when the profile has it not."""
        slot = FACTS.index(fact)
        for index, read in enumerate(self.reads):
            for there, offset, kind, exponent in read.points:
                if there == slot:
                    return index, offset, kind, exponent
        raise ProfileError("%s: has no %s" % (self.name, fact))
