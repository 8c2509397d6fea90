"""The residual-current monitor: trip, self-test, and what of a day's trips is counted over power cuts."""
import unittest

from bench import Bench

from firmware.safety import faults
from firmware.safety.faultbook import FaultBook
from firmware.support.ring import Ring

_TRIP = faults.RESIDUAL


class ResidualCurrent(unittest.TestCase):
    def test_trip_opens_with_the_next_tick(self):
        b = Bench().charge()
        b.residual.leak = True
        self.assertTrue(b.run(200, b.opened) <= 20)
        b.run(40)
        self.assertEqual(b.names(), ["residual"])

    def test_trip_opens_before_the_pilot_is_even_looked_at(self):
        b = Bench().charge()
        seen = []
        sample = b.pilot.sample

        def look():
            seen.append(b.contactor.on)
            sample()

        b.pilot.sample = look
        b.residual.leak = True
        b.core._tick()
        self.assertEqual(seen, [False])

    def test_trip_lasts_until_unplug_and_never_recloses_by_itself(self):
        b = Bench().charge()
        b.residual.leak = True
        b.run(100)
        b.residual.leak = False
        b.run(120000)
        self.assertFalse(b.contactor.on)
        self.assertEqual(b.names(), ["residual"])
        b.unplug()
        self.assertEqual(b.names(), [])
        b.charge()

    def test_fourth_trip_of_a_day_latches(self):
        b = Bench()
        for _ in range(4):
            b.charge()
            b.residual.leak = True
            b.run(100)
            b.residual.leak = False
            b.unplug()
        self.assertEqual(b.names(), ["residual"])
        self.assertEqual(b.core.latched(), {1: ["residual"]})
        b.unit.clear("residual")
        self.assertEqual(b.names(), [])

    def test_any_four_trips_within_24_hours_latch_and_no_fewer(self):
        for hours, latches in (
                ((0, 1, 2, 23), True), ((0, 1, 2, 25), False), ((0, 23, 23, 25, 26), True), ((0, 20, 40, 60, 80, 100), False),
                ((47, 47, 48, 70), True), ((23, 24, 46, 48), False)):
            book = FaultBook(1, Ring(16, lambda: 0))
            now_h = 0
            for hour in hours:
                while now_h < hour:
                    book.settle(0, 3600000)
                    now_h += 1
                book.settle(_TRIP, 0)
                book.settle(0, 0)
                book.unplugged()
            self.assertEqual(book.latched == _TRIP, latches, hours)

    def test_trips_before_a_power_cut_count_with_those_after_it(self):
        for trips_h, latches in (((3, 2, 1), True), ((23, 22, 21), True), ((2, 1), False), ((9, 8, 7, 6), True), ((), False)):
            book = FaultBook(1, Ring(16, lambda: 0))
            book.settle(0, 1800000)
            book.recall([hours * 3600000 for hours in trips_h])
            self.assertEqual(book.trips_ms(), [hours * 3600000 for hours in trips_h[-3:]])
            book.settle(_TRIP, 0)
            self.assertEqual(book.latched == _TRIP, latches, trips_h)
            self.assertEqual(book.trips_ms()[-1], 0)

    def test_a_monitor_whose_output_flutters_counts_one_trip(self):
        b = Bench().charge()
        for _ in range(50):
            b.residual.leak = not b.residual.leak
            b.run(40)
        self.assertEqual(b.unit.residual.trips, 1)

    def test_self_test_runs_before_each_session(self):
        b = Bench().charge()
        self.assertEqual([e[2] for e in b.events() if e[0] == 6], [1, 1])     # at power-on, at plug-in
        b.stop()
        b.pilot.letter = "B"
        b.run(7000)
        b.unit.begin_session()
        b.charge()
        self.assertEqual([e[2] for e in b.events() if e[0] == 6], [1])

    def test_dead_monitor_is_found_before_anything_is_offered_and_latches(self):
        b = Bench()
        b.residual.dead = True
        b.pilot.letter = "B"
        b.allow()
        b.run(5000)
        self.assertFalse(b.unit.offered)
        self.assertEqual(b.names(), ["residual_test"])
        b.unplug(60000)
        self.assertEqual(b.names(), ["residual_test"])
        b.residual.dead = False
        b.unit.clear("residual_test")
        b.charge()

    def test_monitor_stuck_at_tripped_never_lets_close(self):
        b = Bench()
        b.residual.leak = True
        b.pilot.letter = "C"
        b.allow()
        b.run(10000)
        self.assertFalse(b.contactor.on)
        self.assertIn("residual", b.names())


if __name__ == "__main__":
    unittest.main()
