"""A firmware that, a second after boot, never gives the processor back."""

import asyncio

from tests.sim.mpy.programs.plain import App as _Plain


class App(_Plain):
    async def run(self):
        await asyncio.sleep_ms(1000)
        if self.hal.boots == 1:
            while True:
                pass
        await super().run()
