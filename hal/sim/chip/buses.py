"""UART, SPI and I2C of the virtual chip. What hangs on one is found by its pins."""

import io

from micropython import const

from hal.sim.heap import relock, unlocked

chip = None

_PORTS = const(3)
_OWN_PINS = ((None, None), (10, 9), (17, 16))  # of each port, where it is not told: (tx, rx)
_POLL, _READABLE, _WRITABLE = const(3), const(1), const(4)
_NACK = const(19)                       # ENODEV: nobody has that address


class UART(io.IOBase):
    """Three ports. Reading never waits: None where nothing has come. An IRQ is soft, and takes the chip's first timer.

    A port that is told only one of its pins takes the other all the same, from whatever hangs there.
    """

    INV_RX, INV_CTS, INV_TX, INV_RTS = 4, 8, 32, 64
    RTS, CTS = 1, 2
    IRQ_RX, IRQ_BREAK, IRQ_RXIDLE = 1, 2, 4096

    def __init__(self, id, baudrate=115200, bits=8, parity=None, stop=1, *, tx=None, rx=None, txbuf=256, rxbuf=256, timeout=0,
                 timeout_char=0, invert=0, rts=None, cts=None, flow=0):
        if not 0 <= id < _PORTS:
            raise ValueError("UART(%d) does not exist" % id)
        own = _OWN_PINS[id]
        tx, rx = own[0] if tx is None else tx, own[1] if rx is None else rx
        if tx is not None:
            chip.claim(tx, True)
            chip.claim(rx, False)
        self._line = chip.serial.get(tx)
        self._rxbuf = rxbuf
        self._come = bytearray()
        self._end_us = 0
        self._settings = [115200, 8, None, 1]
        self.init(baudrate, bits, parity, stop)

    def init(self, baudrate=0, bits=0, parity=-1, stop=0):
        for i, value in enumerate((baudrate, bits, parity, stop)):
            if value != (-1 if i == 2 else 0):
                self._settings[i] = value
        baud, bits, parity, stop = self._settings
        if bits not in (5, 6, 7, 8):
            raise ValueError("invalid data bits")
        if stop not in (1, 2):
            raise ValueError("invalid stop bits")
        if self._line is not None:
            self._line.configure(baud, "N" if parity is None else "EO"[parity & 1], stop)

    def _take(self):
        if self._line is not None:
            self._come += self._line.read()
            if len(self._come) > self._rxbuf:
                self._come = self._come[: self._rxbuf]      # the driver's buffer is full: the newest is lost

    def any(self):
        self._take()
        return len(self._come)

    def read(self, n=-1):
        self._take()
        data = bytes(self._come if n < 0 else self._come[:n])
        self._come = self._come[len(data) :]
        return data or None

    def readinto(self, buf, n=-1):
        data = self.read(len(buf) if n < 0 else min(n, len(buf)))
        if data is None:
            return None
        buf[: len(data)] = data
        return len(data)

    def write(self, data):
        depth = unlocked()
        if self._line is not None:
            self._end_us = self._line.write(data)
        relock(depth)
        return len(data)

    def txdone(self):
        return chip.clock.now_us >= self._end_us

    def flush(self):
        chip.clock.run_to(self._end_us)

    def irq(self, handler=None, trigger=0, hard=False):
        if hard:
            raise ValueError("hard IRQ is not supported")
        if trigger & ~(UART.IRQ_RX | UART.IRQ_BREAK | UART.IRQ_RXIDLE):
            raise ValueError("trigger 0x%04x unsupported" % trigger)
        for timer in chip.timers:
            if timer.number == 0:
                timer.deinit()          # RXIDLE counts by it, whoever had it

    def ioctl(self, op, argument):
        if op == _POLL:
            return argument & (_WRITABLE | (_READABLE if self.any() else 0))
        return 0

    def deinit(self):
        self._line = None


class SPI:
    """What is selected by its own pin hears a transfer: `model.transfer(write, read)`."""

    MSB, LSB = 0, 1

    def __init__(self, id, baudrate=500000, *, polarity=0, phase=0, bits=8, firstbit=MSB, sck=None, mosi=None, miso=None):
        if id not in (1, 2):
            raise ValueError("SPI(%d) doesn't exist" % id)
        self._sck = sck.pad.number if hasattr(sck, "pad") else sck

    def init(self, **settings):
        pass

    def _transfer(self, write, read):
        for select, model in chip.spi.get(self._sck, ()):
            if select.level == 0 and select.drives():
                model.transfer(write, read)
                return
        read[:] = b"\xff" * len(read)   # nobody drives the line

    def write(self, data):
        self._transfer(bytes(data), bytearray(len(data)))

    def read(self, n, write=0):
        data = bytearray(n)
        self.readinto(data, write)
        return bytes(data)

    def readinto(self, buf, write=0):
        self._transfer(bytes((write,)) * len(buf), memoryview(buf))

    def write_readinto(self, write, read):
        self._transfer(bytes(write), memoryview(read))
