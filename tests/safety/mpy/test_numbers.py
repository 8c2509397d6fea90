"""The numbers themselves: voltage windows at their edges, and every limit beside the clause or the decision it comes from.

Whoever changes a number of `firmware/safety/limits.py` changes it here too, and says so in the same commit.
"""
import unittest

from bench import Bench

from firmware.safety import faults, limits, pilot
from firmware.safety.proximity import cable_ma


class _Burst:
    """What a pilot port shows after a burst."""

    def __init__(self, high_mv, low_mv=-12000, spread_mv=40, n_high=12):
        self.high_mv = high_mv
        self.low_mv = low_mv
        self.spread_mv = spread_mv
        self.n_high = n_high


# letter, enter from, to, stay from, to (evse-safety 1.3), millivolts
_WINDOWS = (
    ("A", 10750, 13000, 10500, 13250), ("B", 8000, 10000, 7750, 10250), ("C", 5000, 7000, 4750, 7250), ("D", 2000, 4000, 1750, 4250),
)  # fmt: skip


def _letter(high_mv, today="INVALID", low_mv=-12000, pwm=True, **rest):
    return pilot.LETTERS[pilot.classify(_Burst(high_mv, low_mv, **rest), pilot.LETTERS.index(today), pwm)]


class Windows(unittest.TestCase):
    def test_each_letter_is_entered_in_its_window_and_kept_in_the_wider_one(self):
        for letter, low, high, stay_low, stay_high in _WINDOWS:
            for mv in (low, high):
                self.assertEqual(_letter(mv), letter)
            for mv in (low - 1, high + 1):
                self.assertEqual(_letter(mv), "INVALID")
                self.assertEqual(_letter(mv, letter), letter)
            for mv in (stay_low, stay_high):
                self.assertEqual(_letter(mv, letter), letter)
            for mv in (stay_low - 1, stay_high + 1):
                self.assertNotEqual(_letter(mv, letter), letter)

    def test_e_wants_both_peaks_near_zero(self):
        for mv in (-1000, 0, 1000):
            self.assertEqual(_letter(mv, low_mv=mv), "E")
        self.assertEqual(_letter(1001, low_mv=0), "INVALID")
        self.assertEqual(_letter(1250, "E", low_mv=-1250), "E")
        self.assertEqual(_letter(-1250, "E", low_mv=1250), "E")
        for high_mv, low_mv in ((1251, 0), (-1251, 0), (0, 1251), (0, -1251)):
            self.assertEqual(_letter(high_mv, "E", low_mv=low_mv), "INVALID")

    def test_a_spread_of_more_than_a_volt_or_a_lonely_conversion_is_no_letter(self):
        self.assertEqual(_letter(6000, spread_mv=1000), "C")
        self.assertEqual(_letter(6000, spread_mv=1001), "INVALID")
        self.assertEqual(_letter(6000, n_high=2), "C")
        self.assertEqual(_letter(6000, n_high=1), "INVALID")

    def test_steady_twelve_volts_that_something_pulls_down_is_no_letter(self):
        self.assertEqual(_letter(9000, low_mv=7000, pwm=False), "B")
        self.assertEqual(_letter(9000, low_mv=6999, pwm=False), "INVALID")

    def test_every_voltage_is_exactly_one_letter_or_none(self):
        for mv in range(-13000, 16001, 10):
            letter = _letter(mv, low_mv=mv if abs(mv) < 2000 else -12000)
            inside = [row[0] for row in _WINDOWS if row[1] <= mv <= row[2]]
            if -1000 <= mv <= 1000:
                inside.append("E")
            self.assertEqual([letter], inside or ["INVALID"])

    def test_low_side_proves_the_diode_below_10500_mv_and_lost_above_10000(self):
        for low_mv, closes, name in ((-10500, True, None), (-10499, False, None), (-10000, False, None), (-9999, False, "diode")):
            b = Bench()
            b.pilot.letter = "B"
            b.allow()
            b.run(6000, lambda: b.unit.offered)
            sample = b.pilot.sample

            def low():
                sample()
                b.pilot.low_mv = low_mv
            b.pilot.sample = low
            b.pilot.letter = "C"
            b.run(1000)
            self.assertEqual(b.contactor.on, closes)
            self.assertEqual([row.name for row in b.unit.faults], [name] if name else [])


class Cables(unittest.TestCase):
    def test_each_coding_has_its_window(self):
        for ohm, current_ma in ((0, 0), (74, 0), (75, 63000), (149, 63000), (150, 32000), (329, 32000), (330, 20000), (999, 20000),
                                (1000, 13000), (2199, 13000), (2200, 0), (100000, 0)):
            self.assertEqual(cable_ma(ohm), current_ma)


