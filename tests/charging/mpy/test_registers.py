"""A meter that forgets its register without supply goes on from the journal's. Runs inside MicroPython."""

import unittest

import boards
from firmware.charging import recovery
from firmware.storage import records


class Record:
    def __init__(self, seq, kind, payload):
        self.seq = seq
        self.kind = kind
        self.payload = payload


class Journal:
    def __init__(self, *rows):
        self._rows = [Record(seq, kind, payload) for seq, kind, payload in rows]

    def records(self, from_seq=0):
        return iter(self._rows)


class Chip:
    def __init__(self):
        self.started = {}

    def start(self, address, wh):
        self.started[address] = wh


def begin(connector, wh):
    return records.encode_begin(connector, 1, wh, None, "TAG", "", "local")


class Registers(unittest.TestCase):
    def started(self, *rows):
        board = boards.load("rudved_ac001")
        for spec in board.connectors:
            spec.meter = dict(spec.meter, profile="atm90e36")
        chip = Chip()
        recovery.go_on_counting(Journal(*rows), board, chip)
        return chip.started

    def test_a_new_charger_begins_at_nothing(self):
        self.assertEqual(self.started(), {1: 0, 2: 0, 3: 0})

    def test_the_last_that_is_known_of_each_connector_counts(self):
        at = (1, 5, None)
        rows = (
            (1, records.BEGIN, begin(1, 100)),
            (2, records.METER, records.encode_meter(1, 150)),
            (3, records.BEGIN, begin(2, 7)),
            (4, records.END, records.encode_end(1, 180, True, at, "local", "")),
            (5, records.METER, records.encode_meter(3, 9)),
            (6, records.BEGIN, begin(3, 50)),
            (7, records.EDGE, records.encode_edge(6, 61, 16000, "resumed", "")),
            (8, records.EDGE, records.encode_edge(3, 11, 0, "suspended", "vehicle")),
        )
        self.assertEqual(self.started(*rows), {1: 180, 2: 11, 3: 61})

    def test_a_session_whose_beginning_is_gone_harms_nothing(self):
        self.assertEqual(self.started((9, records.METER, records.encode_meter(1, 150)))[1], 0)

    def test_meters_on_the_line_keep_their_own(self):
        chip = Chip()
        recovery.go_on_counting(Journal((1, records.BEGIN, begin(1, 100))), boards.load("rudved_ac7"), chip)
        self.assertEqual(chip.started, {})


if __name__ == "__main__":
    unittest.main()
