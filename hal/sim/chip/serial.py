"""What can hang on a UART: the RS-485 line with the world's meters or with a slave from outside, a guard's controller.

A model has configure(baud, parity, stop), write(data) -> when its last bit has left (us), and read() -> bytes come since.
"""

from hal.sim.line import byte_us


class MeterLine:
    """The world's RS-485 line behind a transceiver. `driver` is the pad that turns it around, None where it does so itself.

    With a driver the line hears only what is sent while it is on, and the chip hears nothing while it is.
    """

    def __init__(self, clock, world, driver):
        self._clock = clock
        self._world = world
        self._driver = driver
        self._lets_go_us = 0            # when the driver was last switched off
        self._asked = None              # a frame that is on its way: (when its last bit leaves, frame)
        self._reply = b""
        self._first_us = 0
        self._taken = 0
        self._fits = False
        if driver is not None:
            driver.sink = self._turned

    def configure(self, baud, parity, stop):
        self._byte_us = byte_us(baud, parity, stop)
        settings = self._world.board.rs485
        self._fits = (baud, parity, stop) == (settings["baud"], settings["parity"], settings["stop"])

    def write(self, data):
        end_us = self._clock.now_us + len(data) * self._byte_us
        if self._driver is None or self._driver.level:
            self._asked = end_us, bytes(data)
        return end_us

    def read(self):
        self._hear()
        come = max(0, min(len(self._reply), (self._clock.now_us - self._first_us) // self._byte_us))
        first, self._taken = self._taken, come
        if self._driver is not None:
            if self._driver.level:
                return b""
            deaf_us = self._lets_go_us - self._first_us     # what began before the driver let go met a deaf receiver
            if deaf_us > 0:
                first = max(first, (deaf_us + self._byte_us - 1) // self._byte_us)
        return self._reply[first:come]

    def _turned(self, level):
        if not level:
            self._lets_go_us = self._clock.now_us
            if self._asked and self._asked[0] > self._clock.now_us:
                self._asked = None      # the frame was cut off: nobody understands it
        self._hear()

    def _hear(self):
        """The meters have heard the whole frame."""
        if self._asked is None or self._asked[0] > self._clock.now_us:
            return
        end_us, frame = self._asked
        self._asked = None
        if self._fits:
            self._world.advance(self._clock.now_us)
            self._reply, delay_us = self._world.bus.ask(frame, self._clock.now_us)
            self._first_us = end_us + delay_us
            self._taken = 0


class OutsideLine:
    """A pseudo-terminal whose far end a slave from outside holds: see `hal.sim.line.PtyLine`. `owe()`: it owes an answer."""

    def __init__(self, clock, file, owe):
        self._clock = clock
        self._file = file
        self._owe = owe

    def configure(self, baud, parity, stop):
        self._byte_us = byte_us(baud, parity, stop)

    def write(self, data):
        self._file.write(data)
        self._owe()
        return self._clock.now_us + len(data) * self._byte_us

    def read(self):
        return self._file.read(256) or b""


class Talker:
    """A chip with write(data) and read() of its own, at 115200 8N1; it takes no time of the line's."""

    def __init__(self, clock, model):
        self._clock = clock
        self._model = model
        self._fits = False

    def configure(self, baud, parity, stop):
        self._fits = (baud, parity, stop) == (115200, "N", 1)

    def write(self, data):
        if self._fits:
            self._model.write(data)
        return self._clock.now_us

    def read(self):
        return self._model.read() if self._fits else b""


class GuardController:
    """The small controller of make "mcu": each frame with the next number is a token, anything else is none."""

    def __init__(self, clock, token):
        self._clock = clock
        self._token = token
        self._last = None

    def configure(self, baud, parity, stop):
        self._byte_us = byte_us(baud, parity, stop)
        self._fits = (baud, parity, stop) == (115200, "N", 1)

    def write(self, data):
        if self._fits and len(data) == 3 and data[0] == 0xA5 and data[1] ^ data[2] == 0xFF:
            if self._last is None or data[1] == (self._last + 1) & 0xFF:
                self._token()
            self._last = data[1]
        return self._clock.now_us + len(data) * self._byte_us

    def read(self):
        return b""
