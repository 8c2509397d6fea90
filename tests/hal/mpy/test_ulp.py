"""The ULP guard: the very words that are loaded, run by a model of the coprocessor. Runs inside MicroPython."""

import unittest

import micropython

from boards import GuardSpec
from hal.esp32 import ulpcode
from hal.esp32.ulp import Ulp
from hal.sim.devices.ulp import Coprocessor, Fault, decode

_MS = 1000000  # ns
_SPEC = {"make": "ulp", "promise_ms": 120, "bench_only": False}
_TICK_MS = 20
_COIL_MS = 20  # a contactor without current lets go within

# (word, what esp-idf's esp32/ulp.h makes of its fields), each kind of instruction that the program holds
ENCODED = (
    (0x72800003, "alu_imm", {"sub_opcode": 1, "sel": 4, "imm": 0, "dreg": 3}),  # MOVE R3, 0
    (0xD000000C, "ld", {"dreg": 0, "sreg": 3, "offset": 0}),  # LD R0, R3, 0
    (0x72C00061, "alu_imm", {"sub_opcode": 1, "sel": 6, "imm": 6, "sreg": 0, "dreg": 1}),  # RSH R1, R0, 6
    (0xD000040E, "ld", {"dreg": 2, "sreg": 3, "offset": 1}),  # LD R2, R3, 4 (bytes)
    (0x70200026, "alu_reg", {"sub_opcode": 0, "sel": 1, "dreg": 2, "sreg": 1, "treg": 2}),  # SUB R2, R1, R2
    (0x80400030, "bx", {"type": 1, "reg": 0, "addr": 12}),  # JUMP word 12, EQ
    (0x6800040D, "st", {"sub_opcode": 4, "dreg": 1, "sreg": 3, "offset": 1}),  # ST R1, R3, 4
    (0x72800082, "alu_imm", {"sel": 4, "imm": 8, "dreg": 2}),  # MOVE R2, 8
    (0x80000040, "bx", {"type": 0, "reg": 0, "addr": 16}),  # JUMP word 16
)

# What the independent assembler of the package micropython-esp32-ulp 1.2.0 makes of the same program, written in its mnemonics,
# for a contactor on GPIO27.
ASSEMBLED = (
    "72800003 d000000c 72c00061 d000040e 70200026 80400030 6800040d 72800082 "
    "80000040 d000080e 72400ffa 8040006c 7220001a 6800080e 72400ffa 8040006c "
    "72c00001 72400035 72200025 80400064 1ffc0502 80000068 1ffc0501 80000070 "
    "1ffc0502 1ffc0504 19cc052c b0000000 "
)


