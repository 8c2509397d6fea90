"""A charge point of the crudest kind: it says whatever a test puts into its mouth."""

import asyncio
import functools
import itertools
import json
from datetime import UTC, datetime

from websockets.asyncio.client import connect

from tools.csms import Behaviour, CentralSystem

HANGS_S = 600  # of real time, of which a busy machine gives little


def run(test):
    """Let a coroutine be a plain pytest function."""

    @functools.wraps(test)
    def wrapped(*args, **kwargs):
        return asyncio.run(asyncio.wait_for(test(*args, **kwargs), HANGS_S))

    return wrapped


class FakePoint:
    """`async with FakePoint(csms) as point`: connected; `await point.ask(action, payload)` is a CALL and its answer."""

    _numbers = itertools.count(1)

    def __init__(self, csms, identity="CP1", **options):
        self._url = f"{csms.url}/{identity}"
        self._options = {"subprotocols": ["ocpp1.6"], **options}

    async def __aenter__(self):
        self.socket = await connect(self._url, **self._options)
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    async def say(self, message):
        await self.socket.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def hear(self, timeout_s=5):
        return json.loads(await asyncio.wait_for(self.socket.recv(), timeout_s))

    async def ask(self, action, payload, unique_id=None):
        await self.say([2, unique_id or f"m{next(self._numbers)}", action, payload])
        return (await self.hear())[2]

    async def boot(self):
        return await self.ask("BootNotification", {"chargePointVendor": "Rudved", "chargePointModel": "Fake"})

    async def start(self, wh=1000, at="10:00:00", tag="04A1B2C3", connector=1):
        answer = await self.ask(
            "StartTransaction",
            {"connectorId": connector, "idTag": tag, "meterStart": wh, "timestamp": f"2026-11-22T{at}Z"},
        )
        return answer["transactionId"]

    async def values(self, transaction, wh, at="10:01:00", connector=1):
        sample = {"value": str(wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
        value = {"timestamp": f"2026-11-22T{at}Z", "sampledValue": [sample]}
        await self.ask("MeterValues", {"connectorId": connector, "transactionId": transaction, "meterValue": [value]})

    async def stop(self, transaction, wh, at="10:02:00", **more):
        payload = {"transactionId": transaction, "meterStop": wh, "timestamp": f"2026-11-22T{at}Z", **more}
        return await self.ask("StopTransaction", payload)

    async def status(self, status, connector=1, error="NoError"):
        await self.ask("StatusNotification", {"connectorId": connector, "status": status, "errorCode": error})


def ten_o_clock(hour=10, minute=5):
    """A clock that stands still a little after the timestamps the fake gives."""
    now = datetime(2026, 11, 22, hour, minute, tzinfo=UTC)
    return lambda: now


def system(**behaviour):
    return CentralSystem(Behaviour(**behaviour), clock=ten_o_clock())


def reasons(csms):
    return " | ".join(violation.reason for violation in csms.violations)
