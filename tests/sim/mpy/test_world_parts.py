"""The small parts: residual-current monitor, proximity, lock, temperatures, reader, buttons, switches."""

import unittest

from worldrig import Rig

from hal.sim.world.errors import WorldError


class Monitor(unittest.TestCase):
    def setUp(self):
        self.rig = Rig()

    def trip_ms(self, **leak):
        """From a leak under a closed contactor to the monitor's output; None when it stays quiet for 2 s."""
        rig = Rig()
        rig.charge()
        rig.do("vehicle", **leak)
        for ms in range(2000):
            if rig.k.residual.tripped():
                return ms
            rig.run_us(1000)
        return None

    def test_trips_from_30_ma_ac_and_6_ma_dc(self):
        self.assertIsNone(self.trip_ms(leak_ma_ac=29))
        self.assertIsNone(self.trip_ms(leak_ma_dc=5))
        self.assertTrue(self.trip_ms(leak_ma_ac=30) <= 300)
        self.assertTrue(100 < self.trip_ms(leak_ma_dc=6) <= 10000)

    def test_more_trips_faster(self):
        self.assertTrue(self.trip_ms(leak_ma_dc=60) <= 300)
        self.assertTrue(self.trip_ms(leak_ma_dc=200) <= 100)
        self.assertTrue(self.trip_ms(leak_ma_ac=150) <= 40)

    def test_a_fault_flows_only_through_closed_contacts(self):
        rig = self.rig
        rig.do("plug")
        rig.fault("rcd_dc")
        rig.run(1)
        self.assertFalse(rig.k.residual.tripped())
        rig.charge()
        self.assertTrue(rig.k.residual.tripped())
        rig.k.contactor.command(False)
        rig.run(0.1)
        self.assertTrue(rig.k.residual.tripped())
        rig.run(1)
        self.assertFalse(rig.k.residual.tripped())

    def test_ac_fault_trips_within_20_ms(self):
        self.rig.charge()
        self.rig.fault("rcd_ac")
        self.rig.run(0.02)
        self.assertTrue(self.rig.k.residual.tripped())

    def test_the_test_line_trips_it_within_50_ms_and_it_releases_within_1_s(self):
        self.rig.k.residual.test(True)
        self.rig.run(0.01)
        self.assertFalse(self.rig.k.residual.tripped())
        self.rig.run(0.04)
        self.assertTrue(self.rig.k.residual.tripped())
        self.rig.k.residual.test(False)
        self.rig.run(0.1)
        self.assertTrue(self.rig.k.residual.tripped())
        self.rig.run(0.9)
        self.assertFalse(self.rig.k.residual.tripped())

    def test_a_dead_one_never_trips(self):
        self.rig.fault("rcd_dead")
        self.rig.k.residual.test(True)
        self.rig.run(2)
        self.assertFalse(self.rig.k.residual.tripped())
        self.rig.charge()
        self.rig.fault("rcd_ac")
        self.rig.run(2)
        self.assertFalse(self.rig.k.residual.tripped())
        self.rig.fault("rcd_dead", on=False)
        self.rig.run(0.1)
        self.assertTrue(self.rig.k.residual.tripped())

    def test_a_stuck_one_always_says_tripped(self):
        self.rig.fault("rcd_stuck")
        self.assertTrue(self.rig.k.residual.tripped())
        self.rig.fault("rcd_stuck", on=False)
        self.assertFalse(self.rig.k.residual.tripped())


