"""The model check in full: letter x offered x permit x fault class x what the contacts do, over the real objects."""

import pytest

from tests.safety.proofs import interpreter, report

PROGRAM = """
import sys, model
states, edges, transitions = model.explore(getattr(model, sys.argv[1]))
print(model.summary(states, transitions))
dead = model.dead_ends(states, edges)
assert not dead, dead
"""


@pytest.mark.prove
@pytest.mark.parametrize("alphabet", ("PILOT", "ALL"))
def test_every_reachable_state_is_proven_named_and_has_an_exit(alphabet):
    text = interpreter(PROGRAM, alphabet, heap="1048576wk", seconds=2400)
    report(f"states_{alphabet}.txt", text)
    assert " states by " in text
