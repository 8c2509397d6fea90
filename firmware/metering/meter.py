"""One connector's energy meter: what it says, how old that is, and whether it may be believed."""

import asyncio
from array import array

from micropython import const

from firmware.metering import profile as facts
from firmware.metering.decode import ORDERS, decode
from firmware.metering.modbus import ModbusError
from firmware.metering.register import Register

_FAILURES = const(3)  # polls in a row without an answer: stale
_STALE_MS = const(10000)
_DAY_MS = const(86400000)
_BACKWARD_POLLS = const(10)


def detect_order(profile, blocks):
    """The only word order in which `blocks` (one array('H') a read of the profile) show mains, or None: no guessing.

    Mains is 150 to 300 V on the meter's first phase and 45 to 55 Hz.
    """
    found = None
    at_volts, volts, volts_kind, volts_exponent = profile.point("volts_mv.0")
    at_hz, hz, hz_kind, hz_exponent = profile.point("frequency_mhz")
    for order in ORDERS:
        volts_mv = decode(blocks[at_volts], volts, volts_kind, order, volts_exponent)
        frequency_mhz = decode(blocks[at_hz], hz, hz_kind, order, hz_exponent)
        if volts_mv is None or frequency_mhz is None:
            continue
        if 150000 <= volts_mv <= 300000 and 45000 <= frequency_mhz <= 55000:
            if found:
                return None
            found = order
    return found