class Proximity(unittest.TestCase):
    def setUp(self):
        self.rig = Rig("rudved_ac22")

    def test_each_cable_shows_its_resistor(self):
        for amps, ohm in ((13, 1500), (20, 680), (32, 220), (63, 100)):
            self.rig.do("plug", cable_a=amps)
            seen = self.rig.k.proximity.ohm()
            self.assertTrue(abs(seen - ohm) <= ohm // 50 + 1, (amps, seen))
            self.rig.do("unplug")

    def test_no_plug_is_open(self):
        self.assertEqual(self.rig.k.proximity.ohm(), 100000)

    def test_short_and_open(self):
        self.rig.do("plug")
        self.rig.fault("proximity_short")
        self.assertEqual(self.rig.k.proximity.ohm(), 0)
        self.rig.fault("proximity_short", on=False)
        self.rig.fault("proximity_open")
        self.assertEqual(self.rig.k.proximity.ohm(), 100000)

    def test_a_tethered_cable_has_none(self):
        rig = Rig()
        self.assertIsNone(rig.k.proximity)
        self.assertRaises(WorldError, rig.fault, "proximity_short")


class Lock(unittest.TestCase):
    def setUp(self):
        self.rig = Rig("rudved_ac22")
        self.lock = self.rig.k.lock

    def test_locks_and_unlocks_in_a_quarter_of_a_second(self):
        self.assertFalse(self.lock.closed())
        self.lock.drive(1)
        self.rig.quiet(0.2)
        self.assertFalse(self.lock.closed())
        self.rig.quiet(0.05)
        self.assertTrue(self.lock.closed())
        self.lock.drive(-1)
        self.rig.quiet(0.25)
        self.assertFalse(self.lock.closed())

    def test_stays_without_current(self):
        self.lock.drive(1)
        self.rig.quiet(0.3)
        self.lock.drive(0)
        self.rig.quiet(10)
        self.assertTrue(self.lock.closed())

    def test_a_jammed_one_does_not_move(self):
        self.rig.fault("lock_jam")
        self.lock.drive(1)
        self.rig.quiet(1)
        self.assertFalse(self.lock.closed())
        self.rig.fault("lock_jam", on=False)
        self.rig.quiet(0.25)
        self.assertTrue(self.lock.closed())

    def test_a_tethered_cable_has_none(self):
        self.assertRaises(WorldError, Rig().fault, "lock_jam")


class Temperature(unittest.TestCase):
    def setUp(self):
        self.rig = Rig()
        self.board = self.rig.ports.temperatures["board"]

    def test_current_warms_the_box_over_minutes_and_it_cools_again(self):
        self.assertEqual(self.board.read_dc(), 300)
        self.rig.charge()
        self.rig.run(600)
        self.assertTrue(370 < self.board.read_dc() < 380, self.board.read_dc())
        self.rig.do("vehicle", ready=False)
        self.rig.quiet(6000)
        self.assertEqual(self.board.read_dc(), 300)

    def test_a_set_temperature_stays_until_it_is_given_back(self):
        self.rig.do("temperature", c=85.5)
        self.rig.quiet(3600)
        self.assertEqual(self.board.read_dc(), 855)
        self.rig.do("temperature", c=None)
        self.rig.quiet(600)
        self.assertTrue(490 < self.board.read_dc() < 520, self.board.read_dc())

    def test_each_sensor_has_its_own(self):
        self.rig.do("temperature", c=-12, sensor="contactor")
        self.assertEqual(self.rig.ports.temperatures["contactor"].read_dc(), -120)
        self.assertEqual(self.board.read_dc(), 300)

    def test_a_dead_sensor_does_not_answer(self):
        self.rig.fault("sensor_dead")
        self.assertIsNone(self.board.read_dc())
        self.assertIsNotNone(self.rig.ports.temperatures["contactor"].read_dc())


class Panel(unittest.TestCase):
    def setUp(self):
        self.rig = Rig()

    def test_a_card_is_in_the_field_for_its_time(self):
        self.assertIsNone(self.rig.ports.reader.poll())
        self.rig.do("tap", uid="04a1b2c3")
        self.assertEqual(self.rig.ports.reader.poll(), b"\x04\xa1\xb2\xc3")
        self.rig.quiet(0.29)
        self.assertIsNotNone(self.rig.ports.reader.poll())
        self.rig.quiet(0.02)
        self.assertIsNone(self.rig.ports.reader.poll())

    def test_a_dead_reader_sees_nothing_and_says_so(self):
        self.rig.fault("reader_dead")
        self.rig.do("tap", uid="04A1B2C3D4E5F6")
        self.assertIsNone(self.rig.ports.reader.poll())
        self.assertFalse(self.rig.ports.reader.alive())

    def test_a_button_is_pressed_for_its_time(self):
        stop = self.rig.ports.buttons["stop"]
        self.assertFalse(stop.pressed())
        self.rig.do("button", name="stop", ms=50)
        self.assertTrue(stop.pressed())
        self.rig.quiet(0.05)
        self.assertFalse(stop.pressed())

    def test_switches_and_earth(self):
        for name in ("estop", "door", "tilt"):
            self.assertFalse(self.rig.ports.inputs[name].active())
            self.rig.fault(name)
            self.assertTrue(self.rig.ports.inputs[name].active())
            self.rig.fault(name, on=False)
            self.assertFalse(self.rig.ports.inputs[name].active())
        self.rig.fault("earth_open")
        self.assertTrue(self.rig.ports.inputs["earth"].active())
        self.rig.do("mains", earth=True)
        self.assertFalse(self.rig.ports.inputs["earth"].active())

    def test_the_fan_turns_a_moment_after_its_relay_and_stops_with_it(self):
        fan = self.rig.ports.ventilation
        fan.drive(True)
        self.assertFalse(fan.running())
        self.rig.quiet(1)
        self.assertTrue(fan.running())
        self.assertTrue(Rig(state=self.rig.world.dump()).ports.ventilation.running())
        fan.drive(False)
        self.assertFalse(fan.running())

    def test_a_charger_without_supply_turns_no_fan(self):
        self.rig.ports.ventilation.drive(True)
        self.rig.quiet(1)
        self.rig.world.power_off()
        self.assertFalse(self.rig.ports.ventilation.running())
        self.assertIsNone(Rig(board="rudved_ac001").ports.ventilation)

    def test_the_indicator_tells_its_changes_once(self):
        self.rig.events.clear()
        self.rig.ports.indicator.show("green")
        self.rig.ports.indicator.show("green")
        self.rig.ports.indicator.show("red", 500)
        told = [(fields["colour"], fields["blink_ms"]) for name, _, fields in self.rig.events if name == "led"]
        self.assertEqual(told, [("green", 0), ("red", 500)])

    def test_a_lost_clock_is_remembered(self):
        self.rig.fault("clock_lost")
        self.assertTrue(self.rig.world.clock_lost)


if __name__ == "__main__":
    unittest.main()
