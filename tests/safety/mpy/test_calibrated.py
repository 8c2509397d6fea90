"""What calibration asks of the core: the pilot's ends with nothing plugged in, and sensors that read right."""
import unittest

from worldbench import WorldBench

from hal.sim.world.vehicle import X1


class Calibrated(unittest.TestCase):
    def test_the_ends_are_read_in_one_go_and_the_pilot_is_as_before(self):
        b = WorldBench()
        b.run(1500)
        high_mv, low_mv = b.unit.ends()
        self.assertTrue(abs(high_mv - 12000) < 60 and abs(low_mv + 12000) < 60, (high_mv, low_mv))
        self.assertEqual(b.truth.pilot.offer(), X1)
        b.run(100)
        self.assertEqual((b.unit.letter, b.names()), ("A", []))

    def test_not_with_a_plug_in_and_never_while_closed(self):
        b = WorldBench()
        b.run(1500)
        b.do("plug")
        b.run(500)
        self.assertRaises(ValueError, b.unit.ends)
        b = WorldBench().charge()
        b.unit.plugged = False
        self.assertRaises(ValueError, b.unit.ends)
        self.assertTrue(b.closed)

    def test_a_sensor_reads_as_it_was_told_and_only_that_one(self):
        b = WorldBench()
        b.run(2000)
        b.core.thermal.trim({"contactor": -20})
        before_dc = b.core.thermal.board_dc
        b.core.thermal.trim({"board": 35})
        b.run(1100)
        self.assertEqual(b.core.thermal.board_dc, before_dc + 35)
        self.assertEqual(b.core.thermal.hottest_dc, before_dc + 35)
        b.core.thermal.trim({})
        b.run(1100)
        self.assertEqual(b.core.thermal.board_dc, before_dc)

    def test_a_sensor_that_does_not_answer_stays_dead_whatever_it_was_told(self):
        b = WorldBench()
        b.core.thermal.trim({"board": 35})
        b.fault("sensor_dead", sensor="board")
        b.run(5000)
        self.assertIn("temperature_sensor", b.names())


if __name__ == "__main__":
    unittest.main()
