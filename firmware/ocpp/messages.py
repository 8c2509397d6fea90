"""The transaction messages of OCPP 1.6, written from the session's own records."""
from micropython import const

from firmware.ocpp import metervalues
from firmware.storage import records
from firmware.support.clock import iso8601

# Own: readings and values in one StopTransaction, some 10 kB, so that it fits the heap; thinned evenly beyond
_READINGS_LIMIT = const(24)
_VALUES_LIMIT = const(96)

# Why a session ended, in charging's words (charging/reasons.py) -> OCPP 1.6 7.36. What is not here is "Other".
_REASONS = """
card Local
button Local
local Local
remote Remote
unplugged EVDisconnected
no_load EVDisconnected
deauthorised DeAuthorized
unlock UnlockCommand
emergency_stop EmergencyStop
power_loss PowerLoss
watchdog Reboot
reboot Reboot
soft_reset SoftReset
hard_reset HardReset
"""


def reason(inside):
    """The OCPP reason of a session's own reason."""
    at = _REASONS.find("\n" + inside + " ")
    if not inside or at < 0:
        return "Other"
    return _REASONS[at + len(inside) + 2:_REASONS.find("\n", at + 1)]


def start(reported):
    """StartTransaction of a `transactions.Reported`."""
    begin = reported.begin
    payload = {
        "connectorId": begin.connector,
        "idTag": begin.id_tag,
        "meterStart": begin.wh,
        "timestamp": iso8601(reported.began),
    }
    if begin.reservation is not None:
        payload["reservationId"] = begin.reservation
    return payload


def values(sample, reported, utc_s, settings, spec):
    """MeterValues of one sample of a session; None when none of its measurands is asked for."""
    aligned = sample.context == records.ALIGNED
    measurands = settings.get("MeterValuesAlignedData" if aligned else "MeterValuesSampledData")
    before_wh = reported.before_wh.get(sample.context, reported.begin.wh)
    value = metervalues.meter_value(
        iso8601(utc_s), sample, measurands, metervalues.lines_of(spec), sample.context, before_wh)
    if value is None:
        return None
    return {"connectorId": sample.connector, "transactionId": reported.transaction, "meterValue": [value]}


def stop(end, reported, record, journal, settings, spec):
    """StopTransaction of a `records.End` that stands in `record`."""
    data = _data(end, reported, record, journal, settings, spec)
    payload = {
        "transactionId": reported.transaction,
        "meterStop": end.wh,
        "timestamp": iso8601(reported.moment(*end.at)),
        "reason": reason(end.reason),
    }
    if end.id_tag:
        payload["idTag"] = end.id_tag
    if data:
        payload["transactionData"] = data
    return payload


def _data(end, reported, record, journal, settings, spec):
    """transactionData as StopTxnSampledData and StopTxnAlignedData want it, read back from the session's records."""
    sampled, aligned = settings.get("StopTxnSampledData"), settings.get("StopTxnAlignedData")
    if not sampled and not aligned:
        return None
    lines = metervalues.lines_of(spec)
    count = sum(1 for _ in _samples(reported.seq, record.seq, journal, sampled, aligned))
    each = max(len(sampled), len(aligned)) + 2 * (len(lines) - 1)  # voltage and current come once for each phase
    step = count // max(1, min(_READINGS_LIMIT, _VALUES_LIMIT // each)) + 1
    data = []
    before_wh = {}
    first = last = None
    for i, (one, sample) in enumerate(_samples(reported.seq, record.seq, journal, sampled, aligned)):
        edge = sample.context in (records.AT_BEGIN, records.AT_END)
        first = first or sample.context == records.AT_BEGIN
        last = last or sample.context == records.AT_END
        if not edge and i % step:
            continue
        before = before_wh.get(sample.context, reported.begin.wh)
        before_wh[sample.context] = sample.wh
        # The register is read once the contactor has opened; it is that of the end.
        at = end.at if sample.context == records.AT_END else (one.boot, one.up_s, one.utc_s)
        stamp = iso8601(reported.within(*at))
        value = metervalues.meter_value(
            stamp, sample, aligned if sample.context == records.ALIGNED else sampled, lines, sample.context, before)
        if value:
            data.append(value)
    if sampled and not first:
        data.insert(0, metervalues.register_only(iso8601(reported.began), reported.begin.wh, records.AT_BEGIN))
    if sampled and not last:
        data.append(metervalues.register_only(iso8601(reported.moment(*end.at)), end.wh, records.AT_END))
    return data


def _samples(first_seq, last_seq, journal, sampled, aligned):
    for record in journal.records(first_seq):
        if record.seq >= last_seq:
            return
        if record.kind == records.SAMPLE:
            sample = records.decode_sample(record.payload)
            if sample.session == first_seq and (aligned if sample.context == records.ALIGNED else sampled):
                yield record, sample
