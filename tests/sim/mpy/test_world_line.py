"""The RS-485 port over the simulated line."""

import asyncio
import struct
import unittest

from worldrig import Rig

from hal.sim.line import Line, byte_us
from hal.sim.world.rtu_slave import crc16, sealed


def request(first, count):
    return sealed(struct.pack(">BBHH", 1, 4, first, count))


class Port(unittest.TestCase):
    """The port; asyncio runs on real time here, so the world's clock follows by hand."""

    def ask(self, rig, frame, timeout_ms=100, baud=9600):
        line = Line(rig.world, rig.clock)
        line.configure(baud, "N", 1)
        buf = bytearray(256)

        async def go():
            await line.send(frame)
            n = await line.receive(buf, timeout_ms, 1)
            return bytes(buf[:n])

        return asyncio.run(go())

    def test_a_request_is_answered(self):
        rig = Rig()
        reply = self.ask(rig, request(0, 2))
        self.assertEqual(len(reply), 9)
        self.assertEqual(crc16(reply), 0)

    def test_nobody_answers_at_another_speed_or_within_too_short_a_time(self):
        rig = Rig()
        self.assertEqual(self.ask(rig, request(0, 2), 2, baud=19200), b"")
        self.assertEqual(self.ask(rig, request(0, 2), 2), b"")

    def test_flush_drops_what_has_arrived(self):
        rig = Rig()
        line = Line(rig.world, rig.clock)

        async def go():
            await line.send(request(0, 2))
            rig.quiet(0.1)
            line.flush()
            return await line.receive(bytearray(64), 2, 1)

        self.assertEqual(asyncio.run(go()), 0)

    def test_a_character_takes_its_bits(self):
        self.assertEqual(byte_us(9600, "N", 1), 1041)
        self.assertEqual(byte_us(9600, "E", 1), 1145)
        self.assertEqual(byte_us(2400, "N", 2), 4583)


if __name__ == "__main__":
    unittest.main()
