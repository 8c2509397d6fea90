"""Modules that only a command wants: loaded for it, gone again with their memory, refused while a contactor is closed."""
import gc
import sys
import unittest

from fakes import ConsoleTestCase

from firmware.console.commands import rows
from firmware.support import ondemand


class OnDemandTest(ConsoleTestCase):
    def setUp(self):
        super().setUp()
        self.names = {row[2].partition(".")[0] for row in rows()} - {"this", "looking", "sessions", "config", "access"}

    def there(self):
        return [name for name in self.names if "firmware.console." + name in sys.modules]

    def test_none_is_in_memory_before_it_is_wanted(self):
        self.type("status")
        self.assertEqual(self.there(), [])

    def test_it_goes_ten_seconds_after_its_last_command(self):
        self.type("wifi")
        self.app.later(9)
        self.type("wifi")
        self.app.later(9)
        self.assertEqual(self.there(), ["network"])
        self.app.later(1)
        self.assertEqual(self.there(), [])
        self.assertIn("ERR ABSENT", self.type("wifi"))

    def test_another_commands_takes_its_place(self):
        self.type("wifi")
        self.type("config export")
        self.assertEqual(self.there(), ["transfer"])

    async def test_it_stays_while_its_command_waits_for_somebody(self):
        await self.ask("config import")
        self.app.later(20)
        self.assertEqual(self.there(), ["transfer"])
        await self.ask("\x03")
        self.app.later(20)
        self.assertEqual(self.there(), [])

    def test_while_a_contactor_is_closed_it_is_refused_and_what_looks_is_not(self):
        ondemand.gate(lambda: False)
        try:
            self.assertIn("ERR BUSY", self.type("wifi"))
            for line in ("status", "faults", "why", "config diff", "config set MaxCurrentA 9", "config commit", "help wifi"):
                self.assertFalse("ERR" in self.type(line), line)
            self.assertIn("card list [BEGINNING]", self.type("help card list"))
            self.assertTrue(self.app.type("card lis\t").endswith("card lis\x1b[K"))
        finally:
            ondemand.gate(None)

    def test_too_little_memory_to_load_it_is_told_and_nothing_is_done(self):
        def full(name):
            raise MemoryError("no room")

        load, ondemand.load = ondemand.load, full
        try:
            self.assertIn('ERR FAILED "too little memory', self.type("wifi"))
        finally:
            ondemand.load = load
        self.assertIn("ERR ABSENT", self.type("wifi"))

    async def test_the_tab_key_takes_nothing_away_from_a_command_that_runs(self):
        await self.ask("config import")
        self.assertEqual(self.app.console._complete("he"), ((), 0))
        self.assertEqual(self.there(), ["transfer"])
        await self.ask("\x03")
        self.assertEqual(self.app.console._complete("he"), (["help"], 2))

    def test_the_memory_of_each_comes_back(self):
        for name in sorted(self.names):
            kept = []
            for _ in range(3):          # with the first, names are interned and tables grow, once
                self.app.console.load(name)
                gc.collect()
                loaded = gc.mem_alloc()
                self.app.later(10)
                gc.collect()
                kept.append(gc.mem_alloc())
                self.assertTrue(loaded - kept[-1] > 700, name)
            self.assertTrue(kept[2] - kept[1] < 500, (name, kept))


if __name__ == "__main__":
    unittest.main()
