"""The other two boards, by the same firmware: three phases behind a locked socket, and three outlets without a pilot."""

from tests.csms.fake import run
from tests.story.scenes import CARD, Scene


@run
async def test_a_socket_locks_the_cable_and_gives_three_phases():
    async with Scene(board="rudved_ac22") as site:
        await site.booted()
        await site.begin()
        await site.advance(20)
        connector = await site.connector()
        assert connector["locked"] and min(connector["amps"]) > 30 and connector["power_w"] > 21000
        await site.tap()
        await site.until(10, closed=False)
        await site.until(10, locked=False)
        await site.account((CARD, "Local"))


@run
async def test_a_thin_cable_limits_what_is_offered():
    async with Scene(board="rudved_ac22") as site:
        await site.booted()
        await site.do("plug", cable_a=20)
        await site.do("vehicle", ready=True)
        await site.advance(2)
        await site.tap()
        await site.until(20, closed=True)
        await site.advance(10)
        connector = await site.connector()
        assert (connector["limit_a"], connector["limit_by"]) == (20.0, "cable")
        assert 18 < max(connector["amps"]) <= 20
        await site.tap()
        await site.until(10, locked=False)
        await site.account((CARD, "Local"))


@run
async def test_three_outlets_report_themselves():
    async with Scene(board="rudved_ac001") as site:
        await site.booted()
        await site.received("StatusNotification", 4)
        told = {one["connectorId"]: one["status"] for one in site.point.calls("StatusNotification")}
        assert told == {0: "Available", 1: "Available", 2: "Available", 3: "Available"}
        assert len((await site.look())["connectors"]) == 3
        await site.account()


@run
async def test_a_persons_limit_works_while_the_car_charges():
    async with Scene() as site:
        await site.booted()
        await site.begin()
        await site.advance(10)
        await site.sim.configure(MaxCurrentA=10)
        await site.advance(6)
        connector = await site.connector()
        assert connector["limit_a"] == 10.0 and 9 < max(connector["amps"]) <= 10
        answer = await site.call("ChangeConfiguration", {"key": "MaxCurrentA", "value": "0"})
        assert answer == {"status": "Accepted"}
        await site.until(15, closed=False, status="SuspendedEVSE")
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


@run
async def test_the_central_system_reads_and_changes_settings():
    async with Scene() as site:
        await site.booted()
        answer = await site.call("GetConfiguration", {"key": ["HeartbeatInterval", "NumberOfConnectors", "NoSuchKey"]})
        assert answer["unknownKey"] == ["NoSuchKey"]
        read = {one["key"]: (one["value"], one["readonly"]) for one in answer["configurationKey"]}
        assert read == {"HeartbeatInterval": ("300", False), "NumberOfConnectors": ("1", True)}
        for key, value, status in (
            ("MeterValueSampleInterval", "15", "Accepted"),
            ("MeterValueSampleInterval", "soon", "Rejected"),
            ("NumberOfConnectors", "7", "Rejected"),
            ("NoSuchKey", "1", "NotSupported"),
        ):
            assert await site.call("ChangeConfiguration", {"key": key, "value": value}) == {"status": status}
        everything = await site.call("GetConfiguration")
        assert len(everything["configurationKey"]) > 40
        assert not [
            one for one in everything["configurationKey"] if one["key"] == "AuthorizationKey" and one.get("value")
        ]
        await site.account()
