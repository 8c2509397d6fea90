"""The writer of transaction messages: order, retries, transaction ids, power cuts. Each trap has a test with its name."""
import json
import unittest

from firmware.storage import records
from firmware.storage.keys import MEASURANDS
from tests.ocpp.bench import UTC, Bench


class Order(Bench, unittest.TestCase):
    async def test_session_is_told_in_order_with_its_own_times_and_its_transaction(self):
        session = self.begin()
        self.clock.advance(60000)
        self.sample(session, 1100)
        self.clock.advance(60000)
        self.end(session, 1200, "unplugged")
        self.clock.advance(3600000)
        self.assertEqual(self.transactions.queued, 3)
        await self.deliver()
        self.assertEqual(self.actions(), ["StartTransaction", "MeterValues", "StopTransaction"])
        start, values, stop = [payload for _, payload, _ in self.exchange.sent]
        self.assertEqual(start, {"connectorId": 1, "idTag": "04A1", "meterStart": 1000,
                                 "timestamp": "2026-11-22T10:00:00Z"})
        self.assertEqual(values["transactionId"], 101)
        self.assertEqual(values["meterValue"][0]["timestamp"], "2026-11-22T10:01:00Z")
        self.assertEqual(values["meterValue"][0]["sampledValue"][0]["value"], "1100")
        self.assertEqual(stop, {"transactionId": 101, "meterStop": 1200, "timestamp": "2026-11-22T10:02:00Z",
                                "reason": "EVDisconnected"})
        self.assertEqual(self.transactions.queued, 0)

    async def test_many_sessions_run_while_offline_are_told_one_after_another(self):
        for i in range(20):
            session = self.begin(1, 1000 * i)
            self.end(session, 1000 * i + 500)
        await self.deliver()
        self.assertEqual(self.actions(), ["StartTransaction", "StopTransaction"] * 20)
        self.assertEqual([stop["transactionId"] for stop in self.sent("StopTransaction")], list(range(101, 121)))

    async def test_two_connectors_keep_their_own_transactions(self):
        one, two = self.begin(1), self.begin(2)
        self.end(two, 1500)
        self.end(one, 1300)
        await self.deliver()
        stops = [(stop["transactionId"], stop["meterStop"]) for stop in self.sent("StopTransaction")]
        self.assertEqual(stops, [(102, 1500), (101, 1300)])

    async def test_running_session_has_its_transaction_and_knows_it_by_both_names(self):
        session = self.begin()
        await self.deliver()
        inside = "%d-%08x" % (session, 7)
        self.assertEqual(self.transactions.transaction_of(inside), 101)
        self.assertEqual(self.transactions.session_of(101), inside)
        self.assertIsNone(self.transactions.session_of(-1))
        self.assertIsNone(self.transactions.session_of(102))

    async def test_card_that_stopped_it_is_named(self):
        self.end(self.begin(), 1200, "card", None, "GROUP2")
        await self.deliver()
        self.assertEqual(self.sent("StopTransaction")[0]["idTag"], "GROUP2")

    async def test_words_about_the_card_reach_charging(self):
        session = self.begin()
        self.exchange.script = [{"transactionId": 5, "idTagInfo": {"status": "Blocked"}}]
        await self.deliver()
        self.assertEqual(self.central.told, [("04A1", {"status": "Blocked"}, "%d-%08x" % (session, 7))])


