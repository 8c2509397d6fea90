"""The heap of the firmware at work, on 32-bit words: it does not grow unnoticed."""

import pytest

from tools.bench import heap
from tools.bench.interpreter import Unmeasured


@pytest.mark.prove
@pytest.mark.parametrize("way, name, most_kb", [(way, name, most) for way, name, _, most in heap.WAYS])
def test_charging_and_connected_it_takes_no_more_than_is_said(way, name, most_kb):
    try:
        taken = heap.at_work(way)
    except Unmeasured as e:
        pytest.skip(str(e))
    print(f"{name}: {taken['kept'] / 1000:.1f} kB, {taken['imported'] / 1000:.1f} kB of them by importing it")
    assert taken["kept"] <= most_kb * 1000
