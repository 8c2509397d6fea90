"""The journal on a RAM flash whose supply is cut inside every write, at every byte. Runs inside MicroPython."""
import gc
import unittest

from firmware.storage import records
from firmware.storage.journal import Journal, JournalFull
from firmware.storage.ring import HEADER_SIZE, READERS
from tests.storage.ramflash import FakeClock, PowerCut, RamFlash


def payload(n):
    return bytes((n * 7 + i) & 0xFF for i in range(5 + n % 40))


def open_journal(flash, boots=1, clock=None, spare=None):
    return Journal(flash, clock or FakeClock(), boots, spare).open()


def all_of(journal, from_seq=0):
    return [(r.seq, r.kind, r.payload) for r in journal.records(from_seq)]


class Appending(unittest.TestCase):
    def test_an_empty_flash_is_an_empty_journal(self):
        journal = open_journal(RamFlash(4))
        self.assertEqual(all_of(journal), [])
        self.assertEqual(journal.next_seq, 1)
        self.assertEqual(journal.free_pages, 4)

    def test_records_come_back_in_order_with_boot_and_times(self):
        flash = RamFlash(4)
        clock = FakeClock(up_s=12)
        journal = open_journal(flash, 3, clock)
        journal.append(records.NOTE, b"first")
        clock.utc = 1795341600
        clock.ms = 15000
        journal.append(records.NOTE, b"second")
        first, second = list(open_journal(flash, 4).records())
        self.assertEqual((first.seq, first.boot, first.up_s, first.utc_s, first.payload), (1, 3, 12, None, b"first"))
        self.assertEqual((second.seq, second.boot, second.up_s, second.utc_s), (2, 3, 15, 1795341600))

    def test_an_append_is_one_program_and_never_an_erase(self):
        flash = RamFlash(8)
        journal = open_journal(flash)
        for n in range(200):
            before = flash.programs
            journal.append(records.METER, payload(n))
            self.assertEqual(flash.programs, before + 1)
        self.assertEqual(flash.erases, 0)

    def test_records_from_a_sequence_on(self):
        flash = RamFlash(8)
        journal = open_journal(flash)
        for n in range(300):
            journal.append(records.METER, payload(n))
        for start in (1, 2, 77, 150, 299, 300, 301):
            self.assertEqual([r.seq for r in journal.records(start)], list(range(start, 301)))

    def test_records_appended_while_reading_come_too(self):
        journal = open_journal(RamFlash(8))
        journal.append(records.NOTE, b"0")
        seen = []
        for record in journal.records():
            seen.append(record.seq)
            if record.seq < 250:
                journal.append(records.NOTE, payload(record.seq))
        self.assertEqual(seen, list(range(1, 251)))

    def test_a_record_larger_than_a_page_is_refused(self):
        journal = open_journal(RamFlash(4))
        self.assertRaises(ValueError, journal.append, records.NOTE, bytes(4090))
        journal.append(records.NOTE, bytes(4000))
        self.assertEqual(len(all_of(journal)), 1)


