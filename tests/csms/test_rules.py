"""The rules no schema can say: ids, turns, boot order, status steps, times, and the bill."""

import pytest

from tests.csms.fake import FakePoint, reasons, run, system


async def _with_booted_point(talk, **behaviour):
    """Reasons of the violations after `talk(point, csms)`."""
    async with system(**behaviour) as csms, FakePoint(csms) as point:
        await point.boot()
        await talk(point, csms)
        return reasons(csms)


@run
async def test_an_honest_session_breaks_no_rule_and_is_in_the_book():
    async def talk(point, csms):
        await point.status("Available", 0)
        await point.status("Available")
        await point.status("Preparing")
        one = await point.start(1000)
        await point.status("Charging")
        await point.values(one, 1400)
        await point.status("SuspendedEV")
        await point.status("Finishing")
        await point.stop(one, 1500, reason="EVDisconnected")
        await point.status("Available")
        (transaction,) = csms.transactions
        assert (transaction.wh, transaction.reason, transaction.open) == (500, "EVDisconnected", False)
        assert csms.frames == 2 * csms.frames_in == 22

    assert await _with_booted_point(talk) == ""


@run
async def test_a_message_id_used_again_on_one_connection_is_caught():
    async def talk(point, csms):
        await point.ask("Heartbeat", {}, "same")
        await point.ask("Heartbeat", {}, "same")

    assert "'same' is used again" in await _with_booted_point(talk)


@run
async def test_a_repetition_on_a_new_connection_may_keep_its_id_but_other_words_may_not():
    async with system() as csms:
        for payload in ({"idTag": "A"}, {"idTag": "A"}, {"idTag": "B"}):
            assert csms.violations == []
            async with FakePoint(csms) as point:
                await point.boot()
                await point.ask("Authorize", payload, "same")
        assert "stood for another message" in reasons(csms)


@run
async def test_two_outstanding_calls_are_caught():
    async def talk(point, csms):
        await point.say([2, "a", "Heartbeat", {}])
        await point.say([2, "b", "Heartbeat", {}])
        await point.hear()
        await point.hear()

    assert "two calls outstanding" in await _with_booted_point(talk, delay_s={"Heartbeat": 0.05})


@run
async def test_a_call_after_one_that_got_no_answer_is_no_offence():
    async def talk(point, csms):
        await point.say([2, "a", "Heartbeat", {}])
        await point.ask("Heartbeat", {})

    assert await _with_booted_point(talk, silent={"Heartbeat": 1}) == ""


@run
async def test_an_answer_nobody_asked_for_is_caught():
    async def talk(point, csms):
        await point.say([3, "nobody", {}])
        await point.ask("Heartbeat", {})

    assert "nobody asked" in await _with_booted_point(talk)


@run
async def test_a_call_before_the_boot_notification_is_caught():
    async with system() as csms, FakePoint(csms) as point:
        await point.ask("Heartbeat", {})
        assert "before any BootNotification" in reasons(csms)


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
@run
async def test_a_call_while_pending_or_rejected_is_caught(status):
    async def talk(point, csms):
        await point.status("Available")

    assert f"StatusNotification while {status}" in await _with_booted_point(talk, boot=[status])


@run
async def test_a_boot_notification_before_its_interval_is_caught():
    async def talk(point, csms):
        await point.boot()

    assert "before its interval" in await _with_booted_point(talk, boot=["Pending"], retry_s=60)


@run
async def test_an_answer_while_rejected_is_caught():
    async def talk(fake, csms):
        asked = fake.socket.loop.create_task(csms.point("CP1").call("Heartbeat" and "ClearCache"))
        _, unique_id, _, _ = await fake.hear()
        await fake.say([3, unique_id, {"status": "Accepted"}])
        await asked

    assert "while Rejected" in await _with_booted_point(talk, boot=["Rejected"])


@pytest.mark.parametrize(
    "steps, reason",
    [
        (["Available", "Finishing"], "from Available to Finishing"),
        (["Charging", "Preparing"], "from Charging to Preparing"),
        (["Finishing", "Charging"], "from Finishing to Charging"),
    ],
)
@run
async def test_a_status_step_the_table_does_not_have_is_caught(steps, reason):
    async def talk(point, csms):
        for status in steps:
            await point.status(status)

    assert reason in await _with_booted_point(talk)


