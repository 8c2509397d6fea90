"""The golden timing table in full: every row over a thousand random phases and noise seeds, worst case against limit."""

import pytest

from tests.safety.proofs import SEED, interpreter, report

PHASES = 1000
PARTS = 4
PROGRAM = """
import sys, golden
bases = golden.Bases()
rows = []
for name in golden.names()[int(sys.argv[1]) :: int(sys.argv[2])]:
    rows.append((name,) + golden.measure(bases, name, int(sys.argv[3]), int(sys.argv[4])))
print(golden.table(rows))
"""


@pytest.mark.prove
@pytest.mark.parametrize("part", range(PARTS))
def test_every_row_over_a_thousand_phases(part):
    text = interpreter(PROGRAM, part, PARTS, PHASES, SEED)
    report(f"golden_{part}.txt", f"{PHASES} phases, first seed {SEED}\n{text}")
    assert text.count("\n") > 40 // PARTS