class PowerCuts(unittest.TestCase):
    def check(self, flash, done, boots):
        """Everything completed is there, at most the record under way beside it, and nothing else."""
        journal = open_journal(flash, boots)
        found = all_of(journal)
        self.assertEqual(found[:len(done)], done)
        self.assertTrue(len(found) <= len(done) + 1, "%d records, %d completed" % (len(found), len(done)))
        return journal, found

    def test_a_cut_at_every_byte_of_an_append_loses_at_most_that_append(self):
        for smear in (False, True):
            flash = RamFlash(4)
            journal = open_journal(flash)
            done = []
            for n in range(3):
                done.append((journal.append(records.METER, payload(n)), records.METER, payload(n)))
            before = bytes(flash.data)
            size = 24 + len(payload(3))
            for byte in range(size + 1):
                flash = RamFlash(4, bytearray(before))
                journal = open_journal(flash, 2)
                flash.cut_at(1, byte, smear)
                self.assertRaises(PowerCut, journal.append, records.METER, payload(3))
                journal, found = self.check(RamFlash(4, flash.data), done, 3)
                if byte == size:
                    self.assertEqual(len(found), 4)
                # And writing goes on safely: RamFlash refuses a program over written bytes.
                seq = journal.append(records.END, b"after")
                self.assertEqual(seq, found[-1][0] + 1)
                found.append((seq, records.END, b"after"))
                self.assertEqual(all_of(open_journal(RamFlash(4, flash.data), 4)), found)

    def test_a_cut_at_every_byte_of_opening_a_page_loses_at_most_that_append(self):
        flash = RamFlash(4)
        journal = open_journal(flash)
        done = []
        n = 0
        while journal.free_pages == 3 or not done:
            before = bytes(flash.data), list(done), n
            done.append((journal.append(records.END, payload(n)), records.END, payload(n)))
            n += 1
        data, done, n = before
        for byte in range(28 + 24 + len(payload(n)) + 1):
            flash = RamFlash(4, bytearray(data))
            journal = open_journal(flash, 2)
            flash.cut_at(1, byte, byte % 2 == 1)
            self.assertRaises(PowerCut, journal.append, records.END, payload(n))
            flash = RamFlash(4, flash.data)
            journal, found = self.check(flash, done, 3)
            seq = journal.append(records.END, payload(99))
            self.assertEqual(all_of(open_journal(flash, 4)), found + [(seq, records.END, payload(99))])

    def test_cut_after_cut_after_cut_keeps_all_that_was_completed(self):
        flash = RamFlash(20)
        done = []
        for n in range(80):
            gc.collect()
            flash = RamFlash(20, flash.data)
            journal, found = self.check(flash, done, n + 1)
            done = found
            while journal.tidy(True):
                pass
            flash.cut_at(1 + n % 9, n * 13 % 70, n % 3 == 0)
            try:
                for i in range(9):
                    body = payload(n + i)
                    seq = journal.append(records.END, body)
                    done.append((seq, records.END, body))
            except PowerCut:
                pass
        self.assertTrue(len(done) > 200)
        self.assertEqual([seq for seq, _, _ in done], list(range(1, len(done) + 1)))

    def test_a_cut_inside_an_erase_loses_nothing_that_is_needed(self):
        flash = RamFlash(6)
        journal = open_journal(flash, spare=5)
        for n in range(260):
            journal.append(records.END, payload(n))
        needed = [found for found in all_of(journal) if found[0] > 200]
        before = bytes(flash.data)
        for byte in range(0, 4097, 16):
            flash = RamFlash(6, bytearray(before))
            journal = open_journal(flash, 2, spare=5)
            for reader in READERS:
                journal.keep(reader, 201)
            flash.cut_at(1, byte)
            self.assertRaises(PowerCut, journal.tidy, True)
            flash = RamFlash(6, flash.data)
            journal = open_journal(flash, 3, spare=5)
            self.assertEqual(all_of(journal, 201), needed)
            self.assertEqual(journal.next_seq, 261)
            for reader in READERS:
                journal.keep(reader, 201)
            while journal.tidy(True):
                pass
            journal.append(records.END, b"on")
            self.assertEqual(all_of(open_journal(flash, 4), 201), needed + [(261, records.END, b"on")])

    def test_a_damaged_record_is_never_delivered_and_hides_no_other(self):
        flash = RamFlash(4)
        journal = open_journal(flash)
        for n in range(100):
            journal.append(records.END, payload(n))
        good = all_of(journal)
        for address in range(HEADER_SIZE, 4000, 61):
            data = bytearray(flash.data)
            data[address] ^= 0x10
            found = all_of(open_journal(RamFlash(4, data), 2))
            self.assertTrue(all(record in good for record in found))
            self.assertTrue(len(found) >= len(good) - 1)

    def test_noise_in_the_whole_partition_is_an_empty_journal_that_heals(self):
        state = 12345
        data = bytearray(4 * 4096)
        for i in range(len(data)):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            data[i] = state >> 16 & 0xFF
        journal = open_journal(RamFlash(4, data))
        self.assertEqual(all_of(journal), [])
        while journal.tidy(True):
            pass
        journal.append(records.END, b"healed")
        self.assertEqual(len(all_of(journal)), 1)