# Times the standard gives as others cite it: at most, or at least (evse-safety 1.5, 1.7, 2.1).
_AT_MOST = {
    "CLOSE_LATEST_MS": 3000, "STOP_UNDER_LOAD_MS": 6000, "SHORT_UNLOCK_MS": 4000, "INVALID_FAULT_MS": 500, "DIODE_FAULT_MS": 200,
    "TICK_OVERRUN_MS": 50, "RELAY_MASK_MS": 30, "CONFIRM_GAP_US": 3000, "BURST_INTERVAL_MAX_US": 90, "DEAD_MS": 200, "ALIVE_MS": 150,
    "LEASE_MS": 2000, "EARTH_MS": 60, "DOOR_MS": 40, "ESTOP_MS": 20, "TILT_MS": 1000, "TEST_TRIP_MAX_MS": 700, "TEST_RELEASE_MS": 1000,
    "TEST_AGE_MS": 86400000, "UNDER_STOP_MS": 3000, "UNDER_OPEN_MS": 500, "OVER_STOP_MS": 1000, "OVER_OPEN_MS": 100,
    "FREQUENCY_MS": 1000, "NEUTRAL_MS": 300, "OVER_STOP_MV": 265000, "OVER_OPEN_MV": 285000, "FREQUENCY_HIGH_MHZ": 52500,
    "SENSOR_DEAD_MS": 3000, "SENSOR_DEAD_MA": 10000, "METER_AGE_MS": 10000, "METER_LOST_MS": 60000, "METER_LOST_MA": 10000,
    "OVER_CURRENT_PENALTY_MA": 6000, "OVER_CURRENT_NOISE_MA": 500, "OVER_CURRENT_OPEN_PERMILLE": 1500, "CLOSINGS_PER_HOUR": 10,
    "WELD_CURRENT_MA": 500, "WELD_AFTER_MS": 5000, "LINE_DOUBT_MS": 4000, "LOCK_WARM_MS": 60000,
    "FAN_MS": 3000, "FROZEN_MS": 600000, "LOOSE_RISE_DC": 50, "LOOSE_MS": 60000,
    "NEUTRAL_SPREAD_MV": 60000, "SENSOR_HIGH_DC": 1100, "OFFER_MAX_MA": 80000, "FOLLOW_MS": 6000, "PROXIMITY_PERIOD_MS": 1000,
    "METER_LAG_MS": 2000, "METER_MAX_MA": 1000000, "LOCK_TIME_MS": 600, "RAMP_STEP_MA": 2000, "RAMP_FROM_MA": 6000, "SAG_STEP_MS": 5000,
    "SUPPLY_GOOD_HIGH_MV": 255000, "FREQUENCY_GOOD_HIGH_MHZ": 52000, "FROZEN_LOAD_MA": 10000, "LOOSE_STEADY_MA": 2000,
    "CALIBRATION_MV": 600, "CALIBRATION_GAIN": 205, "CALIBRATION_DC": 50, "UNCALIBRATED_MA": 16000, "GLITCH_MS": 300,
}  # fmt: skip
_AT_LEAST = {
    "BOOT_MS": 1000, "PLUG_WINDOWS": 3, "CLOSE_FILTER_MS": 500, "DIODE_PROOF_MS": 100, "X1_STEP_MS": 3000, "REOPEN_PAUSE_MS": 5000,
    "FAULT_PAUSE_MS": 30000, "FAULT_PULSE_MS": 300, "INCREASE_PAUSE_MS": 5000, "UNPLUG_CLEAR_MS": 2000, "DEAD_BEFORE_MS": 200,
    "OFFER_MIN_MA": 6000, "UNDER_STOP_MV": 180000, "UNDER_OPEN_MV": 160000, "FREQUENCY_LOW_MHZ": 47500, "SUPPLY_HOLD_MS": 60000,
    "SUPPLY_GOOD_LOW_MV": 190000, "FREQUENCY_GOOD_LOW_MHZ": 48000, "SAG_BELOW_MV": 200000, "SAG_ABOVE_MV": 205000,
    "OVER_CURRENT_PENALTY_MS": 300000, "SENSOR_LOW_DC": -300, "WAKE_AFTER_MS": 60000, "WAKE_PULSE_MS": 4000, "WAKE_X1_MS": 750,
    "PROXIMITY_READS": 8, "RAMP_STEP_MS": 10000, "SUPPLY_RANDOM_MS": 120000, "SAG_STEP_MA": 2000, "FROZEN_REST_MS": 300000,
    "OUTLET_PLUG_MS": 500, "TEST_TRIP_MIN_MS": 10, "DIODE_REFUSE_MS": 500, "TICK_MS": 20, "PILOT_MIN_SAMPLES": 2,
    "OUTLET_IDLE_MS": 60000, "OUTLET_IDLE_MA": 250, "LOCK_PULSE_MS": 6000, "SHY_INCREASE_MS": 600000, "SHY_STEP_MA": 2000,
}  # fmt: skip
# Where the number chosen is not its bound.
_CHOSEN = {
    "CLOSE_LATEST_MS": 2500, "SHORT_UNLOCK_MS": 3000, "EARTH_MS": 50, "DOOR_MS": 30, "ESTOP_MS": 10, "FAULT_PULSE_MS": 400,
    "SAG_ABOVE_MV": 207000, "WAKE_AFTER_MS": 75000, "WAKE_X1_MS": 1000
}  # fmt: skip
_EXACTLY = {
    "CALIBRATION_UNITY": 4096, "DUTY_X1": 65536, "DUTY_F": 0, "DIODE_OK_MV": -10500, "DIODE_FAIL_MV": -10000, "PILOT_SPREAD_MV": 1000,
    "BOARD_DC": (650, 800, 850, 900, 550), "CONTACT_DC": (750, 850, 900, 950, 650), "LOCK_RETRY_MS": (1000, 1000, 2000, 4000, 8000),
    "OVER_CURRENT": ((1100, 10000), (1250, 3000), (1500, 1000)),
    "PROXIMITY": ((75, 150, 63000), (150, 330, 32000), (330, 1000, 20000), (1000, 2200, 13000)),
}  # fmt: skip
_BY_THE_EDGES = ("PILOT_A", "PILOT_B", "PILOT_C", "PILOT_D", "PILOT_E")


