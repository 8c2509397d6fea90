"""Lines that fail, central systems that stumble, supplies that are cut: one Start, one Stop, the right Wh."""

import pytest

from tests.csms.fake import run
from tests.story.scenes import CARD, OTHER_CARD, Scene, known_cards
from tools.csms import Ledger
from tools.csms.frames import moment

# Reconnecting soon keeps a scenario short; the retry interval of transaction messages likewise.
SOON = {"ReconnectBackoffMinS": 1, "ReconnectBackoffMaxS": 4, "TransactionMessageRetryInterval": 2}
ANYBODY = SOON | {"AllowOfflineTxForUnknownId": True}


def told(site, *actions):
    """Transaction messages in the order they came: (action, payload)."""
    wanted = actions or ("StartTransaction", "MeterValues", "StopTransaction")
    return [
        (one.action, one.payload)
        for way, one in site.point.log
        if way == "in" and one.kind == 2 and one.action in wanted
    ]


async def _disconnect(site, how):
    if how == "network":
        await site.do("network", up=False)
    else:
        await site.csms.stop()
    await site.until(120, ocpp__connected=False)


async def _reconnect(site, how):
    if how == "network":
        await site.do("network", up=True)
    else:
        await site.csms.start()
    await site.until(120, ocpp__connected=True)


@pytest.mark.parametrize("how", ["network", "central system"])
@run
async def test_offline_sessions_are_delivered_later_in_order_with_their_own_times(how):
    async with Scene(settings=ANYBODY) as site:
        await site.booted()
        await _disconnect(site, how)
        for card, pause_s in ((CARD, 40), (OTHER_CARD, 70)):
            await site.begin(card)
            await site.advance(pause_s)
            await site.leave()
            await site.advance(10)
        await _reconnect(site, how)
        await site.account((CARD, "EVDisconnected"), (OTHER_CARD, "EVDisconnected"))
        for one, closed_at, opened_at in zip(site.transactions, site.closings(), site.openings(), strict=True):
            assert abs((one.began - site.clock(closed_at)).total_seconds()) < 5
            assert abs((one.ended - site.clock(opened_at)).total_seconds()) < 5
        order = [action for action, _ in told(site, "StartTransaction", "StopTransaction")]
        assert order == ["StartTransaction", "StopTransaction"] * 2


@run
async def test_a_session_that_began_online_goes_on_through_an_outage():
    async with Scene(settings=SOON | {"MeterValueSampleInterval": 30}) as site:
        await site.booted()
        await site.begin()
        await site.received("StartTransaction")
        await _disconnect(site, "network")
        await site.advance(70)
        assert (await site.connector())["contactor"]["closed"]
        await _reconnect(site, "network")
        await site.advance(40)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))
        times = [moment(one["meterValue"][0]["timestamp"]) for action, one in told(site, "MeterValues")]
        assert times == sorted(times) and len(times) >= 3


@run
async def test_a_strangers_card_is_refused_offline():
    async with Scene(settings=SOON) as site:
        await site.booted()
        await _disconnect(site, "network")
        await site.plug()
        await site.advance(2)
        await site.tap()
        await site.advance(20)
        assert site.closings() == []
        await _reconnect(site, "network")
        await site.account()


@pytest.mark.parametrize("action", ["StartTransaction", "StopTransaction"])
@pytest.mark.parametrize("trouble", ["errors", "silent", "hang_up", "twice"])
@run
async def test_a_stumbling_central_system_gets_each_transaction_once(action, trouble):
    async with Scene(known_cards(), settings=SOON | {"MessageTimeoutS": 5}) as site:
        await site.booted()
        getattr(site.csms.behaviour, trouble)[action] = 1
        await site.begin()
        await site.advance(25)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))
        sent = len(told(site, action))
        assert sent == (1 if trouble == "twice" else 2)


@run
async def test_a_slow_central_system_is_waited_for():
    async with Scene(known_cards(delay_s={"*": 0.02})) as site:
        await site.booted()
        await site.begin()
        await site.advance(30)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