class LettingGo(unittest.TestCase):
    def test_nothing_is_erased_while_a_contactor_is_closed(self):
        flash = RamFlash(8)
        journal = open_journal(flash, spare=8)
        for n in range(300):
            journal.append(records.END, payload(n))
        for reader in READERS:
            journal.keep(reader, None)
        self.assertFalse(journal.tidy(False))
        self.assertEqual(flash.erases, 0)
        self.assertTrue(journal.tidy(True))

    def test_a_page_is_erased_only_when_every_reader_has_let_it_go(self):
        flash = RamFlash(8)
        journal = open_journal(flash, spare=8)
        for n in range(300):
            journal.append(records.END, payload(n))
        journal.keep("charging", None)
        journal.keep("settings", None)
        journal.keep("security", None)
        journal.keep("ocpp", 151)
        while journal.tidy(True):
            pass
        self.assertTrue(1 < journal.first_seq <= 151)
        self.assertEqual([r.seq for r in journal.records(151)], list(range(151, 301)))
        self.assertEqual(journal.kept("ocpp"), 151)

    def test_a_page_that_cannot_be_erased_costs_no_other(self):
        class Worn(RamFlash):
            def erase(self, page):
                if page == 1:
                    raise OSError(5)
                super().erase(page)

        journal = open_journal(Worn(6), spare=6)
        for n in range(1000):
            journal.append(records.END, payload(n))
            for reader in READERS:
                journal.keep(reader, None)
            journal.tidy(True)
        self.assertEqual(journal.free_pages, 4)

    def test_sequences_go_on_after_everything_was_let_go(self):
        flash = RamFlash(6)
        journal = open_journal(flash, spare=6)
        for boots in range(2, 12):
            for n in range(120):
                journal.append(records.END, payload(n))
            for reader in READERS:
                journal.keep(reader, None)
            while journal.tidy(True):
                pass
            last = journal.next_seq
            journal = open_journal(flash, boots, spare=6)
            self.assertEqual(journal.next_seq, last)

    def test_wear_is_spread_round_the_ring(self):
        flash = RamFlash(10)
        journal = open_journal(flash, spare=9)
        for n in range(6000):
            journal.append(records.END, payload(n))
            for reader in READERS:
                journal.keep(reader, None)
            journal.tidy(True)
        self.assertTrue(max(flash.worn) - min(flash.worn) <= 1, str(flash.worn))

    def test_a_full_journal_still_takes_ends_and_names_what_is_not_delivered(self):
        journal = open_journal(RamFlash(6))
        text = ""
        try:
            for n in range(2000):
                journal.append(records.BEGIN, payload(n))
        except JournalFull as error:
            text = str(error)
        self.assertIn("are not delivered", text)
        self.assertIn("records 1 to %d" % (journal.next_seq - 1), text)
        count = journal.next_seq
        for n in range(150):
            journal.append(records.END, payload(n))
        self.assertEqual(len(all_of(journal)), count + 149)

    def test_samples_end_before_growth_and_growth_before_ends(self):
        journal = open_journal(RamFlash(8))
        left = []
        for kind in (records.SAMPLE, records.METER, records.DELIVERED, records.END):
            try:
                while True:
                    journal.append(kind, payload(30))
            except JournalFull:
                left.append(journal.free_pages)
        self.assertEqual(left, [3, 2, 1, 0])

    def test_scarcity_grows_as_pages_go(self):
        journal = open_journal(RamFlash(16))
        seen = []
        while journal.free_pages > 1:
            journal.append(records.END, payload(30))
            if journal.scarcity not in seen:
                seen.append(journal.scarcity)
        self.assertEqual(seen, [0, 1, 2, 3])

    def test_a_page_that_does_not_keep_what_is_written_is_passed_over(self):
        flash = RamFlash(6)
        flash.stuck = {4096 + 100, 900}
        journal = open_journal(flash)
        for n in range(200):
            journal.append(records.END, payload(n))
        self.assertEqual([r.seq for r in open_journal(flash, 2).records()], list(range(1, 201)))


