"""The writer of transaction messages: order, retries, transaction ids, power cuts. Each trap has a test with its name."""
import asyncio
import unittest

from firmware.ocpp.exchange import Unanswered
from firmware.ocpp.frames import CallError
from firmware.ocpp.transactions import Transactions
from firmware.storage import records
from firmware.storage.journal import Journal
from firmware.support.clock import parse_iso8601
from tests.storage.ramflash import FakeClock, RamFlash

UTC = parse_iso8601("2026-11-22T10:00:00Z")
ACCEPTED = {"status": "Accepted"}


class Spec:
    id = 1
    phases = 1
    line = "L1"


class FakeLog:
    def debug(self, source, text):
        pass

    info = warning = error = debug


class FakeExchange:
    """Answers from `script`, then as a central system that takes everything; `sent` is (action, payload, id)."""

    def __init__(self, central):
        self.central = central
        self.script = []
        self.late_script = []
        self.sent = []
        self.next_transaction = 100

    async def call(self, action, payload, id=None, earlier=()):
        await asyncio.sleep_ms(0)
        self.sent.append((action, payload, id))
        answer = self.script.pop(0) if self.script else "ok"
        if answer == "silent":
            raise Unanswered(action)
        if answer == "lost":
            self.central.reconnect()
            raise Unanswered(action)
        if answer == "down":
            self.central.ready.clear()
            raise Unanswered(action)
        if answer == "error":
            raise CallError("InternalError", "")
        return self.fine(action) if answer == "ok" else answer

    async def late(self, action, ids, wait_ms):
        await asyncio.sleep_ms(0)
        answer = self.late_script.pop(0) if self.late_script else "silent"
        if answer == "silent":
            raise Unanswered(action)
        return self.fine(action)

    def fine(self, action):
        if action != "StartTransaction":
            return {}
        self.next_transaction += 1
        return {"transactionId": self.next_transaction, "idTagInfo": ACCEPTED}


class Link:
    connections = 1


class Shelf:
    needed = None


class FakeCentral:
    serial = "SN1"
    shelf = Shelf

    def __init__(self, clock):
        self.settings = {"TransactionMessageAttempts": 3, "TransactionMessageRetryInterval": 0.001,
                         "MeterValuesSampledData": ("Energy.Active.Import.Register",), "MeterValuesAlignedData": (),
                         "StopTxnSampledData": (), "StopTxnAlignedData": ()}
        self.clock = clock
        self.log = FakeLog()
        self.ready = asyncio.Event()
        self.link = Link()
        self.exchange = FakeExchange(self)
        self.told = []
        self._count = 0

    def random(self, n):
        self._count += 1
        return bytes([self._count] * n)

    def reconnect(self):
        self.link.connections += 1

    def spec(self, connector):
        return Spec

    def card_told(self, id_tag, answer, session=None):
        self.told.append((id_tag, answer.get("idTagInfo"), session))


class Bench:
    def setUp(self):
        self.clock = FakeClock(5, UTC)
        self.flash = RamFlash(16)
        self.boots = 1
        self.boot()

    def boot(self):
        """A (new) start of the charger over the same flash."""
        self.journal = Journal(self.flash, self.clock, self.boots).open()
        self.central = FakeCentral(self.clock)
        self.exchange = self.central.exchange
        self.transactions = Transactions(self.central, self.journal)

    def power_cut(self):
        self.flash = RamFlash(16, self.flash.data)
        self.boots += 1
        self.clock.ms = 2000
        self.boot()

    def begin(self, connector=1, wh=1000, id_tag="04A1"):
        return self.journal.append(records.BEGIN, records.encode_begin(connector, 7, wh, 0, id_tag, "", "card"))

    def sample(self, session, wh, context=records.PERIODIC):
        s = records.Sample()
        s.session, s.connector, s.context, s.wh = session, 1, context, wh
        s.export_wh = s.power_w = s.offered_ma = s.frequency_mhz = s.power_factor_milli = 0
        s.temperature_dc = None
        s.volts_mv, s.amps_ma = [230000], [16000]
        return self.journal.append(records.SAMPLE, records.encode_sample(s))

    def end(self, session, wh, reason="card", at=None, id_tag=""):
        at = at or (self.boots, self.clock.up_s(), self.clock.utc_s())
        return self.journal.append(records.END, records.encode_end(session, wh, True, at, reason, id_tag))

    async def deliver(self, rounds=300):
        """Let the writer work until nothing is queued or the rounds are over."""
        self.central.ready.set()
        task = asyncio.create_task(self.transactions.run())
        for _ in range(rounds):
            await asyncio.sleep_ms(1)
            if not self.transactions.queued:
                break
        task.cancel()
        await asyncio.sleep_ms(0)

    def sent(self, action):
        return [payload for done, payload, _ in self.exchange.sent if done == action]

    def actions(self):
        return [action for action, _, _ in self.exchange.sent]


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
