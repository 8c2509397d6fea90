"""Flash in RAM, for tests: programs only clear bits, and the supply can be cut inside any operation at any byte."""


class PowerCut(Exception):
    """The supply is gone: nothing after this instant happened."""


def erased(pages, page_size):
    """So much erased flash, never twice in memory."""
    data = bytearray(pages * page_size)
    for page in range(pages):
        data[page * page_size:(page + 1) * page_size] = b"\xff" * page_size
    return data


class RamFlash:
    """The journal's partition as hal.flash has it. `cut_at(n, byte)`: die inside the n-th operation from now, with
    `byte` bytes of it done (and, with `smear`, the next byte half programmed). `data` survives in the next instance.
    """

    page_size = 4096

    def __init__(self, pages=16, data=None):
        self.pages = pages
        self.data = data if data is not None else erased(pages, self.page_size)
        self.programs = self.erases = self.programmed = 0
        self.worn = [0] * pages
        self.stuck = set()
        self._cut = None

    def cut_at(self, operation, byte, smear=False):
        self._cut = [operation, byte, smear]

    @property
    def armed(self):
        """A cut is still to come."""
        return self._cut is not None

    def read(self, address, buf):
        assert address >= 0 and address + len(buf) <= len(self.data), "read outside the partition"
        buf[:] = self.data[address:address + len(buf)]

    def program(self, address, data):
        assert address // self.page_size == (address + len(data) - 1) // self.page_size, "a program crosses a page"
        for i, byte in enumerate(data):
            assert self.data[address + i] == 0xFF or byte == 0xFF, "programmed over written bytes"
        done, smear = self._operation(len(data))
        for i in range(done):
            self.data[address + i] &= data[i]
        for broken in self.stuck:
            if address <= broken < address + done:
                self.data[broken] = 0
        if smear and done < len(data):
            self.data[address + done] &= data[done] | 0x5A
        self.programs += 1
        self.programmed += done
        if self._dead:
            raise PowerCut()

    def erase(self, page):
        done, _ = self._operation(self.page_size)
        start = page * self.page_size
        self.data[start:start + done] = b"\xff" * done
        self.erases += 1
        self.worn[page] += 1
        if self._dead:
            raise PowerCut()

    _dead = False

    def _operation(self, size):
        assert not self._dead, "the supply is gone"
        if self._cut:
            self._cut[0] -= 1
            if self._cut[0] == 0:
                self._dead = True
                return min(self._cut[1], size), self._cut[2]
        return size, False


class FakeClock:
    """As firmware.support.clock.Clock, moved by hand. `utc` is None until set."""

    def __init__(self, up_s=0, utc=None):
        self.ms = up_s * 1000
        self.utc = utc

    def ticks_ms(self):
        return self.ms

    def since(self, ticks):
        return self.ms - ticks

    def add(self, ticks, ms):
        return ticks + ms

    def up_s(self):
        return self.ms // 1000

    def utc_s(self):
        return self.utc

    def set_utc(self, utc_s):
        self.utc = utc_s

    def advance(self, ms):
        before = self.ms // 1000
        self.ms += ms
        if self.utc is not None:
            self.utc += self.ms // 1000 - before
