"""A firmware that holds a conversation over the network: connects, says "ping" each second, tells what comes back.

`CsmsUrl` is "ws://host:port" or "wss://host:port"; what it speaks is one line each way.
"""

import asyncio
import os

from tests.sim.mpy.programs.plain import App as _Plain


class App(_Plain):
    async def run(self):
        asyncio.create_task(super().run())
        asyncio.create_task(self._echo())
        scheme, _, rest = self._url().partition("://")
        host, _, port = rest.partition(":")
        while True:
            if scheme:
                try:
                    await self._talk(host, int(port), scheme == "wss")
                except (OSError, EOFError) as error:
                    self._say("lost: %s" % (error.args[0] if error.args else "end"))
            await asyncio.sleep_ms(1000)

    def _url(self):
        kept = self.hal.files + "/url"
        if self._values["CsmsUrl"]:
            with open(kept, "w") as f:
                f.write(self._values["CsmsUrl"])
        try:
            with open(kept) as f:
                return f.read()
        except OSError:
            return ""

    async def _talk(self, host, port, secure):
        reader, writer = await self.hal.network.connect(host, port, self._tls() if secure else None)
        self._say("connected")
        try:
            while True:
                began = self.hal.clock.ticks_ms()
                writer.write(b"ping\n")
                await writer.drain()
                line = await asyncio.wait_for_ms(reader.readline(), 8000)
                if not line:
                    raise EOFError
                self._say("%s after %d ms" % (line.decode().strip(), self.hal.clock.diff(self.hal.clock.ticks_ms(), began)))
                await asyncio.sleep_ms(1000)
        except asyncio.TimeoutError:
            self._say("silence")
        finally:
            writer.close()
            await writer.wait_closed()

    def _tls(self):
        """What lies in the certificate store."""
        folder = self.hal.files + "/certs"
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            names = []
        files = {}
        for name in names:
            with open(folder + "/" + name, "rb") as f:
                files[name] = f.read()
        chain = [files[name] for name in names if name.startswith("client") and name.endswith(".der")]
        return iter([files[name] for name in names if name.startswith("ca")]), (chain, files["client.key"]) if chain else None

    async def _echo(self):
        console = self.hal.console
        while True:
            console.write(b"<" + await console.read(64) + b">")

    def _say(self, text):
        self._tell("log", {"level": "info", "source": "talk", "text": text})
