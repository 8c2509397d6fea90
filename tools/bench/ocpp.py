"""Figures of the charge point against the demo central system, beside those of one written on the `ocpp` package."""

import asyncio
import json
import statistics
import sys
import time

from tools.bench.interpreter import ROOT
from tools.bench.table import Figure
from tools.csms import Behaviour, CentralSystem
from tools.demo.simclient import Simulator, look
from tools.demo.site import CP_ID, Site

SEED = 20261122
CARD = "04A1B2C3"
TAPS = 5
QUEUE_S = 300
OFFLINE_S = 1800
HOUR_S = 3600
# As fast as the standard lets a driver see it: no pause before a status, a sample each second.
SETTINGS = {"ReconnectBackoffMinS": 1, "ReconnectBackoffMaxS": 1, "MeterValueSampleInterval": 1, "AllowOfflineTxForUnknownId": True}


def figures():
    """Ours first, the other in the note."""
    theirs = asyncio.run(_reference())
    ours = asyncio.run(_boot_and_taps()) | asyncio.run(_queue_and_heap()) | asyncio.run(_offline_hour())
    for what, key, form in (
        ("process start -> BootNotification accepted, real time", "boot_ms", "{:,.0f} ms"),
        ("tap -> StartTransaction sent, real time, median", "tap_ms", "{:,.0f} ms"),
        ("sustained MeterValues of four measurands", "rate", "{:,.0f} /s"),
        ("heap, idle and connected, 64 bits", "idle", "{:,.0f} kB"),
        ("heap, in a transaction, 64 bits", "busy", "{:,.0f} kB"),
        ("bytes written to flash an offline charging hour", "bytes", "{:,.0f} B"),
        ("flash erases an offline charging hour", "erases", "{:,.1f}"),
    ):
        other = form.format(theirs[key]) if key in theirs else "keeps nothing: what is not sent is lost"
        yield Figure(what, form.format(ours[key]) if key in ours else None, "", "on the ocpp package: " + other)


class Watch:
    """When a call of an action was last seen by the central system."""

    def __init__(self):
        self.at = {}
        self.first = {}
        self.count = {}

    def __call__(self, point, way, frame, text):
        if way == "in" and frame is not None and frame.kind == 2:
            self.at[frame.action] = time.perf_counter()
            self.first.setdefault(frame.action, self.at[frame.action])
            self.count[frame.action] = self.count.get(frame.action, 0) + 1


async def _seen(watch, action, count, timeout_s=60):
    """Wait until it came so often; when it did."""
    async with asyncio.timeout(timeout_s):
        while watch.count.get(action, 0) < count:
            await asyncio.sleep(0.0005)
    return watch.at[action]


async def _boot_and_taps():
    """In real time: a driver waits for the card reader's look, the answer, and the journal."""
    watch = Watch()
    async with CentralSystem(Behaviour(), on_frame=watch) as csms:
        began = time.perf_counter()
        async with Simulator.launch(csms=csms.url, cp_id=CP_ID, board="rudved_ac7", seed=SEED, set=SETTINGS) as sim:
            boot_ms = (await _seen(watch, "BootNotification", 1) - began) * 1000
            await sim.wait({"ocpp.accepted": True}, 10)
            taps = []
            for number in range(TAPS):
                await sim.do("plug")
                await sim.wait({"connectors.0.letter": "B"}, 10)
                await asyncio.sleep(1.5)
                tapped = time.perf_counter()
                await sim.do("tap", uid=CARD)
                taps.append((await _seen(watch, "StartTransaction", number + 1) - tapped) * 1000)
                await sim.do("unplug")
                await sim.wait({"connectors.0.session": None, "connectors.0.status": "Available"}, 20)
    return {"boot_ms": boot_ms, "tap_ms": statistics.median(taps)}


async def _queue_and_heap():
    """A queue of samples, one a second, delivered as fast as answers come; and the heap before and meanwhile."""
    watch, got = Watch(), {}
    async with Site(seed=SEED, set=SETTINGS) as site:
        site.csms.on_frame = watch
        await site.booted()
        got["idle"] = await _least_heap(site)
        await site.do("network", up=False)
        await site.do("plug")
        await site.do("vehicle", ready=True)
        await site.advance(2)
        await site.do("tap", uid=CARD)
        await site.until(30, closed=True)
        await site.sim.advance(QUEUE_S)
        await site.do("network", up=True)
        while not watch.count.get("MeterValues") or (await site.look())["ocpp"]["queued"]:
            await site.sim.advance(1)  # a `wait` would look at the whole snapshot all the time
        values = watch.count["MeterValues"]
        got["rate"] = (values - 1) / (watch.at["MeterValues"] - watch.first["MeterValues"])
        got["busy"] = await _least_heap(site)
    return got


async def _least_heap(site):
    """kB in use just after a collection: the least of many looks."""
    least = None
    for _ in range(20):
        await site.advance(1)
        used = look(await site.look(), "heap.used")
        least = used if least is None else min(least, used)
    return least / 1000


async def _offline_hour():
    """Charging without a central system, with the settings as delivered."""
    async with Site(seed=SEED, set={"AllowOfflineTxForUnknownId": True}) as site:
        await site.booted()
        await site.do("network", up=False)
        await site.do("plug")
        await site.do("vehicle", ready=True)
        await site.advance(2)
        await site.do("tap", uid=CARD)
        await site.until(30, closed=True)
        before = (await site.look())["flash"]
        await site.sim.advance(OFFLINE_S)
        after = (await site.look())["flash"]
    return {name: (after[name] - before[name]) * HOUR_S / OFFLINE_S for name in ("bytes", "erases")}


async def _reference():
    """The same against the charge point of reference.py, where it has the like."""
    watch, got = Watch(), {}
    async with CentralSystem(Behaviour(), on_frame=watch) as csms:
        began = time.perf_counter()
        async with _Reference(csms.url) as point:
            got["boot_ms"] = (await _seen(watch, "BootNotification", 1) - began) * 1000
            await point.said()
            taps = []
            for number in range(TAPS):
                tapped = time.perf_counter()
                await point.do("tap")
                taps.append((await _seen(watch, "StartTransaction", number + 1) - tapped) * 1000)
                if number < TAPS - 1:
                    await point.do("end")
            got["tap_ms"] = statistics.median(taps)
            values = 500
            began = time.perf_counter()
            await point.do(f"values {values}")
            got["rate"] = values / (time.perf_counter() - began)
        async with _Reference(csms.url, "heap") as point:  # counting costs time
            await point.said()
            got["idle"] = await point.do("heap") / 1000
            await point.do("tap")
            await point.do("values 5")
            got["busy"] = await point.do("heap") / 1000
    return got


class _Reference:
    def __init__(self, url, *words):
        self._argv = [sys.executable, "-m", "tools.bench.reference", url, "REFERENCE", *words]

    async def __aenter__(self):
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(*self._argv, stdin=pipe, stdout=pipe, cwd=ROOT)
        return self

    async def __aexit__(self, *_):
        self._process.stdin.close()
        await self._process.wait()

    async def do(self, deed):
        self._process.stdin.write(deed.encode() + b"\n")
        return await self.said()

    async def said(self):
        return json.loads(await self._process.stdout.readline())


