"""A TLS handshake while a car charges is a planned stall: everything open and at rest first, then on with the session.

`tls_ms` is what the handshake's sums take on the chip; the world is told of no stall, so its invariants are held as ever.
"""

import pytest

from tests.csms.fake import run
from tests.ocpp.pki import Pki
from tests.story.scenes import CARD, Scene

TLS_MS = 1500


class Stalling(Scene):
    def __init__(self, pki, board="rudved_ac7", guard=None, **settings):
        more = {"guard": guard} if guard else {}
        settings = {"ReconnectBackoffMinS": 1, **settings}
        super().__init__(board=board, ca=pki.path, tls=pki.server(), settings=settings, **more)

    async def __aenter__(self):
        await super().__aenter__()
        await self.do("network", tls_ms=TLS_MS)
        return self

    async def reconnect(self, timeout_s=60):
        """The connection breaks and is made anew."""
        async with self.new_connection(timeout_s):
            await self.point.close()

    def pauses(self):
        """World seconds from each opening of the contactor to its next closing."""
        return [b - a for a, b in zip(self.openings(), self.closings()[1:], strict=False)]


@pytest.mark.parametrize("guard", ["pump", "watchdog"])
@run
async def test_contactor_is_open_during_the_handshake_and_the_session_goes_on(tmp_path, guard):
    async with Stalling(Pki(tmp_path), guard=guard, AllowBenchGuard=True) as site:
        await site.booted()
        await site.begin()
        await site.advance(30)
        await site.reconnect()
        await site.until(60, closed=True)
        (pause_s,) = site.pauses()
        assert TLS_MS / 1000 < pause_s < 30
        await site.advance(60)
        state = await site.look()
        assert state["connectors"][0]["faults"] == [] and state["boots"] == 1
        assert [one["what"] for one in site.sim.events if one["event"] == "session"] == ["started"]
        assert site.point.calls("StatusNotification")[-1]["status"] == "Charging"
        await site.leave()
        await site.account((CARD, "EVDisconnected"))
        assert not [one for one in site.sim.events if one["event"] == "fault"]


@pytest.mark.prove  # half an hour of charging takes its time
@run
async def test_second_stall_waits_half_an_hour_unless_the_contactor_opens_first(tmp_path):
    async with Stalling(Pki(tmp_path), WebSocketPingInterval=0) as site:
        await site.booted()
        await site.begin()
        await site.advance(10)
        await site.reconnect()
        await site.until(60, closed=True)
        await site.advance(60)
        with pytest.raises(TimeoutError, match="no new connection"):
            await site.reconnect(300)
        assert len(site.pauses()) == 1
        await site.do("vehicle", ready=False)  # the car pauses by itself: nothing needs to be stalled
        await site.until(30, closed=False)
        await site.advance(30)
        await site.until(10, ocpp__connected=True)
        await site.do("vehicle", ready=True)
        await site.until(30, closed=True)
        await site.advance(1)
        await site.point.close()
        await site.sim.advance(1560)
        await site.until(240, ocpp__connected=True)
        await site.until(60, closed=True)
        assert len(site.pauses()) == 3
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


@run
async def test_unreachable_server_costs_a_session_nothing(tmp_path):
    """Only a handshake pauses the charging, not each attempt to reach somebody."""
    async with Stalling(Pki(tmp_path)) as site:
        await site.booted()
        await site.begin()
        await site.csms.stop()
        await site.advance(120)
        assert site.pauses() == [] and (await site.connector())["contactor"]["closed"]
        await site.csms.start()
        await site.until(180, ocpp__connected=True)
        await site.until(60, closed=True)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


@run
async def test_handshake_without_a_closed_contactor_delays_nobody(tmp_path):
    async with Stalling(Pki(tmp_path)) as site:
        await site.booted()
        for _ in range(3):
            await site.reconnect(20)
        await site.begin()
        await site.advance(10)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


@run
async def test_vehicle_that_does_not_let_go_is_opened_before_the_handshake(tmp_path):
    async with Stalling(Pki(tmp_path)) as site:
        await site.booted()
        await site.begin()
        await site.do("vehicle", follows_limit=False)
        await site.advance(5)
        await site.reconnect()
        await site.advance(120)
        await site.leave()
        await site.delivered()
        site.csms.check()


@run
async def test_all_connectors_rest_while_one_handshake_runs(tmp_path):
    async with Stalling(Pki(tmp_path), board="rudved_ac001", FreeVendActive=True) as site:
        await site.booted()
        for connector in (1, 2, 3):
            await site.do("plug", connector=connector)
            await site.do("vehicle", connector=connector, ready=True)
        await site.until(30, connectors__0__contactor__closed=True, connectors__2__contactor__closed=True)
        await site.reconnect()
        await site.until(60, connectors__0__contactor__closed=True, connectors__2__contactor__closed=True)
        await site.advance(30)
        for connector in (1, 2, 3):
            await site.do("unplug", connector=connector)
        await site.advance(30)
        await site.delivered()
        site.csms.check()
        assert [one.reason for one in site.transactions] == ["EVDisconnected"] * 3
