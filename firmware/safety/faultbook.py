"""Which faults one connector has: raised at once, cleared by their recovery class."""
from array import array

from micropython import const

from firmware.safety import events, faults

_ROWS = list(faults.rows())
_COUNT = len(_ROWS)
_DAY_MS = const(86400000)
_LATCHING = faults.mask("recovery", "L")
_UNPLUGGING = faults.mask("recovery", "U")
_HOLD_MS = array("i", [row.hold_ms for row in _ROWS])
_RETRIES = bytes([row.retries for row in _ROWS])
_DAILY = bytes([row.daily for row in _ROWS])
_BEFORE = bytes([n - 1 if n else 0 for n in _DAILY])            # so many times before the last are remembered ...
_AT = bytes([sum(_BEFORE[:i]) for i in range(_COUNT)])          # ... from there on
_TRIP = [row.name for row in _ROWS].index("residual")
del _ROWS                               # what the tick needs of them stands above


class FaultBook:
    """Masks over `faults.TABLE`: `active` (present or not yet recovered), of those `unplug` wait for the vehicle to
    leave and `latched` for an authorised person. `settle` is TICK safe.
    """

    def __init__(self, connector, ring):
        self.active = 0
        self.unplug = 0
        self.latched = 0
        self.present = 0
        self._good_ms = array("i", [0] * _COUNT)
        self._session = bytearray(_COUNT)
        self._day_ms = 0
        self._lately = array("i", [-_DAY_MS] * sum(_BEFORE))
        self._connector = connector
        self._ring = ring

    def settle(self, present, dt_ms):
        """Take in what is wrong now (a mask); returns the mask of faults raised by this call."""
        self.present = present
        raised = present & ~self.active
        if raised:
            self._each(raised, True)
        going = self.active & ~self.latched & ~self.unplug
        if going:
            self._recover(going, dt_ms)
        self._age(dt_ms)
        return raised

    def unplugged(self):
        """The vehicle has left: what lasts until unplug goes, unless it is still there; counts begin anew."""
        self._each(self.unplug & ~self.present, False)
        for i in range(_COUNT):
            self._session[i] = 0

    def latch(self, bits):
        """Put back what was latched before a power cut. Not for the tick."""
        self.latched |= bits
        self._each(bits & ~self.active, True)

    def clear(self, bits):
        """An authorised person clears latched faults; what is still present comes back with the next tick."""
        self._each(bits & self.active, False)

    def trips_ms(self):
        """How long ago each residual-current trip of the last 24 hours was, those that count towards a latch."""
        ages = [self._day_ms - self._lately[_AT[_TRIP] + i] for i in range(_BEFORE[_TRIP])]
        return [age for age in ages if age < _DAY_MS]

    def recall(self, trips_ms):
        """Put back what `trips_ms` said before a power cut, the oldest first. Not for the tick."""
        count = _BEFORE[_TRIP]
        ages = ([_DAY_MS + self._day_ms] * count + trips_ms)[-count:]
        for i in range(count):
            self._lately[_AT[_TRIP] + i] = self._day_ms - ages[i]

    def _each(self, bits, raising):
        i = 0
        while bits:
            if bits & 1:
                if raising:
                    self._raise(i)
                else:
                    self._drop(i)
            bits >>= 1
            i += 1

    def _raise(self, i):
        it = 1 << i
        self.active |= it
        self._good_ms[i] = 0
        if self._session[i] < 255:
            self._session[i] += 1
        if it & _LATCHING or (_DAILY[i] and self._often(_AT[i], _BEFORE[i])):
            self.latched |= it
        elif it & _UNPLUGGING or (_RETRIES[i] < 255 and self._session[i] > _RETRIES[i]):
            self.unplug |= it
        self._ring.put(events.FAULT, self._connector, i, 1)

    def _drop(self, i):
        it = ~(1 << i)
        self.active &= it
        self.unplug &= it
        self.latched &= it
        self._ring.put(events.FAULT, self._connector, i, 0)

    def _recover(self, going, dt_ms):
        i = 0
        while going:
            if going & 1:
                if self.present >> i & 1:
                    self._good_ms[i] = 0
                else:
                    self._good_ms[i] += dt_ms
                    if self._good_ms[i] >= _HOLD_MS[i]:
                        self._drop(i)
            going >>= 1
            i += 1

    def _often(self, at, count):
        """Note that it rose now; True when the `count` times before, from `at` on, all lie within a day."""
        lately = self._lately
        often = self._day_ms - lately[at] < _DAY_MS
        for i in range(at, at + count - 1):
            lately[i] = lately[i + 1]
        lately[at + count - 1] = self._day_ms
        return often

    def _age(self, dt_ms):
        self._day_ms += dt_ms
        if self._day_ms >= _DAY_MS:     # the clock is put back by a day, and what it was compared with too
            self._day_ms -= _DAY_MS
            for i in range(len(self._lately)):
                self._lately[i] = max(self._lately[i] - _DAY_MS, -_DAY_MS)
