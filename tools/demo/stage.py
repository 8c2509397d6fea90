"""Where a story is played: central system, simulated charger, the clock they share, and the viewer's patience."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

from tools.csms import Behaviour, CentralSystem
from tools.demo.simclient import Simulator
from tools.demo.timeline import Timeline

CP_ID = "RUDVED-1"
CARD, APP = "04A1B2C3", "APP-7F31"
BEGIN = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)  # the world's second 0
STEPS_PER_S = 8  # how smoothly the gauge moves, in steps a second of the viewer's time


class Stage:
    """`async with Stage(...)` has the charger running and listening; `tempo` 1 plays a story at its written speed, 0 as
    fast as the machine can. World time moves only through `pass_time`, `until` and `call`."""

    def __init__(self, board="rudved_ac7", tempo=1.0, console=None, seed=1, data=None):
        self.timeline = Timeline(self.clock, console)
        self.tempo = tempo
        self.csms = CentralSystem(Behaviour(accept={CARD, APP}), clock=self.now)
        self.reactions = {}  # what happened -> ms until the contactor was open
        self._cause = None
        self._options = {
            "board": board,
            "cp_id": CP_ID,
            "speed": "max",
            "seed": seed,
            "data": data,
            "set": {"MeterValueSampleInterval": 60},
        }
        self._stack = AsyncExitStack()

    async def __aenter__(self):
        try:
            await self._stack.enter_async_context(self.csms)
            self.sim = Simulator.launch(self._event, csms=self.csms.url, **self._options)
            await self._stack.enter_async_context(self.sim)
            await self.sim.do("watch")
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *error):
        return await self._stack.__aexit__(*error)

    def clock(self, t):
        return BEGIN + timedelta(seconds=t)

    def now(self):
        return self.clock(self.sim.t)

    @property
    def point(self):
        return self.csms.point(CP_ID)

    async def look(self):
        """The snapshot; the timeline's figures follow it."""
        state = await self.sim.state()
        connector = state["connectors"][0]
        self.timeline.amps = max(connector["amps"])
        self.timeline.wh = (connector["session"] or {}).get("wh", 0)
        self.timeline.gauge(connector)
        return state

    async def act(self, who, what, command, opens=None, **fields):
        """Somebody does something. `opens` names it where the contactor must open because of it."""
        self.timeline.say(self.sim.t, who, what)
        if opens:
            self._cause = self.sim.t, opens
            self.timeline.because(self.sim.t, opens)
        return await self.sim.do(command, **fields)

    async def pass_time(self, world_s, view_s):
        """Let world time pass, spread over so many seconds of the viewer's time."""
        steps = max(1, round(view_s * STEPS_PER_S)) if self.tempo else max(1, round(world_s / 30))
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for step in range(1, steps + 1):
            await self.sim.advance(world_s / steps)
            await self.look()
            rest = begun + view_s * self.tempo * step / steps - loop.time()
            if rest > 0:
                await asyncio.sleep(rest)

    async def until(self, timeout_s=10, **fields):
        """Wait, at most so much world time, until connector 1 shows these fields (`closed` is its contactor's), or the
        snapshot those whose names stand for a path, a__b for a.b."""
        paths = {"closed": "connectors.0.contactor.closed"}
        wanted = {
            name.replace("__", ".") if "__" in name else paths.get(name, f"connectors.0.{name}"): value
            for name, value in fields.items()
        }
        await self.sim.wait(wanted, timeout_s)
        await self.look()

    async def call(self, action, payload):
        """The central system calls while the world goes on; its answer."""
        asked = asyncio.ensure_future(self.point.call(action, payload))
        while not asked.done():
            await self.sim.advance(0.1)
            await asyncio.sleep(0.005)
        return await asked

    def _event(self, event):
        if event["event"] == "contactor" and not event["closed"] and self._cause:
            begun, text = self._cause
            self._cause = None
            self.reactions[text] = (event["t"] - begun) * 1000
        self.timeline.event(event)
