"""The heap of the firmware at work, on 32-bit words: it does not grow unnoticed."""

import pytest

from tools.bench import heap


@pytest.mark.prove
@pytest.mark.parametrize("way, name, most_kb", [(way, name, most) for way, name, _, most in heap.WAYS])
def test_charging_and_connected_it_takes_no_more_than_is_said(way, name, most_kb):
    if heap.missing():
        pytest.skip(heap.missing())
    taken = heap.at_work(way)
    print(f"{name}: {taken['kept'] / 1000:.1f} kB, {taken['imported'] / 1000:.1f} kB of them by importing it")
    assert taken["kept"] <= most_kb * 1000


@pytest.mark.prove
def test_frozen_it_keeps_to_the_budget_of_a_chip_without_psram():
    if heap.missing():
        pytest.skip(heap.missing())
    kept, spared = heap.frozen_at_work()
    print(f"frozen: {kept / 1000:.1f} kB, {spared / 1000:.1f} kB less than from ROMFS")
    assert kept <= heap.FROZEN_KB * 1000
