"""The one writer of transaction messages: walks the journal from what was delivered last, and sends in order.

The queue is the journal. A record is passed only when the central system has answered its message, or has refused it as
often as TransactionMessageAttempts allows; silence and lost connections count as nothing and discard nothing.
"""
import asyncio
from binascii import hexlify
from hashlib import sha256

from micropython import const

from firmware.ocpp import frames, messages
from firmware.ocpp.exchange import Unanswered
from firmware.ocpp.frames import CallError
from firmware.ocpp.reported import Reported
from firmware.storage import records
from firmware.storage.journal import JournalFull

_GIVEN_UP = const(-1)
_LOOK_MS = const(1000)
_LATE_MIN_MS = const(5000)
_MESSAGES = (records.BEGIN, records.SAMPLE, records.END)
_STATUSES = ("Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx")


class Transactions:
    """`queued`: messages not yet delivered."""

    def __init__(self, central, journal):
        self._central = central
        self._journal = journal
        self._settings = central.settings
        self._log = central.log
        self._sessions = {}
        self._numbers = {}
        self._cursor = 0
        self._counted = 0
        self._count = 0
        self._walk = None
        self._used = None
        self._news = asyncio.Event()
        self._restore()

    @property
    def queued(self):
        journal = self._journal
        if self._counted < journal.next_seq - 1:
            for record in journal.records(self._counted + 1):
                self._counted = record.seq
                if self._is_message(record):
                    self._count += 1
        return self._count

    def more(self):
        """Something was written."""
        self._news.set()

    def transaction_of(self, session):
        """What the central system calls the session of that id; None while it has not said."""
        reported = self._sessions.get(int(session.split("-")[0]))
        number = reported.transaction if reported else None
        return number if number != _GIVEN_UP else None

    def session_of(self, transaction):
        """The id of the session whose transaction is not yet told to its end, None when there is none."""
        for reported in self._sessions.values():
            if reported.transaction == transaction and transaction != _GIVEN_UP:
                return reported.id
        return None

    def clock_corrected(self):
        """The clock is known now: pair it with the records written before."""
        try:
            self._journal.note_clock()
        except (JournalFull, OSError) as error:
            self._log.warning("ocpp", str(error))
        self._news.set()

    async def run(self):
        """For ever: the next message, as soon as the central system is ready for it."""
        self._walk = None
        while True:
            await self._central.ready.wait()
            record = self._next()
            if record is None:
                self._news.clear()
                try:
                    await asyncio.wait_for_ms(self._news.wait(), _LOOK_MS)
                except asyncio.TimeoutError:
                    pass
            else:
                await self._report(record)

    # Where we are

    def _restore(self):
        """Find out what was delivered before this boot. Records up to the cursor only rebuild what is remembered."""
        journal = self._journal
        cursor = journal.kept("ocpp") - 1
        for record in journal.records(cursor + 1):
            if record.kind == records.DELIVERED:
                cursor = max(cursor, records.decode_delivered(record.payload)[0])
            elif record.kind == records.TRANSACTION:
                session, number, status = records.decode_transaction(record.payload)
                self._numbers[session] = number, status
        for record in journal.records(journal.kept("ocpp")):
            if record.seq > cursor:
                break
            if record.kind == records.BEGIN:
                self._begin(record)
            elif record.kind == records.SAMPLE:
                self._remember(record)
            elif record.kind == records.END:
                self._sessions.pop(records.decode_end(record.payload).session, None)
        self._cursor = self._counted = cursor

    def _begin(self, record):
        reported = self._sessions[record.seq] = Reported(record, self._journal)
        known = self._numbers.pop(record.seq, None)
        if known:
            reported.transaction, reported.status = known
        return reported

    def _remember(self, record):
        sample = records.decode_sample(record.payload)
        reported = self._sessions.get(sample.session)
        if reported:
            reported.before_wh[sample.context] = sample.wh
        return sample, reported

    def _is_message(self, record):
        if record.kind == records.SAMPLE:
            return record.payload[5] >> 4 in (records.PERIODIC, records.ALIGNED, records.RESUMED)  # the context
        return record.kind in _MESSAGES

    def _next(self):
        """The next record that is a message; what is none is passed."""
        if self._cursor >= self._journal.next_seq - 1:
            self._walk = None
            return None
        if self._walk is None:
            self._walk = self._journal.records(self._cursor + 1)
        for record in self._walk:
            if self._is_message(record):
                return record
            self._cursor = record.seq
        self._walk = None
        return None

    def _passed(self, record, persist):
        """The record is dealt with. `persist` it where nothing else in the journal tells so."""
        queued = self.queued  # counts the record if nobody has looked since it was written
        self._cursor = record.seq
        self._count = max(0, queued - 1)
        if persist:
            self._append(records.DELIVERED, records.encode_delivered(record.seq))
        needed = self._central.shelf.needed or record.seq + 1
        self._journal.keep("ocpp", min([needed, record.seq + 1] + list(self._sessions)))

    def _append(self, kind, payload):
        try:
            self._journal.append(kind, payload)
        except (JournalFull, OSError) as error:  # worst case: it is sent once more after a power cut
            self._log.warning("ocpp", str(error))

    # What is said

    async def _report(self, record):
        if record.kind == records.BEGIN:
            await self._report_begin(record)
        elif record.kind == records.SAMPLE:
            await self._report_sample(record)
        else:
            await self._report_end(record)

    async def _report_begin(self, record):
        reported = self._sessions.get(record.seq) or self._begin(record)
        answer = None
        if reported.transaction is None:
            answer = await self._deliver(record, "StartTransaction", lambda: messages.start(reported))
            if answer is None:
                self._log.error("ocpp", "StartTransaction of session %d given up: it goes on as -1" % record.seq)
                reported.transaction = _GIVEN_UP
            else:
                reported.transaction = answer["transactionId"]
                reported.status = _STATUSES.index(answer["idTagInfo"]["status"])
            known = records.encode_transaction(record.seq, reported.transaction, reported.status)
            self._append(records.TRANSACTION, known)
        self._passed(record, False)
        if answer:
            self._central.card_told(reported.begin.id_tag, answer, reported.id)

    async def _report_sample(self, record):
        sample = records.decode_sample(record.payload)
        reported = self._sessions.get(sample.session)
        spec = self._central.spec(sample.connector)
        payload = None
        if reported:
            utc_s = reported.moment(record.boot, record.up_s, record.utc_s)
            payload = messages.values(sample, reported, utc_s, self._settings, spec)
        if payload:
            await self._deliver(record, "MeterValues", lambda: payload)
        self._remember(record)
        self._passed(record, payload is not None)

    async def _report_end(self, record):
        end = records.decode_end(record.payload)
        reported = self._sessions.get(end.session)
        answer = None
        if reported is None:
            self._log.error("ocpp", "the beginning of session %d is lost: its end cannot be reported" % end.session)
        else:
            spec = self._central.spec(reported.begin.connector)
            payload = messages.stop(end, reported, record, self._journal, self._settings, spec)
            answer = await self._deliver(record, "StopTransaction", lambda: payload)
            if answer is None:
                self._log.error("ocpp", "StopTransaction of session %d given up" % end.session)
            del self._sessions[end.session]
        self._passed(record, True)
        if answer:
            self._central.card_told(end.id_tag or reported.begin.id_tag, answer)

    async def _deliver(self, record, action, payload_of):
        """Send until answered: the answer's payload, or None when it was refused too often."""
        central = self._central
        ids = []
        connection = None
        refused = 0
        while True:
            await central.ready.wait()
            payload = payload_of()
            if connection != central.link.connections:
                # Repeated on another connection a message keeps its id, so that the central system can tell.
                connection = central.link.connections
                ids = []
                id = self._id(record, payload)
                if self._used == (connection, id):  # this writer has been started anew after an error
                    id = frames.new_id(central.random)
                self._used = connection, id
            else:
                id = frames.new_id(central.random)  # on the same connection an id must not come twice
            try:
                return await self._send(action, payload, id, ids)
            except Unanswered as error:
                self._log.info("ocpp", str(error))
                ids.append(id)
            except CallError as error:
                refused += 1
                self._log.warning("ocpp", "%s refused (%d): %s" % (action, refused, error.code))
                if refused >= self._settings.get("TransactionMessageAttempts"):
                    return None
                await asyncio.sleep(self._settings.get("TransactionMessageRetryInterval") * refused)

    async def _send(self, action, payload, id, ids):
        exchange = self._central.exchange
        try:
            return await exchange.call(action, payload, id, ids)
        except Unanswered:
            if not self._central.ready.is_set():
                raise
        wait_ms = max(_LATE_MIN_MS, self._settings.get("TransactionMessageRetryInterval") * 1000)
        return await exchange.late(action, ids + [id], wait_ms)

    def _id(self, record, payload):
        """A message id that only this message of this charger has, the same after a power cut."""
        seed = "%s %d %d %s" % (self._central.serial, record.seq, self._salt(record), payload)
        return hexlify(sha256(seed.encode()).digest()[:16]).decode()

    def _salt(self, record):
        if record.kind == records.BEGIN:
            return records.decode_begin(record.payload).salt
        session = int.from_bytes(record.payload[:4], "little")
        reported = self._sessions.get(session)
        return reported.begin.salt if reported else 0
