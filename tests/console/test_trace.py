"""The console beside a central system: the wire as it is, without the secrets that go over it."""

import os
import termios
import tty

from tests.csms.fake import run
from tests.story.scenes import CARD, Scene

_KEY = "0123456789abcdef0123"


class Line:
    """The console of a site whose time the test moves itself."""

    def __init__(self, site):
        self._site = site
        self._fd = os.open(site.sim.ready["console"], os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._fd, termios.TCSANOW)
        os.set_blocking(self._fd, False)
        self.text = ""

    async def ask(self, line, s=1):
        """Type; what has come on the screen `s` seconds later."""
        os.write(self._fd, line.encode() + b"\r")
        return await self.later(s)

    async def later(self, s):
        await self._site.advance(s)
        try:
            shown = os.read(self._fd, 65536).decode()
        except BlockingIOError:
            shown = ""
        self.text += shown
        return shown

    def close(self):
        os.close(self._fd)


@run
async def test_the_trace_shows_frames_both_ways_until_a_key_and_no_secret():
    async with Scene() as site:
        await site.booted()
        line = Line(site)
        try:
            assert "central system: accepted" in await line.ask("status")
            await line.ask("trace ocpp")
            answer = await site.call("ChangeConfiguration", {"key": "AuthorizationKey", "value": _KEY})
            assert answer["status"] in ("Accepted", "RebootRequired")
            await site.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
            shown = await line.later(5)
            assert '-> [2,' in shown and '<- [3,' in shown and '"Heartbeat"' in shown
            assert '"value": "(secret)"' in shown
            await line.ask("")
            await site.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
            assert "Heartbeat" not in await line.later(5)
            assert "(secret)" in await line.ask("config get AuthorizationKey")
            await line.ask("support-bundle")
            assert _KEY not in line.text
        finally:
            line.close()


@run
async def test_the_commissioning_steps_that_need_a_central_system():
    async with Scene() as site:
        await site.booted()
        line = Line(site)
        try:
            await line.ask("commission begin")
            shown = await line.ask("commission step network", 3)
            assert "PASS network: 127.0.0.1 is reached" in shown and "connect_ms" in shown
            assert "PASS ocpp: accepted, the clock is set" in await line.ask("commission step ocpp", 3)
            await site.plug()
            await line.ask("commission step remote", 3)
            await site.call("RemoteStartTransaction", {"idTag": CARD, "connectorId": 1})
            await site.until(30, closed=True)
            assert "runs; now stop it from there" in await line.later(5)
            await site.call("RemoteStopTransaction", {"transactionId": site.transactions[-1].id})
            assert "PASS remote: started and stopped from there" in await line.later(15)
            await line.ask("commission step remote", 3)
            await site.tap()
            await site.leave()
            await site.plug()
            await site.tap()
            await line.later(20)
            await site.do("unplug")
            assert "FAIL remote: it ended for another reason: unplugged" in await line.later(10)
        finally:
            line.close()
