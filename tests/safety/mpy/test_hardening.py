"""What attacks on this core have found: one test for each way in that was open once."""
import unittest

from bench import Bench, Contactor, Input

from firmware.safety import faults, limits


def _unlocking(b):
    return b.lock.direction < 0


class _SlowLock:
    """A lock whose motor needs 300 ms; its feedback changes at the end of the travel."""

    def __init__(self, clock):
        self.clock = clock
        self.direction = 0
        self.bolt_ms = 0
        self.since_us = 0

    def _move(self):
        self.bolt_ms = min(300, max(0, self.bolt_ms + self.direction * (self.clock.us - self.since_us) // 1000))
        self.since_us = self.clock.us

    def drive(self, direction):
        self._move()
        self.direction = direction

    def closed(self):
        self._move()
        return self.bolt_ms >= 250


def _with_slow_lock():
    b = Bench(socket=True)
    b.lock = _SlowLock(b.clock)
    b.unit.lock._io = b.lock
    return b


class Lock(unittest.TestCase):
    def test_a_motor_that_unlocks_is_stopped_when_the_plug_is_to_be_held_again(self):
        b = _with_slow_lock()
        b.pilot.letter = "B"
        b.run(3000)
        self.assertTrue(b.lock.closed())
        b.unit.release_plug()
        b.run(40, lambda: _unlocking(b))
        self.assertEqual(b.lock.direction, -1)
        b.unit.begin_session()
        b.run(40)
        self.assertTrue(b.lock.direction >= 0, "still unlocking")
        b.run(2000)
        self.assertTrue(b.lock.closed())

    def test_nothing_is_offered_while_the_bolt_moves(self):
        b = _with_slow_lock()
        b.pilot.letter = "B"
        b.run(3000)
        b.unit.release_plug()
        b.run(40, lambda: _unlocking(b))
        b.allow()
        b.run(60)
        self.assertFalse(b.unit.offered)
        self.assertEqual(b.unit.why, "plug is not locked")

    def test_cable_that_is_to_be_kept_stays_locked_when_the_vehicle_is_unplugged_and_opens_dead(self):
        b = Bench(socket=True).charge()
        b.unit.keep_cable = True
        b.pilot.letter = "A"
        b.run(10000)
        self.assertEqual((b.contactor.on, b.lock.is_closed, b.unit.kept), (False, True, True))
        b.unit.release_plug()
        b.run(1000)
        self.assertEqual((b.lock.is_closed, b.unit.kept), (False, False))

    def test_outlet_without_its_plug_is_never_kept_locked(self):
        b = Bench(pilot=False)
        b.unit.keep_cable = True
        b.plug_switch.plug = True
        b.allow()
        b.run(20000, lambda: b.contactor.on)
        b.plug_switch.plug = False
        b.run(2000)
        self.assertEqual((b.contactor.on, b.lock.is_closed), (False, False))

    def test_an_empty_socket_is_not_locked_at_power_on(self):
        b = Bench(socket=True)
        b.run(3000)
        self.assertEqual(b.lock.drives, 0)
        self.assertFalse(b.lock.is_closed)

    def test_a_lock_lost_while_charging_is_never_driven_backwards_over_live_contacts(self):
        b = Bench(socket=True).charge()
        driven = [0, 0]                 # pulses over live contacts: locking, unlocking
        b.lock.is_closed = False
        b.lock.jam = True
        drive = b.lock.drive

        def watch(direction):
            if direction and b.contactor.on:
                driven[direction < 0] += 1
            drive(direction)

        b.lock.drive = watch
        b.run(30000)
        self.assertFalse(b.contactor.on)
        self.assertTrue(driven[0] > 0)
        self.assertEqual(driven[1], 0)

    def test_tries_of_a_jammed_lock_keep_their_pauses_and_its_moves_are_told(self):
        b = Bench(socket=True)
        b.lock.jam = True
        b.pilot.letter = "B"
        b.run(2000, lambda: b.lock.drives)
        took = b.run(40000, lambda: b.unit.lock.failed)
        all_ms = sum(limits.LOCK_RETRY_MS) + 6 * limits.LOCK_TIME_MS
        self.assertTrue(all_ms <= took <= all_ms + 500, took)
        self.assertEqual([event for event in b.events() if event[0] == 7], [])
        b = Bench(socket=True)
        b.pilot.letter = "B"
        b.run(3000)
        b.pilot.letter = "A"
        b.run(1000)
        self.assertEqual([event[2] for event in b.events() if event[0] == 7], [1, 0])

    def test_a_motor_that_is_asked_for_without_end_moves_ten_times_a_minute(self):
        b = Bench(socket=True)
        b.pilot.letter = "B"
        b.run(3000)
        b.lock.jam = True
        before = b.lock.drives
        for _ in range(600):                # a central system that asks to unlock ten times a second, for a minute
            b.unit.release_plug()
            b.run(100)
        self.assertTrue(8 <= b.lock.drives - before <= 20, b.lock.drives - before)
        before = b.lock.drives
        for _ in range(600):
            b.unit.release_plug()
            b.run(100)
        self.assertTrue(8 <= b.lock.drives - before <= 11, b.lock.drives - before)

    def test_a_person_may_ask_again_for_a_plug_that_would_not_come_out(self):
        b = Bench(socket=True)
        b.pilot.letter = "B"
        b.run(3000)
        b.lock.jam = True
        b.unit.release_plug()
        b.run(60000)
        drives = b.lock.drives
        b.lock.jam = False
        b.run(10000)
        self.assertEqual(b.lock.drives, drives)
        b.unit.release_plug()
        b.run(1000)
        self.assertFalse(b.lock.is_closed)


class Meter(unittest.TestCase):
    def test_a_meter_that_died_with_the_contactor_does_not_tell_of_a_weld(self):
        b = Bench(feedback=False).charge()
        b.run(3000)
        b.meter = False                 # behind the contactor: it is silent as soon as that opens
        b.pilot.letter = "B"
        b.run(20000)
        self.assertEqual(b.names(), [])

    def test_registers_that_are_no_current_do_not_stop_the_tick(self):
        b = Bench().charge()
        b.amps_ma = [2000000000, 0, 0]
        b.run(3000)
        self.assertFalse(b.core.dead)
        self.assertFalse(b.contactor.on)


class Pilot(unittest.TestCase):
    def test_c_must_be_clean_for_half_a_second_not_just_reappear(self):
        b = Bench()
        b.pilot.letter = "B"
        b.allow()
        b.run(6000, lambda: b.unit.offered)
        b.pilot.letter = "C"
        sample = b.pilot.sample

        def disturbed():                # every burst of a tick's first look is odd, its second is C
            b.pilot.spread_mv = 2500 if b.pilot.bursts % 2 == 0 else 40
            sample()

        b.pilot.bursts = 1
        b.run(60)
        b.pilot.bursts = 0
        b.pilot.sample = disturbed
        b.run(1500)
        self.assertFalse(b.contactor.on)

    def test_no_low_phase_is_no_proof_of_a_diode(self):
        b = Bench()
        b.pilot.letter = "B"
        b.allow()
        b.run(6000, lambda: b.unit.offered)
        b.run(1000)
        seen = [0]
        sample = b.pilot.sample

        def rarely():
            sample()
            seen[0] += 1
            b.pilot.n_low = 0 if seen[0] % 9 else 5
        b.pilot.sample = rarely
        b.pilot.letter = "C"
        b.run(2000)
        self.assertFalse(b.contactor.on)

    def test_a_vehicle_that_toggles_s2_is_closed_at_most_every_five_seconds(self):
        b = Bench().charge()
        closed = [-9999] * 2            # the last closing, and the shortest time between two
        closed[1] = 9999
        command = b.contactor.command

        def watch(on):
            if on and not b.contactor.on:
                closed[1] = min(closed[1], b.clock.us // 1000 - closed[0])
                closed[0] = b.clock.us // 1000
            command(on)
        b.contactor.command = watch
        for _ in range(30):
            b.pilot.letter = "B"
            b.run(300)
            b.pilot.letter = "C"
            b.run(700)
        self.assertTrue(5000 <= closed[1] < 9999, closed[1])

    def test_d_without_ventilation_begins_no_filter_for_c(self):
        b = Bench()
        b.pilot.letter = "B"
        b.allow()
        b.run(6000, lambda: b.unit.offered)
        b.pilot.letter = "D"
        b.run(2200)
        b.pilot.letter = "C"
        took = b.run(2000, lambda: b.contactor.on)
        self.assertTrue(500 <= took <= 700, took)

    def test_t11_shorted_pilot_lets_the_plug_go_once_the_contacts_are_dead(self):
        b = Bench(socket=True).charge()
        b.pilot.letter = "E"
        b.run(2000)
        self.assertTrue(b.lock.is_closed)
        b.run(3000)
        self.assertFalse(b.lock.is_closed)


class Whole(unittest.TestCase):
    def test_one_unit_that_cannot_open_does_not_keep_another_closed(self):
        b = Bench().charge()
        second = Contactor(2)
        second.on = True

        class Other:
            def shut(self):
                second.command(False)

        def broken(on):
            raise OSError(5)

        b.core.units.append(Other())
        b.contactor.feedback = lambda: 1 // 0
        b.contactor.command = broken
        b.core.tick()
        self.assertTrue(b.core.dead)
        self.assertFalse(second.on)

    def test_a_dead_core_says_f(self):
        b = Bench().charge()
        b.contactor.feedback = lambda: 1 // 0
        b.core.tick()
        self.assertEqual(b.pilot.duty, limits.DUTY_F)

    def test_an_announced_stall_with_a_closed_contactor_opens_it_all_the_same(self):
        b = Bench().charge()
        b.core.plan_stall()
        b.clock.us += 150000            # longer than any guard holds the coil: it must not come back unseen
        b._next_us = b.clock.us
        b.run(20)
        self.assertFalse(b.contactor.on)

    def test_one_reading_after_a_stall_proves_no_lost_earth(self):
        b = Bench().charge()
        earth = Input()
        b.run(100)
        b.inputs["earth"].on = True
        b.clock.us += 45000
        b._next_us = b.clock.us
        b.run(1)
        b.inputs["earth"].on = False
        b.run(100)
        self.assertEqual(b.names(), [])
        self.assertFalse(earth.on)

    def test_the_reason_told_is_the_fault_that_forbids_not_a_warning_before_it(self):
        b = Bench().charge()
        b.sensors["board"].dc = 700
        b.run(2000)
        self.assertEqual((b.names(), b.unit.why), (["temperature_derate"], "charging"))
        b.inputs["estop"].on = True
        b.run(100)
        self.assertEqual(b.unit.why, "emergency stop is pressed")

    def test_bench_guard_is_a_fault_that_the_central_system_hears_of(self):
        b = Bench()
        b.core.refused = True
        b.run(200)
        self.assertEqual([(f.name, f.status) for f in b.unit.faults], [("guard", "Unavailable")])
        b.core.refused = False
        b.charge()

    def test_weld_failed_test_and_earth_are_not_cleared_from_afar(self):
        b = Bench()
        for name in ("welded", "residual_test", "earth"):
            b.unit.book.latch(faults.bits([name]))
            self.assertRaises(ValueError, b.unit.clear, name, True)
            self.assertIn(name, b.names())
            b.unit.clear(name)
            self.assertFalse(name in b.names())
        b.unit.book.latch(faults.RESIDUAL)
        b.unit.clear("residual", True)
        self.assertEqual(b.names(), [])

    def test_a_mask_of_all_faults_is_a_small_integer_on_the_chip(self):
        self.assertTrue(len(list(faults.rows())) <= 30)


if __name__ == "__main__":
    unittest.main()
