"""What the last boot left open, found in the journal. Wanted at boot alone, and held no longer."""
from boards import in_chip
from firmware.charging.session import Found
from firmware.storage import records


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
