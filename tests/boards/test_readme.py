"""boards/README.md tells what boards/fields.py says."""

import pathlib

from boards import describe, fields

ROOT = pathlib.Path(__file__).parents[2]


def test_the_generated_part_of_the_readme_is_not_stale():
    text = (ROOT / "boards/README.md").read_text()
    assert describe.renew(text) == text, "run: python -m boards.describe"


def test_every_field_is_described_and_nothing_else_is():
    sections = [(section, rows) for section, _, rows in describe.SECTIONS]
    assert {f"{section}.{row[0]}" for section, rows in sections for row in rows} == set(describe.WORDS)


def test_the_readme_names_every_board():
    text = (ROOT / "boards/README.md").read_text()
    for folder in (ROOT / "boards").glob("*/board.py"):
        assert f"| `{folder.parent.name}` |" in text


def test_every_row_has_a_known_kind_and_a_default_that_its_own_rule_allows():
    for _, _, rows in describe.SECTIONS:
        for name, kind, allowed, default in rows:
            assert kind in ("int", "text", "bool", "one", "some", "map", "table", "tables"), name
            if kind == "one" and default not in (fields.REQUIRED, None):
                assert default in allowed, name
