"""All meters of a board: on their one RS-485 line, or in a metering chip."""

import asyncio

from micropython import const

from firmware.metering.meter import Meter
from firmware.metering.modbus import Master
from firmware.support import ondemand

_ROUND_MS = const(1000)
_SLOW_ROUNDS = const(5)
_THINK_MS = const(60)  # a meter's time to answer, with the silences
_FULL_MS = const(700)  # of each second the line may be this busy


class Meters:
    """The connectors' meters in their order: `meters[i]` is a `Meter`, or None where the connector has none.

    `run()` polls them round about each second until cancelled; nobody is called back, facts are read. Who needs the line
    for himself (a scan) says `async with meters.held`: meanwhile nothing is polled. `master` is the line's, None without one;
    `energy` the hal's metering chip, which answers as a master does.
    """

    def __init__(self, board, rs485, clock, master=None, energy=None):
        self._clock = clock
        self._meters = []
        self.held = asyncio.Lock()
        self.master = master
        profiles = ondemand.load("firmware.metering.profiles")
        for spec in board.connectors:
            meter = None
            if spec.meter:
                profile = profiles.load(spec.meter["profile"])
                if profile.function and not self.master:
                    self.master = Master(rs485, clock)
                meter = Meter(self.master if profile.function else energy, profile, spec.meter["address"], spec, clock)
            self._meters.append(meter)
        ondemand.release("firmware.metering.profiles")
        if self.master:
            self.master.configure(board.rs485["baud"], board.rs485["parity"], board.rs485["stop"])
        self.slow_rounds = 1 if self.busy_ms() <= _FULL_MS else _SLOW_ROUNDS

    def __len__(self):
        return len(self._meters)

    def __getitem__(self, index):
        return self._meters[index]

    def busy_ms(self):
        """How long the line is busy when every register of every meter is read once."""
        return sum(
            self.master.wire_ms(read.count) + _THINK_MS
            for meter in self._meters
            if meter and meter.profile.function
            for read in meter.profile.reads
        )

    async def fresh(self, meter, max_age_ms, timeout_ms=3000):
        """True once `meter` has believed facts no older than `max_age_ms`, asking it when need be; False after the time-out."""
        return await meter.fresh(max_age_ms, timeout_ms)

    async def run(self):
        """Polls for ever."""
        meters = [meter for meter in self._meters if meter]
        turn = 0
        while meters:
            began = self._clock.ticks_ms()
            async with self.held:
                for meter in meters:
                    await meter.poll(turn == 0)
            turn = (turn + 1) % self.slow_rounds
            await meters[0].sleep_ms(max(_ROUND_MS - self._clock.since(began), 20))