class Retries(Bench, unittest.TestCase):
    async def test_timeout_never_discards_and_is_no_attempt(self):
        self.end(self.begin(), 1200)
        self.exchange.script = ["silent"] * 10
        await self.deliver()
        self.assertEqual(len(self.sent("StartTransaction")), 11)
        self.assertEqual(len(self.sent("StopTransaction")), 1)
        self.assertEqual(self.sent("StopTransaction")[0]["transactionId"], 101)

    async def test_lost_link_never_discards_and_is_no_attempt(self):
        self.end(self.begin(), 1200)
        self.exchange.script = ["lost"] * 10
        await self.deliver()
        self.assertEqual(len(self.sent("StartTransaction")), 11)

    async def test_stop_is_not_dropped_on_the_first_callerror(self):
        self.end(self.begin(), 1200)
        self.exchange.script = ["ok", "error", "error", "ok"]
        await self.deliver()
        self.assertEqual(self.actions(), ["StartTransaction"] + ["StopTransaction"] * 3)

    async def test_message_is_given_up_after_the_attempts_of_the_setting(self):
        session = self.begin()
        self.sample(session, 1100)
        self.end(session, 1200)
        self.exchange.script = ["ok", "error", "error", "error"]
        await self.deliver()
        self.assertEqual(self.actions(), ["StartTransaction"] + ["MeterValues"] * 3 + ["StopTransaction"])

    async def test_silence_between_errors_does_not_count(self):
        self.end(self.begin(), 1200)
        self.exchange.script = ["error", "silent", "error", "silent", "ok"]
        await self.deliver()
        self.assertEqual(self.sent("StopTransaction")[0]["transactionId"], 101)

    async def test_start_given_up_goes_on_as_transaction_minus_one(self):
        session = self.begin()
        self.sample(session, 1100)
        self.end(session, 1200)
        self.exchange.script = ["error"] * 3
        await self.deliver()
        self.assertEqual([m["transactionId"] for m in self.sent("MeterValues") + self.sent("StopTransaction")], [-1, -1])
        self.assertEqual(self.transactions.queued, 0)

    async def test_start_answered_late_gives_its_transaction_to_the_stop(self):
        self.end(self.begin(), 1200)
        self.exchange.script = ["silent"]
        self.exchange.late_script = ["ok"]
        await self.deliver()
        self.assertEqual(self.actions(), ["StartTransaction", "StopTransaction"])
        self.assertEqual(self.sent("StopTransaction")[0]["transactionId"], 101)


class Ids(Bench, unittest.TestCase):
    def ids(self):
        return [id for _, _, id in self.exchange.sent]

    async def test_message_id_is_never_used_twice_on_a_connection(self):
        self.end(self.begin(), 1200)
        self.exchange.script = ["silent", "error", "silent"]
        await self.deliver()
        self.assertEqual(len(set(self.ids())), 5)

    async def test_repeated_on_another_connection_a_message_keeps_its_id(self):
        self.begin()
        self.exchange.script = ["lost", "lost"]
        await self.deliver()
        self.assertEqual(len(set(self.ids())), 1)

    async def test_repeated_after_a_power_cut_a_message_keeps_its_id(self):
        self.begin()
        self.exchange.script = ["down"]
        await self.deliver(20)
        before = self.ids()[0]
        self.power_cut()
        await self.deliver()
        self.assertEqual(self.ids()[0], before)

    async def test_message_ids_do_not_repeat_after_a_boot(self):
        self.end(self.begin(), 1200)
        await self.deliver()
        before = self.ids()
        self.power_cut()
        self.end(self.begin(), 1200)
        await self.deliver()
        self.assertEqual(len(set(before + self.ids())), 4)


class PowerCuts(Bench, unittest.TestCase):
    async def test_nothing_is_told_twice_after_a_power_cut(self):
        self.end(self.begin(), 1200)
        await self.deliver()
        self.power_cut()
        self.assertEqual(self.transactions.queued, 0)
        await self.deliver(20)
        self.assertEqual(self.actions(), [])

    async def test_transaction_id_survives_a_power_cut(self):
        session = self.begin()
        await self.deliver()
        self.power_cut()
        self.end(session, 1200, "power_loss", (1, 300, None))
        await self.deliver()
        self.assertEqual(self.actions(), ["StopTransaction"])
        stop = self.sent("StopTransaction")[0]
        self.assertEqual((stop["transactionId"], stop["reason"]), (101, "PowerLoss"))

    async def test_power_cut_inside_any_write_loses_and_doubles_nothing(self):
        for operation in range(1, 9):
            for byte in (0, 3, 20, 4096):
                self.setUp()
                self.flash.cut_at(operation, byte)
                started = []
                try:
                    session = self.begin()
                    self.sample(session, 1100)
                    started = [session]
                    self.end(session, 1200)
                    await self.deliver(40)
                except Exception:
                    pass
                answered = self.exchange.next_transaction - 100
                before = self.actions()
                self.power_cut()
                self.exchange.next_transaction += answered
                if started and not any(r.kind == records.END for r in self.journal.records()):
                    self.end(started[0], 1200, "power_loss")
                await self.deliver()
                stops = self.sent("StopTransaction")
                told = before + self.actions()
                self.assertTrue(not started or "StopTransaction" in told, "%d %d lost" % (operation, byte))
                self.assertTrue(len(stops) <= 1)
                # At most the message whose answer could not be written any more comes a second time.
                self.assertTrue(len(told) <= 4, "%d %d %s" % (operation, byte, told))

    async def test_queue_is_kept_in_the_journal_until_it_is_told(self):
        first = self.begin()
        self.end(first, 1200)
        second = self.begin()
        await self.deliver()
        self.assertEqual(self.journal.kept("ocpp"), second)


