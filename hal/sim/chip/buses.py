"""UART and SPI of the virtual chip. What hangs on one is found by its pins.

A peripheral is one thing, however many objects name it: what the last of them set holds for all.
"""

import io

from micropython import const

from hal.sim.heap import relock, unlocked

chip = None

_PORTS = const(3)
_OWN_PINS = ((None, None), (10, 9), (17, 16))  # of each port, where it is not told: (tx, rx)
_FIFO = const(128)
_POLL, _READABLE, _WRITABLE = const(3), const(1), const(4)
_INVERSIONS = const(0x6C)
_KEEP = object()                        # an argument that is not given
_FAIL = (1, "ESP_FAIL")


class _Port:
    """A UART of the chip: what outlives the objects that name it."""

    def __init__(self, id):
        self.tx, self.rx = _OWN_PINS[id]
        self.line = None
        self.come = bytearray()
        self.end_us = 0
        self.settings = [115200, 8, None, 1]
        self.txbuf = self.rxbuf = 256
        self.handler = None


class UART(io.IOBase):
    """Three ports. Reading never waits: None where nothing has come. An IRQ is soft, and takes the chip's first timer.

    A port that is told only one of its pins takes the other all the same, from whatever hangs there.
    """

    INV_RX, INV_CTS, INV_TX, INV_RTS = 4, 8, 32, 64
    RTS, CTS = 1, 2
    IRQ_RX, IRQ_BREAK, IRQ_RXIDLE = 1, 2, 4096

    def __init__(self, id, *args, **options):
        if not 0 <= id < _PORTS:
            raise ValueError("UART(%d) does not exist" % id)
        self._id = id
        self.init(*args, **options)

    def init(self, baudrate=0, bits=0, parity=_KEEP, stop=0, *, tx=_KEEP, rx=_KEEP, rts=_KEEP, cts=_KEEP, txbuf=-1, rxbuf=-1,
             timeout=-1, timeout_char=-1, invert=-1, flow=-1):
        if timeout > 0 or timeout_char > 0:
            raise NotImplementedError("the virtual chip's UART does not wait for what it reads")
        port = chip.uarts.get(self._id)
        fresh = port is None
        if fresh:
            port = chip.uarts[self._id] = _Port(self._id)
        self._port = port
        self._buffers(port, txbuf, rxbuf)
        port.settings[0] = baudrate or port.settings[0]
        if fresh or tx is not _KEEP or rx is not _KEEP:
            self._connect(port, tx, rx)
        for pin in (rts, cts):
            if pin is not _KEEP:
                chip.claim(pin, pin is rts)
        if bits not in (0, 5, 6, 7, 8):
            raise ValueError("invalid data bits")
        port.settings[1] = bits or port.settings[1]
        if parity is not _KEEP:
            port.settings[2] = parity if parity is None else parity & 1
        if stop not in (0, 1, 2):
            raise ValueError("invalid stop bits")
        port.settings[3] = stop or port.settings[3]
        if invert != -1 and invert & ~_INVERSIONS:
            raise ValueError("invalid inversion mask")
        if flow != -1 and flow & ~3:
            raise ValueError("invalid flow control mask")
        baud, _, parity, stop = port.settings
        if port.line is not None:
            port.line.configure(baud, "N" if parity is None else "EO"[parity], stop)
            port.line.read()
        port.come = bytearray()         # what came before is dropped

    def _buffers(self, port, txbuf, rxbuf):
        tx, rx = port.txbuf if txbuf < 0 else txbuf, port.rxbuf if rxbuf < 0 else rxbuf
        if (tx, rx) != (port.txbuf, port.rxbuf) and self._id == chip.repl_uart:
            raise ValueError("UART buffer size is fixed")
        if rx <= _FIFO or 0 < tx <= _FIFO:
            raise OSError(*_FAIL)
        port.txbuf, port.rxbuf = tx, rx

    def _connect(self, port, tx, rx):
        if tx is not _KEEP:
            port.tx = chip.pad(tx).number
        if rx is not _KEEP:
            port.rx = chip.pad(rx).number
        if port.tx is not None:
            chip.claim(port.tx, True)
        if port.rx is not None:
            chip.claim(port.rx, False)
        port.line = chip.serial.get(port.tx)

    def _mine(self):
        """It has not been given back."""
        return chip.uarts.get(self._id) is self._port

    def _take(self):
        port = self._port
        if port.line is not None:
            port.come += port.line.read()
            if len(port.come) > port.rxbuf:
                port.come = port.come[: port.rxbuf]     # the driver's buffer is full: the newest is lost

    def any(self):
        if not self._mine():
            raise OSError(*_FAIL)
        self._take()
        return len(self._port.come)

    def read(self, n=-1):
        if not self._mine():
            return None
        self._take()
        port = self._port
        data = bytes(port.come if n < 0 else port.come[:n])
        port.come = port.come[len(data) :]
        return data or None

    def readinto(self, buf, n=-1):
        data = self.read(len(buf) if n < 0 else min(n, len(buf)))
        if data is None:
            return None
        buf[: len(data)] = data
        return len(data)

    def write(self, data):
        """Waits while there is no room."""
        port = self._port
        if not self._mine():
            return None
        depth = unlocked()
        if port.line is not None:
            port.end_us = port.line.write(data)
            baud, bits, parity, stop = port.settings
            room_us = (port.txbuf + _FIFO) * (1 + bits + (parity is not None) + stop) * 1000000 // baud
            chip.clock.run_to(max(chip.clock.now_us, port.end_us - room_us))
        relock(depth)
        return len(data)

    def txdone(self):
        return chip.clock.now_us >= self._port.end_us

    def flush(self):
        chip.clock.run_to(max(chip.clock.now_us, self._port.end_us))

    def irq(self, handler=None, trigger=0, hard=False):
        if self._id == chip.repl_uart:
            raise ValueError("UART does not support IRQs")
        if handler is not None and not callable(handler):
            raise ValueError("handler must be None or callable")
        if trigger & ~(UART.IRQ_RX | UART.IRQ_BREAK | UART.IRQ_RXIDLE):
            raise ValueError("trigger 0x%04x unsupported" % trigger)
        if hard:
            raise ValueError("hard IRQ is not supported")
        for timer in chip.timers:
            if timer.number == 0:
                timer.deinit()          # RXIDLE counts by it, whoever had it

    def ioctl(self, op, argument):
        if op == _POLL:
            return argument & (_WRITABLE | (_READABLE if self.any() else 0))
        return 0

    def deinit(self):
        chip.uarts.pop(self._id, None)


