"""Sensors that freeze, terminals that come loose, the fan of a room, a capped simplified vehicle, and what is counted."""
import unittest

from bench import Bench, Sensor

from firmware.safety import faults, limits
from firmware.safety.thermal import Thermal


def _with_contact_sensor():
    """A bench whose board has a sensor at the contactor too."""
    b = Bench()
    b.sensors["contactor"] = Sensor(400)
    b.core.__init__(b.core._hal, b.ring)
    b.unit = b.core.units[0]
    return b


def _thermal():
    """The sensors alone, at 40 degrees, after a long rest."""
    sensors = {"board": Sensor(400), "contactor": Sensor(400)}
    return sensors, Thermal(sensors, 32000)


def _seconds(thermal, seconds, load_ma):
    for _ in range(seconds):
        thermal.tick(1000, load_ma)
    return faults.names(thermal.bad)


class Frozen(unittest.TestCase):
    def test_a_sensor_that_never_moves_under_load_leaves_10_amperes_after_ten_minutes(self):
        sensors, thermal = _thermal()
        sensors["contactor"].dc = 401
        _seconds(thermal, 5, 0)
        self.assertEqual(_seconds(thermal, 599, 32000), [])
        sensors["contactor"].dc = 402           # this one lives
        self.assertEqual(_seconds(thermal, 3, 32000), ["temperature_sensor"])
        self.assertEqual(thermal.limit_ma, limits.SENSOR_DEAD_MA)
        sensors["board"].dc = 401
        self.assertEqual(_seconds(thermal, 2, 32000), [])
        self.assertEqual(thermal.limit_ma, 32000)

    def test_a_sensor_that_has_warmed_may_rest_at_its_last_value(self):
        sensors, thermal = _thermal()
        _seconds(thermal, 60, 32000)
        sensors["board"].dc = sensors["contactor"].dc = 401
        self.assertEqual(_seconds(thermal, 2000, 32000), [])

    def test_neither_an_idle_box_nor_a_small_load_need_warm(self):
        for load_ma in (0, limits.FROZEN_LOAD_MA - 1):
            _, thermal = _thermal()
            self.assertEqual(_seconds(thermal, 2000, load_ma), [])

    def test_after_a_short_pause_a_warm_box_need_not_warm_again(self):
        sensors, thermal = _thermal()
        _seconds(thermal, 60, 32000)
        sensors["board"].dc = sensors["contactor"].dc = 450
        _seconds(thermal, 600, 32000)
        _seconds(thermal, limits.FROZEN_REST_MS // 1000 - 5, 0)
        self.assertEqual(_seconds(thermal, 700, 32000), [])

    def test_a_core_under_load_tells_its_sensors_so(self):
        b = Bench().charge()
        b.run(2000)
        self.assertEqual(b.core._load_ma(), 32000)
        b.stop()
        b.run(7000)
        self.assertEqual(b.core._load_ma(), 0)
        b.amps_ma = [5000, 0, 0]                # the house behind an open contactor, or a meter that lies
        b.run(2000)
        self.assertEqual(b.core._load_ma(), 0)


class Loose(unittest.TestCase):
    def test_contact_that_heats_faster_than_5_k_a_minute_at_constant_current_is_a_loose_terminal(self):
        sensors, thermal = _thermal()
        _seconds(thermal, 61, 32000)
        for _ in range(125):
            sensors["contactor"].dc += 1        # a tenth of a degree a second: 6 K a minute
            told = _seconds(thermal, 1, 31500)
        self.assertEqual(told, ["loose_terminal"])
        self.assertEqual(thermal.limit_ma, 32000)

    def test_5_k_in_a_minute_is_none_and_a_tenth_more_is_one(self):
        for rise_dc, told in ((limits.LOOSE_RISE_DC, []), (limits.LOOSE_RISE_DC + 1, ["loose_terminal"])):
            sensors, thermal = _thermal()
            _seconds(thermal, 2, 32000)
            sensors["contactor"].dc += rise_dc
            self.assertEqual(_seconds(thermal, 60, 32000), told)

    def test_the_rise_that_comes_with_more_current_or_with_none_is_none(self):
        for before_ma, after_ma in ((10000, 32000), (0, 0), (0, 32000)):
            sensors, thermal = _thermal()
            self.assertEqual(_seconds(thermal, 75, before_ma), [])
            sensors["contactor"].dc += 60
            for _ in range(50):             # to the end of the minute in which the current changed
                self.assertEqual(_seconds(thermal, 1, after_ma), [])

    def test_the_boards_own_sensor_sits_at_no_contact(self):
        sensors, thermal = _thermal()
        _seconds(thermal, 2, 32000)
        sensors["board"].dc += 200
        self.assertEqual(_seconds(thermal, 60, 32000), [])


class Sensors(unittest.TestCase):
    def test_a_contact_has_limits_of_its_own(self):
        b = _with_contact_sensor().charge()
        b.sensors["contactor"].dc = 740         # the board would be derated
        b.run(3000)
        self.assertEqual(b.unit.offered_ma, 32000)
        b.sensors["contactor"].dc = 800
        b.run(3000)
        self.assertEqual(b.unit.offered_ma, 19000)
        b.sensors["contactor"].dc = limits.CONTACT_DC[3]
        b.run(1100)
        self.assertFalse(b.contactor.on)

    def test_a_dead_sensor_at_a_contact_stops(self):
        b = _with_contact_sensor().charge()
        b.sensors["contactor"].dc = None
        b.run(4000)
        self.assertFalse(b.unit.offered)
        self.assertIn("temperature_sensor", b.names())

    def test_the_hottest_of_all_is_told_and_none_where_one_does_not_answer(self):
        sensors, thermal = _thermal()
        for board, contactor, hottest in ((300, 420, 420), (430, 420, 430), (-50, -60, -50), (300, None, None), (None, 300, None)):
            sensors["board"].dc, sensors["contactor"].dc = board, contactor
            _seconds(thermal, 4, 0)
            self.assertEqual((thermal.hottest_dc, thermal.board_dc), (hottest, board))
        self.assertIsNone(Thermal({}, 32000).hottest_dc)

    def test_one_missing_answer_changes_nothing(self):
        b = _with_contact_sensor().charge()
        b.sensors["contactor"].dc = None
        b.run(2000)
        self.assertEqual(b.names(), [])
        b.sensors["contactor"].dc = 400
        b.run(10000)
        self.assertEqual(b.names(), [])
        self.assertEqual(b.unit.offered_ma, 32000)
        b.sensors["contactor"].dc = None
        b.run(3100)
        self.assertEqual(b.names(), ["temperature_sensor"])


class Fan:
    """A fan behind a relay; its feedback follows after `lag` ticks, never if it is broken."""

    def __init__(self):
        self.on = False
        self.broken = False

    def drive(self, on):
        self.on = on

    def running(self):
        return self.on and not self.broken


def _with_fan():
    b = Bench()
    b.fan = Fan()
    b.core._hal.ventilation = b.fan
    b.core.__init__(b.core._hal, b.ring)
    b.unit = b.core.units[0]
    b.core.ventilation.wanted = True
    return b


class Ventilation(unittest.TestCase):
    def test_d_closes_once_the_fan_turns_and_the_fan_stops_with_d(self):
        b = _with_fan()
        b.pilot.letter = "D"
        b.allow()
        b.run(8000, lambda: b.contactor.on)
        self.assertTrue(b.contactor.on and b.fan.on)
        b.pilot.letter = "B"
        b.run(200)
        self.assertFalse(b.contactor.on or b.fan.on)

    def test_d_stays_open_without_proof_of_the_fan(self):
        b = _with_fan()
        b.fan.broken = True
        b.pilot.letter = "D"
        b.allow()
        b.run(20000)
        self.assertFalse(b.contactor.on)
        self.assertEqual(b.unit.why, "waiting for the fan")
        self.assertEqual(b.names(), [])

    def test_a_fan_that_stops_opens_after_three_seconds(self):
        b = _with_fan()
        b.pilot.letter = "D"
        b.allow()
        b.run(8000, lambda: b.contactor.on)
        b.fan.broken = True
        took = b.run(9000, b.opened)
        self.assertTrue(2900 <= took <= 3100, took)

    def test_a_wish_without_a_relay_refuses_d(self):
        b = Bench()
        b.core.ventilation.wanted = True
        b.pilot.letter = "D"
        b.allow()
        b.run(9000)
        self.assertFalse(b.contactor.on)

    def test_the_fan_does_not_run_for_c(self):
        b = _with_fan().charge()
        self.assertFalse(b.fan.on)
        self.assertTrue(b.contactor.on)


class Simplified(unittest.TestCase):
    def test_a_simplified_vehicle_is_capped_only_where_the_setting_says_so(self):
        for cap_ma, told_ma, by in ((0, 32000, "board"), (10000, 10000, "simplified pilot")):
            b = Bench()
            b.core.simplified_ma = cap_ma
            b.pilot.letter = "C"
            b.allow()
            b.run(6000, lambda: b.contactor.on)
            self.assertEqual((b.unit.offered_ma, b.unit.limit_by), (told_ma, by))

    def test_an_ordinary_vehicle_is_never_capped(self):
        b = Bench()
        b.core.simplified_ma = 10000
        b.charge()
        self.assertEqual(b.unit.offered_ma, 32000)


class Counts(unittest.TestCase):
    def test_trips_are_counted_once_each_and_self_tests_are_none(self):
        b = Bench()
        for trips in (1, 2):
            b.charge()
            b.residual.leak = True
            b.run(1000)
            b.residual.leak = False
            b.pilot.letter = "A"
            b.run(3000)
            self.assertEqual(b.unit.residual.trips, trips)

    def test_the_poles_that_weld_and_that_do_not_close_are_known(self):
        b = Bench(phases=3).charge()
        b.contactor.stuck = 0b0101
        b.pilot.letter = "B"
        b.run(1000)
        self.assertEqual(b.unit.contactor.faulty, 0b0101)
        b = Bench(phases=3)
        b.contactor.all = 0b1110
        b.pilot.letter = "C"
        b.allow()
        b.run(6000, lambda: "not_closed" in b.names())
        self.assertEqual(b.unit.contactor.faulty, 0b0001)

    def test_current_that_toggles_around_a_step_of_the_curve_still_trips(self):
        b = Bench().charge(16000)
        b.run(8000)
        for _ in range(60):
            b.amps_ma = [19600, 0, 0]           # 1.19 of the offer, above the noise, for two seconds
            b.run(2000)
            b.amps_ma = [16500, 0, 0]
            b.run(1000)
            if not b.unit.offered:
                break
        self.assertEqual(b.names(), ["over_current"])


if __name__ == "__main__":
    unittest.main()