class Bench:
    """A guard with its coprocessor, ticking."""

    def __init__(self, pins=(27,), drift_permille=1000):
        self.chip = Coprocessor(drift_permille)
        self.guard = Ulp(GuardSpec(_SPEC), pins, self.chip, self.chip.memory)
        self.pins = pins

    def tick(self, times=1, phase_ns=0):
        for _ in range(times):
            self.guard.token()
            self.chip.advance(_TICK_MS * _MS - phase_ns)
            phase_ns = 0

    def levels(self):
        return [self.chip.pad(pin) for pin in self.pins]

    def low_after_ms(self, limit_ms=500):
        """How long from now until every pin is low, to the half millisecond; None when never."""
        for step in range(limit_ms * 2):
            if 1 not in self.levels():
                return step / 2
            self.chip.advance(_MS // 2)
        return None


class Words(unittest.TestCase):
    def test_each_kind_of_instruction_is_encoded_as_the_manual_lays_its_fields(self):
        loaded = ulpcode.words((27,))[ulpcode.ENTRY :]
        for i, (word, name, fields) in enumerate(ENCODED):
            self.assertEqual(hex(loaded[i]), hex(word))
            kind, found = decode(word)
            self.assertEqual(kind, name)
            for field in fields:
                self.assertEqual((field, found[field]), (field, fields[field]))

    def test_an_independent_assembler_makes_the_same_words(self):
        loaded = ulpcode.words((27,))
        self.assertEqual(loaded[:3], [0, 0, 0])
        self.assertEqual(["%08x" % word for word in loaded[3:]], ASSEMBLED.split())

    def test_a_pins_bits_are_written_where_the_manual_has_them(self):
        # GPIO27 is RTC_GPIO17: bit 31 of RTC_GPIO_OUT_W1TC (8), W1TS (4), ENABLE_W1TS (0x10); bit 19 of RTC_IO_TOUCH_PAD7 (0xB0)
        written = [decode(word)[1] for word in ulpcode.words((27,))[3:] if word >> 28 == 1]
        found = [(f["periph_sel"], 4 * f["addr"], f["low"], f["high"], f["data"]) for f in written]
        self.assertEqual(
            found,
            [(1, 0x08, 31, 31, 1), (1, 0x04, 31, 31, 1), (1, 0x08, 31, 31, 1), (1, 0x10, 31, 31, 1), (1, 0xB0, 19, 19, 1)],
        )

    def test_the_image_is_what_the_loader_of_esp_idf_takes(self):
        image = ulpcode.image((27,))
        size = len(image) - 12
        self.assertEqual(image[:12], b"ulp\x00" + bytes((12, 0, size & 255, size >> 8, 0, 0, 0, 0)))
        self.assertTrue(len(image) < Coprocessor.RESERVE_MEM)

    def test_pins_that_it_cannot_own_are_refused_by_name(self):
        for pins in ((18,), (27, 5), (34,), (None,)):
            try:
                ulpcode.words(pins)
                self.fail("took %r" % (pins,))
            except ValueError as error:
                self.assertTrue("GPIO%r" % (pins[-1],) in str(error))
        for pins in ((), (4, 13, 25, 26)):
            with self.assertRaises(ValueError):
                ulpcode.words(pins)


class Dead(unittest.TestCase):
    def test_a_dead_interpreter_has_the_relay_low_in_time_whenever_it_dies(self):
        lives = [
            self.life(pins, drift, phase * _MS)
            for pins, step in (((27,), 1), ((4, 25, 33), 7))
            for drift in (900, 1000, 1100)
            for phase in range(0, 20, step)
        ]
        worst, least = max(lives), min(lives)
        self.assertTrue(worst + _COIL_MS <= _SPEC["promise_ms"], worst)
        self.assertTrue(least >= 60, "a collection of 60 ms must be ridden out, not %r" % least)

    def life(self, pins, drift, phase_ns):
        """Milliseconds from its last token to the last pin low."""
        bench = Bench(pins, drift)
        for relay in bench.guard.relays:
            relay.on()
        bench.tick(3, phase_ns)
        self.assertEqual(bench.levels(), [1] * len(pins))
        bench.guard.token()
        return bench.low_after_ms()

    def test_it_stays_low_until_tokens_come_again(self):
        bench = Bench()
        bench.guard.relays[0].on()
        bench.tick(3)
        bench.chip.advance(5000 * _MS)
        self.assertEqual(bench.levels(), [0])
        bench.tick(1)
        self.assertEqual(bench.levels(), [1])

    def test_a_loop_that_writes_without_ticking_is_dead(self):
        bench = Bench()
        relay = bench.guard.relays[0]
        relay.on()
        bench.tick(3)
        for _ in range(30):
            relay.on()
            bench.chip.advance(5 * _MS)
        self.assertEqual(bench.levels(), [0])

    def test_a_processor_reset_in_the_midst_leaves_no_contactor_closed(self):
        bench = Bench()
        bench.guard.relays[0].on()
        bench.tick(3)
        bench.chip.digital(27)  # the first statement of boot makes it an output, low
        self.assertIsNone(bench.chip.pad(27))
        bench.chip.advance(12 * _MS)
        self.assertTrue(bench.low_after_ms() < 100)
        again = Ulp(GuardSpec(_SPEC), (27,), bench.chip, bench.chip.memory)
        bench.chip.advance(50 * _MS)
        self.assertEqual(bench.levels(), [0])
        again.token()
        bench.chip.advance(20 * _MS)
        self.assertEqual(bench.levels(), [0])


class Alive(unittest.TestCase):
    def test_it_is_low_from_the_first_wake_and_nothing_closes_before_it_is_asked(self):
        bench = Bench((27, 13))
        self.assertEqual((bench.guard.make, bench.guard.promise_ms), ("ulp", 120))
        bench.chip.advance(15 * _MS)
        self.assertEqual(bench.levels(), [0, 0])
        bench.tick(10)
        self.assertEqual(bench.levels(), [0, 0])

    def test_on_closes_within_a_wake_and_off_opens_at_once(self):
        bench = Bench()
        bench.tick(2)
        relay = bench.guard.relays[0]
        relay.on()
        self.assertTrue(relay.value())
        bench.chip.advance(11 * _MS)
        self.assertEqual(bench.levels(), [1])
        relay.off()
        self.assertEqual(bench.levels(), [0])
        self.assertFalse(relay.value())
        bench.tick(5)
        self.assertEqual(bench.levels(), [0])

    def test_each_contactor_has_its_own_will(self):
        bench = Bench((4, 26, 32))
        for wanted in range(8):
            for i in range(3):
                (bench.guard.relays[i].on if wanted >> i & 1 else bench.guard.relays[i].off)()
            bench.tick(2)
            self.assertEqual(bench.levels(), [wanted >> i & 1 for i in range(3)])

    def test_a_word_that_is_neither_open_nor_closed_is_open(self):
        for bits in (0, 1, 3):
            bench = Bench()
            bench.guard.relays[0].on()
            bench.tick(2)
            bench.chip.memory[0x50000000] = 0x7FC0 | bits
            bench.chip.advance(11 * _MS)
            self.assertEqual(bench.levels(), [0])

    def test_a_long_life_wraps_the_count_and_holds(self):
        bench = Bench()
        bench.guard.relays[0].on()
        bench.tick(2)
        for _ in range(1100):
            bench.tick()
            if bench.levels() != [1]:
                self.fail("opened by itself")

    def test_a_pin_that_another_takes_is_taken_back(self):
        bench = Bench()
        bench.guard.relays[0].on()
        bench.tick(2)
        bench.chip.digital(27)
        bench.tick(1)
        self.assertEqual(bench.levels(), [1])

    def test_a_wake_is_short_and_always_ends(self):
        bench = Bench((4, 26, 32))
        for relay in bench.guard.relays:
            relay.on()
        bench.tick(20)
        bench.chip.advance(1000 * _MS)
        self.assertTrue(bench.chip.longest < 60, bench.chip.longest)

    def test_a_token_and_a_command_allocate_nothing(self):
        class Sink:
            def __setitem__(self, address, value):
                self.value = value

        guard = Ulp(GuardSpec(_SPEC), (27,), Coprocessor(), Sink())
        relay = guard.relays[0]
        micropython.heap_lock()
        try:
            guard.token()
            relay.on()
            relay.off()
            wanted = relay.value()
        finally:
            micropython.heap_unlock()
        self.assertFalse(wanted)


class Model(unittest.TestCase):
    def test_the_model_refuses_what_is_no_program(self):
        for word in (0, 0xF0000000, 0xB0000001, 0x76000000):
            chip = Coprocessor()
            chip.ram[3] = word
            chip.set_wakeup_period(0, 10000)
            chip.run(12)
            with self.assertRaises((Fault, IndexError)):
                chip.advance(_MS)


if __name__ == "__main__":
    unittest.main()
