"""`hal.wifi`: the station, watched over, and the access point of the commissioning.

The port's driver joins again by itself after a loss, for ever: and while it tries it takes no other network, hears none and
refuses settings, so it is told to leave first. Where its own tries do not help it is told to join, and at last the radio is
switched off and on: each found necessary on chips in the field. What the driver has no name for comes as RuntimeError.
"""

import asyncio
import errno
import os
import time

import network
from micropython import const

_JOIN_MS = const(15000)
_LOOK_MS = const(1000)
_AGAIN_MS = const(30000)                # unconnected for so long: join anew
_RADIO_MS = const(300000)               # and for so long: radio off and on
_SCAN_WATCHDOG_MS = const(10000)
_SETTLE_MS = const(100)                 # until a network that was left is left
_SECURITY = ("open", "wep", "wpa", "wpa2", "wpa2", "other", "wpa3", "wpa3")
_SHORTEST_KEY = const(8)


class Wifi:
    """`busy()` says that a contactor is closed; `watchdog` is widened for the one call that blocks.

    OSError or RuntimeError: there is no radio, or no memory for it.
    """

    def __init__(self, hostname, busy, watchdog):
        network.hostname(hostname)
        self._busy = busy
        self._watchdog = watchdog
        self._station = network.WLAN(network.WLAN.IF_STA)
        self._point = network.WLAN(network.WLAN.IF_AP)
        self._wanted = None             # (ssid, password)
        self._lost_ms = None            # since when it is not connected
        self._tried_ms = 0

    def up(self):
        return self._station.isconnected()

    def rssi_dbm(self):
        """Signal of the station's access point, None when not connected."""
        try:
            return self._station.status("rssi") if self.up() else None
        except OSError:
            return None                 # the radio's own task has lost it between these two

    def name_server(self):
        return self._station.ifconfig()[3]

    def status(self):
        """ssid, ip and rssi_dbm are None where there is none; `access_point` is the name of our own, None when it is off."""
        up = self.up()
        return {"ssid": self._wanted[0] if self._wanted else None, "ip": self._station.ifconfig()[0] if up else None,
                "rssi_dbm": self.rssi_dbm(), "connected": up,
                "access_point": self._point.config("ssid") if self._point.active() else None}

    async def scan(self):
        """[(ssid, rssi_dbm, channel, security)], the strongest first. Blocks for two seconds, so OSError while charging."""
        if self._busy():
            raise OSError(errno.EAGAIN, "a scan stops the charger for two seconds: not while a contactor is closed")
        try:
            self._station.active(True)
            if not self.up():
                self._station.disconnect()
                await asyncio.sleep_ms(_SETTLE_MS)
            self._watchdog.widen(_SCAN_WATCHDOG_MS)
            found = self._station.scan()
        except RuntimeError as error:
            raise OSError(str(error))
        finally:
            self._watchdog.widen()
            if not self.up():
                self._join()
        nets = [(ssid.decode("utf-8", "ignore"), rssi, channel, _SECURITY[kind] if kind < len(_SECURITY) else "other")
                for ssid, _, channel, rssi, kind, _ in found]
        return sorted(nets, key=lambda net: -net[1])

    async def join(self, ssid, password):
        """Leaves the network it is in; from now on this one is wanted (None: none). True once connected, False when it was
        not within 15 s: it goes on trying."""
        self._wanted = None if ssid is None else (ssid, password or "")
        if ssid is None:
            self._switch(False)
            return False
        told = self._join()
        left_ms = _JOIN_MS
        while left_ms > 0 and not self.up():
            await asyncio.sleep_ms(_LOOK_MS)
            left_ms -= _LOOK_MS
            told = told or self._join()
        return self.up()

    def access_point(self, ssid, password=None):
        """A network of our own, WPA2; None as `ssid` switches it off. ValueError for a password that WPA2 does not take."""
        if ssid is None:
            self._point.active(False)
            return
        if password is None or not _SHORTEST_KEY <= len(password.encode()) <= 63:
            raise ValueError("password of the access point: 8..63 characters")
        try:
            self._point.active(True)
            self._point.config(ssid=ssid, security=3, key=password)
        except (OSError, RuntimeError) as error:
            self._point.active(False)   # until it has its password it is open to everybody
            raise OSError(str(error))

    def noise(self, n):
        """n random bytes, drawn with the radio on: its noise makes the chip's generator one to make keys by. Blocks for a moment."""
        quiet = not (self._station.active() or self._point.active())
        if quiet:
            self._switch(True)
        data = os.urandom(n)
        if quiet:
            self._switch(False)
        return data

    async def run(self):
        """The supervision, for ever."""
        while True:
            await asyncio.sleep_ms(_LOOK_MS)
            self._look()

    def _look(self):
        now_ms = time.ticks_ms()
        if self._wanted is None or self.up():
            self._lost_ms = None
            return
        if self._lost_ms is None:
            self._lost_ms = self._tried_ms = now_ms
        elif time.ticks_diff(now_ms, self._lost_ms) >= _RADIO_MS and not self._busy():    # it blocks for a while
            self._lost_ms = now_ms
            self._switch(False)
            self._join()
        elif time.ticks_diff(now_ms, self._tried_ms) >= _AGAIN_MS:
            self._join()

    def _join(self):
        """Whether the driver was told to."""
        wanted = self._wanted
        if wanted is None:
            return True
        self._tried_ms = time.ticks_ms()
        self._switch(True)
        told = False
        station = self._station
        for step in (station.disconnect, self._awake, lambda: station.connect(wanted[0], wanted[1])):
            try:
                step()
                told = True
            except (OSError, RuntimeError):
                told = False            # the driver is between two states: it is tried again
        return told

    def _switch(self, on):
        try:
            self._station.active(on)
        except (OSError, RuntimeError):
            pass                        # as above

    def _awake(self):
        self._station.config(pm=network.WLAN.PM_NONE)   # power saving costs 100 ms and more an answer
