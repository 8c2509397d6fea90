"""The simulated Wi-Fi: three networks are in the air, and what the charger does in them is true for `hal.network` too."""

import asyncio

from micropython import const

# ssid, password, dBm, channel, security
AIR = (
    ("Rudved-Depot", "depot-password", -58, 6, "wpa2"),
    ("Guests", "", -71, 1, "open"),
    ("Far-Away", "far-away-password", -88, 11, "wpa2"),
)
_SCAN_MS = const(2000)
_JOIN_MS = const(1500)


class Wifi:
    """`hal.wifi`. `conditions` are the network's. `told`: the network asked for, None: none, and the site has a cable."""

    def __init__(self, conditions):
        self._conditions = conditions
        self._joined = self._access_point = None
        self.told = None

    def up(self):
        """No Wi-Fi is asked for, or it is joined."""
        return self.told is None or self._joined is not None

    def rssi_dbm(self):
        return self._joined[2] if self._joined else None

    # hal.wifi

    def status(self):
        connected = self._joined is not None and self._conditions["up"]
        return {"ssid": self.told, "connected": connected, "ip": "192.168.7.21" if connected else None,
                "rssi_dbm": self.rssi_dbm() if connected else None, "access_point": self._access_point}

    async def scan(self):
        await asyncio.sleep_ms(_SCAN_MS)
        return [(ssid, dbm, channel, security) for ssid, _, dbm, channel, security in AIR] if self._conditions["up"] else []

    async def join(self, ssid, password):
        self.told, self._joined = ssid, None
        if ssid is None:
            return False
        await asyncio.sleep_ms(_JOIN_MS)
        for network in AIR:
            if network[0] == ssid and network[1] == (password or "") and self._conditions["up"]:
                self._joined = network
        return self._joined is not None

    def access_point(self, ssid, password):
        self._access_point = ssid
