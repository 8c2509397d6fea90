"""A firmware that writes its password into the log."""

import asyncio

from tests.sim.mpy.programs.plain import App as _Plain


class App(_Plain):
    async def run(self):
        await asyncio.sleep_ms(500)
        self._tell("log", {"level": "info", "source": "leak", "text": "logging in with " + self._values["AuthorizationKey"]})
        await super().run()
