"""What an operator can set: cards, boot answers, troubles, passwords, TLS; and the calls of the central system."""

import asyncio
import base64

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.csms.fake import FakePoint, reasons, run, system
from tools.csms import CallFailed, parse
from tools.csms.show import Misunderstood, command, one_line


@run
async def test_cards_are_known_blocked_or_unknown_and_case_does_not_matter():
    async with system(accept={"04A1B2C3"}, tags={"BAD": "Blocked"}, parents={"04A1B2C3": "FAMILY"}) as csms:
        async with FakePoint(csms) as point:
            await point.boot()
            for tag, info in {
                "04a1b2c3": {"status": "Accepted", "parentIdTag": "FAMILY"},
                "bad": {"status": "Blocked"},
                "WHO": {"status": "Invalid"},
            }.items():
                assert await point.ask("Authorize", {"idTag": tag}) == {"idTagInfo": info}
        csms.check()


@run
async def test_boot_answers_come_in_turn_and_the_last_one_stays():
    async with system(boot=["Pending", "Accepted"], retry_s=1, interval_s=77) as csms, FakePoint(csms) as point:
        assert [(await point.boot())[name] for name in ("status",)] == ["Pending"]
        assert (await point.boot())["interval"] == 77
        assert (await point.boot())["status"] == "Accepted"
        await csms.charge_point("CP1")


@run
async def test_troubles_happen_as_often_as_told():
    async with system(errors={"Heartbeat": 1}, twice={"Authorize": 1}) as csms, FakePoint(csms) as point:
        await point.boot()
        await point.say([2, "e", "Heartbeat", {}])
        assert (await point.hear())[:3] == [4, "e", "InternalError"]
        assert "currentTime" in await point.ask("Heartbeat", {})
        first = await point.ask("Authorize", {"idTag": "A"})
        assert (await point.hear())[2] == first
        csms.behaviour.silent["Heartbeat"] = None
        with pytest.raises(TimeoutError):
            await point.say([2, "s", "Heartbeat", {}])
            await point.hear(0.1)
        csms.check()


@run
async def test_a_connection_is_refused_or_left_without_subprotocol():
    async with system(refuse=503) as csms:
        with pytest.raises(InvalidStatus, match="503"):
            await FakePoint(csms).__aenter__()
        csms.behaviour.refuse, csms.behaviour.subprotocols = None, []
        async with FakePoint(csms) as point:
            assert point.socket.subprotocol is None
        csms.behaviour.subprotocols = ["ocpp2.0.1"]
        async with FakePoint(csms, subprotocols=["ocpp2.0.1"]):
            pass
        assert "does not offer the subprotocol ocpp1.6" in reasons(csms)


@run
async def test_basic_authentication_asks_for_the_password_of_the_identity():
    def header(text):
        return {"additional_headers": {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}}

    async with system(passwords={"CP1": "0123456789abcdef"}) as csms:
        for options in ({}, header("CP1:wrong"), header("CP2:0123456789abcdef"), header("CP1:")):
            with pytest.raises(InvalidStatus, match="401"):
                await FakePoint(csms, **options).__aenter__()
        async with FakePoint(csms, **header("CP1:0123456789abcdef")) as point:
            assert (await point.boot())["status"] == "Accepted"


@run
async def test_a_call_gets_its_answer_its_callerror_or_runs_out_of_time():
    async with system() as csms, FakePoint(csms) as fake:
        await fake.boot()
        point = await csms.charge_point("CP1")

        async def answer(make):
            _, unique_id, _, _ = await fake.hear()
            await fake.say(make(unique_id))

        for make in (lambda i: [3, i, {"status": "Accepted"}], lambda i: [4, i, "NotSupported", "no", {}]):
            asked = asyncio.ensure_future(point.call("ClearCache"))
            await answer(make)
            if make("")[0] == 3:
                assert await asked == {"status": "Accepted"}
            else:
                with pytest.raises(CallFailed, match="NotSupported"):
                    await asked
        with pytest.raises(CallFailed, match="NoAnswer"):
            await point.call("ClearCache", timeout_s=0.05)
        await answer(lambda i: [3, i, {"status": "Accepted"}])  # too late, but no offence
        await fake.ask("Heartbeat", {})
        csms.check()


@run
async def test_only_one_call_of_the_central_system_is_outstanding():
    async with system() as csms, FakePoint(csms) as fake:
        await fake.boot()
        point = await csms.charge_point("CP1")
        both = [asyncio.ensure_future(point.call("ClearCache")) for _ in range(2)]
        _, unique_id, _, _ = await fake.hear()
        with pytest.raises(TimeoutError):
            await fake.hear(0.1)
        await fake.say([3, unique_id, {"status": "Accepted"}])
        await fake.say([3, (await fake.hear())[1], {"status": "Rejected"}])
        assert [(await one)["status"] for one in both] == ["Accepted", "Rejected"]


@run
async def test_a_lost_connection_ends_the_call_and_a_new_one_takes_over():
    async with system() as csms:
        async with FakePoint(csms) as fake:
            await fake.boot()
            point = await csms.charge_point("CP1")
            asked = asyncio.ensure_future(point.call("ClearCache"))
            await fake.hear()
        with pytest.raises(CallFailed, match="connection was lost"):
            await asked
        async with FakePoint(csms) as old, FakePoint(csms) as new:
            await new.boot()
            with pytest.raises(ConnectionClosed):
                await old.hear()
            assert point.connected and point.connections == 3
        await csms.wait(lambda: not point.connected, 5)


@run
async def test_a_stopped_central_system_comes_back_on_its_port_with_its_book():
    async with system() as csms:
        port = csms.port
        async with FakePoint(csms) as fake:
            await fake.boot()
            await fake.start()
            await csms.stop()
        with pytest.raises(OSError):
            await FakePoint(csms).__aenter__()
        await csms.start()
        assert csms.port == port
        async with FakePoint(csms) as fake:
            await fake.boot()
        assert len(csms.transactions) == 1


def test_typed_commands_become_calls():
    assert command(["start", "AB", "2"]) == ("RemoteStartTransaction", {"idTag": "AB", "connectorId": 2})
    assert command(["stop"], transaction=7) == ("RemoteStopTransaction", {"transactionId": 7})
    assert command(["set", "Key", "a", "b"]) == ("ChangeConfiguration", {"key": "Key", "value": "a b"})
    assert command(["reset", "hard"]) == ("Reset", {"type": "Hard"})
    assert command(["call", "Reset", '{"type":', '"Soft"}']) == ("Reset", {"type": "Soft"})
    for words in (["dance"], ["stop"], ["set"], ["unlock", "two"], ["call", "Reset", "{"], ["call", "Reset", "[1]"]):
        with pytest.raises(Misunderstood):
            command(words)


def test_a_frame_is_one_line_of_words():
    text = '[2, "a", "Authorize", {"idTag": "04A1B2C3"}]'
    assert one_line(parse(text), text) == "Authorize  idTag 04A1B2C3"
    assert one_line(None, "noise") == "?? 'noise'"
