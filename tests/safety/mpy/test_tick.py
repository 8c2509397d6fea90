"""The tick itself: it allocates nothing, opens when it fails or comes late, and survives the wrap of the clock."""
import unittest

import micropython
from bench import Bench


class Tick(unittest.TestCase):
    def test_tick_allocates_nothing_idle_and_charging(self):
        b = Bench(socket=True, phases=3)
        self.assertEqual(_allocated(b, 50), 0)
        b.charge()
        self.assertEqual(_allocated(b, 200), 0)

    def test_tick_allocates_nothing_through_faults_and_stops(self):
        b = Bench(socket=True, phases=3).charge()
        b.residual.leak = True
        self.assertEqual(_allocated(b, 100), 0)
        b.residual.leak = False
        b.pilot.letter = "A"
        self.assertEqual(_allocated(b, 200), 0)
        b.pilot.letter = "X"
        self.assertEqual(_allocated(b, 100), 0)

    def test_exception_in_a_tick_opens_for_good(self):
        b = Bench().charge()
        b.contactor.feedback = lambda: 1 // 0
        b.core.tick()
        self.assertFalse(b.contactor.on)
        self.assertTrue(b.core.dead)
        tokens = b.guard.count
        b.core.tick()
        self.assertEqual(b.guard.count, tokens)

    def test_late_tick_opens_and_recovers(self):
        b = Bench().charge()
        b.clock.us += 80000
        b._next_us = b.clock.us
        b.run(20)
        self.assertFalse(b.contactor.on)
        self.assertIn("overrun", [f.name for f in b.unit.faults])
        b.run(70000, lambda: b.contactor.on)
        self.assertTrue(b.contactor.on)

    def test_a_unit_is_found_by_its_connectors_id_and_no_other(self):
        b = Bench()
        self.assertIs(b.core.unit(1), b.unit)
        self.assertIsNone(b.core.unit(2))

    def test_longest_tick_is_kept(self):
        b = Bench()
        b.run(200)
        self.assertEqual(b.core.worst_us, 64 * 60)
        b.pilot.letter = "B"                    # a second burst and the gap before it
        b.run(200)
        self.assertEqual(b.core.worst_us, 2 * 64 * 60 + 3000)

    def test_worst_gap_is_kept_but_for_announced_ones(self):
        b = Bench()
        b.run(1000)
        self.assertEqual(b.core.worst_gap_ms, 20)
        for announced, worst_ms in ((True, 20), (False, 520)):
            if announced:
                b.core.plan_stall()
            b.clock.us += 500000
            b._next_us = b.clock.us + 20000
            b.run(1000)
            self.assertTrue(worst_ms <= b.core.worst_gap_ms <= worst_ms + 5, b.core.worst_gap_ms)

    def test_wrap_of_ticks_ms_changes_nothing(self):
        b = Bench(start_ms=(1 << 30) - 9000).charge()
        b.run(10000)
        self.assertTrue(b.contactor.on)
        b.pilot.letter = "B"
        self.assertTrue(b.run(200, b.opened) <= 43)


def _allocated(b, ticks):
    """Bytes allocated by `ticks` ticks with the heap unlocked, so that a frame that spills is seen too."""
    total = 0
    for _ in range(ticks):
        before = micropython.mem_total()
        b.core._tick()
        total += micropython.mem_total() - before
        b.clock.us += 16000
        b.unit.permit.grant(32000)
    return total


if __name__ == "__main__":
    unittest.main()
