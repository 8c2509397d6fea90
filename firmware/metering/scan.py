"""Finds the meters on a line: at which speed, address and word order, and by which profile they read. It never guesses.

A unit is named only when one profile alone shows mains and figures that agree with one another. Otherwise all that fit are
told, and a person chooses.
"""

from array import array

from firmware.metering import profile as facts
from firmware.metering import profiles
from firmware.metering.decode import decode
from firmware.metering.meter import detect_order
from firmware.metering.modbus import Master, ModbusCrc, ModbusError, ModbusException

SPEEDS = (9600, 19200, 4800, 2400, 38400, 1200)
FRAMES = (("N", 1), ("E", 1), ("N", 2))
ADDRESSES = (1, 2, 3, 10, 100, 247)
EVERY_ADDRESS = range(1, 248)

# Any answer, a refusal as well, shows that somebody is there: one read of each function that meters know.
_PROBES = ((4, 0x0000, 2), (3, 0x0000, 2))

_LINES = ((facts.VOLTS, facts.AMPS), (facts.VOLTS_2, facts.AMPS_2), (facts.VOLTS_3, facts.AMPS_3))


class Fit:
    """A profile that fits a unit, with what it reads by it: `values` in the order of `profile.FACTS`."""

    def __init__(self, profile, order, values):
        self.profile = profile
        self.order = order
        self.values = values
        self.live = sum(1 for volts, _ in _LINES if 150000 <= (values[volts] or 0) <= 300000)

    def __str__(self):
        values = self.values
        return "%s (%s): %d.%d V, %d.%02d Hz, %d W, %d Wh, %d live" % (
            self.profile,
            self.order,
            values[facts.VOLTS] // 1000,
            values[facts.VOLTS] % 1000 // 100,
            values[facts.FREQUENCY] // 1000,
            values[facts.FREQUENCY] % 1000 // 10,
            values[facts.POWER],
            values[facts.ENERGY],
            self.live,
        )


class Unit:
    """Somebody who answers: address, speed, frame, and every `Fit`. `sure` is the one fit, or None."""

    def __init__(self, address, baud, parity, stop):
        self.address = address
        self.baud = baud
        self.parity = parity
        self.stop = stop
        self.fits = []

    @property
    def sure(self):
        return self.fits[0] if len(self.fits) == 1 else None

    def __str__(self):
        where = "address %d at %d 8%s%d" % (self.address, self.baud, self.parity, self.stop)
        if not self.fits:
            return where + ": answers, but no profile shows mains"
        return where + ": " + " or ".join(str(fit) for fit in self.fits)


class Scan:
    """One search of a line. `found` fills while it runs; `garbled` lists speeds at which something unreadable came.

    `rs485` must be nobody else's meanwhile (`async with meters.held`); its settings must be put back afterwards
    (`meters.master.configure`). `heard(done, of)` is told how far it is.
    """

    def __init__(self, rs485, clock, heard=None, **options):
        self.found = []
        self.garbled = []
        self._master = Master(rs485, clock, timeout_ms=150, retries=0, **options)
        self._heard = heard
        self._done = 0

    async def run(self, speeds=SPEEDS, frames=FRAMES, addresses=ADDRESSES, names=None):
        """Tries all speeds and frames until somebody answers at one of them: a line has one speed. Gives `found`."""
        of = len(speeds) * len(frames) * len(addresses) * len(_PROBES)
        for baud in speeds:
            for parity, stop in frames:
                self._master.configure(baud, parity, stop)
                present = await self._who(addresses, (baud, parity, stop), of)
                for address in sorted(present):
                    unit = Unit(address, baud, parity, stop)
                    await self._identify(unit, names or profiles.names())
                    self.found.append(unit)
                if present:
                    return self.found
        return self.found

    def words(self):
        """What came of it, a line each."""
        if self.found:
            return [str(unit) for unit in self.found]
        if self.garbled:
            return ["something answers, garbled, at %s: check speed and wiring" % ", ".join("%d 8%s%d" % one for one in self.garbled)]
        return ["no answer at any address: is the meter powered? swap A and B"]

    async def _who(self, addresses, speed, of):
        present = []
        # One kind of question to all, then the next: a slave that kept silent has a second until it is asked again.
        for function, register, count in _PROBES:
            for address in addresses:
                self._done += 1
                if self._heard:
                    self._heard(self._done, of)
                if address in present:
                    continue
                try:
                    await self._master.read(address, function, register, count)
                    present.append(address)
                except ModbusException:
                    present.append(address)
                except ModbusCrc:
                    if speed not in self.garbled:
                        self.garbled.append(speed)
                except ModbusError:
                    pass
        return present

    async def _identify(self, unit, names):
        fits = []
        for name in names:
            profile = profiles.load(name)
            if not profile.function:
                continue
            blocks = []
            try:
                for read in profile.reads:
                    words = array("H", bytes(2 * read.count))
                    blocks.append(await self._master.read(unit.address, profile.function, read.register, read.count, words, 1))
            except ModbusError:
                continue
            order = detect_order(profile, blocks)
            values = order and _values(profile, blocks, order)
            if values and _agree(values):
                fits.append(Fit(name, order, values))
        # Registers that show three live phases are no one-phase meter's, though the first of them may read like one.
        most = max([fit.live for fit in fits] or (0,))
        unit.fits = [fit for fit in fits if fit.live == most]


def _values(profile, blocks, order):
    values = [None] * len(facts.FACTS)
    for read, block in zip(profile.reads, blocks):
        for slot, offset, kind, exponent in read.points:
            values[slot] = decode(block, offset, kind, order, exponent)
    return values


def _agree(values):
    """Whether energy, power, volts and amperes can be one meter's: power lies within what volts times amperes allow."""
    if None in values[: facts.REQUIRED] or not 0 <= values[facts.ENERGY] <= 0xFFFFFFFF:
        return False
    apparent_w = 0
    for volts, amps in _LINES:
        volts_mv, amps_ma = values[volts] or 0, values[amps] or 0
        if not 0 <= volts_mv <= 500000 or not -200000 <= amps_ma <= 200000:
            return False
        apparent_w += volts_mv // 100 * (abs(amps_ma) // 10) // 1000
    power_w = abs(values[facts.POWER])
    return power_w <= apparent_w * 21 // 20 + 30 and power_w >= apparent_w // 4 - 30
