"""Every reachable state of the real connector, breadth first, over few inputs; `make prove` takes all of them.

No state has a closed contactor without all proofs, each has a name, and from each a person gets back to charging.
"""
import sys
import unittest

import model

MPY_HEAP = "65536wk"


class Reachable(unittest.TestCase):
    def test_each_state_is_proven_named_and_has_an_exit(self):
        most = 40 if sys.platform == "webassembly" else 1000000
        states, edges, transitions = model.explore(model.TINY, most)
        print(model.summary(states, transitions))
        for name in states.values():
            self.assertTrue(len(name) > 10, name)
        if len(states) < most:
            self.assertTrue(len(states) > 150, len(states))
            self.assertEqual(model.dead_ends(states, edges), [])

    def test_a_core_that_does_not_ask_for_the_letter_is_caught(self):
        from firmware.safety.piloted import PilotUnit

        asking = PilotUnit._asking
        PilotUnit._asking = lambda self: True
        try:
            self.assertRaises(model.Unproven, model.explore, model.TINY)
        finally:
            PilotUnit._asking = asking


if __name__ == "__main__":
    unittest.main()
