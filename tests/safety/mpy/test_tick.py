"""The tick itself: it allocates nothing, opens when it fails or comes late, and survives the wrap of the clock."""
import unittest

import bench
import micropython
from bench import Bench

_HARDWARE = tuple([each for each in bench.__dict__.values() if isinstance(each, type)])


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


class Weeks(unittest.TestCase):
    """Whatever lasts, lasts for weeks: on the chip a number beyond 31 bits is an object, which a tick cannot have."""

    def lasts(self, b):
        for _ in range(2 * (1 << 30) // _HOUR_MS):
            b.clock._ms = b.clock._ms + _HOUR_MS & 0x3FFFFFFF
            for _ in range(2):
                b.clock._ms = b.clock._ms + 20 & 0x3FFFFFFF
                b.core.tick()
                self.assertFalse(b.core.dead, b.core.error)
        for name, value in _numbers(b.core, []):
            self.assertTrue(-(1 << 30) <= value < 1 << 30, name)

    def test_idle_and_plugged(self):
        b = Bench(socket=True, phases=3)
        self.lasts(b)
        b.pilot.letter = "B"
        self.lasts(b)

    def test_an_outlet(self):
        b = Bench(pilot=False)
        b.plug_switch.plug = True
        self.lasts(b)

    def test_a_monitor_that_failed_its_test_or_stays_tripped(self):
        b = Bench()
        b.residual.dead = True
        b.run(3000)
        self.assertIn("residual_test", b.names())
        self.lasts(b)
        b = Bench().charge()
        b.residual.leak = True
        self.lasts(b)

    def test_a_welded_contactor_a_jammed_lock_and_a_lost_pilot(self):
        b = Bench(socket=True).charge()
        b.contactor.stuck = 3
        self.lasts(b)
        b = Bench(socket=True)
        b.lock.jam = True
        b.pilot.letter = "B"
        self.lasts(b)
        b.pilot.letter = "X"
        self.lasts(b)

    def test_inputs_and_sensors_that_do_not_come_back(self):
        b = Bench()
        for each in b.inputs.values():
            each.on = True
        b.sensors["board"].dc = None
        b.meter = False
        self.lasts(b)

    def test_the_count_of_ticks_begins_again(self):
        b = Bench()
        b.core.ticks = 0x3FFFFFFF
        b.core.tick()
        self.assertFalse(b.core.dead)
        self.assertEqual(b.core.ticks, 0)


_HOUR_MS = 1 << 22


def _numbers(it, seen):
    """(name, value) of each number the firmware's objects below `it` keep."""
    seen.append(id(it))
    for name, value in it.__dict__.items():
        if isinstance(value, int):
            yield name, value
        elif isinstance(value, (list, tuple)) or str(type(value)) == "<class 'array'>":
            for each in value:
                if isinstance(each, int):
                    yield name, each
        elif hasattr(value, "__dict__") and id(value) not in seen and not isinstance(value, _HARDWARE):
            yield from _numbers(value, seen)


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
