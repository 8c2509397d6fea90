"""Sessions that the last boot left open: found in the journal, settled with what the meter says now."""
from micropython import const

from boards import in_chip
from firmware.charging import reasons
from firmware.charging.session import Session
from firmware.storage import records

_SLACK_S = const(120)


class Found:
    """An open session: its BEGIN `record`, the last register `wh` and when `at` (boot, up_s, utc_s) it was journaled.

    `ending` is its reason where it was about to end, "" where it was running; `reason` what the reset makes of it.
    """

    def __init__(self, record, reset_cause):
        self.record = record
        self.session = Session(record)
        self.connector = self.session.connector
        self.wh = self.session.meter_start_wh
        self.at = self.session.began
        self.ending = ""
        self.ended_by = ""
        power = reset_cause in ("power_on", "brownout")
        self.reason = "power_loss" if power else reasons.AFTER_RESET.get(reset_cause, "reboot")

    def saw(self, record, wh):
        self.wh = max(self.wh, wh)
        self.at = (record.boot, record.up_s, record.utc_s)

    def settle(self, meter, spec, settings, scarcity):
        """The session with its register as it must have been when the supply went.

        The meter counts what flowed before the cut; it is believed where its register is not behind the last journaled
        one and no further ahead than the connector could have delivered since. Else the last journaled one stands.
        """
        session = self.session
        session.register_wh = self.wh
        # With few pages left, growth may not have been written: then a day may have passed.
        since_s = (86400 if scarcity > 2 else settings.get("MeterGrowthIntervalS")) + _SLACK_S
        most_wh = spec.rating_ma // 1000 * spec.phases * 276 // 60 * since_s // 60 + 20
        session.sure = (meter is not None and meter.state == "ok" and meter.energy_wh is not None
                        and self.wh <= meter.energy_wh <= self.wh + most_wh)
        if session.sure:
            session.register_wh = meter.energy_wh
        session.follow(meter)
        return session


def scan(journal, reset_cause):
    """All sessions that began and did not end: a list of `Found`, in the order of their beginning."""
    found = {}
    for record in journal.records(journal.kept("charging")):
        kind, payload = record.kind, record.payload
        if kind == records.BEGIN:
            found[record.seq] = Found(record, reset_cause)
        elif kind == records.END:
            found.pop(records.decode_end(payload).session, None)
        elif kind == records.METER:
            session, wh = records.decode_meter(payload)
            if session in found:
                found[session].saw(record, wh)
        elif kind == records.SAMPLE:
            sample = records.decode_sample(payload)
            if sample.session in found:
                found[sample.session].saw(record, sample.wh)
        elif kind == records.EDGE:
            session, wh, _, what, why = records.decode_edge(payload)
            if session in found:
                found[session].saw(record, wh)
                if what.startswith("ending:"):
                    found[session].ending, found[session].ended_by = why, what[7:]
    return [found[seq] for seq in sorted(found)]


def go_on_counting(journal, board, energy):
    """The board's metering chip forgets its registers without supply: each goes on from the last one that was journaled."""
    last, whose = {}, {}
    for record in journal.records():
        if record.kind == records.BEGIN:
            begin = records.decode_begin(record.payload)
            whose[record.seq] = begin.connector
            last[begin.connector] = begin.wh
        elif record.kind in (records.METER, records.EDGE):
            decode = records.decode_meter if record.kind == records.METER else records.decode_edge
            session, wh = decode(record.payload)[:2]
            last[whose.get(session)] = wh
        elif record.kind in (records.SAMPLE, records.END):
            decode = records.decode_sample if record.kind == records.SAMPLE else records.decode_end
            told = decode(record.payload)
            last[whose.get(told.session)] = told.wh
    for spec in board.connectors:
        if spec.meter and in_chip(spec.meter):
            energy.start(spec.meter["address"], last.get(spec.id, 0))
