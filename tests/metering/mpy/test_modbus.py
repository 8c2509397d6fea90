"""The Modbus RTU master: what it sends, what it believes, and what it never takes for an answer. Runs inside MicroPython."""

import asyncio
import gc
import sys
import unittest
from array import array

from firmware.metering.modbus import ModbusCrc, ModbusError, ModbusException, ModbusTimeout, crc16, gap_ms
from tests.metering.mpy.fakes import Random, answer, bench, framed, parts, refusal


def echo_register(frame):
    """A slave whose registers hold their own numbers."""
    address, function, register, count = parts(frame)
    return ((20, answer(address, function, [register + i for i in range(count)])),)


class Frames(unittest.TestCase):
    def test_crc_of_the_known_vectors(self):
        # The check value of CRC-16/MODBUS, and the request 01 04 00 00 00 02 that ends in 71 CB.
        self.assertEqual(crc16(b"123456789", 0, 9), 0x4B37)
        self.assertEqual(crc16(b"\x01\x04\x00\x00\x00\x02", 0, 6), 0xCB71)
        self.assertEqual(crc16(b"xx\x01\x04\x00\x00\x00\x02yy", 2, 8), 0xCB71)

    def test_silence_is_3_5_characters_and_1_75_ms_above_19200_baud(self):
        self.assertEqual([gap_ms(baud) for baud in (1200, 2400, 9600, 19200, 38400, 115200)], [33, 17, 5, 3, 2, 2])

    async def test_a_request_is_eight_bytes_as_the_standard_says(self):
        master, line, _ = bench(echo_register)
        await master.read(17, 3, 0x006B, 3)
        self.assertEqual(line.sent, [framed(b"\x11\x03\x00\x6b\x00\x03")])

    async def test_the_words_come_back(self):
        master, _, _ = bench(echo_register)
        self.assertEqual(await master.read(1, 4, 0xFF00, 5), array("H", [0xFF00, 0xFF01, 0xFF02, 0xFF03, 0xFF04]))

    async def test_the_words_go_into_a_buffer_that_is_given(self):
        master, _, _ = bench(echo_register)
        mine = array("H", [0, 0])
        self.assertIs(await master.read(1, 4, 7, 2, mine), mine)
        self.assertEqual(mine, array("H", [7, 8]))

    async def test_125_registers_fit(self):
        master, _, _ = bench(echo_register)
        self.assertEqual(len(await master.read(247, 3, 0, 125)), 125)

    async def test_what_may_not_be_asked_is_refused_before_a_byte_is_sent(self):
        master, line, _ = bench(echo_register)
        for address, function, register, count, words in (
            (0, 4, 0, 2, "broadcast"),
            (248, 4, 0, 2, "1..247"),
            (-1, 4, 0, 2, "1..247"),
            (1, 6, 0, 2, "3, 4"),
            (1, 4, 0, 0, "1..125"),
            (1, 4, 0, 126, "1..125"),
            (1, 4, 65535, 2, "65535"),
            (1, 4, -1, 2, "65535"),
        ):
            try:
                await master.read(address, function, register, count)
                self.fail("asked " + words)
            except ValueError as error:
                self.assertIn(words, str(error))
        self.assertEqual(line.sent, [])

    async def test_speed_and_frame_reach_the_line(self):
        master, line, _ = bench()
        self.assertEqual(line.settings, (9600, "N", 1))
        master.configure(19200, "E", 1)
        self.assertEqual((line.settings, master.gap_ms), ((19200, "E", 1), 3))


