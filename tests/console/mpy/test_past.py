import asyncio
import unittest

from firmware.console import sessions
from firmware.storage import records
from firmware.storage.journal import Journal
from tests.storage.ramflash import FakeClock, RamFlash

UTC = 1795341600


class Charger:
    def session(self, session_id):
        return None


class PastTest(unittest.TestCase):
    def setUp(self):
        self.clock = FakeClock()
        self.flash = RamFlash(12)
        self.journal = Journal(self.flash, self.clock, 1).open()
        self.charger = Charger()

    def session(self, id_tag, wh):
        """A session in the journal; its sequence."""
        seq = self.journal.append(records.BEGIN, records.encode_begin(1, 7, 1000, None, id_tag, "", "list"))
        self.journal.append(records.EDGE, records.encode_edge(seq, 1000, 16000, "charging", "vehicle"))
        self.clock.advance(60000)
        at = (1, self.clock.up_s(), self.clock.utc_s())
        self.journal.append(records.END, records.encode_end(seq, 1000 + wh, True, at, "card", id_tag))
        return seq

    async def read(self, *words):
        return await sessions._read(self, *words)

    async def test_the_newest_sessions_come_last_with_their_wh(self):
        for i in range(5):
            self.session("CARD%d" % i, i)
        rows = await self.read(2)
        self.assertEqual([(row["id_tag"], row["wh"], row["reason"]) for row in rows], [("CARD3", 3, "card"), ("CARD4", 4, "card")])

    async def test_one_session_comes_with_its_edges(self):
        self.session("CARD0", 1)
        seq = self.session("CARD1", 2)
        row = (await self.read(1, "%d-00000007" % seq))[0]
        self.assertEqual((row["id_tag"], [edge["what"] for edge in row["edges"]]), ("CARD1", ["charging"]))
        self.assertEqual((await self.read(1, "99"))[:], [])

    async def test_a_moment_before_the_clock_was_known_is_told_once_it_is(self):
        self.session("CARD0", 1)
        self.assertIsNone((await self.read(1))[0]["began"])
        self.clock.set_utc(UTC)
        self.session("CARD1", 1)
        self.assertEqual((await self.read(2))[0]["began"], UTC - 60)

    async def test_reading_a_long_journal_gives_others_their_turn(self):
        for i in range(100):
            self.session("CARD", i)
        turns = [0]

        async def other():
            while True:
                turns[0] += 1
                await asyncio.sleep_ms(0)

        task = asyncio.create_task(other())
        await self.read(10)
        task.cancel()
        self.assertTrue(turns[0] >= 300 // 16)


if __name__ == "__main__":
    unittest.main()
