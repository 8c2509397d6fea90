"""A modem on a UART: asked by AT commands (3GPP TS 27.007), dialled, and then a link for `hal.esp32.net` over PPP.

What the SIM is called goes into `hal.identity`. Without an answer, or once the line is lost, it is switched off and on
where a pin does that, and dialled again: after 15 seconds, and after twice as long each time, up to ten minutes.
"""

import asyncio
import errno

import network
from machine import UART
from micropython import const

_BAUD = const(115200)
_BUFFER = const(2048)
_LINE = const(256)                      # no answer is longer; noise may be
_LOOK_MS = const(20)
_ANSWER_MS = const(2000)
_DIAL_MS = const(60000)                 # until it is registered and the network takes the call
_UP_MS = const(30000)                   # until PPP has an address
_GUARD_MS = const(1100)                 # silence around "+++"
_OFF_MS = const(2000)
_BOOT_TRIES = const(15)
_FIRST_MS = const(15000)
_MOST_MS = const(600000)
_NO = ("ERROR", "+CME ERROR", "NO CARRIER", "BUSY", "NO DIALTONE")


class Modem:
    """`apn` is the network's name for the way into the internet, "" where the SIM knows it; `identity` is the hal's."""

    def __init__(self, uart, pins, apn, identity):
        self._uart = UART(uart, baudrate=_BAUD, tx=pins.number("modem_tx"), rx=pins.number("modem_rx"), rxbuf=_BUFFER)
        self._power = pins.output("modem_power")
        self._apn = apn
        self._identity = identity
        self._ppp = None
        self._dbm = None

    def up(self):
        return self._ppp is not None and self._ppp.isconnected()

    def rssi_dbm(self):
        """As it was when it was dialled; None while it is not up."""
        return self._dbm if self.up() else None

    def name_server(self):
        return self._ppp.ifconfig()[3] if self._ppp else None

    async def run(self):
        """Keeps it up, for ever."""
        wait_ms = _FIRST_MS
        while True:
            try:
                await self._dial()
                left_ms = _UP_MS
                while left_ms > 0 or self.up():
                    if self.up():
                        wait_ms, left_ms = _FIRST_MS, 0
                    left_ms -= _LOOK_MS
                    await asyncio.sleep_ms(_LOOK_MS)
            except OSError:
                pass
            self._end()
            await asyncio.sleep_ms(wait_ms)
            wait_ms = min(2 * wait_ms, _MOST_MS)

    async def _dial(self):
        await self._wake()
        await self._ask("ATE0")
        for name, command in (("iccid", "AT+CCID"), ("imsi", "AT+CIMI")):
            digits = "".join([c for c in await self._told(command) if c in "0123456789"])
            self._identity[name] = digits[:20] or None
        strength = (await self._told("AT+CSQ")).split(": ")[-1].split(",")[0]
        self._dbm = 2 * int(strength) - 113 if strength.isdigit() and int(strength) < 32 else None
        await self._ask('AT+CGDCONT=1,"IP","%s"' % self._apn)
        await self._ask("ATD*99#", "CONNECT", _DIAL_MS)
        self._ppp = ppp = network.PPP(self._uart)      # first of all, so that it is ended whatever comes: the UART's interrupt holds it
        if hasattr(ppp, "active"):      # some versions want it
            ppp.active(True)
        ppp.connect()

    async def _wake(self):
        """It answers to commands, whatever it did before."""
        if self._power:
            self._power.off()
            await asyncio.sleep_ms(_OFF_MS)
            self._power.on()
        else:
            await asyncio.sleep_ms(_GUARD_MS)
            self._uart.write(b"+++")
            await asyncio.sleep_ms(_GUARD_MS)
        for _ in range(_BOOT_TRIES):
            try:
                await self._ask("ATH")
                return
            except OSError:
                pass
        raise OSError(errno.ETIMEDOUT)

    async def _told(self, command):
        """What it says to a question, "" where it does not know that one."""
        try:
            return await self._ask(command)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return ""

    async def _ask(self, command, last="OK", wait_ms=_ANSWER_MS):
        """What comes before the line `last`, "" for nothing; OSError where it refuses or is silent."""
        self._uart.read()               # what came unasked
        self._uart.write(command.encode() + b"\r")
        said, line = "", b""
        while wait_ms > 0:
            line = line[-_LINE:] + (self._uart.read() or b"")
            while b"\n" in line:
                told, _, line = line.partition(b"\n")
                told = told.decode("utf-8", "ignore").strip()
                if told.startswith(last):
                    return said
                if told.startswith(_NO):
                    raise OSError(errno.EIO, told)
                if told and told != command:
                    said = told
            await asyncio.sleep_ms(_LOOK_MS)
            wait_ms -= _LOOK_MS
        raise OSError(errno.ETIMEDOUT)

    def _end(self):
        ppp, self._ppp = self._ppp, None
        if ppp is None:
            return
        try:
            if hasattr(ppp, "active"):
                ppp.active(False)
            else:
                ppp.disconnect()
        except OSError:
            pass
