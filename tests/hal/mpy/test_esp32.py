"""What hal/esp32 makes of the port's ways: boot and end, guards, bursts of late callbacks, lines, readers, expanders."""

import os
import unittest

import bench  # first: it puts virtual time in place
from bench import CLOCK, MACHINE, Reset, Rig, module

import boards

MPY_HEAP = "1024wk"     # many worlds, one after the other
FOLDER = "/tmp/rudved-test-%d" % id(boards)


class Boot(unittest.TestCase):
    def test_relays_are_driven_low_before_anything_else_and_never_high(self):
        levels = []
        rig = Rig("esp32")
        rig.chip.pads[6].level = 1      # what a soft reset may leave behind
        rig.chip.pads[6].sink = levels.append
        module("hal.esp32.life").build(rig.board, "/tmp", "1", bench.Terminal())
        self.assertEqual(set(levels), {0})

    def test_an_error_in_the_tick_has_room_for_its_words(self):
        life = module("hal.esp32.life")
        kept, sizes = life.micropython, []

        class Port:
            def alloc_emergency_exception_buf(self, size):
                sizes.append(size)

        life.micropython = Port()
        try:
            Rig("esp32")
        finally:
            life.micropython = kept
        self.assertEqual(sizes, [100])

    def test_it_ends_with_open_contactors_and_a_restart_whatever_happens(self):
        rig = Rig("esp32")
        pad = rig.chip.pads[6]
        for error in (ValueError("a fault"), KeyboardInterrupt(), MemoryError(), SystemExit(1)):
            class App:
                def __init__(self, hal):
                    self.hal = hal

                async def run(self, error=error):
                    self.hal.connectors[0].contactor.command(True)
                    raise error

            built = []
            main = {"build": lambda board, files, version: built.append(1) or rig.hal, "App": App}
            with self.assertRaises(Reset):
                run_with(main)
            self.assertEqual((pad.level, len(built)), (0, 1))

    def test_with_a_selector_it_goes_up_to_that_with_open_contactors(self):
        rig = Rig("esp32")

        class App:
            def __init__(self, hal):
                hal.connectors[0].contactor.command(True)
                raise ValueError("a fault")

        with self.assertRaises(ValueError):
            run_with({"build": lambda board, files, version: rig.hal, "App": App}, slots="the selector's")
        self.assertEqual(rig.chip.pads[6].level, 0)
        self.assertEqual(rig.hal.slots, "the selector's")

    def test_serial_number_and_boots_come_from_nvs(self):
        rig = Rig("esp32")
        self.assertEqual(rig.hal.identity["serial"], "R240AC4000001")
        self.assertEqual(rig.hal.boots, 1)
        rig.kept["nvs"]["rudved"]["serial"] = b"RV-000123".hex()
        rig = rig.again("soft")
        self.assertEqual((rig.hal.identity["serial"], rig.hal.boots), ("RV-000123", 2))

    def test_every_cause_of_a_start_is_told_apart(self):
        rig = Rig("esp32")
        self.assertEqual(rig.hal.reset_cause, "power_on")
        for why in ("soft", "hard"):
            with self.assertRaises(Reset):
                rig.hal.reset(why)
            self.assertEqual(MACHINE.resets, [why])
            rig = rig.again("soft")     # the port says no more of it
            self.assertEqual(rig.hal.reset_cause, why)
        for told, cause in (("watchdog", "watchdog"), ("brownout", "brownout"), ("hard", "hard"), ("power_on", "power_on")):
            rig = rig.again(told)
            self.assertEqual(rig.hal.reset_cause, cause)

    def test_a_stock_partition_table_gives_a_journal_in_files(self):
        rig = Rig("esp32")
        rig.chip.partitions.clear()
        os.mkdir(FOLDER)
        try:
            pages = module("hal.esp32.life").build(rig.board, FOLDER, "1", bench.Terminal()).flash
            buf = bytearray(4)
            pages.read(4094, buf)
            self.assertEqual(bytes(buf), b"\xff\xff\xff\xff")
            pages.program(4094, b"\xf0\x0f\xaa\x00")
            pages.program(4094, b"\xaa\xaa\xff\xff")
            again = module("hal.esp32.pages").Pages(FOLDER + "/journal")
            again.read(4094, buf)
            self.assertEqual(bytes(buf), b"\xa0\x0a\xaa\x00")
            again.erase(1)
            again.read(4094, buf)
            self.assertEqual(bytes(buf), b"\xa0\x0a\xff\xff")
        finally:
            for name in os.listdir(FOLDER + "/journal"):
                os.remove(FOLDER + "/journal/" + name)
            os.rmdir(FOLDER + "/journal")
            os.rmdir(FOLDER)