_SPI_PINS = {"esp32": ((14, 13, 12), (18, 23, 19)), "esp32s3": ((12, 11, 13), (36, 35, 37))}
_SPI_FIRST = {"baudrate": 500000, "polarity": 0, "phase": 0, "bits": 8, "firstbit": 0}


class SPI:
    """Two buses. What is selected by its own pin hears a transfer in its own mode: `model.transfer(write, read)`."""

    MSB, LSB = 0, 1

    def __init__(self, id, baudrate=-1, **options):
        if id not in (1, 2):
            raise ValueError("SPI(%d) doesn't exist" % id)
        kept = chip.spis.setdefault(id, {})
        kept.clear()
        kept.update(_SPI_FIRST)
        for name, pin in zip(("sck", "mosi", "miso"), _SPI_PINS["esp32s3" if chip.repl_uart is None else "esp32"][id - 1]):
            kept[name] = pin
        self._kept = kept
        self.init(baudrate, **options)

    def init(self, baudrate=-1, *, polarity=-1, phase=-1, bits=-1, firstbit=-1, sck=_KEEP, mosi=_KEEP, miso=_KEEP):
        if bits != -1 and bits <= 0:
            raise ValueError("invalid bits")
        kept = self._kept
        kept.pop("gone", None)
        for name, value in (("baudrate", baudrate), ("polarity", polarity), ("phase", phase), ("bits", bits), ("firstbit", firstbit)):
            if value != -1:
                kept[name] = value
        for name, pin in (("sck", sck), ("mosi", mosi), ("miso", miso)):
            if pin is not _KEEP:
                kept[name] = None if pin is None else chip.pad(pin).number
            if kept[name] is not None:
                chip.claim(kept[name], name != "miso", None)

    def deinit(self):
        self._kept["gone"] = True

    def _transfer(self, write, read):
        kept = self._kept
        if "gone" in kept:
            raise OSError("transfer on deinitialized SPI")
        if not write:
            raise ValueError("buffer too short")
        mode = kept["polarity"], kept["phase"], kept["firstbit"]
        for select, model, spoken in chip.spi.get(kept["sck"], ()):
            if select.level == 0 and select.drives() and mode == spoken:
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
        if len(write) != len(read):
            raise ValueError("buffers must be the same length")
        self._transfer(bytes(write), memoryview(read))
