"""Each interlock: when it opens or refuses, what it is called, and how it recovers."""
import unittest

from bench import Bench

from firmware.safety import limits


class Contacts(unittest.TestCase):
    def test_welded_pole_is_found_200_ms_after_opening_and_survives_everything_but_a_person(self):
        b = Bench(phases=3).charge()
        b.contactor.stuck = 0b0010
        b.pilot.letter = "B"
        took = b.run(1000, lambda: "welded" in b.names())
        self.assertTrue(200 <= took <= 300, took)
        b.contactor.stuck = None
        b.unplug(60000)
        self.assertEqual(b.names(), ["welded"])
        b.pilot.letter = "C"
        b.run(10000)
        self.assertFalse(b.contactor.on)
        again = Bench(phases=3)
        again.core.restore({1: ["welded", "gone from the table"]})
        self.assertEqual(again.names(), ["welded"])
        again.unit.clear("welded")
        again.charge()

    def test_pole_that_does_not_close_opens_retries_once_and_then_waits_for_unplug(self):
        b = Bench(phases=3)
        b.contactor.all = 0b1110
        b.pilot.letter = "C"
        b.allow()
        b.run(5000, lambda: b.contactor.on)
        took = b.run(1000, b.opened)
        self.assertTrue(150 <= took <= 200, took)
        b.run(60000, lambda: b.contactor.on)
        b.run(120000)
        self.assertEqual(b.names(), ["not_closed"])
        self.assertEqual(b.unit.contactor.closings, 2)
        b.contactor.all = 0b1111
        b.unplug()
        self.assertEqual(b.names(), [])

    def test_a_pole_that_dies_with_its_line_is_no_broken_contactor(self):
        for told in ("by its volts", "by its silence"):
            b = Bench(side="supply").charge()
            for _ in range(4):
                b.contactor.stuck = 0
                b.volts_mv = [0, 0, 0]
                b.meter = told == "by its volts"
                self.assertTrue(b.run(500, b.opened) <= 180)
                b.run(6000)
                self.assertEqual(b.names(), ["under_voltage"])
                b.contactor.stuck = None
                b.volts_mv = [230000] * 3
                b.meter = True
                b.run(400000, lambda bench=b: bench.contactor.on)
                self.assertTrue(b.contactor.on, told)
                b.run(3000)

    def test_a_pole_that_dies_with_a_good_line_is_one(self):
        b = Bench(side="supply").charge()
        b.contactor.stuck = 0
        self.assertTrue(b.run(500, b.opened) <= 180)
        self.assertEqual(b.names(), [])
        took = b.run(5000, lambda: b.names() == ["not_closed"])
        self.assertTrue(took <= limits.LINE_DOUBT_MS + 20, took)
        self.assertFalse(b.contactor.on)

    def test_pole_dropping_out_while_charging_opens(self):
        b = Bench(phases=3).charge()
        b.contactor.stuck = 0b1011
        self.assertTrue(b.run(1000, b.opened) <= 180)

    def test_without_feedback_the_meter_tells_of_a_weld(self):
        b = Bench(feedback=False).charge()
        b.amps_ma = [4000, 0, 0]
        b.pilot.letter = "B"
        b.run(4000)
        self.assertEqual(b.names(), [])
        b.run(3000)
        self.assertEqual(b.names(), ["welded"])

    def test_contactor_that_chatters_is_stopped_for_the_hour(self):
        b = Bench().charge()
        for _ in range(14):
            b.pilot.letter = "B"
            b.run(6000)
            b.pilot.letter = "C"
            b.run(6000)
        self.assertEqual(b.unit.contactor.closings, 11)
        self.assertIn("chatter", b.names())
        b.unplug()
        self.assertEqual(b.names(), [])

    def test_many_vehicles_in_an_hour_are_no_chatter(self):
        b = Bench()
        for _ in range(14):
            b.charge()
            b.unplug()
        self.assertEqual(b.names(), [])


