"""What is told of the boards is what boards/fields.py and the board files say; staleness itself: tests/tools/test_docs.py."""

import csv
import pathlib

import pytest

import boards as all_boards
from boards import fields, wiring
from tools.docs import boards

ROOT = pathlib.Path(__file__).parents[2]
NAMES = all_boards.names()


def test_every_field_is_described_and_nothing_else_is():
    sections = [(section, rows) for section, _, rows in boards.SECTIONS]
    assert {f"{section}.{row[0]}" for section, rows in sections for row in rows} == set(boards.WORDS)


def test_the_readme_names_every_board():
    text = (ROOT / "boards/README.md").read_text()
    for name in NAMES:
        assert f"| `{name}` |" in text
        assert f"({name}/README.md)" in text


def test_every_row_has_a_known_kind_and_a_default_that_its_own_rule_allows():
    for _, _, rows in boards.SECTIONS:
        for name, kind, allowed, default in rows:
            assert kind in ("int", "text", "bool", "one", "some", "map", "table", "tables"), name
            if kind == "one" and default not in (fields.REQUIRED, None):
                assert default in allowed, name


@pytest.mark.parametrize("name", NAMES)
def test_wiring_page_and_pins_csv_tell_every_pin_once(name):
    pins = all_boards.load(name).pins
    page = (ROOT / "boards" / name / "README.md").read_text()
    told = [line.split("|")[1].strip(" `") for line in page.splitlines() if line.startswith("| `")]
    assert sorted(told) == sorted(pins)
    with open(ROOT / "boards" / name / "pins.csv") as file:
        rows = dict(csv.reader(file))
    assert rows == {pin.upper(): f"GPIO{n}" for pin, n in pins.items() if isinstance(n, int)}


def test_what_the_readme_says_of_refused_pins_is_what_is_said():
    text = (ROOT / "boards/README.md").read_text()
    for name, pin, number in (("rudved_ac7", "fan", 34), ("rudved_bench", "contactor_1", 18)):
        board = all_boards.load(name)
        board.pins = dict(board.pins, **{pin: number})
        with pytest.raises(all_boards.BoardError) as refused:
            wiring.check(board)
        assert str(refused.value) in text


def test_the_wiring_page_asks_for_the_resistor_that_an_input_only_pin_lacks():
    board = all_boards.load("rudved_bench")
    board.pins = dict(board.pins, feedback_1_l1=34, residual_1=35, rs485_rx=39)
    board.active_low = ("button_stop",)
    assert "10 kΩ to ground" in boards.pull(board, "feedback_1_l1")    # rests low
    assert "10 kΩ to 3.3 V" in boards.pull(board, "residual_1")        # a broken wire is an alarm
    assert boards.pull(board, "rs485_rx") == boards.pull(board, "input_estop") == ""
