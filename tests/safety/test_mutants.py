"""Planted wrongs: each is noticed by some test of the core. A part of them here, on two cores; all of them in `make hunt`."""

import concurrent.futures
import time

import pytest

from tests.safety import mutants
from tests.safety.proofs import SEED, report

STEP = 5
SECONDS = 240  # no new mutant is begun after that
# What no test notices, and why that may be: part of the mutant's text -> reason. None at present.
ACCEPTED = {}


def _some(folder, share, seconds):
    until = time.monotonic() + seconds
    for mutant in share:
        if time.monotonic() < until:
            yield mutants.survives(folder, mutant)


def plant(tmp_path, some, seconds):
    """Survivors beyond ACCEPTED, out of how many tried."""
    folders = [mutants.plant_tree(tmp_path / str(i)) for i in range(2)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda i: list(_some(folders[i], some[i::2], seconds)), range(2)))
    told = [row for share in done for row in share]
    lines = [f"{'caught' if caught else 'SURVIVED':9} {what} | {caught}" for what, caught in told]
    report("mutants.txt", f"{len(told)} of {len(some)}\n" + "\n".join(lines) + "\n")
    return [what for what, caught in told if not caught and not any(part in what for part in ACCEPTED)], len(told)


@pytest.mark.prove
def test_in_a_tree_without_a_wrong_nothing_is_noticed(tmp_path):
    assert mutants.noticed(mutants.plant_tree(tmp_path / "whole")) is None


@pytest.mark.prove
def test_planted_wrongs_are_noticed(tmp_path):
    survivors, tried = plant(tmp_path, list(mutants.all_mutants())[SEED % STEP :: STEP], SECONDS)
    assert (survivors, tried > 40) == ([], True)


@pytest.mark.hunt
def test_every_planted_wrong_is_noticed(tmp_path):
    survivors, _ = plant(tmp_path, list(mutants.all_mutants()), 7200)
    assert survivors == []
