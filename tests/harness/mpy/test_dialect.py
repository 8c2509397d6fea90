"""What every test in this repository may count on: the interpreter, its loop, the common subset of unittest."""

import asyncio
import sys
import unittest


class TestInterpreter(unittest.TestCase):
    def test_is_micropython(self):
        self.assertEqual(sys.implementation.name, "micropython")


class TestAsynchronous(unittest.TestCase):
    async def test_is_awaited(self):
        await asyncio.sleep_ms(1)
        self.assertIsNotNone(asyncio.current_task())

    def test_may_run_a_loop_of_its_own(self):
        async def answer():
            await asyncio.sleep_ms(1)
            return 42

        self.assertEqual(asyncio.run(answer()), 42)


class TestUnittest(unittest.TestCase):
    def setUp(self):
        self.made = True

    def test_set_up_ran(self):
        self.assertTrue(self.made)

    def test_raises(self):
        with self.assertRaises(ValueError):
            int("x")


if __name__ == "__main__":
    unittest.main()
