"""Board files: what is right is loaded, what is wrong is refused with the field's name. Runs inside MicroPython."""

import unittest

import boards
from boards import BoardError, fields
from boards.check import check


def good():
    """A small right board file, every call a new one."""
    return {
        "model": "T1",
        "vendor": "Test",
        "phases": 3,
        "rating_ma": 32000,
        "connectors": [
            {
                "id": 1,
                "kind": "socket",
                "standard": "IEC_62196_T2",
                "phases": 3,
                "rating_ma": 32000,
                "proximity": True,
                "lock": True,
                "poles": ("L1", "L2", "L3", "N"),
                "feedback": True,
                "residual": "rdc_dd",
                "meter": {"profile": "sdm630", "address": 1, "side": "supply"},
            },
            {
                "id": 2,
                "kind": "tethered",
                "standard": "IEC_62196_T2",
                "phases": 1,
                "line": "L2",
                "rating_ma": 16000,
                "poles": ("L2", "N"),
                "feedback": False,
                "residual": "none",
                "meter": {"profile": "sdm120", "address": 2, "side": "load"},
            },
        ],
        "rs485": {"baud": 9600},
        "temperatures": ("board",),
        "guard": {"make": "pump", "promise_ms": 120},
    }


_GONE = object()

# (path, planted value, what the message must hold beside the path)
MISTAKES = (
    ("model", "", "1..20"),
    ("model", "x" * 21, "1..20"),
    ("model", "AC\n7", "characters"),
    ("vendor", 7, "1..20"),
    ("vendor", _GONE, "missing"),
    ("phases", 2, "1, 3"),
    ("phases", True, "1, 3"),
    ("rating_ma", 90000, "6000..80000"),
    ("rating_ma", 5999, "6000..80000"),
    ("rating_ma", "32000", "6000..80000"),
    ("rating_ma", True, "6000..80000"),
    ("rating_ma", None, "6000..80000"),
    ("voltage_v", 400, "100..250"),
    ("connectors", [], "1..16"),
    ("connectors", {}, "1..16"),
    ("connectors", _GONE, "missing"),
    ("connectors.0", 5, "a table"),
    ("connectors.0.id", 2, "1..N"),
    ("connectors.1.id", 1, "1..N"),
    ("connectors.0.kind", "plug", "tethered, socket, outlet"),
    ("connectors.0.standard", "CHADEMO", "IEC_62196_T2"),
    ("connectors.0.line", "L1", "None with three phases"),
    ("connectors.1.line", _GONE, "L1, L2, L3"),
    ("connectors.1.line", "N", "L1, L2, L3"),
    ("connectors.0.rating_ma", 32001, "at most the board's 32000"),
    ("connectors.0.rating_ma", 5000, "6000..80000"),
    ("connectors.0.pilot", False, "True for kind 'socket'"),
    ("connectors.0.pilot", 1, "True or False"),
    ("connectors.0.proximity", _GONE, "True for kind 'socket'"),
    ("connectors.0.lock", False, "True for kind 'socket'"),
    ("connectors.1.lock", True, "False for kind 'tethered'"),
    ("connectors.1.proximity", True, "False for kind 'tethered'"),
    ("connectors.1.plug_switch", True, "False for kind 'tethered'"),
    ("connectors.1.kind", "outlet", "pilot"),
    ("connectors.0.poles", ("L1", "N"), "for these phases"),
    ("connectors.0.poles", ("L1", "L2", "N", "L3"), "for these phases"),
    ("connectors.0.poles", ("L1", "L1", "L2", "N"), "distinct"),
    ("connectors.1.poles", ("L1", "N"), "for these phases"),
    ("connectors.1.poles", ("L2", "PE"), "out of L1, L2, L3, N"),
    ("connectors.1.poles", ([], "N"), "out of L1, L2, L3, N"),
    ("connectors.0.feedback", _GONE, "missing"),
    ("connectors.0.residual", "rcd", "rdc_dd, none"),
    ("connectors.0.meter", 3, "a table"),
    ("connectors.0.meter.profile", "", "1..24"),
    ("connectors.0.meter.address", 0, "1..247"),
    ("connectors.0.meter.address", 248, "1..247"),
    ("connectors.1.meter.address", 1, "taken: [1]"),
    ("connectors.0.meter.side", "left", "supply, load"),
    ("connectors.0.meter.order", "BADC", "ABCD, CDAB"),
    ("rs485", _GONE, "there are meters on it"),
    ("rs485.baud", 9601, "9600"),
    ("rs485.parity", "M", "N, E, O"),
    ("rs485.stop", 3, "1, 2"),
    ("reader", "rc522", "mfrc522, pn532, wiegand"),
    ("temperatures", (), "1..8"),
    ("temperatures", ("board", "board"), "distinct"),
    ("temperatures.0", "socket", "allowed board"),
    ("buttons", ("Stop!",), "names"),
    ("buttons", 5, "names"),
    ("inputs", ("flood",), "estop, door, tilt"),
    ("indicator", "candle", "rgb, ws2812"),
    ("guard", _GONE, "missing"),
    ("guard.make", "hope", "mcu, pump, ulp, watchdog"),
    ("guard.make", "watchdog", "bench_only"),
    ("guard.promise_ms", 121, "at most 120 for make 'pump'"),
    ("guard.promise_ms", 1501, "20..1500"),
    ("guard.bench_only", None, "True or False"),
    ("pins", 4, "a dict of names"),
    ("pins", {3: 4}, "a dict of names"),
    ("module", "esp32c3", "esp32s3_n16r8, esp32_wrover, esp32_wroom"),
    ("expanders", (0x28,), "0..2 distinct out of 32, 33"),
    ("expanders", (0x20, 0x20), "distinct"),
    ("active_low", ("Lamp",), "names"),
)


