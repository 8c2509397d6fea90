"""Anything may happen to the world in any order: it must not break, run backwards or depend on who looks."""

import json
import unittest

from worldrig import Rig

from hal.sim.world import faults
from hal.sim.world.prng import Prng

_BOARDS = ("rudved_ac7", "rudved_ac22", "rudved_ac001")


class Chaos:
    """One random act after another, from a seed."""

    def __init__(self, rig, seed):
        self.rig = rig
        self.prng = Prng(seed, "chaos")

    def pick(self, choices):
        return choices[self.prng.below(len(choices))]

    def flag(self):
        return self.prng.below(2) == 1

    def act(self):
        rig, pick = self.rig, self.pick
        i = self.prng.below(len(rig.world.connectors))
        kind = self.prng.below(12)
        ports = rig.ports.connectors[i]
        if kind == 0:
            rig.do(pick(("plug", "unplug")), connector=i + 1)
        elif kind == 1:
            rig.do("vehicle", connector=i + 1, ready=self.flag(), max_a=pick((0, 6, 16, 32)), phases=1 + self.prng.below(3))
        elif kind == 2:
            rig.do("vehicle", connector=i + 1, ventilation=self.flag(), diode=self.flag(), reaction_s=pick((0, 0.2, 4)),
                   taper_wh=pick((None, 0, 5, 100)))
        elif kind == 3:
            self.fault(i)
        elif kind == 4:
            rig.do("mains", v=[pick((0, 180, 230, 300)) for _ in range(3)], neutral=self.flag())
        elif kind == 5:
            ports.contactor.command(self.flag())
        elif kind == 6 and ports.pilot:
            ports.pilot.drive(pick((0, 6553, 17476, 34952, 65536)))
        elif kind == 7 and ports.pilot:
            ports.pilot.sample()
        elif kind == 8:
            ports.residual.test(self.flag())
        elif kind == 9:
            pick((rig.world.power_off, rig.world.power_on, rig.world.reset_outputs, rig.ports.watchdog.feed))()
        elif kind == 10:
            rig.do("meter", connector=i + 1, power_w=pick((None, 0, 5000)))
        if self.flag():
            rig.run_us(self.prng.below(400000))
        else:
            rig.clock.run_to(rig.clock.now_us + self.prng.below(400000))

    def fault(self, i):
        fields = {"name": self.pick(faults.NAMES), "on": self.flag(), "connector": i + 1}
        try:
            self.rig.world.do("fault", fields)
        except ValueError:
            pass                        # this board has no such part


class Survives(unittest.TestCase):
    rounds = 3
    acts = 120

    def play(self, board, seed):
        rig = Rig(board, seed)
        chaos = Chaos(rig, seed)
        wh = [0] * len(rig.world.connectors)
        for n in range(self.acts):
            chaos.act()
            self.assertTrue(rig.world.next_us() > rig.world.now_us)
            for i, connector in enumerate(rig.world.connectors):
                now_wh = connector.meter.wh(rig.world.now_us)
                self.assertTrue(now_wh >= wh[i])
                wh[i] = now_wh
                if not connector.contactor.poles:
                    self.assertEqual(connector.ma, [0, 0, 0])
            if n % 40 == 17:
                self.goes_on_alike(rig, board, seed)
        times = [t_us for _, t_us, _ in rig.events]
        self.assertTrue(times == sorted(times))
        return [rig.events, rig.world.dump()]

    def goes_on_alike(self, rig, board, seed):
        """A copy of the world in another process does what this one does."""
        copy = Rig(board, seed, json.loads(json.dumps(rig.world.dump())))
        here = len(rig.events)
        for one in (rig, copy):
            one.run_us(700000)
        self.assertTrue(copy.world.dump() == rig.world.dump())
        self.assertTrue(copy.events == rig.events[here:])

    def test_every_board_survives_and_repeats_itself(self):
        for board in _BOARDS:
            for seed in range(self.rounds):
                self.assertTrue(self.play(board, seed) == self.play(board, seed), (board, seed))


class ProveSurvives(Survives):
    rounds = 20
    acts = 300


if __name__ == "__main__":
    unittest.main()
