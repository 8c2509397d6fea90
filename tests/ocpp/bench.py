"""A central system's face on the bench: transactions over a real journal, answers by hand. For the MicroPython tests."""
import asyncio

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
        return self.journal.append(records.BEGIN, records.encode_begin(connector, 7, wh, None, id_tag, "", "card"))

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