def plant(values, path, value):
    """Puts `value` at a dotted path (or takes the field away)."""
    steps = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps[:-1]:
        values = values[step]
    if type(values) is tuple:
        return False
    if value is _GONE:
        del values[steps[-1]]
    else:
        values[steps[-1]] = value
    return True


class GoodBoards(unittest.TestCase):
    def test_every_board_in_the_folder_loads(self):
        here = set(boards.names())
        self.assertEqual({"rudved_ac001", "rudved_ac22", "rudved_ac7", "rudved_bench"} - here, set())
        for name in here:
            self.assertEqual(boards.load(name).name, name)

    def test_ac7_is_one_phase_32_a_tethered_type_2(self):
        board = boards.load("rudved_ac7")
        self.assertEqual((board.phases, board.rating_ma, len(board.connectors)), (1, 32000, 1))
        one = board.connectors[0]
        self.assertEqual((one.kind, one.standard, one.rating_ma), ("tethered", "IEC_62196_T2", 32000))
        self.assertEqual((one.pilot, one.proximity, one.lock), (True, False, False))

    def test_ac22_is_three_phases_32_a_socket_with_lock_and_proximity(self):
        one = boards.load("rudved_ac22").connectors[0]
        self.assertEqual((one.kind, one.phases, one.rating_ma), ("socket", 3, 32000))
        self.assertEqual((one.pilot, one.proximity, one.lock), (True, True, True))
        self.assertEqual(one.poles, ("L1", "L2", "L3", "N"))

    def test_ac001_is_three_15_a_outlets_on_three_phases_without_pilot(self):
        board = boards.load("rudved_ac001")
        self.assertEqual([one.id for one in board.connectors], [1, 2, 3])
        self.assertEqual([one.line for one in board.connectors], ["L1", "L2", "L3"])
        for one in board.connectors:
            self.assertEqual((one.kind, one.rating_ma, one.pilot, one.lock), ("outlet", 15000, False, True))

    def test_what_is_left_out_takes_its_default(self):
        full = check(good())
        self.assertEqual(full["rs485"], {"baud": 9600, "parity": "N", "stop": 1})
        self.assertEqual(full["voltage_v"], 230)
        self.assertIsNone(full["reader"])
        self.assertIsNone(full["connectors"][0]["meter"]["order"])

    def test_a_board_without_meters_needs_no_rs485(self):
        values = good()
        for connector in values["connectors"]:
            connector["meter"] = None
        del values["rs485"]
        self.assertIsNone(check(values)["rs485"])

    def test_meters_in_the_boards_own_chip_take_its_phases_and_no_line(self):
        values = good()
        values["connectors"][0]["meter"] = {"profile": "atm90e36_3p", "address": 1, "side": "supply"}
        values["connectors"][1]["meter"] = None
        del values["rs485"]
        self.assertTrue(boards.Board("t", check(values)).metering_chip)
        del values["connectors"][0]
        values["connectors"][0]["id"] = 1
        values["connectors"][0]["meter"] = {"profile": "atm90e36", "address": 3, "side": "supply"}
        self.assertIsNone(check(values)["rs485"])
        self.assertFalse(boards.load("rudved_ac7").metering_chip)

    def test_checking_changes_nothing_in_the_file(self):
        values = good()
        check(values)
        self.assertEqual(values, good())

    def test_defaults_are_not_shared_between_boards(self):
        check(good())["pins"]["lock"] = 4
        self.assertEqual(check(good())["pins"], {})