class Failures(unittest.TestCase):
    async def fails(self, master, kind, *request):
        try:
            await master.read(*request)
        except ModbusError as error:
            self.assertTrue(isinstance(error, kind), repr(error))
            return error
        self.fail("was answered")

    async def test_no_answer_is_a_timeout_after_the_retries(self):
        master, line, ticks = bench(retries=2)
        await self.fails(master, ModbusTimeout, 1, 4, 0, 2)
        self.assertEqual(len(line.sent), 3)
        self.assertTrue(900 <= ticks.ms <= 1100, ticks.ms)

    async def test_a_slave_that_answers_the_second_time_is_believed(self):
        master, line, _ = bench(lambda frame: echo_register(frame) if len(line.sent) > 1 else ())
        self.assertEqual(await master.read(1, 4, 9, 1), array("H", [9]))

    async def test_an_exception_is_told_in_words_and_not_asked_again(self):
        master, line, _ = bench(lambda frame: ((20, refusal(1, 4, 2)),))
        error = await self.fails(master, ModbusException, 1, 4, 0, 2)
        self.assertEqual(error.code, 2)
        self.assertIn("illegal data address", str(error))
        self.assertEqual(len(line.sent), 1)

    async def test_a_busy_slave_is_asked_again(self):
        master, line, _ = bench(lambda f: echo_register(f) if len(line.sent) > 1 else ((5, refusal(1, 4, 6)),))
        self.assertEqual(await master.read(1, 4, 9, 1), array("H", [9]))

    async def test_an_unknown_exception_still_has_words(self):
        master, _, _ = bench(lambda frame: ((20, refusal(1, 4, 77)),))
        self.assertIn("77", str(await self.fails(master, ModbusException, 1, 4, 0, 2)))

    async def test_a_broken_line_is_an_error_of_ours_and_the_next_exchange_works(self):
        master, line, ticks = bench(echo_register)
        line.fail = OSError(5)
        await self.fails(master, ModbusError, 1, 4, 0, 2)
        line.fail = None
        ticks.ms += 1000
        self.assertEqual(await master.read(1, 4, 9, 1), array("H", [9]))

    async def test_each_single_bit_error_is_refused(self):
        good = answer(1, 4, (0x4366, 0x1234))
        flip = [0]

        def flipped(frame):
            broken = bytearray(good)
            broken[flip[0] >> 3] ^= 1 << (flip[0] & 7)
            return ((20, broken),)

        master, line, ticks = bench(flipped, retries=0)
        mine = array("H", [1, 2])
        for flip[0] in range(8 * len(good)):
            try:
                await master.read(1, 4, 0, 2, mine)
                self.fail("believed a flipped bit %d" % flip[0])
            except ModbusCrc:
                pass
        self.assertEqual(mine, array("H", [1, 2]))

    async def test_wrong_slave_function_or_length_is_no_answer(self):
        for wrong in (
            answer(2, 4, (1, 2)),
            answer(1, 3, (1, 2)),
            answer(1, 4, (1,)),
            answer(1, 4, (1, 2, 3)),
            refusal(2, 4, 2),
            refusal(1, 3, 2),
            framed(b"\x01\x04\x03\x00\x01\x02"),
            answer(1, 4, (1, 2))[:-1],
            b"\x01",
            bytes(9),
        ):
            master, _, _ = bench(lambda frame, wrong=wrong: ((20, wrong),), retries=0)
            await self.fails(master, ModbusCrc, 1, 4, 0, 2)


