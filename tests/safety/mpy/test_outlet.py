"""Outlets without a control pilot: plug switch, lock, and the meter that alone sees a vehicle stop drawing."""
import unittest

from bench import Bench


def _plugged(amps_ma=(8000, 0, 0)):
    b = Bench(pilot=False)
    b.amps_ma = [0, 0, 0]
    b.run(2000)
    b.plug_switch.plug = True
    b.allow(15000)
    b.run(8000, lambda: b.contactor.on)
    b.amps_ma = list(amps_ma)
    b.run(1500)
    return b


class Outlet(unittest.TestCase):
    def test_energy_needs_plug_lock_self_test_and_permit(self):
        b = Bench(pilot=False)
        b.allow(15000)
        b.run(5000)
        self.assertEqual(b.unit.why, "no vehicle is plugged in")
        b.lock.jam = True
        b.plug_switch.plug = True
        b.run(3000)
        self.assertEqual(b.unit.why, "plug is not locked")
        self.assertFalse(b.contactor.on)
        b.lock.jam = False
        b.run(9000, lambda: b.contactor.on)
        self.assertTrue(b.contactor.on and b.lock.is_closed)

    def test_nothing_closes_within_the_first_second_after_power_on(self):
        b = Bench(pilot=False)
        b.plug_switch.plug = True
        b.lock.is_closed = True
        b.allow(15000)
        took = b.run(4000, lambda: b.contactor.on)
        self.assertTrue(1000 <= took <= 1100, took)

    def test_energy_on_and_off_are_told_as_events(self):
        b = _plugged()
        b.stop()
        b.run(100)
        self.assertEqual([event[3] for event in b.events() if event[0] == 2], [15000, 0])

    def test_pulled_plug_opens_with_the_next_tick(self):
        b = _plugged()
        self.assertTrue(b.contactor.on)
        b.plug_switch.plug = False
        self.assertTrue(b.run(500, b.opened) <= 20)
        self.assertFalse(b.unit.plugged)

    def test_bouncing_plug_switch_closes_nothing(self):
        b = Bench(pilot=False)
        b.allow(15000)
        for _ in range(20):
            b.plug_switch.plug = not b.plug_switch.plug
            b.run(200)
        self.assertFalse(b.contactor.on)
        self.assertEqual(b.unit.contactor.closings, 0)

    def test_stop_opens_at_once_because_nobody_can_be_asked(self):
        b = _plugged()
        b.stop()
        self.assertTrue(b.run(500, b.opened) <= 20)

    def test_less_than_its_rating_is_nothing(self):
        b = _plugged()
        b.allow(10000)
        b.run(600)
        self.assertFalse(b.contactor.on)
        self.assertEqual(b.unit.why, "board limits the current to 10000 mA, below 15 A")

    def test_vehicle_that_stops_drawing_is_seen_after_a_minute(self):
        b = _plugged()
        self.assertTrue(b.unit.energy_wanted)
        b.amps_ma = [200, 0, 0]
        b.run(50000)
        self.assertTrue(b.unit.energy_wanted)
        b.run(15000)
        self.assertFalse(b.unit.energy_wanted)
        self.assertTrue(b.contactor.on)
        b.amps_ma = [300, 0, 0]
        b.run(1500)
        self.assertTrue(b.unit.energy_wanted)

    def test_trips_and_recovers_like_any_connector(self):
        b = _plugged()
        b.residual.leak = True
        self.assertTrue(b.run(500, b.opened) <= 20)
        b.residual.leak = False
        b.run(60000)
        self.assertFalse(b.contactor.on)
        b.plug_switch.plug = False
        b.run(3000)
        self.assertEqual(b.unit.faults, [])


if __name__ == "__main__":
    unittest.main()
