"""Which samples a session keeps, and what stands in them. Runs inside MicroPython."""
import unittest

from firmware.storage import records
from tests.charging.bench import UTC, BenchTestCase


class Samples(BenchTestCase):
    def samples(self):
        return [(r, records.decode_sample(r.payload)) for r in self.bench.journal.records() if r.kind == records.SAMPLE]

    def test_at_each_sample_interval(self):
        b = self.bench
        b.settings.set("MeterValueSampleInterval", 30)
        session = self.charging()
        b.run(100)
        found = self.samples()
        self.assertEqual([r.up_s - session.began[1] for r, _ in found], [30, 60, 90])
        one = found[-1][1]
        self.assertEqual((one.session, one.connector, one.context), (session.seq, 1, records.PERIODIC))
        self.assertEqual((one.power_w, one.offered_ma, one.temperature_dc), (7000, 32000, 305))
        self.assertEqual((one.volts_mv, one.amps_ma), ([230000], [30434]))
        self.assertTrue(one.wh > 1100)

    def test_0_samples_nothing(self):
        self.charging()
        self.bench.run(200)
        self.assertEqual(self.samples(), [])

    def test_clock_aligned_at_whole_multiples_since_midnight(self):
        b = self.bench
        b.settings.set("ClockAlignedDataInterval", 900)
        self.charging()
        b.run(2000)
        self.assertEqual([(r.utc_s % 900, s.context) for r, s in self.samples()], [(0, records.ALIGNED)] * 2)
        self.assertTrue(all(r.utc_s > UTC for r, _ in self.samples()))

    def test_clock_aligned_not_before_the_clock_is_known(self):
        b = self.bench
        b.settings.set("ClockAlignedDataInterval", 60)
        b.boot(utc=False)
        self.charging()
        b.run(200)
        self.assertEqual(self.samples(), [])
        b.clock.utc = UTC + 17
        b.run(100)
        self.assertEqual([r.utc_s % 60 for r, _ in self.samples()], [0])

    def test_beginning_and_end_where_the_stop_message_wants_them(self):
        b = self.bench
        b.settings.set("StopTxnSampledData", "Energy.Active.Import.Register")
        session = self.charging()
        b.unplug()
        b.run(3)
        found = [s for _, s in self.samples()]
        self.assertEqual([s.context for s in found], [records.AT_BEGIN, records.AT_END])
        self.assertEqual([s.wh for s in found], [session.meter_start_wh, session.register_wh])

    def test_samples_are_thinned_when_pages_get_scarce(self):
        b = self.bench
        b.settings.set("MeterValueSampleInterval", 10)
        self.charging()
        counts = []
        for free in (12, 5, 2, 1):
            while b.journal.free_pages > free:
                b.journal.append(records.END, bytes(1500))
            before = len(self.samples())
            b.run(160)
            counts.append(len(self.samples()) - before)
        self.assertEqual(counts[:2], [16, 8])
        self.assertTrue(counts[2] <= 4 and counts[3] <= 2, str(counts))

    def test_samples_keep_a_resumed_session_s_register(self):
        b = self.bench
        b.settings.set("MeterValueSampleInterval", 30)
        b.settings.set("ResumeAfterPowerLoss", "resume")
        session = self.charging()
        b.run(100)
        b.cut()
        b.run(60)
        last = self.samples()[-1][1]
        self.assertEqual(last.session, session.seq)
        self.assertTrue(last.wh > 1200)


if __name__ == "__main__":
    unittest.main()
