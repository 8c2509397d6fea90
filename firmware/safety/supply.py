"""What the meter tells of the supply and the load: voltage, frequency, neutral, over-current, and the meter itself.

A Modbus meter answers about once a second, so nothing here is faster than one to two seconds in practice; the fast
rows of the table keep their numbers for boards with a fast sensor.
"""
from micropython import const

from firmware.safety import faults, limits
from firmware.safety.ages import Ages

# Ages
_FACTS = const(0)
_V_UNDER = const(1)
_V_UNDER_OPEN = const(2)
_V_OVER = const(3)
_V_OVER_OPEN = const(4)
_HZ = const(5)
_SPREAD = const(6)
_SAG = const(7)
_NO_SAG = const(8)
_PENALTY = const(9)
_RAMP = const(10)
_WORSE = const(11)
_AGES = const(12)
_HEAT_TRIP = const(30000)
_CURVE = tuple([(permille, _HEAT_TRIP // ms) for permille, ms in limits.OVER_CURRENT])     # heat a millisecond above each
_PERIOD_MS = const(100)
_WATCHED = ((_V_UNDER, limits.UNDER_STOP_MS), (_V_OVER, limits.OVER_STOP_MS), (_HZ, limits.FREQUENCY_MS), (_SPREAD, limits.NEUTRAL_MS))
_WATCHED_BIT = (faults.UNDER_VOLTAGE, faults.OVER_VOLTAGE, faults.FREQUENCY, faults.NEUTRAL)


class Supply:
    """Facts: `limit_ma`, `limit_by` ("supply", "meter", "over_current"), `open_now`, `peak_ma`, `bad` (mask), `before` (a
    meter stands before the contactor: its silence is never normal, and it tells of the line there).
    """

    def __init__(self, rating_ma, meter, random_byte):
        self.limit_ma = rating_ma
        self.limit_by = "supply"
        self.open_now = False
        self.peak_ma = 0
        self.bad = 0
        self._known = False
        self._low_mv = self._high_mv = self._mhz = 0
        self._rating_ma = rating_ma
        self._metered = meter is not None
        self.before = self._metered and meter.get("side") == "supply"
        self._sag_ma = self._ramp_ma = rating_ma
        self._heat = 0
        self._wait_ms = 0
        self._due_ms = 0
        self._random_byte = random_byte
        self._ages = Ages(_AGES)
        self._ages.restart(_FACTS)
        self._draw = random_byte()

    def measured(self, volts_mv, amps_ma, frequency_mhz, phases):
        """Fresh meter facts, not from the tick: phase voltages, currents (sequences), frequency (0: not told)."""
        self._low_mv = min(volts_mv[:phases])
        self._high_mv = max(volts_mv[:phases])
        self.peak_ma = min(max(amps_ma[:phases]), limits.METER_MAX_MA)
        self._mhz = frequency_mhz
        self._known = True
        self._draw = self._random_byte()
        self._ages.restart(_FACTS)

    def tick(self, dt_ms, command, offered_ma):
        """TICK. `offered_ma`: what the pilot says now. Judges each 100 ms: the facts are not fresher."""
        self._due_ms += dt_ms
        if self._due_ms >= _PERIOD_MS:
            dt_ms = self._due_ms
            self._due_ms = 0
            self._pass(dt_ms, command, offered_ma)

    def _pass(self, dt_ms, command, offered_ma):
        self._ages.grow(dt_ms)
        if not command:
            offered_ma = 0
        bad = self._look(dt_ms, command, offered_ma)
        self._finish(dt_ms, bad)

    def _finish(self, dt_ms, bad):
        ages = self._ages
        self._recovered(self.bad & ~bad)
        self._ramp(dt_ms, ages)
        self.bad = bad
        self._limit(ages.ms, bad)

    def _look(self, dt_ms, command, offered_ma):
        ages = self._ages
        if not self._known or ages.ms[_FACTS] >= limits.METER_AGE_MS:
            return self._unknown(ages, command)
        self._restart_good(ages)
        self._sag(ages, command)
        return self._judge(ages.ms) | self._current(dt_ms, ages, offered_ma)

    def _unknown(self, ages, command):
        """No fresh facts protect nothing; a meter lost for a minute is a fault until it is back. One behind the contactor
        may be silent while that is open."""
        self.peak_ma = 0
        self._heat = 0
        self.open_now = False
        for i in range(_V_UNDER, _SPREAD + 1):
            ages.restart(i)
        lost = self._metered and ages.ms[_FACTS] >= limits.METER_LOST_MS
        return faults.METER if lost and (command or self.before or self.bad & faults.METER) else 0

    def current_since(self, ms):
        """TICK. The peak current where the meter's facts are younger than that by more than its lag, else 0."""
        return self.peak_ma if self._ages.ms[_FACTS] + limits.METER_LAG_MS <= ms else 0

    def line_good(self, ms):
        """TICK. The meter has told, so long after what was `ms` ago that it saw it, of voltage on every line."""
        return self._ages.ms[_FACTS] + limits.METER_LAG_MS <= ms and self._low_mv >= limits.UNDER_OPEN_MV

    def offer_reduced(self):
        """TICK. The vehicle has now 6 s to follow."""
        self._ages.restart(_WORSE)

    def forgive(self):
        """TICK. The vehicle that drew too much has left."""
        self._heat = 0
        self._ages.forget(_PENALTY)

    def _restart_good(self, ages):
        bad = self.bad
        low, high, mhz = self._low_mv, self._high_mv, self._mhz
        if low >= (limits.SUPPLY_GOOD_LOW_MV if bad & faults.UNDER_VOLTAGE else limits.UNDER_STOP_MV):
            ages.restart(_V_UNDER)
        if low >= limits.UNDER_OPEN_MV:
            ages.restart(_V_UNDER_OPEN)
        if high <= (limits.SUPPLY_GOOD_HIGH_MV if bad & faults.OVER_VOLTAGE else limits.OVER_STOP_MV):
            ages.restart(_V_OVER)
        if high <= limits.OVER_OPEN_MV:
            ages.restart(_V_OVER_OPEN)
        if high - low <= limits.NEUTRAL_SPREAD_MV:
            ages.restart(_SPREAD)
        if not mhz or self._in_range(mhz, bad & faults.FREQUENCY):
            ages.restart(_HZ)

    def _in_range(self, mhz, strict):
        if strict:
            return limits.FREQUENCY_GOOD_LOW_MHZ <= mhz <= limits.FREQUENCY_GOOD_HIGH_MHZ
        return limits.FREQUENCY_LOW_MHZ <= mhz <= limits.FREQUENCY_HIGH_MHZ

    def _judge(self, ms):
        self.open_now = ms[_V_UNDER_OPEN] >= limits.UNDER_OPEN_MS or ms[_V_OVER_OPEN] >= limits.OVER_OPEN_MS
        bad = 0
        for i in range(4):
            if ms[_WATCHED[i][0]] >= _WATCHED[i][1]:
                bad |= _WATCHED_BIT[i]
        if ms[_V_UNDER_OPEN] >= limits.UNDER_OPEN_MS:
            bad |= faults.UNDER_VOLTAGE
        if ms[_V_OVER_OPEN] >= limits.OVER_OPEN_MS:
            bad |= faults.OVER_VOLTAGE
        return bad

    def _sag(self, ages, command):
        if not command or self._low_mv >= limits.SAG_BELOW_MV:
            ages.restart(_SAG)
        if self._low_mv <= limits.SAG_ABOVE_MV:
            ages.restart(_NO_SAG)
        if ages.ms[_SAG] >= limits.SAG_STEP_MS:
            ages.restart(_SAG)
            self._sag_ma = max(min(self._sag_ma, self._rating_ma) - limits.SAG_STEP_MA, limits.OFFER_MIN_MA)
        elif ages.ms[_NO_SAG] >= limits.SAG_STEP_MS and self._sag_ma < self._rating_ma:
            ages.restart(_NO_SAG)
            self._sag_ma = min(self._sag_ma + limits.SAG_STEP_MA, self._rating_ma)

    def _current(self, dt_ms, ages, offered_ma):
        if not offered_ma or ages.ms[_WORSE] < limits.FOLLOW_MS:
            self._heat = 0
            return 0
        permille = (self.peak_ma - limits.OVER_CURRENT_NOISE_MA) * 1000 // offered_ma
        self._warm(permille, dt_ms)
        if self._heat < _HEAT_TRIP:
            return 0
        self._heat = 0
        ages.restart(_PENALTY)
        if permille > limits.OVER_CURRENT_OPEN_PERMILLE:
            self.open_now = True
        return faults.OVER_CURRENT

    def _warm(self, permille, dt_ms):
        """Toggling around a step of the curve still trips: heat is kept, and fades slowly."""
        heat = -1
        i = 0
        while i < len(_CURVE) and permille > _CURVE[i][0]:
            heat = _CURVE[i][1]
            i += 1
        self._heat = max(self._heat + heat * dt_ms, 0)

    def _recovered(self, gone):
        # a street must not come back at once, nor at full current
        if gone & (faults.UNDER_VOLTAGE | faults.OVER_VOLTAGE | faults.FREQUENCY):
            self._wait_ms = limits.SUPPLY_HOLD_MS + self._draw * limits.SUPPLY_RANDOM_MS // 255
            self._ramp_ma = 0

    def _ramp(self, dt_ms, ages):
        if self._wait_ms > 0:
            self._wait_ms -= dt_ms
            if self._wait_ms <= 0:
                self._ramp_ma = limits.RAMP_FROM_MA
                ages.restart(_RAMP)
        elif self._ramp_ma < self._rating_ma and ages.ms[_RAMP] >= limits.RAMP_STEP_MS:
            ages.restart(_RAMP)
            self._ramp_ma = min(self._ramp_ma + limits.RAMP_STEP_MA, self._rating_ma)

    def _limit(self, ms, bad):
        self.limit_by = "supply"
        self.limit_ma = min(self._sag_ma, self._ramp_ma)
        if ms[_PENALTY] < limits.OVER_CURRENT_PENALTY_MS and self.limit_ma > limits.OVER_CURRENT_PENALTY_MA:
            self.limit_ma = limits.OVER_CURRENT_PENALTY_MA
            self.limit_by = "over_current"
        if bad & faults.METER and self.limit_ma > limits.METER_LOST_MA:
            self.limit_ma = limits.METER_LOST_MA
            self.limit_by = "meter"