@run
async def test_the_main_controller_neither_charges_nor_is_faulted_without_an_error():
    async def talk(point, csms):
        await point.status("Charging", 0)
        await point.status("Faulted", 0)

    told = await _with_booted_point(talk)
    assert "connector 0 is Charging" in told and "Faulted with NoError" in told


@pytest.mark.parametrize(
    "reason, talk",
    [
        ("unknown transaction 77", lambda p: p.values(77, 1)),
        ("unknown transaction 77", lambda p: p.stop(77, 1)),
        ("from before the charger was built", lambda p: p.ask("StatusNotification", {
            "connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": "1970-01-01T00:00:09Z"})),
        ("s ahead", lambda p: p.start(at="10:30:00")),
        ("on connector 0", lambda p: p.start(connector=0)),
        ("is negative", lambda p: p.start(-1)),
    ],
)  # fmt: skip
@run
async def test_words_without_ground_are_caught(reason, talk):
    assert reason in await _with_booted_point(lambda point, csms: talk(point))


@pytest.mark.parametrize(
    "reason, talk",
    [
        ("the register went back", lambda p, one: p.values(one, 999)),
        ("it runs on 1", lambda p, one: p.values(one, 1100, connector=2)),
        ("a reading of", lambda p, one: p.values(one, 1100, at="09:59:00")),
        ("'much' is not a number", lambda p, one: p.values(one, "much")),
        ("meterStop 900 Wh", lambda p, one: p.stop(one, 900)),
        ("before its last reading or its start", lambda p, one: p.stop(one, 1000, at="09:00:00")),
        ("again, though it was answered", lambda p, one: p.start(1000)),
        ("where 1001 is not stopped", lambda p, one: p.start(1200, at="10:03:00")),
    ],
)
@run
async def test_a_running_transaction_must_add_up(reason, talk):
    async def session(point, csms):
        await talk(point, await point.start(1000))

    assert reason in await _with_booted_point(session)


@pytest.mark.parametrize(
    "reason, talk",
    [
        ("after its StopTransaction", lambda p, one: p.values(one, 2000)),
        ("a second, different StopTransaction", lambda p, one: p.stop(one, 1600)),
        ("again, though it was answered", lambda p, one: p.stop(one, 1500)),
        ("before 1001 ended", lambda p, one: p.start(1000)),
        ("the register of connector 1 had 1500 Wh", lambda p, one: p.start(1400, at="10:03:00")),
        ("before 1001 ended", lambda p, one: p.start(1500, at="10:01:30")),
    ],
)
@run
async def test_a_finished_transaction_stays_finished(reason, talk):
    async def session(point, csms):
        one = await point.start(1000)
        await point.stop(one, 1500)
        await talk(point, one)

    assert reason in await _with_booted_point(session)


@run
async def test_the_data_inside_a_stop_must_add_up_too():
    def reading(wh, at):
        return {"timestamp": f"2026-11-22T{at}Z", "sampledValue": [{"value": str(wh), "unit": "Wh"}]}

    async def session(point, csms):
        one = await point.start(1000)
        await point.values(one, 1300)
        await point.stop(one, 1500, transactionData=[reading(1000, "10:00:00"), reading(1500, "10:02:00")])
        assert csms.violations == []
        two = await point.start(1500, at="10:03:00")
        data = [reading(1700, "10:03:00"), reading(1600, "10:04:00")]
        await point.stop(two, 1700, at="10:04:00", transactionData=data)

    assert "the register went back in 1002" in await _with_booted_point(session)


@run
async def test_a_start_whose_answer_was_lost_comes_again_and_is_the_same_transaction():
    async with system(hang_up={"StartTransaction": 1}) as csms:
        async with FakePoint(csms) as point:
            await point.boot()
            with pytest.raises(Exception, match="1011"):
                await point.start()
        async with FakePoint(csms) as point:
            await point.boot()
            one = await point.start()
            await point.stop(one, 1500)
        csms.check()
        (transaction,) = csms.transactions
        assert (transaction.repeats, transaction.wh) == (1, 500)
