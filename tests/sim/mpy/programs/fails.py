"""A firmware whose program ends by an error a second after boot, contactor closed or not."""

import asyncio

from tests.sim.mpy.programs.plain import App as _Plain


class App(_Plain):
    async def run(self):
        await asyncio.sleep_ms(1000)
        raise ValueError("a fault of the program")
