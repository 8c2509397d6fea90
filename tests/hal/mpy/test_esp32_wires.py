"""What a wire does that is broken, inverted or driven both ways, and a line or a terminal that is set up otherwise."""

import io
import unittest

import bench  # first: it puts virtual time in place
from bench import KINDS, Rig, module

import boards

MPY_HEAP = "1024wk"     # many worlds, one after the other


class Wires(unittest.TestCase):
    def test_a_broken_wire_to_an_alarm_reads_active_and_to_anything_else_at_rest(self):
        rig = Rig("esp32")
        for name, pin in rig.board.pins.items():
            if name.startswith(("input_", "residual_1", "feedback_", "button_", "fan_vane")):
                rig.chip.pads[pin].source = None
        for name in ("estop", "door", "tilt", "earth"):
            self.assertTrue(rig.hal.inputs[name].active(), name)
        self.assertTrue(rig.hal.connectors[0].residual.tripped())
        self.assertEqual(rig.hal.connectors[0].contactor.feedback(), 0)
        self.assertFalse(rig.hal.buttons["stop"].pressed() or rig.hal.ventilation.running())

    def test_an_output_that_is_active_low_begins_high_and_is_driven_low(self):
        board = boards.load("rudved_ac7")
        board.active_low = board.active_low + ("fan",)
        rig = Rig("esp32", board)
        pad = rig.chip.pads[board.pins["fan"]]
        self.assertEqual(pad.level, 1)
        rig.hal.ventilation.drive(True)
        self.assertEqual(pad.level, 0)
        rig.quiet(1000)
        self.assertTrue(rig.hal.ventilation.running())

    def test_a_locks_motor_is_never_driven_both_ways_at_once(self):
        rig = Rig("esp32", "rudved_ac22")
        levels = [0, 0]
        for i in range(2):
            pad = rig.chip.wiring.bits[(0, i)]

            def put(level, i=i, heard=pad.sink):
                levels[i] = level
                self.assertNotEqual(levels, [1, 1])
                heard(level)

            pad.sink = put
        lock = rig.hal.connectors[0].lock
        for direction in (1, -1, 1, 0, -1, 0, -1, 1):
            lock.drive(direction)
            rig.run(40)
            self.assertEqual(levels, [int(direction > 0), int(direction < 0)])

    def test_relays_are_low_even_where_nothing_else_can_be_built(self):
        rig = Rig("esp32")
        pad = rig.chip.pads[rig.board.pins["contactor_1"]]
        pad.put(1)
        life = module("hal.esp32.life")
        kept = life.Hal

        def broken(*words):
            raise MemoryError

        life.Hal = broken
        try:
            with self.assertRaises(MemoryError):
                life.build(rig.board, "/tmp", "1")
        finally:
            life.Hal = kept
        self.assertEqual(pad.level, 0)

    def test_a_sensor_on_a_wire_that_has_not_measured_yet_says_nothing(self):
        board = boards.load("rudved_ac7")
        board.pins = dict(board.pins)
        del board.pins["temperature_board"]
        board.pins["onewire"] = 3
        rig = Rig("esp32", board)
        bus = module("ds18x20").DS18X20(module("onewire").OneWire(module("machine").Pin(3)))
        sensor = rig.hal.temperatures["board"]
        sensor.take(bus, bus.scan()[0])         # 85 degrees, as after power-on
        self.assertIsNone(sensor.read_dc())


class Typed(io.IOBase):
    """What somebody has typed."""

    def __init__(self, data):
        self.data = data

    def read(self, n):
        data, self.data = self.data[:n], self.data[n:]
        return data

    def ioctl(self, op, argument):
        return argument & 1 if op == 3 and self.data else 0      # may be read, where there is something


class Lines(unittest.TestCase):
    REQUEST = bytes((1, 4, 0, 0, 0, 2, 0x71, 0xCB))

    def test_parity_and_stop_bits_are_the_boards(self):
        for parity, stop in (("E", 1), ("O", 1), ("N", 2)):
            for kind in KINDS:
                board = boards.load("rudved_ac7")
                board.rs485 = {"baud": 9600, "parity": parity, "stop": stop}
                rig = Rig(kind, board)
                buf = bytearray(64)

                async def ask(rs485=rig.hal.rs485, buf=buf):
                    await rs485.send(self.REQUEST)
                    return await rs485.receive(buf, 100, 5)

                self.assertEqual(rig.wait(ask()), 9, (kind, parity, stop))
                other = "O" if parity == "E" else "E"
                rig.hal.rs485.configure(9600, other, stop)
                self.assertEqual(rig.wait(ask()), 0, (kind, parity, stop))

    def test_a_terminal_gives_what_has_come_and_takes_in_pieces(self):
        console = module("hal.esp32.console")
        taken = []

        class Sink:
            def write(self, data):
                taken.append(bytes(data))

        it = console.Console(Typed(b"status\n"), Sink())
        self.assertEqual(bench.asyncio.run(it.read(4)), b"stat")
        self.assertEqual(bench.asyncio.run(it.read(100)), b"us\n")
        it.write(bytes(200))
        self.assertEqual([len(piece) for piece in taken], [64, 64, 64, 8])

    def test_a_host_that_takes_nothing_is_not_waited_for_again_until_it_says_something(self):
        tried = []
        room = [100]

        class Sink:
            def write(self, data):
                tried.append(len(data))
                taken = min(len(data), room[0])
                room[0] -= taken
                return taken

        it = module("hal.esp32.console").Console(Typed(b"x"), Sink())
        it.write(bytes(200))
        it.write(bytes(200))
        self.assertEqual(tried, [64, 64])
        room[0] = 1000
        self.assertEqual(bench.asyncio.run(it.read(1)), b"x")
        it.write(bytes(100))
        self.assertEqual(tried, [64, 64, 64, 36])


if __name__ == "__main__":
    unittest.main()
