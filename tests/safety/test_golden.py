"""The golden timing table in full: every row over a thousand random phases and noise seeds, worst case against limit."""

import time

import pytest

from tests.safety.proofs import interpreter, report

PHASES = 1000
PROGRAM = """
import sys, golden
bases = golden.Bases()
rows = []
for name in golden.names()[int(sys.argv[1]) :: int(sys.argv[2])]:
    rows.append((name,) + golden.measure(bases, name, int(sys.argv[3]), int(sys.argv[4])))
print(golden.table(rows))
"""


@pytest.mark.prove
def test_every_row_over_a_thousand_phases():
    seed = time.time_ns() % 1000000
    print("first seed", seed)
    text = interpreter(PROGRAM, 0, 1, PHASES, seed)
    report("golden.txt", f"{PHASES} phases, first seed {seed}\n{text}")
    assert text.count("\n") > 40
