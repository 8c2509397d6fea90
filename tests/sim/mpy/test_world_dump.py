"""The world goes on in another process exactly where it stood in this one."""

import json
import unittest

from worldrig import DUTY_16A, DUTY_X1, Rig


def kept(rig):
    """The world as the next process gets it: through JSON."""
    return json.loads(json.dumps(rig.world.dump()))


def evolve(rig):
    """A stretch of busy life; returns everything that can be seen of it."""
    rig.events.clear()
    seen = []
    pilot = rig.k.pilot
    for i in range(400):
        if i == 60:
            rig.offer(DUTY_16A)
        if i == 200:
            rig.do("vehicle", leak_ma_dc=8)
        if i == 260:
            rig.k.contactor.command(False)
        if i == 300:
            rig.offer(DUTY_X1)
        if pilot is not None:
            pilot.sample()
            seen.append((pilot.high_mv, pilot.low_mv, pilot.spread_mv))
        seen.append((rig.k.contactor.feedback(), rig.k.residual.tripped()))
        rig.run_us(50000)
    seen.append(rig.world.truth(0))
    seen.append(rig.world.temperatures_c())
    seen.append(rig.events)
    return seen


class Dump(unittest.TestCase):
    def test_a_charge_in_full_swing_goes_on_identically(self):
        rig = Rig(seed=9)
        rig.charge()
        rig.run(3.0137)
        rig.offer(DUTY_X1)
        rig.run(0.2)
        after = Rig(seed=9, state=kept(rig))
        self.assertEqual(after.world.dump(), rig.world.dump())
        self.assertEqual(evolve(after), evolve(rig))

    def test_so_does_the_middle_of_a_bouncing_contact(self):
        rig = Rig("rudved_ac22", seed=3)
        rig.run(0.1)
        rig.k.contactor.command(True)
        while not rig.c.contactor.touching:
            rig.quiet(0.0001)
        after = Rig("rudved_ac22", seed=3, state=kept(rig))
        for one in (rig, after):
            one.run(0.5)
        self.assertEqual(after.world.dump(), rig.world.dump())

    def test_faults_and_settings_of_the_world_stay(self):
        rig = Rig("rudved_ac22")
        for name in ("rcd_stuck", "pilot_short", "proximity_open", "lock_jam", "estop", "reader_dead", "sensor_dead", "meter_frozen",
                     "meter_swapped_words", "adc_slow", "clock_lost", "earth_open"):
            rig.fault(name)
        rig.fault("weld", pole="L3")
        rig.do("mains", v=[210, 220, 240], hz=49.5)
        rig.do("temperature", c=61)
        after = Rig("rudved_ac22", state=kept(rig))
        self.assertEqual(after.world.dump(), rig.world.dump())
        self.assertTrue(after.k.residual.tripped())
        self.assertEqual(after.ports.temperatures["contactor"].read_dc(), 300)
        self.assertIsNone(after.ports.temperatures["board"].read_dc())
        self.assertEqual(after.world.truth(0)["welded"], ["L3"])
        self.assertEqual(after.k.pilot.interval_us, 120)

    def test_a_cut_supply_stays_cut(self):
        rig = Rig()
        rig.charge()
        rig.world.power_off()
        rig.quiet(0.005)
        after = Rig(state=kept(rig))
        self.assertFalse(after.world.powered)
        after.quiet(1)
        self.assertFalse(after.world.truth(0)["closed"])
        self.assertEqual(after.events[-1][0], "meter")
        after.world.power_on()
        after.k.pilot.sample()
        self.assertTrue(after.k.pilot.high_mv < -11900)

    def test_loading_tells_nothing_twice(self):
        rig = Rig()
        rig.charge()
        after = Rig(state=kept(rig))
        self.assertEqual(after.events, [])


if __name__ == "__main__":
    unittest.main()
