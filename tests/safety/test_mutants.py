"""A sample of planted wrongs, on two cores and for a bounded time: nine of ten are noticed, the others are listed."""

import concurrent.futures
import time

import pytest

from tests.safety import mutants
from tests.safety.proofs import report

STEP = 11
SECONDS = 120  # no new mutant is begun after that
# What no test notices, and why that may be: part of the mutant's text -> reason.
ACCEPTED = {
    "reasons.py": "words and the order of words only",
}


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
    survivors = [what for what, caught in told if not caught and not any(part in what for part in ACCEPTED)]
    assert len(told) >= 10
    assert len(survivors) * 10 <= len(told), survivors
