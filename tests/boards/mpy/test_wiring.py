"""The wiring of a board suits its module: what does not is refused with pin, use and rule. Runs inside MicroPython."""

import unittest

import boards
from boards import BoardError, wiring

# (board, pin, where it is put by mistake, what the message must say). None takes it away.
MISTAKES = (
    ("rudved_bench", "lamp", 34, "allowed for out: not 34-36, 39, input-only pins"),
    ("rudved_bench", "contactor_1", 35, "allowed for relay: not 34-36, 39, input-only"),
    ("rudved_bench", "contactor_1", 18, "allowed for relay: one that the ULP coprocessor can own"),
    ("rudved_bench", "contactor_1", 14, "quiet at boot, 4, 13, 25-27, 32-33"),
    ("rudved_bench", "lamp", 12, "strapping pins"),
    ("rudved_bench", "lamp", 16, "the PSRAM's pins"),
    ("rudved_bench", "lamp", 6, "not 6-11, the flash's pins"),
    ("rudved_bench", "lamp", 3, "the chip's boot log"),
    ("rudved_bench", "pilot_adc_1", 4, "allowed for analog: one of ADC1, 32-36, 39, for ADC2 is the radio's"),
    ("rudved_bench", "lamp", 20, "a GPIO of esp32_wrover"),
    ("rudved_bench", "lamp", 24, "a GPIO of esp32_wrover"),
    ("rudved_bench", "lamp", 28, "a GPIO of esp32_wrover"),
    ("rudved_bench", "lamp", 37, "a GPIO of esp32_wrover"),
    ("rudved_bench", "lamp", 40, "a GPIO of esp32_wrover"),
    ("rudved_bench", "lamp", 5, "strapping pins"),
    ("rudved_bench", "lamp", 15, "strapping pins"),
    ("rudved_bench", "lamp", 11, "the flash's pins"),
    ("rudved_bench", "reader_d1", None, "reader_d0 reader_d1"),
    ("rudved_bench", "input_estop", (0, 1), "no expander"),
    ("rudved_ac7", "fan", 33, "not 33-37, the PSRAM's pins"),
    ("rudved_ac7", "fan", 26, "not 26-32, the flash's pins"),
    ("rudved_ac7", "fan", 20, "not 19-20, the USB console's pins"),
    ("rudved_ac7", "fan", 43, "the chip's boot log"),
    ("rudved_ac7", "fan", 46, "strapping pins"),
    ("rudved_ac7", "fan", 0, "strapping pins"),
    ("rudved_ac7", "fan", 22, "a GPIO of esp32s3_n16r8: 0-21, 26-48"),
    ("rudved_ac7", "fan", -1, "a GPIO of"),
    ("rudved_ac7", "fan", True, "a GPIO of"),
    ("rudved_ac7", "fan", "48", "a GPIO of"),
    ("rudved_ac7", "fan", 6, "not that of contactor_1"),
    ("rudved_ac7", "pilot_adc_1", 11, "one of ADC1, 1-10"),
    ("rudved_ac7", "temperature_board", 45, "strapping pins"),
    ("rudved_ac7", "contactor_1", None, "allowed for relay: a pin, for it is fitted"),
    ("rudved_ac7", "guard", None, "a pin, for it is fitted"),
    ("rudved_ac7", "pilot_2", 3, "nothing of that name is fitted"),
    ("rudved_ac7", "lamp", 3, "nothing of that name is fitted"),
    ("rudved_ac22", "contactor_1", (0, 10), "a pin of the chip itself, for an expander is slow"),
    ("rudved_ac22", "residual_1", (0, 10), "a pin of the chip itself"),
    ("rudved_ac22", "buzzer", (0, 15), "a pin of the chip itself, for an expander is slow"),
    ("rudved_ac22", "fan", (0, 16), "(0..0, 0..15)"),
    ("rudved_ac22", "fan", (1, 3), "(0..0, 0..15)"),
    ("rudved_ac22", "fan", (0,), "(0..0, 0..15)"),
    ("rudved_ac22", "fan", (0, 12), "not that of"),
    ("rudved_ac22", "proximity_1", None, "allowed for analog: a pin"),
    ("rudved_ac001", "feedback_3_l3", None, "a pin, for it is fitted"),
    ("rudved_ac001", "reader_rx", None, "reader_tx reader_rx reader_reset, or reader_sda reader_scl"),
)


