"""Buses and pins of the machine's kind with a chip's model at the other end."""


class Pin:
    """An output pin: calls it and tells `heard(level)`."""

    def __init__(self, heard=None):
        self.level = 1
        self._heard = heard

    def __call__(self, level=None):
        if level is None:
            return self.level
        self.level = level
        if self._heard:
            self._heard(level)


class Spi:
    """A SPI master whose one slave is selected by `cs`; a byte sent unselected reaches nobody."""

    def __init__(self, chip):
        self._chip = chip
        self._sent = bytearray()
        self.cs = Pin(self._selected)

    def _selected(self, level):
        self._sent = bytearray()

    def write(self, data):
        self.write_readinto(data, bytearray(len(data)))

    def readinto(self, into, write=0):
        self.write_readinto(bytes((write,)) * len(into), into)

    def write_readinto(self, data, into):
        if self.cs.level:
            into[:] = b"\xff" * len(into)
            return
        if self._sent:
            raise AssertionError("a second transfer within one select")
        self._sent = bytes(data)
        read = bytearray(len(data))
        self._chip.transfer(self._sent, read)
        into[:] = read
