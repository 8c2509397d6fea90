"""Ethernet by a W5500 on an SPI bus of its own: a link for `hal.esp32.net`. The port asks for an address by itself."""

import asyncio
import sys
import time

import network
from machine import SPI, Pin
from micropython import const

_BUS = const(2)                         # SPI3; the reader has the other
_HZ = const(20000000)
_RESET_MS = const(2)                    # W5500 data sheet: low for 500 us, then 1 ms until its clock is steady
_AGAIN_MS = const(60000)


class Ethernet:
    """Pins `eth_...`. A chip that does not answer leaves the link down for this life, and everything else as it is."""

    def __init__(self, pins):
        sck, mosi, miso, cs, interrupt = [Pin(pins.number("eth_" + name)) for name in ("sck", "mosi", "miso", "cs", "int")]
        reset = pins.number("eth_reset")
        if reset is not None:
            line = Pin(reset, Pin.OUT, value=0)
            time.sleep_ms(_RESET_MS)
            line.value(1)
            time.sleep_ms(_RESET_MS)
        spi = SPI(_BUS, baudrate=_HZ, sck=sck, mosi=mosi, miso=miso)
        wires = {"spi": spi, "cs": cs, "int": interrupt}
        lan = getattr(network, "LAN")   # noqa: B009 - the stubs know another port's
        self._lan = None
        try:
            self._lan = lan(0, phy_type=network.PHY_W5500, phy_addr=1, **wires)
        except OSError as error:
            sys.stdout.write("Ethernet: the W5500 does not answer (%s)\n" % error)

    def up(self):
        """There is an address, and the port takes it away with the cable. Its isconnected() minds Wi-Fi's events too, up to 1.28."""
        return self._lan is not None and self._lan.ifconfig()[0] != "0.0.0.0"

    def rssi_dbm(self):
        return None

    def name_server(self):
        return self._lan.ifconfig()[3] if self._lan else None

    async def run(self):
        """Switches it on, for ever; the port's driver sees to cables that come and go."""
        while True:
            if self._lan and not self._lan.active():
                try:
                    self._lan.active(True)
                except OSError:
                    pass                # again in a minute
            await asyncio.sleep_ms(_AGAIN_MS)
