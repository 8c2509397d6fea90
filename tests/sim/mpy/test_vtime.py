"""Virtual time under asyncio: what asyncio promises must hold, and no second of the host's may pass."""

import unittest

from hal.sim import vtime


class _Clock:
    """A clock that only this test moves."""

    def __init__(self):
        self.us = 0

    def ticks_ms(self):
        return self.us // 1000 & vtime.MASK

    def ticks_us(self):
        return self.us & vtime.MASK

    def wait_us(self, us):
        self.us += us


CLOCK = _Clock()


def _turn(io, ms):
    if not io.serve(0) and ms > 0:
        CLOCK.us += ms * 1000


CORE = vtime.install(CLOCK, _turn)
import asyncio  # noqa: E402
import time  # noqa: E402


class TimeTest(unittest.TestCase):
    def setUp(self):
        self.began = CLOCK.us

    def gone_ms(self):
        return (CLOCK.us - self.began) // 1000

    async def test_a_day_of_sleep_takes_a_day_of_the_clock(self):
        await asyncio.sleep(86400)
        self.assertEqual(self.gone_ms(), 86400000)

    async def test_the_time_module_shows_the_same_clock(self):
        before = time.ticks_ms()
        await asyncio.sleep_ms(70)
        self.assertEqual(time.ticks_diff(time.ticks_ms(), before), 70)
        time.sleep_ms(5)
        self.assertEqual(self.gone_ms(), 75)

    async def test_ticks_wrap_as_on_the_chip_and_sleepers_do_not_notice(self):
        CLOCK.us = self.began = (vtime.MASK - 10) * 1000
        order = []

        async def sleeper(ms):
            await asyncio.sleep_ms(ms)
            order.append(ms)

        await asyncio.gather(sleeper(30), sleeper(5), sleeper(20))
        self.assertEqual(order, [5, 20, 30])
        self.assertTrue(time.ticks_ms() < 100)
        self.assertEqual(self.gone_ms(), 30)

    async def test_tasks_due_together_run_in_the_order_they_went_to_sleep(self):
        order = []

        async def sleeper(name):
            await asyncio.sleep_ms(10)
            order.append(name)

        await asyncio.gather(*[sleeper(i) for i in range(20)])
        self.assertEqual(order, list(range(20)))


class TaskTest(unittest.TestCase):
    async def test_a_result_reaches_who_awaits_before_and_after_the_end(self):
        async def seven():
            await asyncio.sleep_ms(1)
            return 7

        task = asyncio.create_task(seven())
        self.assertFalse(task.done())
        self.assertEqual(await task, 7)
        self.assertTrue(task.done())
        self.assertEqual(await task, 7)

    async def test_an_exception_reaches_who_awaits(self):
        async def fails():
            raise ValueError("no")

        task = asyncio.create_task(fails())
        try:
            await task
            self.fail("nothing was raised")
        except ValueError as error:
            self.assertEqual(error.args[0], "no")

    async def test_many_may_wait_for_one(self):
        async def slow():
            await asyncio.sleep_ms(5)
            return "x"

        task = asyncio.create_task(slow())

        async def waits():
            return await task

        self.assertEqual(await asyncio.gather(waits(), waits(), waits()), ["x", "x", "x"])

    async def test_cancel_reaches_a_sleeper_at_once(self):
        seen = []

        async def sleeper():
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                seen.append(CLOCK.us)
                raise

        task = asyncio.create_task(sleeper())
        await asyncio.sleep_ms(1)
        at = CLOCK.us
        self.assertTrue(task.cancel())
        await asyncio.sleep_ms(0)
        self.assertEqual(seen, [at])
        self.assertTrue(task.done())
        self.assertFalse(task.cancel())

    async def test_cancel_goes_through_to_what_the_task_waits_for(self):
        seen = []

        async def inner():
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                seen.append("inner")
                raise

        async def outer():
            try:
                await asyncio.create_task(inner())
            except asyncio.CancelledError:
                seen.append("outer")
                raise

        task = asyncio.create_task(outer())
        await asyncio.sleep_ms(1)
        task.cancel()
        await asyncio.sleep_ms(1)
        self.assertEqual(seen, ["inner", "outer"])

    async def test_a_task_cannot_cancel_itself(self):
        with self.assertRaises(RuntimeError):
            asyncio.current_task().cancel()

    async def test_cancel_in_a_queue_takes_the_task_out_of_it(self):
        event = asyncio.Event()

        async def waits():
            await event.wait()

        task = asyncio.create_task(waits())
        await asyncio.sleep_ms(0)
        task.cancel()
        await asyncio.sleep_ms(0)
        self.assertTrue(task.done())
        event.set()  # nobody is left to be woken
        await asyncio.sleep_ms(0)


class ToolsTest(unittest.TestCase):
    async def test_wait_for_gives_up_in_time_and_ends_what_it_waited_for(self):
        ended = []

        async def slow():
            try:
                await asyncio.sleep(60)
            finally:
                ended.append(True)

        began = CLOCK.us
        with self.assertRaises(asyncio.TimeoutError):
            await asyncio.wait_for_ms(slow(), 250)
        self.assertEqual((CLOCK.us - began) // 1000, 250)
        self.assertEqual(ended, [True])

    async def test_wait_for_hands_on_a_result(self):
        async def quick():
            await asyncio.sleep_ms(3)
            return 3

        self.assertEqual(await asyncio.wait_for(quick(), 1), 3)

    async def test_a_lock_is_given_in_the_order_of_asking(self):
        lock = asyncio.Lock()
        order = []

        async def user(i):
            async with lock:
                order.append(i)
                await asyncio.sleep_ms(1)

        await asyncio.gather(*[user(i) for i in range(5)])
        self.assertEqual(order, [0, 1, 2, 3, 4])

    async def test_an_event_wakes_all_who_wait(self):
        event = asyncio.Event()
        woken = []

        async def waits(i):
            await event.wait()
            woken.append(i)

        tasks = [asyncio.create_task(waits(i)) for i in range(3)]
        await asyncio.sleep_ms(1)
        self.assertEqual(woken, [])
        event.set()
        await asyncio.gather(*tasks)
        self.assertEqual(woken, [0, 1, 2])

    async def test_gather_hands_on_the_first_exception_or_returns_all(self):
        async def fails():
            raise ValueError

        async def works():
            return 1

        with self.assertRaises(ValueError):
            await asyncio.gather(works(), fails())
        results = await asyncio.gather(works(), fails(), return_exceptions=True)
        self.assertEqual(results[0], 1)
        self.assertIsInstance(results[1], ValueError)


class QueueTest(unittest.TestCase):
    def test_random_keys_come_out_sorted_and_ties_in_order(self):
        class Item:
            pass

        queue = vtime.TaskQueue()
        state = 1
        for n in range(300):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            item = Item()
            item.n = n
            queue.push(item, (vtime.MASK - 20 + state % 40) & vtime.MASK)
        last_key, last_n = None, None
        while queue.peek():
            item = queue.pop()
            if last_key is not None:
                gap = vtime.diff(item.ph_key, last_key)
                self.assertTrue(gap >= 0)
                if gap == 0:
                    self.assertTrue(item.n > last_n)
            last_key, last_n = item.ph_key, item.n


if __name__ == "__main__":
    unittest.main()
