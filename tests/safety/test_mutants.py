"""A sample of planted wrongs, on two cores and for a bounded time: nine of ten are noticed, the others are listed."""

import ast
import concurrent.futures
import time

import pytest

from tests.safety import mutants
from tests.safety.proofs import ROOT, report

STEP = 11
SECONDS = 120  # no new mutant is begun after that
# What no test notices, and why that may be: part of the mutant's text -> reason.
ACCEPTED = {
    "seen != pilot.A and self.offered ->": "without an offer the diode's ages stand at 0, so there is nothing to judge",
    "self.ages.ms[_X1] < limits.REOPEN_PAUSE_MS ->": "how long a vehicle that was too late waits, between 3 and 5 s",
    "self.residual.tripped or self.residual.testing ->": "asked a second time: a trip is a fault, a test takes `passed` away",
    "residual.py line 48": "asked a second time: the same tick raises the trip as a fault, which opens",
}


def _stricter():
    """Limits that their source bounds from below: planted wrongs only ever make a number larger."""
    for node in ast.parse((ROOT / "tests/safety/mpy/test_numbers.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_AT_LEAST":
            return [f"limits.py {name}:" for name in ast.literal_eval(node.value)]
    raise AssertionError("no such table")



def _some(folder, share):
    until = time.monotonic() + SECONDS
    for mutant in share:
        if time.monotonic() < until:
            yield mutants.survives(folder, mutant)


@pytest.mark.prove
def test_planted_wrongs_are_noticed(tmp_path):
    sample = list(mutants.all_mutants())[::STEP]
    folders = [mutants.plant_tree(tmp_path / str(i)) for i in range(2)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda i: list(_some(folders[i], sample[i::2])), range(2)))
    told = [row for share in done for row in share]
    lines = [f"{'caught' if caught else 'SURVIVED':9} {what} | {caught}" for what, caught in told]
    report("mutants.txt", f"{len(told)} of {len(sample)} sampled\n" + "\n".join(lines) + "\n")
    accepted = [*ACCEPTED, *_stricter()]
    survivors = [what for what, caught in told if not caught and not any(part in what for part in accepted)]
    assert len(told) >= 10
    assert len(survivors) * 10 <= len(told), survivors
