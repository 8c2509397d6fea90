"""Random lives, each event at a random instant: every rule of the lawbook holds after every tick, on every kind of board.

Here a few; `make prove` lives through ten thousand events and more (tests/safety/test_properties.py).
"""
import sys
import unittest

import properties

MPY_HEAP = "65536wk"
RUNS, EVENTS = (1, 6) if sys.platform == "webassembly" else (2, 40)


class Lives(unittest.TestCase):
    def test_tethered_cable_of_one_phase(self):
        properties.hunt("rudved_ac7", 1, RUNS, EVENTS)

    def test_socket_of_three_phases(self):
        properties.hunt("rudved_ac22", 2, RUNS, EVENTS)

    def test_outlets_without_a_pilot(self):
        properties.hunt("rudved_ac001", 3, RUNS, EVENTS)

    def test_known_seeds_that_broke_a_rule_once(self):
        self.assertIsNone(properties.check("rudved_ac001", 86, [(1610, "max_a", 40), (61, "charge", 0)]))
        bounced = [(17, "plug", 32), (27, "pilot_noise", 0), (12, "charge", 0), (17, "ready", True), (259, "ready", True),
                   (154, "bounce", 20), (1619, "allow", 32000), (1619, "leak_dc", 60), (1619, "pilot_offset", 0)]
        self.assertIsNone(properties.check("rudved_ac001", 7000201, bounced))


class TheHuntItself(unittest.TestCase):
    """A rule that is broken on purpose is found, and told in few events."""

    def test_a_core_that_forgets_the_leak_is_caught_and_its_schedule_made_short(self):
        from firmware.safety.residual import Residual

        read, tick = Residual.read, Residual.tick
        Residual.read = lambda self: False
        Residual.tick = lambda self, dt_ms, may_test: setattr(self, "passed", True) or 0
        noise = [(20, "max_a", 16), (20, "session", 0), (20, "max_a", 32)] * 3
        try:
            properties.hunt_in("rudved_ac7", 5, noise + [(300, "rcd_stuck", True)] + noise)
        except AssertionError as error:
            self.assertIn("I4 closed on residual current", str(error))
            self.assertIn("[(300, 'rcd_stuck', True)]", str(error))
        else:
            self.fail("not caught")
        finally:
            Residual.read, Residual.tick = read, tick


if __name__ == "__main__":
    unittest.main()