class Times(Bench, unittest.TestCase):
    async def test_clock_unknown_at_start_is_corrected_when_known(self):
        self.clock.utc = None
        session = self.begin()
        self.clock.advance(100000)
        self.end(session, 1200)
        self.clock.advance(100000)
        self.clock.set_utc(UTC)
        await self.deliver()
        self.assertEqual(self.sent("StartTransaction")[0]["timestamp"], "2026-11-22T09:56:40Z")
        self.assertEqual(self.sent("StopTransaction")[0]["timestamp"], "2026-11-22T09:58:20Z")

    async def test_clock_that_was_never_known_in_that_boot_ends_where_this_one_begins(self):
        self.clock.utc = None
        session = self.begin()
        self.power_cut()
        self.end(session, 1200, "power_loss", (1, 300, None))
        self.clock.set_utc(UTC)
        await self.deliver()
        self.assertEqual(self.sent("StartTransaction")[0]["timestamp"], "2026-11-22T09:59:57Z")
        self.assertEqual(len(self.sent("StopTransaction")), 1)

    async def test_clock_set_back_in_a_session_does_not_turn_its_time_back(self):
        session = self.begin()
        self.clock.advance(60000)
        self.clock.set_utc(UTC - 7200)
        self.sample(session, 1100)
        self.clock.advance(60000)
        self.end(session, 1200)
        await self.deliver()
        self.assertEqual(self.sent("MeterValues")[0]["meterValue"][0]["timestamp"], "2026-11-22T10:01:00Z")
        self.assertEqual(self.sent("StopTransaction")[0]["timestamp"], "2026-11-22T10:02:00Z")


class StopData(Bench, unittest.TestCase):
    async def test_stop_carries_begin_samples_and_end_when_asked(self):
        self.central.settings["StopTxnSampledData"] = ("Energy.Active.Import.Register",)
        self.central.settings["MeterValuesSampledData"] = ()
        session = self.begin()
        for i in range(3):
            self.clock.advance(60000)
            self.sample(session, 1100 + 100 * i)
        self.end(session, 1400)
        await self.deliver()
        self.assertEqual(self.sent("MeterValues"), [])
        data = self.sent("StopTransaction")[0]["transactionData"]
        told = [(v["sampledValue"][0]["value"], v["sampledValue"][0]["context"]) for v in data]
        self.assertEqual(told, [("1000", "Transaction.Begin"), ("1100", "Sample.Periodic"), ("1200", "Sample.Periodic"),
                                ("1300", "Sample.Periodic"), ("1400", "Transaction.End")])

    async def test_stop_data_of_a_long_session_is_thinned_and_keeps_its_ends(self):
        self.central.settings["StopTxnSampledData"] = ("Energy.Active.Import.Register",)
        session = self.begin()
        for i in range(200):
            self.sample(session, 1000 + i)
        self.end(session, 1400)
        await self.deliver(2000)
        data = self.sent("StopTransaction")[0]["transactionData"]
        self.assertTrue(10 < len(data) < 30, str(len(data)))
        self.assertEqual(data[0]["sampledValue"][0]["context"], "Transaction.Begin")
        self.assertEqual(data[-1]["sampledValue"][0]["context"], "Transaction.End")

    async def test_stop_data_of_every_measurand_stays_within_what_the_heap_holds(self):
        self.central.settings["StopTxnSampledData"] = MEASURANDS
        session = self.begin()
        for i in range(50):
            self.sample(session, 1000 + i)
        self.end(session, 1400)
        await self.deliver(2000)
        data = self.sent("StopTransaction")[0]["transactionData"]
        self.assertTrue(len(json.dumps(data)) < 16000, str(len(json.dumps(data))))

    async def test_interval_is_the_difference_to_the_sample_before(self):
        self.central.settings["MeterValuesSampledData"] = ("Energy.Active.Import.Interval",)
        session = self.begin()
        self.sample(session, 1100)
        self.sample(session, 1250)
        await self.deliver()
        told = [m["meterValue"][0]["sampledValue"][0]["value"] for m in self.sent("MeterValues")]
        self.assertEqual(told, ["100", "150"])


if __name__ == "__main__":
    unittest.main()
