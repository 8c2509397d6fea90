"""Security events in the journal: what happened to the charger that its operator must know, kept whatever comes.

An event is a kind (a word of the OCPP security whitepaper, or one like it) and a few words of what it was about. It may be
put at any time, also with a contactor closed; a reader takes what has not been passed on yet, over restarts too.
"""
from micropython import const

from firmware.storage import records
from firmware.storage.journal import JournalFull

_SOURCE, _SENT = "sec", "sec.sent"
_WAITING = const(64)                    # events that wait to be passed on; beyond, the oldest only stand in the log
_TECH = const(200)


class SecurityLog:
    """`journal` opened. `waiting`: sequences of the events not passed on; `news()` is called when one comes. Where there is
    nobody to tell (`told` is false) none waits, and none holds a page of the journal."""

    def __init__(self, journal, clock, log, told=True):
        self._journal = journal
        self._clock = clock
        self._log = log
        self._told = told
        self._quiet = {}
        self.news = None
        self.waiting = []
        sent = 0
        for record in journal.records(journal.kept("security")):
            if record.kind == records.NOTE:
                source, text = records.decode_note(record.payload)
                if source == _SOURCE:
                    self.waiting.append(record.seq)
                elif source == _SENT:
                    sent = int(text)
        self.waiting = [seq for seq in self.waiting if told and seq > sent][-_WAITING:]
        self._keep()

    def put(self, kind, tech="", pause_s=0):
        """Note an event; one like it that comes sooner than `pause_s` after the last is left out."""
        now_s = self._clock.up_s()
        if pause_s:
            if now_s < self._quiet.get(kind, 0):
                return
            self._quiet[kind] = now_s + pause_s
        self._log.info("security", (kind + ": " + tech) if tech else kind)
        try:
            seq = self._journal.append(records.NOTE, records.encode_note(_SOURCE, kind + " " + tech[:_TECH]))
        except (JournalFull, OSError) as error:
            self._log.error("security", "%s cannot be kept: %s" % (kind, error))
            return
        if self._told:
            self.waiting.append(seq)
        del self.waiting[:-_WAITING]
        self._keep()
        if self.news:
            self.news()

    def entries(self, from_seq=0):
        """(sequence, UTC seconds or None, kind, what it was about) of the events the journal still has, oldest first."""
        for record in self._journal.records(from_seq):
            if record.kind == records.NOTE:
                source, text = records.decode_note(record.payload)
                if source == _SOURCE:
                    kind, _, tech = text.partition(" ")
                    yield record.seq, self._journal.utc_of(record), kind, tech

    def passed(self, seq):
        """The event was passed on, or nobody wants it."""
        self.waiting.remove(seq)
        try:
            self._journal.append(records.NOTE, records.encode_note(_SENT, str(seq)))
        except (JournalFull, OSError) as error:
            self._log.warning("security", str(error))   # worst case: told once more after a power cut
        self._keep()

    def _keep(self):
        self._journal.keep("security", self.waiting[0] if self.waiting else None)