class WrongBoards(unittest.TestCase):
    def test_each_planted_mistake_is_refused_with_the_fields_name(self):
        for path, value, words in MISTAKES:
            values = good()
            if not plant(values, path, value):
                values["temperatures"] = (value,)
            try:
                check(values)
                self.fail("accepted %s = %r" % (path, value))
            except BoardError as error:
                text = str(error)
                self.assertTrue(words in text, "%s = %r: %s" % (path, value, text))
                if words not in ("pilot", "bench_only"):
                    self.assertTrue(text.startswith(path + " is "), text)

    def test_every_field_left_out_or_of_a_wrong_type_names_itself(self):
        sections = (
            ("", fields.BOARD),
            ("connectors.0.", fields.CONNECTOR),
            ("connectors.0.meter.", fields.METER),
            ("rs485.", fields.RS485),
            ("guard.", fields.GUARD),
        )
        for prefix, rows in sections:
            for row in rows:
                name, default = row[0], row[3]
                values = good()
                plant(values, prefix + name, 1.5)
                self.refused(values, prefix + name)
                if default is fields.REQUIRED:
                    values = good()
                    plant(values, prefix + name, _GONE)
                    self.refused(values, prefix + name)

    def test_an_unknown_field_is_refused_with_the_nearest_allowed_names(self):
        for prefix, name, meant in (
            ("", "raiting_ma", "rating_ma"),
            ("connectors.0.", "ratng_ma", "rating_ma"),
            ("connectors.0.", "plugswitch", "plug_switch"),
            ("connectors.0.meter.", "adress", "address"),
            ("rs485.", "baud_rate", "baud"),
            ("guard.", "promise", "promise_ms"),
        ):
            values = good()
            plant(values, prefix + name, 1)
            text = self.refused(values, prefix + name)
            self.assertTrue("did you mean " in text and meant in text, text)

    def test_a_one_phase_board_has_no_second_line(self):
        values = good()
        values["phases"] = 1
        self.assertTrue(self.refused(values, "connectors.0.phases").endswith("at most the board's 1"))
        del values["connectors"][0]
        values["connectors"][0]["id"] = 1
        self.assertTrue("L1" in self.refused(values, "connectors.0.line"))

    def test_ethernet_and_a_metering_chip_want_the_same_bus(self):
        values = good()
        values["ethernet"] = "w5500"
        self.assertEqual(check(values)["ethernet"], "w5500")
        values["connectors"][0]["meter"] = {"profile": "atm90e36_3p", "address": 1, "side": "supply"}
        self.assertTrue("None: its bus is the metering chip's" in self.refused(values, "ethernet"))

    def test_a_pilot_that_has_gone_astray_still_lies_within_the_converter(self):
        values = good()
        values["circuit"] = {"pilot_zero_mv": 1300, "pilot_span_mv": 1200}
        check(values)
        values["circuit"]["pilot_span_mv"] = 1201
        self.assertTrue("at most 1200 with a zero at 1300 mV" in self.refused(values, "circuit.pilot_span_mv"))
        values["module"] = "esp32_wroom"    # whose readings begin at 142 mV
        values["circuit"]["pilot_span_mv"] = 1069
        self.assertTrue("at most 1068 with a zero at 1300 mV" in self.refused(values, "circuit.pilot_span_mv"))
        values["circuit"]["pilot_span_mv"] = 1068
        check(values)

    def test_a_modem_wants_the_uart_of_a_controller_or_of_a_reader_on_a_serial_line(self):
        values = good()
        values["modem"] = {}
        self.assertEqual(check(values)["modem"], {"apn": ""})
        values["guard"]["make"] = "mcu"
        self.assertTrue("None: its UART is the guard's" in self.refused(values, "modem"))
        values["guard"]["make"] = "pump"
        values["pins"] = {"reader_tx": 1}
        self.assertTrue("None: its UART is the reader's" in self.refused(values, "modem"))
        values["modem"] = None
        values["guard"]["make"] = "mcu"
        self.assertTrue("None: its UART is the guard's" in self.refused(values, "reader"))

    def test_a_phase_of_the_metering_chip_is_given_once_and_by_the_right_profile(self):
        for profile, address, words in (
            ("atm90e36", 4, "connectors.1.meter.address is 4; allowed a free phase of the metering chip: []"),
            ("atm90e36", 1, "connectors.1.meter.address is 1"),
            ("atm90e36_3p", 2, "connectors.1.meter.address is 2"),
        ):
            values = good()
            values["connectors"][0]["meter"] = {"profile": "atm90e36_3p", "address": 1, "side": "supply"}
            values["connectors"][1]["meter"] = {"profile": profile, "address": address, "side": "supply"}
            self.assertTrue(words in self.refused(values, "connectors.1.meter.address"))
        values = good()
        values["connectors"][0]["meter"] = {"profile": "atm90e36", "address": 1, "side": "supply"}
        self.assertTrue("atm90e36_3p for three" in self.refused(values, "connectors.0.meter.profile"))
        values["connectors"][0]["meter"] = {"profile": "atm90e36_3p", "address": 3, "side": "supply"}
        self.refused(values, "connectors.0.meter.address")

    def test_a_watchdog_alone_is_accepted_for_the_bench(self):
        values = good()
        values["guard"] = {"make": "watchdog", "promise_ms": 1500, "bench_only": True}
        self.assertEqual(check(values)["guard"]["promise_ms"], 1500)

    def test_a_board_that_is_no_table_is_refused(self):
        for values in (None, [], 5, "board"):
            self.refused(values, "BOARD")

    def test_loading_a_board_that_is_not_there_names_those_that_are(self):
        for name in ("rudved_ac8", "../boards", "", None, 7):
            try:
                boards.load(name)
                self.fail("loaded %r" % (name,))
            except BoardError as error:
                self.assertTrue("rudved_ac7" in str(error) and repr(name) in str(error))

    def refused(self, values, path):
        try:
            check(values)
        except BoardError as error:
            self.assertTrue(str(error).startswith(path + " is "), "%s: %s" % (path, error))
            return str(error)
        self.fail("accepted a wrong " + path)


if __name__ == "__main__":
    unittest.main()
