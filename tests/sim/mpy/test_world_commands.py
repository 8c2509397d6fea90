"""Commands to the world: what they answer, and that a bad one names what was wrong and changes nothing."""

import unittest

from worldrig import Rig

from hal.sim.world import commands, faults
from hal.sim.world.errors import WorldError


class Refused(unittest.TestCase):
    def setUp(self):
        self.rig = Rig("rudved_ac22")
        self.rig.do("plug", cable_a=20)

    def says(self, text, command, fields):
        before = self.rig.world.dump()
        try:
            self.rig.world.do(command, fields)
        except WorldError as error:
            self.assertEqual(str(error), text)
        else:
            self.fail("%s %s was done" % (command, fields))
        self.assertEqual(self.rig.world.dump(), before)

    def test_connectors_that_are_not_there(self):
        for value in (9, 0, -1, None, "1", True, [1]):
            self.says("connector %s: this board has 1" % (value,), "unplug", {"connector": value})

    def test_unknown_fields_and_commands(self):
        self.says("vehicle: no field 'phasess'; allowed: ready, ventilation, max_a, phases, diode, follows_limit, reaction_s, taper_wh, "
                  "leak_ma_ac, leak_ma_dc", "vehicle", {"phasess": 1, "ready": True})
        self.says("explode: not a command of the world; there are " + ", ".join(commands.NAMES), "explode", {})

    def test_types_and_ranges(self):
        self.says("vehicle: ready is 1; allowed: true or false", "vehicle", {"ready": 1})
        self.says("vehicle: max_a is 81; allowed: a number 0..80", "vehicle", {"max_a": 81, "ready": True})
        self.says("vehicle: phases is 1.5; allowed: a whole number 1..3", "vehicle", {"phases": 1.5})
        self.says("vehicle: max_a is nan; allowed: a number 0..80", "vehicle", {"max_a": float("nan")})
        self.says("vehicle: max_a is True; allowed: a number 0..80", "vehicle", {"max_a": True})
        self.says("plug: cable_a is 21; allowed: 13, 20, 32, 63", "plug", {"cable_a": 21})
        self.says("plug: vehicle is 'tank'; allowed: bmw_ix3, bmw_phev, car, e_golf, edge, flutter_1hz, flutter_20hz, kona, "
                  "resistor_box, simplified, tesla, waker, zoe", "plug", {"vehicle": "tank"})
        self.says("tap: uid is 'xyz'; allowed: 8, 14 or 20 hexadecimal digits", "tap", {"uid": "xyz"})
        self.says("tap: uid is None; allowed: 8, 14 or 20 hexadecimal digits", "tap", {})
        self.says("tap: ms is 0; allowed: a whole number 1..3600000", "tap", {"uid": "04a1b2c3", "ms": 0})
        self.says("mains: v is [230, 230]; allowed: a list of 3 numbers 0..500", "mains", {"v": [230, 230]})
        self.says("meter: wh is -1; allowed: a whole number 0..4000000000", "meter", {"wh": -1})
        self.says("temperature: c is missing", "temperature", {})
        self.says("temperature: sensor is 'sun'; allowed: board, contactor, socket", "temperature", {"c": 3, "sensor": "sun"})
        self.says("button: name is 'go'; allowed: stop", "button", {"name": "go"})

    def test_faults(self):
        self.says("fault: name is missing; allowed: " + ", ".join(faults.NAMES), "fault", {})
        self.says("fault: name is 'flood'; allowed: " + ", ".join(faults.NAMES), "fault", {"name": "flood"})
        self.says("fault weld: pole is 'L4'; allowed: L1, L2, L3, N", "fault", {"name": "weld", "pole": "L4"})
        self.says("fault rcd_ac: no field 'ma'; allowed: name, on, connector", "fault", {"name": "rcd_ac", "ma": 5})
        self.says("fault meter_garbage: rate is 2; allowed: a number 0..1", "fault", {"name": "meter_garbage", "rate": 2})

    def test_what_the_board_does_not_have(self):
        self.rig = Rig("rudved_ac001")
        self.says("fault pilot_open: connector 3 has no pilot", "fault", {"name": "pilot_open", "connector": 3})
        self.rig = Rig()
        self.says("fault lock_jam: connector 1 has no lock", "fault", {"name": "lock_jam"})

    def test_odd_values_never_crash(self):
        for command in commands.NAMES:
            for name in ("connector", "cable_a", "vehicle", "ready", "max_a", "taper_wh", "uid", "ms", "name", "on", "v", "hz", "wh",
                         "power_w", "c", "sensor", "pole", "mv", "rate", "us"):
                for value in (None, "", "x", -1, 1e300, float("inf"), [], {}, [[]], True):
                    try:
                        self.rig.world.do(command, {name: value})
                    except WorldError:
                        pass


class Answered(unittest.TestCase):
    def setUp(self):
        self.rig = Rig("rudved_ac22")

    def test_what_already_holds_is_fine(self):
        self.assertEqual(self.rig.do("unplug"), {"plugged": False})
        self.assertEqual(self.rig.do("plug"), {"plugged": True, "cable_a": 32})
        self.assertEqual(self.rig.do("plug", cable_a=13), {"plugged": True, "cable_a": 32})
        self.rig.fault("estop", on=False)
        self.assertEqual(self.rig.do("vehicle"), {"letter": "B", "ready": False})

    def test_the_request_s_own_fields_do_not_disturb(self):
        self.rig.world.do("plug", {"id": 7, "do": "plug", "connector": 1})
        self.assertTrue(self.rig.world.truth(0)["plugged"])

    def test_every_fault_of_the_contract_can_be_put_on_and_taken_off(self):
        for name in ("rcd_ac", "rcd_dc", "rcd_stuck", "rcd_dead", "weld", "contactor_stuck_open", "pilot_short", "pilot_open",
                     "pilot_noise", "pilot_offset", "proximity_short", "proximity_open", "lock_jam", "estop", "door", "tilt", "earth_open",
                     "meter_silent", "meter_garbage", "meter_frozen", "meter_swapped_words", "reader_dead", "sensor_dead", "adc_slow",
                     "clock_lost"):
            before = self.rig.world.dump()
            self.rig.fault(name)
            self.assertNotEqual(self.rig.world.dump(), before, name)
            self.rig.fault(name, on=False)
            self.assertEqual(self.rig.world.dump(), before, name)
        self.assertEqual(len(faults.NAMES), 25)

    def test_mains_takes_one_voltage_for_all(self):
        self.assertEqual(self.rig.do("mains", v=215.5)["v"], [215.5, 215.5, 215.5])


if __name__ == "__main__":
    unittest.main()
