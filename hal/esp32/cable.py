"""A link for `hal.esp32.net` by `network.LAN` (Ethernet) or `network.PPP` (a modem)."""

import asyncio

from micropython import const

_AGAIN_MS = const(60000)


class Cable:
    """`start(interface)` brings it up, and again each minute while it is down."""

    def __init__(self, interface, start):
        self._interface = interface
        self._start = start

    def up(self):
        return self._interface.isconnected()

    def rssi_dbm(self):
        return None

    def name_server(self):
        return self._interface.ifconfig()[3]

    async def run(self):
        while True:
            if not self.up():
                try:
                    self._start(self._interface)
                except OSError:
                    pass                # not plugged in, or no carrier: again in a minute
            await asyncio.sleep_ms(_AGAIN_MS)
