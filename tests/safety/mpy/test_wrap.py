"""The charger's clock wraps after twelve days: the same golden rows with the wrap put into the middle of each."""
import sys
import unittest

import golden
from golden_bases import Bases
from worldbench import WorldBench

MPY_HEAP = "8192wk"
ROWS = ("T5 B2->C2, C to close", "T6 C2->B2, vehicle opens S2, 6 A", "T7 C2->C1, stop ignored: opens under load", "T10 unplug, 32 A",
        "T12 length of F", "T12 diode lost in C", "stall 60 ms: unplug", "1.6 between two increases")
PHASES = 1 if sys.platform == "webassembly" else 6
_WRAP_MS = 1 << 30


class Wrap(unittest.TestCase):
    def test_golden_rows_hold_while_the_clock_wraps(self):
        for row in ROWS:
            for before_ms in (9000, 20):        # the wrap in the way to the row's base, and in the row itself
                bases = Bases(start_ms=_WRAP_MS - before_ms, late=before_ms < 1000)
                golden.measure(bases, row, PHASES)

    def test_a_tick_that_meets_the_wrap_is_no_overrun(self):
        b = WorldBench(start_ms=_WRAP_MS - 8000)
        b.charge()
        b.run(3000)
        self.assertTrue(b.clock.ticks_ms() < 100000)
        self.assertTrue(b.unit.contactor.command)
        self.assertEqual(b.core.worst_gap_ms, 20)


if __name__ == "__main__":
    unittest.main()
