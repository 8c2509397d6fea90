"""Which faults one connector has: raised at once, cleared by their recovery class."""
from array import array

from firmware.safety import events, faults

_COUNT = len(faults.TABLE)
_DAY_MS = 86400000
_LATCHING = faults.mask("recovery", "L")
_UNPLUGGING = faults.mask("recovery", "U")
_HOLD_MS = array("i", [row[3] for row in faults.TABLE])
_RETRIES = bytes([row[4] for row in faults.TABLE])
_DAILY = bytes([row[5] for row in faults.TABLE])


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
        self._day = bytearray(_COUNT)
        self._day_ms = 0
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
        if self._day[i] < 255:
            self._day[i] += 1
        if it & _LATCHING or (_DAILY[i] and self._day[i] >= _DAILY[i]):
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

    def _age(self, dt_ms):
        self._day_ms += dt_ms
        if self._day_ms >= _DAY_MS:
            self._day_ms = 0
            for i in range(_COUNT):
                self._day[i] = 0
