"""The RS-485 line on a UART, with a transceiver that turns around by itself or by a pin (`driver`, None: by itself).

The port has no RS-485 mode, and an idle loop looks up only every 10 ms: too late to let go of the line before a quick
meter answers (3.5 characters). So where a pin turns it around, the end of a frame is waited for without letting another
task run; the safety tick still does, and may hold the line some milliseconds longer.
"""

import asyncio
import time

from machine import UART
from micropython import const

_TX_BUFFER = const(256)
_RX_BUFFER = const(512)
_LOOK_MS = const(2)
_LOOP_MS = const(10)                    # how late an idle loop may wake up


class Rs485:
    """Settings are the board's `rs485` table; `configure` changes them."""

    def __init__(self, uart, tx, rx, driver, settings):
        self._driver = driver
        self._uart = UART(uart, baudrate=settings["baud"], tx=tx, rx=rx, txbuf=_TX_BUFFER, rxbuf=_RX_BUFFER)
        self.configure(settings["baud"], settings["parity"], settings["stop"])

    def configure(self, baud, parity, stop):
        """`parity` "N", "E" or "O"."""
        self._byte_us = (9 + (parity != "N") + stop) * 1000000 // baud
        self._uart.init(baudrate=baud, bits=8, parity=None if parity == "N" else "EO".index(parity), stop=stop)

    def flush(self):
        """Drop what has arrived."""
        while self._uart.any():
            self._uart.read()

    async def send(self, frame):
        """Returns when the last bit has left and the line is free for the answer."""
        frame_ms = len(frame) * self._byte_us // 1000
        if self._driver is None:
            self._uart.write(frame)
            await asyncio.sleep_ms(frame_ms)
            while not self._uart.txdone():
                await asyncio.sleep_ms(1)
            return
        self._driver.on()
        try:
            self._uart.write(frame)
            if frame_ms > _LOOP_MS:
                await asyncio.sleep_ms(frame_ms - _LOOP_MS)
            while not self._uart.txdone():
                time.sleep_us(self._byte_us // 8)
        finally:
            self._driver.off()

    async def receive(self, buf, timeout_ms, gap_ms):
        """Bytes into `buf` until silence of `gap_ms`; their number, 0 when none began within `timeout_ms`."""
        view = memoryview(buf)
        n = 0
        heard_ms = time.ticks_ms()
        wait_ms = timeout_ms
        while n < len(buf):
            got = self._uart.readinto(view[n:])
            now_ms = time.ticks_ms()
            if got:                     # None where nothing has come
                n += got
                heard_ms = now_ms
                wait_ms = gap_ms
            elif time.ticks_diff(now_ms, heard_ms) >= wait_ms:
                break
            await asyncio.sleep_ms(_LOOK_MS)
        return n