def run_with(names, slots=None):
    """hal.esp32.main.run with other parts in it."""
    main = module("hal.esp32.main")
    kept = {name: getattr(main, name) for name in names}
    for name in names:
        setattr(main, name, names[name])
    try:
        main.run("rudved_ac7", slots, "/tmp")
    finally:
        for name in kept:
            setattr(main, name, kept[name])


class Start(unittest.TestCase):
    def test_the_watchdog_leaves_the_program_time_to_be_put_together_and_no_longer(self):
        rig = Rig("esp32")
        hal = module("hal.esp32.life").build(rig.board, "/tmp", "1", bench.Terminal())
        rig.quiet(9000)
        self.assertIsNone(rig.world.wants_reset)
        hal.jobs = []

        class Hangs:
            async def run(self):
                MACHINE.run_to(CLOCK.now_us + 1100000)

        rig.wait(module("hal.esp32.life").live(hal, Hangs()))
        self.assertEqual(rig.world.wants_reset, "watchdog")


class Guards(unittest.TestCase):
    def board(self, make):
        board = boards.load("rudved_ac7")
        board.guard = boards.GuardSpec({"make": make, "promise_ms": 120, "bench_only": False})
        board.pins = dict(board.pins)
        board.pins["guard_rx"] = 3
        return board

    def test_a_pump_holds_by_edges_and_by_nothing_else(self):
        rig = Rig("esp32")
        rig.hal.connectors[0].contactor.command(True)
        rig.run(200)
        self.assertTrue(rig.world.truth(0)["closed"])
        pad = rig.chip.pads[7]
        for _ in range(10):             # a level that stands, written again and again
            pad.put(pad.level)
            rig.quiet(20)
        self.assertFalse(rig.world.truth(0)["closed"])

    def test_a_controller_wants_the_next_number(self):
        rig = Rig("esp32", self.board("mcu"))
        contactor = rig.hal.connectors[0].contactor
        contactor.command(True)
        rig.run(6000)                   # the number wraps
        self.assertTrue(rig.world.truth(0)["closed"])
        frame = bytes(rig.hal.guard._frame)
        for _ in range(10):             # a loop that sends the same for ever
            rig.hal.guard._uart.write(frame)
            rig.quiet(20)
        self.assertFalse(rig.world.truth(0)["closed"])

    def test_a_controller_leaves_every_other_pin_as_it_is(self):
        for contactor in (6, 16):       # 16 is what the port would receive on where it is not told
            board = self.board("mcu")
            board.pins["contactor_1"], board.pins["input_estop"] = contactor, 22 - contactor
            rig = Rig("esp32", board)
            rig.hal.connectors[0].contactor.command(True)
            rig.run(200)
            self.assertTrue(rig.world.truth(0)["closed"], contactor)
            self.assertFalse(rig.hal.inputs["estop"].active())
        del board.pins["guard_rx"]
        with self.assertRaises(ValueError):
            Rig("esp32", board)

    def test_the_coprocessor_lets_go_when_the_interpreter_is_dead(self):
        rig = Rig("esp32", "rudved_bench")
        rig.hal.connectors[0].contactor.command(True)
        rig.run(500)
        self.assertTrue(rig.world.truth(0)["closed"])
        MACHINE.stalled_until_us = CLOCK.now_us + 10000000
        rig.quiet(120)
        self.assertFalse(rig.world.truth(0)["closed"])


class Callbacks(unittest.TestCase):
    def test_the_tick_goes_on_where_a_uart_takes_the_first_timer(self):
        rig = Rig("esp32")
        calls = []
        rig.hal.every(20, lambda: calls.append(CLOCK.now_us))
        uart = module("machine").UART(2, tx=3, rx=8)
        uart.irq(lambda uart: None, uart.IRQ_RXIDLE)
        rig.quiet(1010)
        self.assertEqual(len(calls), 50)

    def test_a_burst_of_eight_late_callbacks_is_one(self):
        rig = Rig("esp32")
        calls = []
        rig.hal.every(20, lambda: calls.append(CLOCK.now_us))
        rig.quiet(25)
        MACHINE.stalled_until_us = CLOCK.now_us + 500000
        rig.quiet(700)
        gaps = [later - earlier for earlier, later in zip(calls, calls[1:])]
        self.assertTrue(min(gaps) >= 10000, gaps)
        self.assertTrue(max(gaps[1:]) <= 20000, gaps)

    def test_ticks_that_wrap_do_not_disturb_it(self):
        rig = Rig("esp32")
        CLOCK.boot_us = CLOCK.now_us - (1 << 30) + 200000
        calls = []
        rig.hal.every(20, lambda: calls.append(1))
        rig.quiet(1000)
        self.assertEqual(len(calls), 50)