class Inputs(unittest.TestCase):
    def test_emergency_stop_opens_within_two_ticks_and_latches(self):
        b = Bench().charge()
        b.inputs["estop"].on = True
        self.assertTrue(b.run(200, b.opened) <= 40)
        b.run(40)
        b.inputs["estop"].on = False
        b.unplug()
        self.assertEqual(b.names(), ["emergency_stop"])

    def test_one_disturbed_reading_of_the_stop_opens_but_latches_nothing(self):
        b = Bench().charge()
        b.inputs["estop"].on = True
        b.run(200, b.opened)
        b.inputs["estop"].on = False
        b.run(100)
        self.assertFalse(b.contactor.on)
        self.assertEqual(b.names(), [])
        b.run(8000, lambda: b.contactor.on)
        self.assertTrue(b.contactor.on)

    def test_clearing_while_the_button_is_still_pressed_does_nothing(self):
        b = Bench()
        b.inputs["estop"].on = True
        b.run(200)
        b.unit.clear("emergency_stop")
        b.run(100)
        self.assertEqual(b.names(), ["emergency_stop"])

    def test_lost_earth_opens_within_100_ms_and_recovers_after_ten_seconds_three_times(self):
        b = Bench().charge()
        for attempt in range(4):
            b.inputs["earth"].on = True
            self.assertTrue(b.run(400, b.opened) <= 100)
            b.run(1000)
            b.inputs["earth"].on = False
            b.run(60000, lambda: b.contactor.on)
            self.assertEqual(b.contactor.on, attempt < 3)
        self.assertEqual(b.names(), ["earth"])

    def test_where_lost_earth_is_only_told_it_stops_nothing_and_goes_as_ever(self):
        b = Bench()
        b.core.watch_earth("warn")
        b.inputs["earth"].on = True
        b.charge()
        row, = b.unit.faults
        self.assertEqual((row.name, row.action, row.code, row.vendor, row.status), ("earth", "warn", "GroundFailure", "EARTH_OPEN", None))
        self.assertEqual(b.unit.why, "charging")
        b.inputs["earth"].on = False
        b.run(10200)
        self.assertEqual((b.names(), b.contactor.on), ([], True))
        b.inputs["earth"].on = True
        b.run(5000)
        self.assertEqual((b.names(), b.contactor.on), (["earth"], True))

    def test_but_every_other_fault_stops_as_ever(self):
        b = Bench().charge()
        b.core.watch_earth("warn")
        b.inputs["estop"].on = True
        self.assertTrue(b.run(200, b.opened) <= 20)
        b.run(40)
        self.assertEqual([(row.name, row.action, row.status) for row in b.unit.faults], [("emergency_stop", "open", "Faulted")])

    def test_an_earth_monitor_that_counts_again_stops_at_once_what_it_only_told_of(self):
        for how in ("warn", "off"):
            b = Bench()
            b.core.watch_earth(how)
            b.inputs["earth"].on = True
            b.charge()
            b.core.watch_earth("on")
            self.assertTrue(b.run(200, b.opened) <= 100)
            self.assertEqual((b.names(), b.unit.why), (["earth"], "protective earth is lost"))

    def test_an_earth_monitor_that_is_off_is_not_asked(self):
        b = Bench()
        b.core.watch_earth("off")
        b.inputs["earth"].on = True
        b.charge()
        self.assertEqual(b.names(), [])

    def test_tilt_must_last_a_second(self):
        b = Bench().charge()
        b.inputs["tilt"].on = True
        b.run(800)
        b.inputs["tilt"].on = False
        b.run(1000)
        self.assertTrue(b.contactor.on)
        b.inputs["tilt"].on = True
        b.run(1200)
        self.assertFalse(b.contactor.on)