class Times(unittest.TestCase):
    def test_a_time_before_the_clock_was_known_is_found_out_later(self):
        flash = RamFlash(4)
        clock = FakeClock(up_s=10)
        journal = open_journal(flash, 1, clock)
        journal.append(records.NOTE, b"early")
        early = list(journal.records())[0]
        self.assertIsNone(journal.utc_of(early))
        clock.ms = 70000
        clock.utc = 1795341660
        journal.note_clock()
        journal.note_clock()
        self.assertEqual([r.kind for r in journal.records()], [records.NOTE, records.CLOCK])
        self.assertEqual(journal.utc_of(early), 1795341600)
        self.assertEqual(open_journal(flash, 2).utc_of(early), 1795341600)

    def test_a_boot_that_never_knew_the_time_is_put_before_the_next_one_in_its_order(self):
        flash = RamFlash(4)
        for boot, up_s in ((1, 10), (2, 20), (4, 30)):
            clock = FakeClock(up_s=up_s)
            journal = open_journal(flash, boot, clock)
            journal.append(records.NOTE, b"begin")
            clock.ms += 5000
            journal.append(records.NOTE, b"end")
        journal = open_journal(flash, 5, FakeClock(up_s=40))
        self.assertIsNone(journal.utc_at(1, 0))
        journal = open_journal(flash, 5, FakeClock(up_s=40, utc=1795341640))
        journal.append(records.NOTE, b"late")
        times = [journal.utc_of(record) - 1795341600 for record in journal.records()]
        self.assertEqual(times, [-68, -63, -42, -37, -6, -1, 40])
        self.assertEqual(times, sorted(times))


class Codecs(unittest.TestCase):
    def test_begin(self):
        b = records.decode_begin(records.encode_begin(2, 0xDEADBEEF, 123456, 7, "04A1B2C3", "GRÜN", "server"))
        self.assertEqual((b.connector, b.salt, b.wh, b.reservation, b.id_tag, b.parent, b.why),
                         (2, 0xDEADBEEF, 123456, 7, "04A1B2C3", "GRÜN", "server"))

    def test_numbers_of_the_central_system_are_kept_whatever_their_size(self):
        for number in (0, 1, -1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 1795341600123, -1795341600123, 1 << 70):
            b = records.decode_begin(records.encode_begin(1, 2, 3, number, "TAG", "", "card"))
            self.assertEqual((b.reservation, b.id_tag, b.parent, b.why), (number, "TAG", "", "card"))
            self.assertEqual(records.decode_transaction(records.encode_transaction(5, number, 2)), (5, number, 2))
        self.assertIsNone(records.decode_begin(records.encode_begin(1, 2, 3, None, "TAG", "", "card")).reservation)

    def test_sample(self):
        s = records.Sample()
        s.session, s.connector, s.context, s.wh, s.export_wh, s.power_w = 99, 1, records.ALIGNED, 5000, 0, -7
        s.offered_ma, s.frequency_mhz, s.power_factor_milli, s.temperature_dc = 16000, 50010, 987, None
        s.volts_mv, s.amps_ma = [230120, 231000, 229990], [15990, 0, 1]
        d = records.decode_sample(records.encode_sample(s))
        self.assertEqual(d.__dict__, s.__dict__)

    def test_end_edge_transaction_delivered_setting(self):
        e = records.decode_end(records.encode_end(5, 777, False, (3, 40, None), "power_loss", ""))
        self.assertEqual((e.session, e.wh, e.sure, e.at), (5, 777, False, (3, 40, None)))
        self.assertEqual((e.reason, e.id_tag), ("power_loss", ""))
        self.assertEqual(records.decode_edge(records.encode_edge(5, 8, 6000, "charging", "vehicle")),
                         (5, 8, 6000, "charging", "vehicle"))
        self.assertEqual(records.decode_transaction(records.encode_transaction(5, -1)), (5, -1, 0))
        self.assertEqual(records.decode_delivered(records.encode_delivered(5, 2, 3)), (5, 2, 3))
        changes = {"A": "x" * 300, "B": ""}
        self.assertEqual(records.decode_setting(records.encode_setting(9, changes)), (9, changes))


if __name__ == "__main__":
    unittest.main()