class Bus(unittest.TestCase):
    REQUEST = bytes((1, 4, 0, 0, 0, 2, 0x71, 0xCB))

    def test_the_driver_is_on_for_exactly_the_frame(self):
        rig = Rig("esp32", "rudved_bench")
        pad = rig.chip.pads[23]
        heard = pad.sink
        edges = []

        def watch(level):
            edges.append((level, CLOCK.now_us))
            heard(level)

        pad.sink = watch
        rig.wait(rig.hal.rs485.send(self.REQUEST))
        frame_us = 8 * 1041
        self.assertEqual([level for level, _ in edges], [1, 0])
        held_us = edges[1][1] - edges[0][1]
        self.assertTrue(frame_us <= held_us < frame_us + 1041, held_us)

    def test_a_driver_let_go_too_early_spoils_the_frame_and_too_late_the_answer(self):
        rig = Rig("esp32", "rudved_bench")
        uart, pad = rig.hal.rs485._uart, rig.chip.pads[23]
        pad.put(1)
        uart.write(self.REQUEST)
        rig.quiet(5)
        pad.put(0)
        rig.quiet(100)
        self.assertEqual(uart.any(), 0)
        pad.put(1)
        uart.write(self.REQUEST)
        rig.quiet(100)
        pad.put(0)
        rig.quiet(100)
        self.assertEqual(uart.any(), 0)

    def test_a_cancelled_frame_lets_go_of_the_line(self):
        rig = Rig("esp32", "rudved_bench")

        async def go():
            try:
                await bench.asyncio.wait_for_ms(rig.hal.rs485.send(bytes(200)), 20)
            except bench.asyncio.TimeoutError:
                pass

        rig.wait(go())
        self.assertEqual(rig.chip.pads[23].level, 0)


class Readers(unittest.TestCase):
    def test_each_kind_reads_a_card_and_says_when_it_is_dead(self):
        for board, uid in (("rudved_ac7", "04A1B2C3"), ("rudved_ac22", "04A1B2C3D4E5F6"), ("rudved_ac001", "04A1B2C3"),
                           ("rudved_bench", "04A1B2C3")):
            rig = Rig("esp32", board)
            reader = rig.hal.reader

            def look(polls, rig=rig, reader=reader):
                seen = set()
                for _ in range(polls):
                    uid = reader.poll()
                    if uid:
                        seen.add(uid)
                    rig.quiet(50)
                return seen

            self.assertEqual(look(10), set(), board)
            rig.do("tap", uid=uid, ms=2000)
            self.assertEqual(look(20), {bytes.fromhex(uid)}, board)
            self.assertTrue(reader.alive(), board)
            rig.quiet(2000)
            self.assertEqual(look(10), set(), board)


class Expanders(unittest.TestCase):
    def setUp(self):
        self.rig = Rig("esp32", "rudved_ac22")
        self.rig.hal.connectors[0].lock.drive(1)
        self.rig.run(400)
        self.assertEqual(self.seen(), (True, False, False))
        self.pins = self.rig.board.pins

    def seen(self):
        """(locked, door open, tilted)"""
        inputs = self.rig.hal.inputs
        return (self.rig.hal.connectors[0].lock.closed(), inputs["door"].active(), inputs["tilt"].active())

    def test_a_dead_expander_reads_as_broken_wires(self):
        chip = self.rig.chip.i2c[self.pins["i2c_scl"]][0x20]
        chip.dead = True
        self.rig.quiet(100)
        self.assertEqual(self.seen(), (False, True, True))
        chip.dead = False
        self.rig.quiet(100)
        self.assertEqual(self.seen(), (True, False, False))

    def test_so_does_a_bus_with_a_line_that_is_held_low(self):
        for line in ("i2c_scl", "i2c_sda"):
            pad = self.rig.chip.pads[self.pins[line]]
            pad.source = lambda: 0
            self.rig.quiet(100)
            self.assertEqual(self.seen(), (False, True, True), line)
            pad.source = None
            self.rig.quiet(100)
            self.assertEqual(self.seen(), (True, False, False), line)

    def test_a_hanging_bus_takes_half_a_millisecond_of_a_tick(self):
        self.rig.chip.pads[self.pins["i2c_scl"]].source = lambda: 0
        began_us = CLOCK.now_us
        self.rig.hal._move()
        self.assertTrue(CLOCK.now_us - began_us <= 500, CLOCK.now_us - began_us)


if __name__ == "__main__":
    unittest.main()

