"""A charging site in one block: a strict central system and a simulated charger that live in the same time."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

from tools.csms import Behaviour, CentralSystem
from tools.demo.simclient import Simulator, SimulatorError

CP_ID = "RUDVED-1"
BEGIN = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)  # the world's second 0
GRACE_MS = 500  # of real time the world waits for an answer: the central system may be short of processor time
STEP_S = 1.0  # the central system's clock never lags the world by more


class Site:
    """`async with Site() as site`: the charger is powered, `site.csms` listens, and nothing moves until time is let pass.

    `tls` is the central system's `ssl.SSLContext`, for wss. Further keywords go to the simulator as on its command line
    (board, ca, data, seed, `set={…}`); the speed is `max`.
    """

    simulator = Simulator

    def __init__(self, behaviour=None, on_event=None, tls=None, **options):
        self.csms = CentralSystem(behaviour or Behaviour(), clock=self.now, ssl=tls, nods=True)
        self.sim = None
        self._on_event = on_event
        self._options = {"board": "rudved_ac7", "cp_id": CP_ID, "speed": "max", "seed": 1, "grace": GRACE_MS} | options
        self._stack = AsyncExitStack()

    async def __aenter__(self):
        try:
            await self._stack.enter_async_context(self.csms)
            self.sim = self.simulator.launch(self._on_event, **{"csms": self.csms.url} | self._options)
            await self._stack.enter_async_context(self.sim)
            await self.sim.do("watch")
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *error):
        return await self._stack.__aexit__(*error)

    def clock(self, t):
        """The moment of the world's second `t`."""
        return BEGIN + timedelta(seconds=t)

    def now(self):
        return self.clock(self.sim.t if self.sim else 0.0)

    @property
    def point(self):
        """The charge point as the central system knows it."""
        return self.csms.point(CP_ID)

    async def look(self):
        """The snapshot."""
        return await self.sim.state()

    async def do(self, command, /, **fields):
        return await self.sim.do(command, **fields)

    async def advance(self, s):
        """Let so much world time pass."""
        while s > 0:
            await self.sim.advance(min(s, STEP_S))
            s -= STEP_S

    async def until(self, timeout_s=10, **fields):
        """Wait, at most so much world time, until connector 1 shows these fields (`closed` is its contactor's), or the
        snapshot those whose names stand for a path, a__b for a.b. SimulatorError tells what it shows instead."""
        paths = {"closed": "connectors.0.contactor.closed", "boots": "boots", "power": "power"}
        wanted = {
            name.replace("__", ".") if "__" in name else paths.get(name, f"connectors.0.{name}"): value
            for name, value in fields.items()
        }
        while True:
            step_s = min(timeout_s, STEP_S)
            timeout_s -= step_s
            try:
                return await self.sim.wait(wanted, step_s)
            except SimulatorError as error:
                if "shows" not in error.answer or timeout_s <= 0:
                    error.add_note(self.sim.log)
                    raise

    async def booted(self, timeout_s=30):
        """Wait until the central system has accepted the charger. It stays accepted until its next boot, over every loss of
        the connection: for that see `new_connection`."""
        await self.until(timeout_s, ocpp__accepted=True)

    @asynccontextmanager
    async def new_connection(self, timeout_s=60):
        """What is done in the block makes the charger leave its connection, or finds it without one; afterwards it stands
        on one that was opened since the block began, and is accepted. TimeoutError when there is none."""
        before = self.point.connections
        yield
        until = self.sim.t + timeout_s
        while not (self.point.connections > before and await self._connected()):
            if self.sim.t >= until:
                raise TimeoutError(f"no new connection after {timeout_s} s")
            await self.advance(0.2)

    async def _connected(self):
        ocpp = (await self.look())["ocpp"]
        return ocpp["connected"] and ocpp["accepted"]

    async def delivered(self, timeout_s=120):
        """Wait until nothing waits for the central system any more."""
        await self.until(timeout_s, ocpp__queued=0)

    async def call(self, action, payload=None, **options):
        """The central system calls while the world goes on; the answer's payload."""
        asked = asyncio.ensure_future(self.point.call(action, payload, **options))
        while not asked.done():
            await self.sim.advance(0.1)
            await asyncio.sleep(0.005)
        return await asked

    async def received(self, action, count=1, timeout_s=60):
        """Let world time pass until the central system has received so many calls of this action; their payloads."""
        until = self.sim.t + timeout_s
        while len(self.point.calls(action)) < count:
            if self.sim.t >= until:
                raise TimeoutError(f"{len(self.point.calls(action))} of {count} {action} after {timeout_s} s")
            await self.sim.advance(0.2)
            await asyncio.sleep(0)
        return self.point.calls(action)