@pytest.mark.parametrize("number", [1001, 1795341600123])  # some central systems number in milliseconds since 1970
@run
async def test_a_cut_in_the_middle_of_a_charge_closes_the_transaction_with_power_loss(number):
    async with Scene(settings=SOON) as site:
        site.csms.ledger = Ledger(first_id=number)
        await site.booted()
        await site.begin()
        await site.received("StartTransaction")
        await site.advance(70)
        cut_at = site.sim.t
        await site.cut(30)
        (wh,) = await site.account((CARD, "PowerLoss"))
        assert wh > 120
        assert len(told(site, "StartTransaction", "StopTransaction")) == 2
        assert (site.transactions[0].ended - site.clock(cut_at)).total_seconds() < 61
        await site.leave()


@run
async def test_a_cut_before_the_start_was_delivered_loses_and_doubles_nothing():
    async with Scene(settings=ANYBODY) as site:
        await site.booted()
        await _disconnect(site, "network")
        await site.begin()
        await site.advance(25)
        await site.do("power", on=False)
        await site.advance(5)
        await site.do("network", up=True)
        await site.do("power", on=True)
        await site.booted(60)
        await site.account((CARD, "PowerLoss"))
        assert len(told(site, "StartTransaction", "StopTransaction")) == 2


@pytest.mark.parametrize("action", ["StartTransaction", "StopTransaction"])
@run
async def test_a_cut_while_the_answer_is_on_its_way_repeats_and_doubles_nothing(action):
    async with Scene(known_cards(silent={action: 1}), settings=SOON) as site:
        await site.booted()
        await site.begin()
        if action == "StopTransaction":
            await site.advance(25)
            await site.tap()
        await site.received(action)
        await site.cut()
        reason = "Local" if action == "StopTransaction" else "PowerLoss"
        await site.account((CARD, reason))
        assert site.transactions[0].repeats == 1
        await site.leave()


@run
async def test_a_cut_just_after_the_end_was_written_reports_that_end():
    async with Scene(settings=ANYBODY) as site:
        await site.booted()
        await _disconnect(site, "network")
        await site.begin()
        await site.advance(25)
        await site.tap()
        await site.until(10, closed=False, session=None)
        await site.do("power", on=False)
        await site.advance(5)
        await site.do("network", up=True)
        await site.do("power", on=True)
        await site.booted(60)
        await site.account((CARD, "Local"))


@run
async def test_two_cuts_in_one_session_are_one_transaction():
    async with Scene(settings=SOON) as site:
        await site.booted()
        await site.begin()
        await site.advance(40)
        await site.do("power", on=False)
        await site.advance(5)
        await site.do("power", on=True)
        await site.advance(0.7)  # in the middle of its boot
        await site.cut()
        await site.account((CARD, "PowerLoss"))


@run
async def test_a_session_may_be_resumed_after_a_cut_where_that_is_configured():
    async with Scene(settings=SOON | {"ResumeAfterPowerLoss": "resume"}) as site:
        await site.booted()
        await site.begin()
        await site.advance(25)
        await site.cut()
        await site.until(60, closed=True)
        await site.advance(25)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


async def cut_at_flash_write(write, byte):
    """A session with the supply cut inside the n-th flash write from its beginning; then a second one."""
    async with Scene(settings=SOON) as site:
        await site.booted()
        await site.advance(5)
        await site.do("power_cut_at", flash_write=write, byte=byte)
        await site.plug()
        await site.advance(2)
        await site.tap()
        await site.advance(90)
        if (await site.look())["power"]:
            await site.tap()
            await site.advance(10)
        assert not (await site.look())["power"], f"a session has fewer than {write} flash writes"
        await site.do("power", on=True)
        await site.booted(60)
        await site.leave()
        await site.delivered()
        first = [(one.id_tag, one.reason) for one in site.transactions]
        assert first in ([], [(CARD, "PowerLoss")], [(CARD, "Local")])
        await site.begin(OTHER_CARD)
        await site.advance(30)
        await site.leave()
        await site.account(*first, (OTHER_CARD, "EVDisconnected"))


@pytest.mark.parametrize("write, byte", [(1, 0), (1, 7), (2, 0), (2, 11), (3, 0), (4, 5)])
@run
async def test_a_cut_inside_a_flash_write_loses_no_wh(write, byte):
    await cut_at_flash_write(write, byte)


@pytest.mark.prove
@pytest.mark.parametrize("write", range(1, 9))
@pytest.mark.parametrize("byte", [0, 3, 9, 16])
@run
async def test_a_cut_at_any_byte_of_any_flash_write_loses_no_wh(write, byte):
    await cut_at_flash_write(write, byte)
