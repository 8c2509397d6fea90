"""The residual-current monitor: its trip output, and the line that makes it test itself.

The output is wired to the coil's driver as well: this firmware only hears of a trip that has opened already. A broken
wire reads tripped.
"""


class Residual:
    def __init__(self, trip, test):
        self._trip = trip
        self._test = test

    def tripped(self):
        """TICK."""
        return self._trip.value() == 1

    def test(self, on):
        """TICK."""
        if on:
            self._test.on()
        else:
            self._test.off()
