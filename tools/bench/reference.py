"""A charge point as one writes it on the `ocpp` package in an afternoon: the measure beside which ours is told.

`python -m tools.bench.reference URL IDENTITY`: boots; each line on standard input is a deed ("tap", "values N", "end", "heap"),
each line on standard output what came of it, as JSON. It keeps nothing: what is not sent is lost.
"""

import asyncio
import gc
import json
import sys
import tracemalloc
from datetime import UTC, datetime

from ocpp.v16 import ChargePoint, call
from websockets.asyncio.client import connect

TAG = "04A1B2C3"


def now():
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def reading(wh):
    """Four measurands, as ours sends them."""
    values = (("Energy.Active.Import.Register", str(wh), "Wh"), ("Power.Active.Import", "7360", "W"),
              ("Current.Import", "32.00", "A"), ("Voltage", "230.0", "V"))  # fmt: skip
    sampled = [{"value": value, "measurand": name, "unit": unit, "context": "Sample.Periodic"} for name, value, unit in values]
    return [{"timestamp": now(), "sampledValue": sampled}]


class Point(ChargePoint):
    transaction = None

    async def boot(self):
        await self.call(call.BootNotification(charge_point_model="AC7", charge_point_vendor="Reference"))
        for connector in (0, 1):
            await self.call(call.StatusNotification(connector_id=connector, error_code="NoError", status="Available"))

    async def tap(self):
        await self.call(call.Authorize(id_tag=TAG))
        told = await self.call(call.StartTransaction(connector_id=1, id_tag=TAG, meter_start=0, timestamp=now()))
        self.transaction = told.transaction_id

    async def values(self, n):
        for wh in range(n):
            await self.call(call.MeterValues(connector_id=1, transaction_id=self.transaction, meter_value=reading(wh)))

    async def end(self):
        await self.call(call.StopTransaction(meter_stop=100_000, timestamp=now(), transaction_id=self.transaction))


async def main(url, identity):
    async with connect(f"{url}/{identity}", subprotocols=["ocpp1.6"]) as socket:
        point = Point(identity, socket)
        listening = asyncio.ensure_future(point.start())
        await point.boot()
        print(json.dumps("booted"), flush=True)
        while words := (await asyncio.to_thread(sys.stdin.readline)).split():
            if words[0] == "heap":
                gc.collect()
                print(json.dumps(tracemalloc.get_traced_memory()[0]), flush=True)
                continue
            await getattr(point, words[0])(*[int(word) for word in words[1:]])
            print(json.dumps("done"), flush=True)
        listening.cancel()


if __name__ == "__main__":
    if "heap" in sys.argv[3:]:
        tracemalloc.start()
    asyncio.run(main(*sys.argv[1:3]))
