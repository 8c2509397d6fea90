"""A firmware with a task that is always ready."""

import asyncio

from tests.sim.mpy.programs.plain import App as _Plain


class App(_Plain):
    async def run(self):
        asyncio.create_task(super().run())
        while True:
            await asyncio.sleep_ms(0)
