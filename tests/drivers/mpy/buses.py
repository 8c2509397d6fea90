"""Buses and pins of the machine's kind with a chip's model at the other end."""


class Pin:
    """An output pin: calls it and tells `heard(level)`."""

    def __init__(self, heard=None, level=1):
        self.level = level
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
        self.cs = Pin(self._selected, 0)  # as a pin is that nobody has set yet

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


class I2c:
    """An I2C master with slaves by their address; who does not acknowledge is an OSError, as on the chip."""

    def __init__(self, *chips):
        self._chips = {chip.address: chip for chip in chips}

    def writeto(self, address, data):
        chip = self._chips.get(address)
        if chip is None or not chip.writeto(bytes(data)):
            raise OSError(19)
        return len(data)

    def readfrom_into(self, address, into):
        chip = self._chips.get(address)
        found = chip.readfrom(len(into)) if chip else None
        if found is None:
            raise OSError(19)
        into[:] = found

    def readfrom_mem_into(self, address, register, into):
        self.writeto(address, bytes((register,)))
        self.readfrom_into(address, into)


class Uart:
    """A serial port: what a chip sends is fetched when somebody asks what has come."""

    def __init__(self, chip):
        self._chip = chip
        self._got = b""

    def write(self, data):
        self._chip.write(data)
        return len(data)

    def any(self):
        self._got += self._chip.read()
        return len(self._got)

    def readinto(self, into, count):
        if not self._got:
            return None
        part = self._got[:count]
        self._got = self._got[count:]
        into[: len(part)] = part
        return len(part)

    def read(self, count):
        part, self._got = self._got[:count], self._got[count:]
        return part or None
