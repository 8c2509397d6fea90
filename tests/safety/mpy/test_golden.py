"""Each row of the transition and timing tables within its limit, over random phases, ticks that jitter and noise seeds.

Here some phases of each; `make prove` runs a thousand (tests/safety/test_golden.py) and writes the table.
"""
import sys
import unittest

import golden

MPY_HEAP = "8192wk"
PHASES = 2 if sys.platform == "webassembly" else 20     # there the bursts are plain bytecode

_bases = golden.Bases()
_asked = set()


class Golden(unittest.TestCase):
    def row(self, name):
        _asked.add(name)
        golden.measure(_bases, name, PHASES)

    def test_t1_a_to_b1_plug_believed(self):
        self.row("T1 A->B1, plug believed")

    def test_t2_a_to_c1_to_c2_simplified_vehicle_offer_to_close(self):
        self.row("T2 A->C1->C2, simplified vehicle: offer to close")

    def test_t3_b1_to_b2_permit_to_pwm_on_the_wire(self):
        self.row("T3 B1->B2, permit to PWM on the wire")

    def test_t3_x1_between_two_offers(self):
        self.row("T3 x1 between two offers")

    def test_t4_b2_to_b1_stop_to_x1_on_the_wire(self):
        self.row("T4 B2->B1, stop to x1 on the wire")

    def test_t5_b2_to_c2_c_to_close(self):
        self.row("T5 B2->C2, C to close")

    def test_t5_toggles_of_150_to_450_ms_close_nothing(self):
        self.row("T5 toggles of 150 to 450 ms close nothing")

    def test_t5_opened_to_closed_again(self):
        self.row("T5 opened to closed again")

    def test_t6_c2_to_b2_vehicle_opens_s2_32_a(self):
        self.row("T6 C2->B2, vehicle opens S2, 32 A")

    def test_t6_c2_to_b2_vehicle_opens_s2_6_a(self):
        self.row("T6 C2->B2, vehicle opens S2, 6 A")

    def test_t6_right_after_closing_within_the_relay_s_mask(self):
        self.row("T6 right after closing, within the relay's mask")

    def test_t7_c2_to_c1_stop_obeyed_s2_to_open(self):
        self.row("T7 C2->C1, stop obeyed: S2 to open")

    def test_t7_c2_to_c1_stop_ignored_opens_under_load(self):
        self.row("T7 C2->C1, stop ignored: opens under load")

    def test_t7_lease_lost_to_x1(self):
        self.row("T7 lease lost to x1")

    def test_t9_c2_to_d_no_ventilation(self):
        self.row("T9 C2->D, no ventilation")

    def test_t9_d_to_a_ventilated(self):
        self.row("T9 D->A, ventilated")

    def test_t10_unplug_32_a(self):
        self.row("T10 unplug, 32 A")

    def test_t10_unplug_6_a(self):
        self.row("T10 unplug, 6 A")

    def test_t10_unplug_right_after_closing_never_masked(self):
        self.row("T10 unplug right after closing, never masked")

    def test_t10_unplug_while_the_vehicle_has_its_six_seconds(self):
        self.row("T10 unplug while the vehicle has its six seconds")

    def test_t10_unplug_to_contacts_apart(self):
        self.row("T10 unplug to contacts apart")

    def test_t10_pilot_wire_cut(self):
        self.row("T10 pilot wire cut")

    def test_t11_pilot_shorted_to_earth(self):
        self.row("T11 pilot shorted to earth")

    def test_t11_shorted_right_after_closing_never_masked(self):
        self.row("T11 shorted right after closing, never masked")

    def test_t11_short_told_as_a_fault(self):
        self.row("T11 short told as a fault")

    def test_t11_plug_unlocked(self):
        self.row("T11 plug unlocked")

    def test_t12_residual_current_monitor_s_output(self):
        self.row("T12 residual-current monitor's output")

    def test_t12_residual_current_of_300_ma(self):
        self.row("T12 residual current of 300 mA")

    def test_t12_emergency_stop(self):
        self.row("T12 emergency stop")

    def test_t12_door(self):
        self.row("T12 door")

    def test_t12_tilt(self):
        self.row("T12 tilt")

    def test_t12_earth_lost(self):
        self.row("T12 earth lost")

    def test_t12_length_of_f(self):
        self.row("T12 length of F")

    def test_t12_diode_lost_in_c(self):
        self.row("T12 diode lost in C")

    def test_t12_weld_named(self):
        self.row("T12 weld named")

    def test_t12_contactor_that_does_not_close_is_dropped(self):
        self.row("T12 contactor that does not close is dropped")

    def test_t13_voltage_between_the_letters(self):
        self.row("T13 voltage between the letters")

    def test_t13_converter_fails(self):
        self.row("T13 converter fails")

    def test_t15_power_back_vehicle_in_c_to_closed(self):
        self.row("T15 power back, vehicle in C, to closed")

    def test_1_7_wake_up_offer_to_f(self):
        self.row("1.7 wake-up: offer to F")

    def test_1_7_wake_up_length_of_f(self):
        self.row("1.7 wake-up: length of F")

    def test_1_6_decrease_on_the_wire(self):
        self.row("1.6 decrease on the wire")

    def test_1_6_between_two_increases(self):
        self.row("1.6 between two increases")

    def test_stall_60_ms_unplug(self):
        self.row("stall 60 ms: unplug")

    def test_stall_60_ms_vehicle_opens_s2(self):
        self.row("stall 60 ms: vehicle opens S2")

    def test_stall_60_ms_pilot_shorted(self):
        self.row("stall 60 ms: pilot shorted")

    def test_stall_60_ms_residual_current_monitor_s_output(self):
        self.row("stall 60 ms: residual-current monitor's output")

    def test_stall_60_ms_emergency_stop(self):
        self.row("stall 60 ms: emergency stop")

    def test_stall_60_ms_pilot_wire_cut(self):
        self.row("stall 60 ms: pilot wire cut")

    def test_stall_60_ms_no_ventilation(self):
        self.row("stall 60 ms: no ventilation")

    def test_stall_60_ms_voltage_between_the_letters(self):
        self.row("stall 60 ms: voltage between the letters")

    def test_stall_60_ms_earth_lost(self):
        self.row("stall 60 ms: earth lost")

    def test_stall_60_ms_door(self):
        self.row("stall 60 ms: door")

    def test_dead_interpreter_to_contacts_apart_pump(self):
        self.row("dead interpreter to contacts apart (pump)")

    def test_no_row_is_left_out(self):
        if _asked:                      # a run of this test alone asks for none
            self.assertTrue(len(_asked) == 1 or _asked == set(golden.names()), set(golden.names()) - _asked)


if __name__ == "__main__":
    unittest.main()