class Socket(unittest.TestCase):
    def test_cable_decides_what_is_offered(self):
        for ohm, current_ma in ((100, 32000), (220, 32000), (680, 20000), (1500, 13000)):
            b = Bench(socket=True)
            b.proximity.value = ohm
            b.charge()
            self.assertEqual(b.unit.offered_ma, current_ma)
            self.assertEqual(b.unit.limit_by, "board" if current_ma == 32000 else "cable")

    def test_short_or_missing_cable_coding_offers_nothing(self):
        for ohm in (0, 74, 2200, 100000):
            b = Bench(socket=True)
            b.proximity.value = ohm
            b.pilot.letter = "B"
            b.allow()
            b.run(10000)
            self.assertFalse(b.unit.offered)
            self.assertEqual(b.names(), ["cable"])

    def test_of_two_codings_read_as_often_the_lower_current_counts(self):
        b = Bench(socket=True)
        at = [0]

        def ohm():
            at[0] += 1
            return 220 if at[0] % 2 else 680
        b.proximity.ohm = ohm
        b.pilot.letter = "B"
        b.run(1000)
        self.assertEqual(b.unit.cable_ma, 20000)

    def test_three_disturbed_readings_of_eight_change_nothing(self):
        b = Bench(socket=True)
        reads = [100000, 220, 0, 220, 221, 100000, 219, 220]
        at = [0]

        def ohm():
            at[0] += 1
            return reads[at[0] % 8]
        b.proximity.ohm = ohm
        b.charge()
        b.run(5000)
        self.assertEqual((b.unit.cable_ma, b.unit.offered_ma), (32000, 32000))
        self.assertEqual(b.names(), [])

    def test_cable_that_changes_downwards_while_charging_stops(self):
        b = Bench(socket=True).charge()
        b.proximity.value = 680
        b.run(3000)
        self.assertFalse(b.unit.offered)
        self.assertEqual(b.names(), ["cable"])

    def test_nothing_is_offered_before_the_plug_is_locked(self):
        b = Bench(socket=True)
        b.lock.jam = True
        b.pilot.letter = "C"
        b.allow()
        b.run(3000)
        self.assertFalse(b.unit.offered)
        self.assertEqual(b.unit.why, "plug is not locked")
        b.run(60000)
        self.assertEqual(b.names(), ["lock"])
        self.assertEqual(b.lock.drives, 6)         # five tries, and one pulse the other way before the third

    def test_plug_is_never_unlocked_over_live_contacts(self):
        b = Bench(socket=True).charge()
        b.unit.release_plug()
        b.run(1000)
        self.assertTrue(b.lock.is_closed)
        b.stop()
        b.run(6300)
        self.assertFalse(b.contactor.on)
        b.run(1000)
        self.assertFalse(b.lock.is_closed)

    def test_what_is_said_of_the_lock_is_what_it_says_itself(self):
        b = Bench(socket=True)
        b.run(1000)
        self.assertEqual((b.unit.locked, b.lock.is_closed), (False, False))
        b.charge()
        self.assertEqual((b.unit.locked, b.lock.is_closed), (True, True))
        self.assertFalse(Bench().charge().unit.locked)       # a cable of its own: nothing there to lock

    def test_welded_contact_keeps_the_plug_locked(self):
        b = Bench(socket=True).charge()
        b.contactor.stuck = 1
        b.pilot.letter = "B"
        b.unit.release_plug()
        b.run(20000)
        self.assertTrue(b.lock.is_closed)


class Pilot(unittest.TestCase):
    def test_missing_diode_in_c_opens_within_250_ms(self):
        b = Bench().charge()
        b.pilot.diode = False
        took = b.run(1000, b.opened)
        self.assertTrue(took <= 250, took)
        b.run(100)
        self.assertEqual(b.names(), ["diode"])

    def test_missing_diode_in_b_never_lets_close(self):
        b = Bench()
        b.pilot.diode = False
        b.pilot.letter = "B"
        b.allow()
        b.run(3000)
        b.pilot.letter = "C"
        b.run(5000)
        self.assertFalse(b.contactor.on)
        self.assertEqual(b.names(), ["diode"])

    def test_converter_that_aliases_is_refused(self):
        for interval_us in (91, 100, 125, 200, 250):
            b = Bench()
            b.pilot.interval_us = interval_us
            b.pilot.letter = "C"
            b.allow()
            b.run(5000)
            self.assertFalse(b.contactor.on)
            self.assertEqual(b.names(), ["pilot_blind"])


if __name__ == "__main__":
    unittest.main()
