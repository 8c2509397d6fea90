"""Skipping quiet ticks changes nothing: the same seed and commands give the same run, to the last bit of every state.

`skip` against `run`: answers, event logs, snapshots, the whole of the safety core and of the world. `prove`: each tick that
would be skipped runs, and must leave what was foretold of it, or the simulator ends.
"""

import json
import random
import re

import pytest

from tests.sim.port import ROOT, Sim

PROGRAM = "tests.sim.mpy.programs.bare"
BOARDS = ("rudved_ac7", "rudved_ac22", "rudved_ac001")


KINDS = ("charge", "charge", "charge", "leave", "pause", "fault", "noise", "mains", "temperature", "config", "meter")
FAULTS = ("rcd_dc", "pilot_short", "meter_silent", "meter_frozen", "sensor_dead", "door", "lock_jam", "earth_open")
# What the firmware outside `safety` may do to the core: calls that hal/sim/rest.py hears of, calls that only read, and what
# is set at boot or when a setting changes, of which it hears too.
HEARD = {"begin_session", "end_session", "release_plug", "clear", "measured", "grant", "revoke", "due", "restore", "plan_stall",
         "recall", "watch_earth", "ends", "trim"}
READING = {"unit", "latched", "proven_open", "told", "trips_ms"}
SET = {"keep_cable", "ventilated", "ventilation.wanted", "refused", "standing", "simplified_ma", "wake", "idle_ma", "idle_ms",
       "known", "residual.trips"}
_PARTS = "unit|core|permit|ventilation|residual|book|lock|supply|thermal|contactor"


class Life:
    """What happens to a charger: commands as they come from one seed, with long rests between."""

    def __init__(self, board, seed, steps):
        self._dice = random.Random(f"{board} {seed}")
        self._board = board
        self._steps = steps
        self._outlets = board == "rudved_ac001"

    def commands(self):
        for _ in range(self._steps):
            yield from self._one()
            yield "advance", {"s": self._rest_s()}
        yield "unplug", {}
        yield "advance", {"s": 20}

    def _rest_s(self):
        return round(self._dice.choice((0.003, 0.4, 3, 11, 23, 70)) * (0.5 + self._dice.random()), 6)

    def _one(self):
        dice = self._dice
        kind = dice.choice(KINDS)
        connector = dice.randint(1, 3) if self._outlets else 1
        if kind == "charge":
            yield "plug", {"connector": connector}
            yield "vehicle", {"connector": connector, "ready": True, "max_a": dice.choice((8, 13, 32))}
            yield "advance", {"s": 15}
        elif kind == "leave":
            yield "unplug", {"connector": connector}
        elif kind == "pause":
            yield "vehicle", {"connector": connector, "ready": dice.random() < 0.4, "ventilation": dice.random() < 0.1}
        elif kind == "fault":
            name = dice.choice(FAULTS)
            yield "fault", {"name": name, "connector": connector}
            yield "advance", {"s": self._rest_s()}
            yield "fault", {"name": name, "connector": connector, "on": False}
        elif kind == "noise":
            mv = dice.choice((0, 0, 60, 150, 400))
            yield "fault", {"name": "pilot_noise", "mv": mv, "connector": connector, "on": mv > 0}
            yield "fault", {"name": "pilot_offset", "mv": dice.choice((0, 200, 690)), "connector": connector}
        elif kind == "mains":
            yield "mains", {"v": [dice.choice((230, 231.5, 204, 190, 262, 270))] * 3, "hz": dice.choice((50, 49.2, 46))}
        elif kind == "temperature":
            yield "temperature", {"c": dice.choice((20, 40, 71, 78, 88))}
        elif kind == "config":
            yield "config", {"set": {"MaxCurrentA": str(dice.choice((0, 6, 10, 15)))}}
        elif kind == "meter":
            yield "meter", {"connector": connector, "power_w": dice.choice((None, 3000, 1200))}


def lived(mode, board, seed, steps):
    """Everything there is to see of one life, as texts; and which part of its ticks was skipped."""
    options = ("--board", board, "--seed", seed, "--ticks", mode, "--heap", 4_000_000, "--set", "FreeVendActive=true")
    with Sim(*options, program=PROGRAM) as sim:
        told = []
        skipped = ticks = 0
        for do, fields in Life(board, seed, steps).commands():
            answer = sim.ask(do, **fields)
            state = sim.state()
            del state["heap"]
            bare = sim.do("config", get=["bare"])
            skipped, ticks = bare.pop("skipped"), state["tick"]["count"]
            del bare["world"]["invariants"]["wh"]  # the register when the invariants last looked closely: they look less often
            told.append([do, fields, answer, state, bare])
        told.append(sim.do("log"))
        return [json.dumps(one, sort_keys=True, indent=1).splitlines() for one in told], skipped / ticks


def compare(board, seed, steps, mode="skip"):
    """The same life with every tick run; the part of its ticks that was skipped."""
    expected, _ = lived("run", board, seed, steps)
    got, skipped = lived(mode, board, seed, steps)
    assert len(expected) == len(got)
    for one, other in zip(expected, got):
        if one != other:
            pytest.fail("\n".join(f"{a.strip()}   with {mode}: {b.strip()}" for a, b in zip(one, other) if a != b))
    return skipped


def test_nothing_acts_on_the_core_unheard():
    calls, settings = set(), set()
    for path in (ROOT / "firmware").rglob("*.py"):
        if path.parent.name not in ("safety", "metering"):
            text = path.read_text()
            calls |= set(re.findall(rf"\b(?:{_PARTS})\.([a-z_]+)\(", text))
            settings |= set(re.findall(r"\b(?:core|unit)\.([a-z_.]+) (?:[|&+-]?=)(?!=)", text))
    assert calls <= HEARD | READING
    assert settings <= SET


@pytest.mark.parametrize("board", BOARDS)
def test_a_run_that_skips_quiet_ticks_is_the_same_to_the_last_bit(board):
    assert compare(board, 1, 6) > 0.2


@pytest.mark.parametrize("board", BOARDS)
def test_what_is_foretold_of_each_quiet_tick_comes_true(board):
    assert compare(board, 2, 4, "prove") > 0.2


@pytest.mark.prove
@pytest.mark.parametrize("mode", ("skip", "prove"))
@pytest.mark.parametrize("board", BOARDS)
def test_longer_runs_are_the_same_to_the_last_bit(board, mode):
    assert compare(board, 3, 14, mode) > 0.2


@pytest.mark.prove
@pytest.mark.parametrize("board", BOARDS)
def test_a_long_run_is_the_same_to_the_last_bit(board):
    compare(board, 10, 40)


@pytest.mark.hunt
@pytest.mark.parametrize("seed", range(10, 20))
@pytest.mark.parametrize("board", BOARDS)
def test_thirty_long_runs_are_the_same_to_the_last_bit(board, seed):
    compare(board, seed, 40)


@pytest.mark.hunt
@pytest.mark.parametrize("seed", range(30, 34))
@pytest.mark.parametrize("board", BOARDS)
def test_what_is_foretold_of_each_quiet_tick_comes_true_in_twelve_long_runs(board, seed):
    compare(board, seed, 40, "prove")