class Wiring(unittest.TestCase):
    def test_every_board_in_the_folder_is_wired_as_its_module_allows(self):
        for name in boards.names():
            wiring.check(boards.load(name))

    def test_each_planted_mistake_is_refused_with_pin_use_and_rule(self):
        for name, pin, number, words in MISTAKES:
            board = boards.load(name)
            board.pins = dict(board.pins)
            if number is None:
                del board.pins[pin]
            else:
                board.pins[pin] = number
            text = self.refused(board)
            self.assertTrue(words in text, "%s.%s = %r: %s" % (name, pin, number, text))
            if pin[:6] != "reader" and words[:8] != "not that":
                self.assertTrue(text.startswith("%s: pins.%s is %r; allowed " % (name, pin, number)), text)

    def test_a_board_without_pins_cannot_be_wired(self):
        board = boards.load("rudved_ac7")
        board.pins = {}
        self.assertTrue("allowed" in self.refused(board))

    def test_the_coprocessor_guards_on_an_esp32_only(self):
        board = boards.load("rudved_ac7")
        board.guard.make = "ulp"
        self.assertTrue("guard.make is 'ulp'; allowed on an ESP32" in self.refused(board))

    def test_a_wrover_has_two_pins_less_than_a_wroom(self):
        board = boards.load("rudved_bench")
        board.pins = dict(board.pins, lamp=17)
        self.refused(board)
        board.module = "esp32_wroom"
        wiring.check(board)

    def test_temperatures_without_a_pin_of_their_own_hang_on_the_one_wire(self):
        board = boards.load("rudved_ac7")
        board.pins = dict(board.pins)
        del board.pins["temperature_contactor"]
        self.refused(board)
        board.pins["onewire"] = 4
        wiring.check(board)

    def test_a_metering_chip_needs_its_bus(self):
        board = boards.load("rudved_ac22")
        board.metering_chip = True
        board.rs485 = None
        board.pins = dict(board.pins)
        del board.pins["rs485_tx"], board.pins["rs485_rx"]
        self.assertTrue("pins.meter_cs is None; allowed for out" in self.refused(board))
        board.pins.update(meter_sck=38, meter_mosi=39, meter_miso=44)
        board.expanders = ()
        for name in [name for name in board.pins if type(board.pins[name]) is tuple]:
            del board.pins[name]
        board.pins["meter_cs"] = 16
        self.assertTrue("meter" not in self.refused(board))

    def test_ethernet_needs_its_bus_and_its_interrupt(self):
        board = boards.load("rudved_ac22")
        board.ethernet = "w5500"
        self.assertTrue("pins.eth_cs is None; allowed for out" in self.refused(board))
        board.pins = dict(board.pins)
        for name in ("fan", "fan_vane", "lamp_red", "lamp_green", "lamp_blue"):
            board.pins.pop(name)
        board.fan, board.indicator, board.reader = False, None, None
        for name in [name for name in board.pins if name.startswith("reader")]:
            board.pins[name.replace("reader", "eth")] = board.pins.pop(name)
        self.assertTrue("pins.eth_int is None; allowed for in" in self.refused(board))
        board.pins["eth_int"] = 44
        board.active_low = ()
        wiring.check(board)

    def test_a_controller_as_guard_is_given_both_pins_of_its_line(self):
        board = boards.load("rudved_ac001")
        board.guard.make = "mcu"
        self.assertTrue("pins.guard_rx is None; allowed for in" in self.refused(board))

    def test_a_level_is_told_of_pins_that_are_there(self):
        board = boards.load("rudved_ac7")
        board.active_low = ("fan_wane",)
        self.assertTrue("active_low is 'fan_wane'" in self.refused(board))

    def refused(self, board):
        try:
            wiring.check(board)
        except BoardError as error:
            return str(error)
        self.fail("accepted a wrong wiring of " + board.name)


if __name__ == "__main__":
    unittest.main()
