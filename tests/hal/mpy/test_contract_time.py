"""The contract of hal/__init__.py in time: clocks, timers, and what the safety tick calls. Of both hals, as `test_contract`."""

import unittest

import bench  # noqa: F401 - first: it puts virtual time in place
import micropython
from bench import BOARDS, CLOCK, MACHINE, each

MPY_HEAP = "1024wk"     # many worlds, one after the other


class Time(unittest.TestCase):
    def test_ticks_count_and_wrap_at_2_to_the_30(self):
        for rig in each():
            clock = rig.hal.clock
            ms, us = clock.ticks_ms(), clock.ticks_us()
            clock.wait_us(3000)
            self.assertEqual(clock.diff(clock.ticks_us(), us), 3000, rig.kind)
            self.assertEqual(clock.diff(clock.ticks_ms(), ms), 3, rig.kind)
            self.assertEqual(clock.add((1 << 30) - 1, 2), 1, rig.kind)
            self.assertEqual(clock.diff(1, (1 << 30) - 1), 2, rig.kind)

    def test_wall_time_is_none_until_known_and_outlives_a_reset(self):
        for rig in each():
            self.assertIsNone(rig.hal.clock.utc_s(), rig.kind)
            rig.hal.clock.set_utc(1795000000)
            rig.quiet(2500)
            self.assertTrue(rig.hal.clock.utc_s() in (1795000002, 1795000003), rig.kind)
            rig = rig.again("watchdog")
            self.assertTrue(rig.hal.clock.utc_s() in (1795000002, 1795000003), rig.kind)
            self.assertEqual(rig.hal.reset_cause, "watchdog", rig.kind)

    def test_every_calls_once_a_period_and_makes_up_nothing_after_a_stall(self):
        for rig in each():
            calls = []
            rig.hal.every(20, lambda: calls.append(CLOCK.now_us))
            rig.quiet(1000)
            self.assertEqual(len(calls), 50, rig.kind)
            MACHINE.stalled_until_us = CLOCK.now_us + 1000000
            rig.quiet(1001)
            self.assertEqual(len(calls), 51, rig.kind)
            rig.quiet(199)
            self.assertTrue(60 <= len(calls) <= 61, "%s: %d" % (rig.kind, len(calls)))

    def test_a_callback_that_fails_does_not_end_its_timer(self):
        for rig in each():
            calls = []

            def fail(calls=calls):
                calls.append(1)
                if rig.kind == "esp32":     # hal/sim's machine takes care of it elsewhere
                    raise ValueError

            rig.hal.every(20, fail)
            rig.quiet(100)
            self.assertEqual(len(calls), 5, rig.kind)


class Tick(unittest.TestCase):
    """Everything marked TICK, as the safety tick calls it: with the heap locked."""

    def calls(self, hal):
        clock = hal.clock
        found = [clock.ticks_ms, clock.ticks_us, lambda: clock.diff(5, 3), lambda: clock.add(5, 3), lambda: clock.wait_us(50),
                 hal.guard.token, hal.watchdog.feed]
        for one in hal.connectors:
            found += [lambda c=one.contactor: c.command(True), one.contactor.feedback, lambda c=one.contactor: c.command(False)]
            if one.pilot:
                found += [one.pilot.sample, lambda p=one.pilot: p.drive(17476), lambda p=one.pilot: p.drive(65536)]
            if one.proximity:
                found.append(one.proximity.ohm)
            if one.residual:
                found += [one.residual.tripped, lambda r=one.residual: r.test(True), lambda r=one.residual: r.test(False)]
            if one.lock:
                found += [one.lock.closed, lambda k=one.lock: k.drive(1), lambda k=one.lock: k.drive(-1), lambda k=one.lock: k.drive(0)]
            if one.plug_switch:
                found.append(one.plug_switch.pressed)
        found += [one.active for one in hal.inputs.values()] + [one.read_dc for one in hal.temperatures.values()]
        if hal.ventilation:
            found += [lambda: hal.ventilation.drive(True), hal.ventilation.running, lambda: hal.ventilation.drive(False)]
        return found

    def test_it_allocates_nothing_and_raises_nothing(self):
        for board in BOARDS:
            for rig in each(board):
                for call in self.calls(rig.hal):
                    call()
                    if rig.chip:
                        rig.chip.scheduler.busy = True      # the tick is a soft callback: no other runs in it
                    micropython.heap_lock()
                    try:
                        call()
                    finally:
                        micropython.heap_unlock()
                        if rig.chip:
                            rig.chip.scheduler.busy = False


if __name__ == "__main__":
    unittest.main()

