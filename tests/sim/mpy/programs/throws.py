"""The real firmware, whose program ends by an error three seconds after its contactor has closed."""

import asyncio

from firmware.app import App as _Real


class App(_Real):
    async def run(self):
        asyncio.create_task(super().run())
        while not self.core.units[0].command:
            await asyncio.sleep_ms(20)
        await asyncio.sleep_ms(3000)
        raise ValueError("a fault of the program")