class Resynchronisation(unittest.TestCase):
    async def test_noise_before_the_answer_is_skipped(self):
        for noise in (b"\0", b"\xff\xff", b"\x01", b"\x01\x04", b"\x01\x84\x02", bytes(40)):
            master, _, _ = bench(lambda frame, noise=noise: ((20, noise + answer(1, 4, (7, 8))),))
            self.assertEqual(await master.read(1, 4, 0, 2), array("H", [7, 8]))

    async def test_our_own_request_echoed_is_skipped(self):
        master, _, _ = bench(lambda frame: ((0, frame), (20, answer(1, 4, (7, 8)))))
        self.assertEqual(await master.read(1, 4, 0, 2), array("H", [7, 8]))

    async def test_an_answer_in_pieces_is_put_together(self):
        whole = answer(1, 4, (7, 8))
        master, _, _ = bench(lambda frame: [(20 + 30 * i, whole[i : i + 1]) for i in range(len(whole))])
        self.assertEqual(await master.read(1, 4, 0, 2), array("H", [7, 8]))

    async def test_another_slaves_late_answer_is_skipped(self):
        master, _, _ = bench(lambda frame: ((10, answer(2, 4, (1, 1))), (40, answer(1, 4, (7, 8)))))
        self.assertEqual(await master.read(1, 4, 0, 2), array("H", [7, 8]))

    async def test_what_waits_on_the_line_is_dropped_before_a_request(self):
        master, line, ticks = bench(echo_register)
        await master.read(1, 4, 5, 2)
        line.come(0, answer(1, 4, (666, 666)))
        ticks.ms += 50
        self.assertEqual(await master.read(1, 4, 9, 2), array("H", [9, 10]))

    async def test_after_garbage_the_next_exchange_is_good(self):
        master, line, _ = bench(echo_register, retries=0)
        line.answer = lambda frame: [(10 * i, bytes([i] * 60)) for i in range(80)]
        try:
            await master.read(1, 4, 0, 2)
            self.fail("believed garbage")
        except ModbusCrc:
            pass
        line.answer = echo_register
        self.assertEqual(await master.read(1, 4, 9, 2), array("H", [9, 10]))

    async def test_a_line_that_babbles_for_ever_ends_in_an_error(self):
        master, line, ticks = bench(retries=0)
        line.babble = True
        began = ticks.ms
        try:
            await master.read(1, 4, 0, 2)
            self.fail("believed garbage")
        except ModbusCrc:
            pass
        self.assertTrue(ticks.ms - began < 1500, ticks.ms - began)

    async def test_a_late_answer_is_never_taken_for_the_next_one(self):
        """Whenever the answer to register 100 comes, register 200 is 200."""
        for late_ms in range(0, 990, 7):
            line = None

            def slow_once(frame):
                delay_ms = late_ms if len(line.sent) == 1 else 20
                return ((delay_ms, answer(1, 4, (parts(frame)[2],))),)

            master, line, _ = bench(slow_once, retries=0)
            try:
                self.assertEqual(await master.read(1, 4, 100, 1), array("H", [100]))
            except ModbusTimeout:
                self.assertTrue(late_ms > 300)
            self.assertEqual(await master.read(1, 4, 200, 1), array("H", [200]))

    async def test_a_late_answer_is_never_taken_for_the_next_one_after_a_retry(self):
        for late_ms in range(310, 980, 7):
            line = None

            def slow_twice(frame):
                delay_ms = late_ms if len(line.sent) <= 2 else 20
                return ((delay_ms, answer(1, 4, (parts(frame)[2],))),)

            master, line, _ = bench(slow_twice, retries=1)
            try:
                self.assertEqual(await master.read(1, 4, 100, 1), array("H", [100]))
            except ModbusTimeout:
                pass
            self.assertEqual(await master.read(1, 4, 200, 1), array("H", [200]))

    async def test_a_slave_that_owes_an_answer_holds_up_nobody_else(self):
        master, line, ticks = bench(lambda frame: echo_register(frame) if frame[0] == 2 else (), retries=0)
        try:
            await master.read(1, 4, 0, 1)
        except ModbusTimeout:
            pass
        began = ticks.ms
        await master.read(2, 4, 0, 1)
        self.assertTrue(ticks.ms - began < 100, ticks.ms - began)

    async def test_silence_lies_between_an_answer_and_the_next_frame(self):
        master, line, _ = bench(echo_register)
        for _ in range(5):
            await master.read(1, 4, 9, 2)
        for began, after in zip(line.sent_ms, line.sent_ms[1:]):
            answered = began + 9 + 20
            self.assertTrue(after - answered >= master.gap_ms, after - answered)

    async def test_after_a_failure_the_line_must_fall_silent_first(self):
        master, line, ticks = bench(echo_register, retries=0)
        line.fail = OSError(5)
        try:
            await master.read(1, 4, 0, 2)
        except ModbusError:
            pass
        line.fail = None
        for ms in range(1, 60, 4):
            line.come(ms, b"\x55")
        self.assertEqual(await master.read(2, 4, 9, 2), array("H", [9, 10]))
        self.assertTrue(line.sent_ms[0] >= 57 + master.gap_ms, line.sent_ms)

    async def test_ticks_may_wrap_in_the_middle(self):
        for back in (0, 5, 15, 35):
            master, _, _ = bench(echo_register, ms=(1 << 30) - back)
            for register in (1, 2, 3):
                self.assertEqual(await master.read(1, 4, register, 1), array("H", [register]))