class Numbers(unittest.TestCase):
    def test_none_is_slacker_than_its_source(self):
        for name, value in _AT_MOST.items():
            self.assertTrue(getattr(limits, name) <= value, name)
        for name, value in _AT_LEAST.items():
            self.assertTrue(getattr(limits, name) >= value, name)

    def test_none_has_changed_unsaid(self):
        for held in (_AT_MOST, _AT_LEAST, _EXACTLY):
            for name, value in held.items():
                self.assertEqual(getattr(limits, name), _CHOSEN.get(name, value))

    def test_every_number_is_held_here(self):
        held = set(_AT_MOST) | set(_AT_LEAST) | set(_EXACTLY) | set(_BY_THE_EDGES)
        there = {name for name in dir(limits) if name[0] != "_" and name.isupper() or name[:4] == "DUTY"}
        self.assertEqual(there - held, set())
        self.assertEqual(held - there, set())

    def test_what_follows_from_several_numbers(self):
        self.assertTrue(limits.FAULT_PULSE_MS <= 500)
        self.assertTrue(limits.LINE_DOUBT_MS < limits.REOPEN_PAUSE_MS)
        self.assertTrue(limits.CLOSE_FILTER_MS + limits.DIODE_PROOF_MS < limits.CLOSE_LATEST_MS)
        self.assertTrue(limits.WAKE_AFTER_MS <= 90000)
        for table in (limits.BOARD_DC, limits.CONTACT_DC):
            self.assertTrue(table[4] < table[0] < table[1] <= table[2] < table[3])

    def test_recovery_classes_are_those_of_the_reference(self):
        self.assertEqual(_named("recovery", "L"), {
            "pilot_blind", "residual_test", "welded", "emergency_stop", "door", "tilt", "settings", "reset_loop",
        })
        self.assertEqual(_named("recovery", "U"), {"residual", "chatter", "cable"})
        self.assertEqual(_named("action", "open"), {
            "pilot_invalid", "pilot_short", "diode", "pilot_blind", "residual", "residual_test", "earth", "neutral", "welded", "not_closed",
            "emergency_stop", "door", "tilt", "overrun"})

    def test_the_constant_of_each_fault_is_the_bit_of_its_row(self):
        for i, row in enumerate(faults.rows()):
            self.assertEqual(getattr(faults, row.name.upper()), 1 << i)
            self.assertEqual((faults.bits([row.name]), faults.fault(i).name, faults.names(1 << i)), (1 << i, row.name, [row.name]))
        self.assertEqual(faults.bits(["flood", "", "pilot", "diode|open"]), 0)


def _named(column, value):
    return set(faults.names(faults.mask(column, value)))


if __name__ == "__main__":
    unittest.main()
