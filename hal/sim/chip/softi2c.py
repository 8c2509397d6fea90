"""SoftI2C of the virtual chip: two pins pulled by the program. What hangs on a bus is found by the pin of its clock.

A pad's `source` that shows 0 holds a line low, as a broken part does: the clock's ends every transfer, the data line's is an
acknowledge to everything and reads zeros. Nothing else of the port tells the two apart.
"""

from micropython import const

from hal.sim.heap import relock, unlocked

chip = None

_OPEN_DRAIN = const(7)
_NACK = const(19)                       # ENODEV: nobody has that address
_TIMEDOUT = const(116)                  # ETIMEDOUT, by this port's own numbers
_OVERHEAD_US = const(2)                 # of the port's calls, a bit


class SoftI2C:
    """`model.writeto(data)` -> bool and `model.readfrom(n)` -> bytes or None; who does not acknowledge is an OSError.

    A bus costs the chip no memory; what stands behind it here does.
    """

    def __init__(self, scl, sda, *, freq=400000, timeout=50000):
        self._scl, self._sda = chip.pad(scl), chip.pad(sda)
        for pad in (self._scl, self._sda):
            pad.mode = _OPEN_DRAIN
        self._models = chip.i2c.get(self._scl.number, {})
        self._byte_us = 9 * (2 * max(1, 500000 // freq) + _OVERHEAD_US)
        self._timeout_us = timeout

    def _model(self, address, count):
        """Who answers; None for a data line that is held low."""
        if _low(self._scl):
            chip.clock.run_to(chip.clock.now_us + _OVERHEAD_US * self._timeout_us)
            raise OSError(_TIMEDOUT)
        chip.clock.run_to(chip.clock.now_us + (count + 1) * self._byte_us)
        if _low(self._sda):
            return None
        if address not in self._models:
            raise OSError(_NACK)
        return self._models[address]

    def _write(self, address, data):
        model = self._model(address, len(data))
        if model is not None and not model.writeto(data):
            raise OSError(_NACK)

    def _read(self, address, buf):
        model = self._model(address, len(buf))
        data = bytes(len(buf)) if model is None else model.readfrom(len(buf))
        if data is None:
            raise OSError(_NACK)
        buf[:] = data

    def writeto(self, addr, buf, stop=True):
        depth = unlocked()
        try:
            self._write(addr, bytes(buf))
        finally:
            relock(depth)
        return len(buf)

    def readfrom_into(self, addr, buf, stop=True):
        depth = unlocked()
        try:
            self._read(addr, buf)
        finally:
            relock(depth)

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        self.writeto(addr, memaddr.to_bytes(addrsize // 8, "big"), False)
        self.readfrom_into(addr, buf)

    def scan(self):
        return [addr for addr in range(0x08, 0x78) if self._there(addr)]

    def _there(self, addr):
        try:
            self._model(addr, 0)
            return True
        except OSError:
            return False


def _low(pad):
    return pad.source is not None and not pad.source()
