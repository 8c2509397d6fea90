"""The control port under fire: whatever comes, it answers with sense, changes nothing it should not, and lives on."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sim.port import Sim
from tools.sim.requests import BOARD, PARENT, BadRequest, Request, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_line_is_a_request_or_a_sentence(line):
    try:
        request = parse(line)
    except BadRequest as error:
        assert str(error) and len(str(error)) < 600
        json.dumps(error.id)
    else:
        assert isinstance(request, Request) and request.do in BOARD + PARENT


WORDS = [*BOARD, "watch", "log", "nonsense"]
NAMES = (
    "connector on s for timeout_s name uid ms c sensor v hz wh power_w up latency_ms drop half_open flash_write byte cause set get cable_a "
    "vehicle ready max_a phases mv pole rate us"
).split()
SCALARS = [
    None, True, False, 0, 1, -1, 2, 3.5, 1e308, 10**18, -(10**18), "", "L1", "car", "weld", "rcd_dc", "hard", "board", "04A1B2C3", "\x00",
    "\U0001f50c", "connectors.0.letter", "MaxCurrentA", "é" * 300,
]


def _value(random_, depth=0):
    kind = random_.random()
    if kind < 0.75 or depth > 3:
        return random_.choice(SCALARS)
    if kind < 0.88:
        return [_value(random_, depth + 1) for _ in range(random_.randrange(5))]
    return {str(random_.choice(SCALARS)): _value(random_, depth + 1) for _ in range(random_.randrange(4))}


def _line(random_):
    if random_.random() < 0.1:
        return bytes(random_.choices(range(11, 256), k=random_.randrange(1, 300)))
    request = {"id": random_.randrange(1000), "do": random_.choice(WORDS)}
    for _ in range(random_.randrange(4)):
        request[random_.choice(NAMES)] = _value(random_)
    if request["do"] in ("advance", "stall"):  # a long way is no fault, but takes its time
        request.update({key: min(request[key], 3) for key in ("s",) if isinstance(request.get(key), int | float)})
        request.update({key: min(request[key], 3000) for key in ("ms",) if isinstance(request.get(key), int | float)})
    if request["do"] == "wait":
        request["timeout_s"] = 0.1
    return json.dumps(request).encode()


def _bombard(seed, lines):
    random_ = random.Random(seed)
    with Sim("--lenient", "--seed", seed) as sim:
        for _ in range(lines):
            line = _line(random_)
            sim.raw(line + b"\n")
            answer = sim.answer()
            assert answer["ok"] or (answer["error"] and "failed inside" not in answer["error"]), (line, answer)
        sim.do("network", up=True, latency_ms=0, drop=0, half_open=False)
        sim.do("power", on=False)
        sim.do("power", on=True)
        sim.wait({"tick.count": 50}, timeout_s=5)
        assert sim.end() == 0
        assert "Traceback" not in sim.stderr()


def test_random_commands_end_nothing():
    _bombard(1, 250)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(2, 12))
def test_random_commands_end_nothing_at_length(seed):
    _bombard(seed, 1500)
