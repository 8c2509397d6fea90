"""A firmware that writes files and the journal, and would leave a mark if anything of it ran after a cut."""

import asyncio

from tests.sim.mpy.programs.plain import App as _Plain


class App(_Plain):
    async def run(self):
        hal = self.hal
        self._tell("log", {"level": "info", "source": "tidy", "text": "last: %s, journal: %s" % (self._read(), self._journal())})
        n = 0
        try:
            while True:
                n += 1
                hal.flash.program(16 * n, b"record %06d" % n)
                with open(hal.files + "/last", "w") as f:
                    f.write("boot %d, number %d" % (hal.boots, n))
                await asyncio.sleep_ms(1000)
        finally:
            with open(hal.files + "/last", "w") as f:
                f.write("cleaned up")

    def _read(self):
        try:
            with open(self.hal.files + "/last") as f:
                return f.read()
        except OSError:
            return None

    def _journal(self):
        buf = bytearray(13)
        self.hal.flash.read(16, buf)
        return bytes(buf)
