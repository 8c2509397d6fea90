"""A second writer needs no change outside `ocpp/`: OCPP 2.0.1's TransactionEvents, written from the same journal, by its schema."""

import ast
import json
import pathlib

import pytest
from ocpp.messages import get_validator

from tests.harness.programs import told

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = pathlib.Path(__file__).with_name("events201.py")


@pytest.fixture(scope="module")
def lived():
    """(events, [[Wh at the begin, Wh at the end] of each session])."""
    *events, last = [json.loads(line) for line in told(PROGRAM, heap="1024wk").splitlines()]
    return events, last["meter"]


def test_every_event_passes_the_official_schema(lived):
    validator = get_validator(2, "TransactionEvent", "2.0.1")
    for event in lived[0]:
        validator.validate(event)
    broken = dict(lived[0][0])
    del broken["seqNo"]
    assert not validator.is_valid(broken)


def test_each_session_is_started_once_updated_and_ended_once_in_unbroken_numbers(lived):
    sessions = {}
    for event in lived[0]:
        sessions.setdefault(event["transactionInfo"]["transactionId"], []).append(event)
    assert len(sessions) == 3
    for events, (begin_wh, end_wh) in zip(sessions.values(), lived[1], strict=True):
        assert [one["seqNo"] for one in events] == list(range(len(events)))
        kinds = [one["eventType"] for one in events]
        assert kinds[0] == "Started" and kinds[-1] == "Ended" and set(kinds[1:-1]) <= {"Updated"}
        times = [one["timestamp"] for one in events]
        assert times == sorted(times) and times[0] > "2026"
        registers = [one["meterValue"][0]["sampledValue"][0]["value"] for one in events if "meterValue" in one]
        assert registers == sorted(registers) and (registers[0], registers[-1]) == (begin_wh, end_wh) and end_wh > begin_wh


def test_what_happened_is_told_in_the_words_of_the_other_standard(lived):
    events = lived[0]
    states = [one["transactionInfo"].get("chargingState") for one in events]
    assert {"EVConnected", "Charging", "SuspendedEV", "SuspendedEVSE"} <= set(states)
    ends = [(one["transactionInfo"]["stoppedReason"], one["triggerReason"]) for one in events if one["eventType"] == "Ended"]
    assert ends == [("Local", "StopAuthorized"), ("PowerLoss", "AbnormalCondition"), ("GroundFault", "AbnormalCondition")]
    begins = [(one["triggerReason"], one["idToken"]["type"]) for one in events if one["eventType"] == "Started"]
    assert begins == [("Authorized", "ISO14443"), ("Authorized", "ISO14443"), ("RemoteStart", "Central")]
    assert "Interruption.End" in [v["sampledValue"][0]["context"] for one in events for v in one.get("meterValue", ())]


def test_the_writer_knows_only_the_journal_and_the_door_it_stands_at():
    imported = {node.module for node in ast.walk(ast.parse(PROGRAM.read_text())) if isinstance(node, ast.ImportFrom)}
    firmware = {name for name in imported if name.startswith("firmware")}
    assert firmware == {"firmware.ocpp.reported", "firmware.storage", "firmware.support.clock"}