class Meter:
    """Facts of one meter, refreshed by `poll`. `spec` is the connector's `boards.ConnectorSpec`.

    energy_wh, export_wh   registers, None until read (export: None where the profile has none); energy never goes back
                           while `rebased_wh` stands still
    power_w                active power, all phases
    volts_mv, amps_ma      lists of three, the meter's own phases
    frequency_mhz, power_factor_milli   None until read
    state                  "ok"; "stale": no answer to three polls or none for 10 s; "wrong": it answers what cannot be
    reason                 words for a state that is not ok, or None
    believed               polls since boot whose facts stand here now or stood here
    rebased_wh             by how much the register was set anew since boot: not energy that flowed
    """

    def __init__(self, master, profile, address, spec, clock):
        self.profile = profile
        self.address = address
        self.order = spec.meter.get("order") if spec.meter else None
        if self.order is None and len(profile.orders) == 1:
            self.order = profile.orders[0]
        self.serial = None
        self.energy_wh = None
        self.export_wh = None
        self.power_w = 0
        self.volts_mv = [0, 0, 0]
        self.amps_ma = [0, 0, 0]
        self.frequency_mhz = None
        self.power_factor_milli = None
        self.believed = 0
        self.failures = 0
        self._master = master
        self._clock = clock
        self._lock = asyncio.Lock()
        self._blocks = [array("H", bytes(2 * read.count)) for read in profile.reads]
        self._values = [None] * len(facts.FACTS)
        self._register = Register(profile.step_wh, spec.rating_ma * spec.phases // 1000 * 230)
        self._read_ms = None
        self._judged_ms = None
        self._failed = 0
        self._backward = 0
        self._error = "never read"
        self._doubt = None

    @property
    def state(self):
        age_ms = self.age_ms()
        if age_ms is None or self._failed >= _FAILURES or age_ms > _STALE_MS:
            return "stale"
        return "wrong" if self._doubt else "ok"

    @property
    def reason(self):
        state = self.state
        if state == "ok":
            return None
        return self._doubt if state == "wrong" else self._error or "not read for %d ms" % self.age_ms()

    @property
    def sleep_ms(self):
        """The line's own sleep: `await meter.sleep_ms(ms)`."""
        return self._master.sleep_ms

    @property
    def rebased_wh(self):
        return self._register.rebased_wh

    def age_ms(self):
        """Milliseconds since the last answer was asked for (a day at most), None when there was none."""
        if self._read_ms is None:
            return None
        age_ms = self._clock.since(self._read_ms)
        return age_ms if 0 <= age_ms < _DAY_MS else _DAY_MS

    async def poll(self, slow=True):
        """Reads the fast registers, and the slow ones when `slow`. True when the meter answered and is believed."""
        async with self._lock:
            return await self._poll(slow)

    async def fresh(self, max_age_ms, timeout_ms=3000):
        """Waits for facts that are believed and no older than `max_age_ms`; False when there are none in time.

        The time-out is looked at between polls, so it may run over by one poll.
        """
        began = self._clock.ticks_ms()
        while True:
            async with self._lock:
                age_ms = self.age_ms()
                if age_ms is not None and age_ms <= max_age_ms and self.state == "ok":
                    return True
                if await self._poll(False) and self._clock.since(began) <= timeout_ms:
                    return True
            if self._clock.since(began) > timeout_ms:
                return False
            await self._master.sleep_ms(50)

    async def _poll(self, slow):
        asked_ms = self._clock.ticks_ms()
        retries = 0 if self._failed >= _FAILURES else None
        slow = slow or self.order is None or self._failed > 0 or self._read_ms is None
        try:
            for index, read in enumerate(self.profile.reads):
                if slow or read.pace == "fast":
                    await self._master.read(
                        self.address, self.profile.function, read.register, read.count, self._blocks[index], retries
                    )
        except (ModbusError, OSError) as error:
            return self._fail(str(error))
        self._read_ms = asked_ms
        self._failed = 0
        self._error = None
        if self.order is None:
            self.order = detect_order(self.profile, self._blocks)
            if self.order not in self.profile.orders:
                self.order = None
                self._doubt = "word order not known: no order shows mains"
                return False
        self._doubt = self._decode() or self._implausible()
        if not self._doubt:
            self._believe(asked_ms)
        return not self._doubt

    def _fail(self, words):
        self.failures += 1
        self._failed = min(self._failed + 1, _FAILURES)
        self._error = words
        # Ticks wrap after days: keep what is old, old.
        if self._read_ms is not None and self.age_ms() == _DAY_MS:
            self._read_ms = self._clock.add(self._clock.ticks_ms(), -_DAY_MS)
        return False

    def _decode(self):
        """Fills the values; words for a point that every meter must have and that is no number."""
        wrong = None
        for index, read in enumerate(self.profile.reads):
            for slot, offset, kind, exponent in read.points:
                value = decode(self._blocks[index], offset, kind, self.order, exponent)
                if value is None and slot < facts.REQUIRED:
                    wrong = facts.FACTS[slot] + " is no number"
                self._values[slot] = value
        return self._swapped() or wrong if wrong else None

    def _implausible(self):
        values = self._values
        volts_mv = values[facts.VOLTS]
        for slot in (facts.VOLTS, facts.VOLTS_2, facts.VOLTS_3):
            if not 0 <= (values[slot] or 0) <= 500000:
                return self._swapped() or "voltage of %d mV" % values[slot]
        for slot in (facts.AMPS, facts.AMPS_2, facts.AMPS_3):
            if not -1000000 <= (values[slot] or 0) <= 1000000:
                return self._swapped() or "current of %d mA" % values[slot]
        if not -1000000 <= values[facts.POWER] <= 1000000:
            return self._swapped() or "power of %d W" % values[facts.POWER]
        if volts_mv >= 50000 and not 40000 <= values[facts.FREQUENCY] <= 70000:
            return self._swapped() or "frequency of %d mHz" % values[facts.FREQUENCY]
        return self._swapped() if volts_mv < 50000 else None

    def _swapped(self):
        order = detect_order(self.profile, self._blocks)
        return "words come as %s, not %s" % (order, self.order) if order not in (None, self.order) else None

    def _believe(self, asked_ms):
        values = self._values
        # Readings that were no good lie between: the time runs from the last one whose energy was judged.
        ms = 0 if self._judged_ms is None else self._clock.since(self._judged_ms) - self._clock.since(asked_ms)
        self._judged_ms = asked_ms
        self.believed += 1
        for phase in range(3):
            self.volts_mv[phase] = values[(facts.VOLTS, facts.VOLTS_2, facts.VOLTS_3)[phase]] or 0
            self.amps_ma[phase] = values[(facts.AMPS, facts.AMPS_2, facts.AMPS_3)[phase]] or 0
        self.power_w = values[facts.POWER]
        self.frequency_mhz = values[facts.FREQUENCY]
        self.power_factor_milli = values[facts.FACTOR]
        self.export_wh = values[facts.EXPORT]
        if not self._register.take(values[facts.ENERGY], self.power_w, ms if 0 <= ms < _DAY_MS else _DAY_MS):
            self._doubt = self._register.reason
        self.energy_wh = self._register.wh
        # Wires or current transformer the wrong way round: it would count nothing as imported.
        against = self.power_w < -50 and max(self.amps_ma) > 1000
        self._backward = min(self._backward + 1, _BACKWARD_POLLS) if against else 0
        if self._backward >= _BACKWARD_POLLS:
            self._doubt = "power of %d W flows backwards" % self.power_w