class Together(unittest.TestCase):
    async def test_only_one_exchange_is_under_way(self):
        master, line, _ = bench(echo_register)
        results = await asyncio.gather(*[master.read(1 + i % 3, 4, 10 * i, 2) for i in range(12)])
        self.assertEqual([words[0] for words in results], [10 * i for i in range(12)])

    async def test_a_cancelled_exchange_leaves_the_line_usable_and_its_answer_to_nobody(self):
        for steps in range(8):
            master, line, ticks = bench(lambda frame: ((60, answer(1, 4, (parts(frame)[2],))),))
            task = asyncio.create_task(master.read(1, 4, 100, 1))
            for _ in range(steps):
                await asyncio.sleep_ms(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
            self.assertEqual(await master.read(1, 4, 200, 1), array("H", [200]))

    async def test_cancelling_one_that_waits_for_the_line_harms_nobody(self):
        master, line, _ = bench(echo_register)
        first = asyncio.create_task(master.read(1, 4, 1, 1))
        second = asyncio.create_task(master.read(1, 4, 2, 1))
        third = asyncio.create_task(master.read(1, 4, 3, 1))
        await asyncio.sleep_ms(0)
        second.cancel()
        self.assertEqual((await first)[0], 1)
        self.assertEqual((await third)[0], 3)


class Fuzz(unittest.TestCase):
    async def test_random_bytes_never_crash_never_yield_a_value_and_leave_no_memory_behind(self):
        random = Random(20261122)

        def junk(frame):
            kind = random.below(4)
            data = random.bytes(random.below(60))
            if kind == 1:  # a good answer with a wound
                data = bytearray(answer(1, 4, (random.below(65536), random.below(65536))))
                data[random.below(len(data))] ^= 1 + random.below(255)
            elif kind == 2:  # a good answer, cut
                data = answer(1, 4, (1, 2))[: random.below(9)]
            elif kind == 3:  # begins like one
                data = b"\x01\x04\x04" + data
            return ((random.below(400), data), (random.below(400), random.bytes(random.below(9))))

        master, line, _ = bench(junk, retries=0)
        mine = array("H", [0xAAAA, 0x5555])

        async def rounds(n):
            for _ in range(n):
                try:
                    await master.read(1, 4, 0, 2, mine)
                    self.fail("believed junk: %r" % mine)
                except (ModbusCrc, ModbusTimeout):
                    pass
            line.sent.clear()
            line.sent_ms.clear()
            line.coming.clear()

        await rounds(20)
        gc.collect()
        before = gc.mem_alloc()
        await rounds(400)
        gc.collect()
        if sys.platform != "webassembly":  # there gc.collect() frees nothing while Python runs
            self.assertTrue(gc.mem_alloc() - before < 256, gc.mem_alloc() - before)
        self.assertEqual(mine, array("H", [0xAAAA, 0x5555]))

    async def test_through_random_noise_silence_and_delay_every_value_is_the_right_one(self):
        for seed in range(20):
            random = Random(seed + 1)

            def mishaps(frame):
                address, function, register, count = parts(frame)
                good = answer(address, function, [register + i for i in range(count)])
                kind = random.below(6)
                if kind == 0:
                    return ()
                if kind == 1:
                    return ((random.below(950), good),)
                if kind == 2:
                    return ((random.below(50), random.bytes(random.below(30)) + good),)
                if kind == 3:
                    return ((random.below(50), good[: random.below(len(good))]),)
                return ((random.below(100), good),)

            master, _, _ = bench(mishaps)
            right = 0
            for _ in range(60):
                register = 1000 * random.below(20)
                try:
                    words = await master.read(1 + random.below(3), 4, register, 1 + random.below(3))
                except ModbusError:
                    continue
                self.assertEqual(words[0], register)
                right += 1
            self.assertTrue(right > 30, "seed %d: %d" % (seed + 1, right))


if __name__ == "__main__":
    unittest.main()
