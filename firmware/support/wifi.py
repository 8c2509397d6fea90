"""Keeps the charger in the Wi-Fi network of its settings WifiSsid and WifiPassword."""
import asyncio

from micropython import const

_LOOK_MS = const(30000)


class Wifi:
    """`wifi` is `hal.wifi`. Who changes the settings asks `keep(True)` whether they hold; otherwise `run` sees to it."""

    def __init__(self, wifi, settings, log):
        self._wifi = wifi
        self._settings = settings
        self._log = log
        self._lock = asyncio.Lock()
        self._changed = asyncio.Event()
        settings.watch(self._watch)

    def _watch(self, name, value):
        if name in ("WifiSsid", "WifiPassword"):
            self._changed.set()

    async def run(self):
        """For ever."""
        while True:
            await self.keep(self._changed.is_set())
            try:
                await asyncio.wait_for_ms(self._changed.wait(), _LOOK_MS)
            except asyncio.TimeoutError:
                pass

    async def keep(self, again=False):
        """Join the network where it is not joined, or `again` in any case. Whether it is joined, or none is set."""
        async with self._lock:
            self._changed.clear()
            ssid, told = self._settings.get("WifiSsid"), self._wifi.status()
            if not again and (told["ssid"] or "") == ssid and (told["connected"] or not ssid):
                return True
            try:
                joined = await self._wifi.join(ssid or None, self._settings.get("WifiPassword"))
            except OSError as error:
                joined = False
                self._log.warning("wifi", "%s: %s" % (ssid, error))
            if ssid and not joined:
                self._log.warning("wifi", "%s cannot be joined" % ssid)
            return joined or not ssid
