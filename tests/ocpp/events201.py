# A second writer, of OCPP 2.0.1's TransactionEvent, over the same journal: shows that it needs nothing but what is there.
# Runs inside MicroPython; see test_events201.py. `main` lives through some sessions and prints the events as JSON lines.
import asyncio
import json
import sys

from firmware.ocpp.reported import Reported
from firmware.storage import records
from firmware.support.clock import iso8601
from tests.charging.bench import Bench

# How a session began -> (triggerReason, type of the idToken)
_BEGAN = {"remote": ("RemoteStart", "Central"), "free_vend": ("CablePluggedIn", "NoAuthorization")}
_STATES = {"charging": "Charging", "suspended_vehicle": "SuspendedEV", "suspended_charger": "SuspendedEVSE", "resumed": "SuspendedEVSE"}
# Why it ended -> (stoppedReason, triggerReason); what is not here is Other
_ENDED = {
    "card": ("Local", "StopAuthorized"),
    "remote": ("Remote", "RemoteStop"),
    "unplugged": ("EVDisconnected", "EVCommunicationLost"),
    "deauthorised": ("DeAuthorized", "Deauthorized"),
    "idle": ("TimeLimitReached", "TimeLimitReached"),
    "unlock": ("Local", "UnlockCommand"),
    "emergency_stop": ("EmergencyStop", "AbnormalCondition"),
    "power_loss": ("PowerLoss", "AbnormalCondition"),
    "reboot": ("Reboot", "ResetCommand"),
    "watchdog": ("Reboot", "AbnormalCondition"),
    "soft_reset": ("ImmediateReset", "ResetCommand"),
    "hard_reset": ("ImmediateReset", "ResetCommand"),
    "fault:residual": ("GroundFault", "AbnormalCondition"),
    "fault:over_current": ("OvercurrentFault", "AbnormalCondition"),
}
_CONTEXTS = {records.PERIODIC: ("Sample.Periodic", "MeterValuePeriodic"), records.ALIGNED: ("Sample.Clock", "MeterValueClock"),
             records.RESUMED: ("Interruption.End", "MeterValuePeriodic")}


class Writer:
    """`events()` of a whole journal, in order."""

    def __init__(self, journal):
        self._journal = journal
        self._open = {}

    def events(self):
        for record in self._journal.records():
            if record.kind == records.BEGIN:
                self._open[record.seq] = [Reported(record, self._journal), 0]
                yield self._started(record)
            elif record.kind == records.EDGE:
                session, wh, limit_ma, what, why = records.decode_edge(record.payload)
                if session in self._open and what in _STATES:
                    yield self._event(session, "Updated", "ChargingStateChanged", self._moment(session, record), _STATES[what])
            elif record.kind == records.SAMPLE:
                sample = records.decode_sample(record.payload)
                if sample.session in self._open and sample.context in _CONTEXTS:
                    context, trigger = _CONTEXTS[sample.context]
                    at = self._moment(sample.session, record)
                    yield self._event(sample.session, "Updated", trigger, at, None, _value(at, context, sample.wh))
            elif record.kind == records.END:
                end = records.decode_end(record.payload)
                if end.session in self._open:
                    yield self._ended(end)
                    del self._open[end.session]

    def _started(self, record):
        reported, _ = self._open[record.seq]
        begin = reported.begin
        trigger, kind = _BEGAN.get(begin.why, ("Authorized", "ISO14443"))
        at = iso8601(reported.began)
        event = self._event(record.seq, "Started", trigger, at, "EVConnected", _value(at, "Transaction.Begin", begin.wh))
        event["idToken"] = {"idToken": begin.id_tag, "type": kind}
        event["evse"] = {"id": begin.connector, "connectorId": 1}
        event["offline"] = begin.why in ("list", "cache", "offline_unknown")
        if begin.reservation is not None:
            event["reservationId"] = begin.reservation
        return event

    def _ended(self, end):
        reported, _ = self._open[end.session]
        stopped, trigger = _ENDED.get(end.reason, ("Other", "AbnormalCondition"))
        at = iso8601(reported.moment(*end.at))
        event = self._event(end.session, "Ended", trigger, at, None, _value(at, "Transaction.End", end.wh))
        event["transactionInfo"]["stoppedReason"] = stopped
        if end.id_tag:
            event["idToken"] = {"idToken": end.id_tag, "type": "ISO14443"}
        return event

    def _moment(self, session, record):
        return iso8601(self._open[session][0].moment(record.boot, record.up_s, record.utc_s))

    def _event(self, session, kind, trigger, at, state=None, value=None):
        reported, number = self._open[session]
        self._open[session][1] += 1
        event = {"eventType": kind, "triggerReason": trigger, "timestamp": at, "seqNo": number,
                 "transactionInfo": {"transactionId": reported.id}}
        if state:
            event["transactionInfo"]["chargingState"] = state
        if value:
            event["meterValue"] = [value]
        return event


def _value(at, context, wh):
    return {"timestamp": at, "sampledValue": [
        {"value": wh, "context": context, "measurand": "Energy.Active.Import.Register", "location": "Outlet",
         "unitOfMeasure": {"unit": "Wh"}}]}


def main():
    b = Bench(preset={"MeterValueSampleInterval": 30, "ResumeAfterPowerLoss": "resume"})

    def begin(id_tag):
        b.plug()
        b.run(3)
        asyncio.run(b.tap(id_tag))
        b.run(40)

    begin("CARD1")
    b.outside.ready = False             # the vehicle pauses, and goes on
    b.run(30)
    b.outside.ready = True
    b.run(40)
    b.settings.set("MaxCurrentA", 0)    # a person pauses it
    b.run(30)
    b.settings.set("MaxCurrentA", 32)
    b.run(20)
    b.cut()                             # and the supply goes; the session is resumed
    b.run(40)
    asyncio.run(b.tap("CARD1"))
    b.run(10)
    b.unplug()
    b.run(5)
    b.settings.set("ResumeAfterPowerLoss", "stop")
    begin("CARD2")
    b.cut(utc=False)                    # the clock is lost with it
    b.run(30)
    b.clock.set_utc(b.utc + 30)
    b.journal.note_clock()
    b.unplug()
    b.run(5)
    assert b.charger.remote_start("APP", 1)
    b.plug()
    b.run(30)
    b.unit.fault("residual")
    b.run(10)
    for event in Writer(b.journal).events():
        sys.stdout.write(json.dumps(event) + "\n")
    told = [[begin.wh, end.wh] for begin, end in b.told()]
    sys.stdout.write(json.dumps({"meter": told}) + "\n")


main()
