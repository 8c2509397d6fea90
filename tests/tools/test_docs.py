"""The generated parts of the documentation say what the firmware's tables say today."""

import pytest

from tools.docs.tables import PARTS, Part, stale, write


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.title)
def test_generated_part_is_not_stale(part):
    assert not stale(part), "run: .venv/bin/python -m tools.docs"


def test_stale_part_is_seen_and_written_anew(tmp_path):
    path = tmp_path / "page.md"
    part = Part("X", path, lambda: ["a", "b"])
    begin, end = part.markers()
    path.write_text(f"before\n{begin}\nold\n{end}\nafter\n")
    assert stale(part)
    write(part)
    assert not stale(part)
    assert path.read_text().startswith("before\n") and path.read_text().endswith("after\n")


def test_missing_marker_is_named(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("nothing here\n")
    with pytest.raises(ValueError, match="generated: X"):
        stale(Part("X", path, list))
