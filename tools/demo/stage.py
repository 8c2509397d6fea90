"""A site with an audience: what happens is told on a timeline, and world time passes at a viewer's pace."""

import asyncio

from tools.csms import Behaviour
from tools.demo.site import Site
from tools.demo.timeline import Timeline

CARD, APP = "04A1B2C3", "APP-7F31"
STEPS_PER_S = 8  # how smoothly the gauge moves, in steps a second of the viewer's time
UNSEEN_STEP_S = 15
SETTLE_S = 0.05  # the charger tells of a change some milliseconds after it


class Stage(Site):
    """`tempo` 1 plays a story at its written speed, 0 as fast as the machine can."""

    def __init__(self, board="rudved_ac7", tempo=1.0, console=None, seed=1, hal="sim"):
        settings = {"MeterValueSampleInterval": 60}
        super().__init__(Behaviour(accept={CARD, APP}), self._event, board=board, seed=seed, hal=hal, set=settings)
        self.timeline = Timeline(self.clock, console)
        self.tempo = tempo
        self.reactions = {}  # what happened -> ms until the contactor was open
        self.piloted = True
        self._cause = None
        self._curtain_up = False

    async def __aexit__(self, *error):
        self.sim.on_event = None  # the play is over: what the end of the simulator brings about is not told
        return await super().__aexit__(*error)

    async def look(self):
        """The snapshot; the timeline's figures follow it."""
        state = await super().look()
        connector = state["connectors"][0]
        self.timeline.amps = max(connector["amps"])
        self.timeline.wh = (connector["session"] or {}).get("wh", 0)
        self.timeline.gauge(connector)
        return state

    async def until(self, timeout_s=10, **fields):
        await super().until(timeout_s, **fields)
        await self.advance(SETTLE_S)
        await self.look()

    async def overture(self):
        """Tell what the charger has said before anybody watched."""
        state = await self.look()
        self.piloted = state["connectors"][0]["letter"] is not None
        self._curtain_up = True
        for way, frame in list(self.point.log):
            self.timeline.frame(self.sim.t, way == "in", frame)
        return state

    async def act(self, who, what, command, opens=None, **fields):
        """Somebody does something. `opens` names it where the contactor must open because of it."""
        self.timeline.say(self.sim.t, who, what)
        if opens:
            self._cause = self.sim.t, opens
            self.timeline.because(self.sim.t, opens)
        return await self.do(command, **fields)

    async def pass_time(self, world_s, view_s):
        """Let world time pass, spread over so many seconds of the viewer's time."""
        steps = max(1, round(view_s * STEPS_PER_S if self.tempo else world_s / UNSEEN_STEP_S))
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for step in range(1, steps + 1):
            await self.advance(world_s / steps)
            await self.look()
            rest = begun + view_s * self.tempo * step / steps - loop.time()
            if rest > 0:
                await asyncio.sleep(rest)

    def _event(self, event):
        if event["event"] == "contactor" and not event["closed"] and self._cause:
            begun, text = self._cause
            self._cause = None
            self.reactions[text] = (event["t"] - begun) * 1000
        if self._curtain_up:
            self.timeline.event(event)
