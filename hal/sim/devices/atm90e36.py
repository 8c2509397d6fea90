"""An ATM90E36A by its data sheet: registers on SPI, checksums, and energy counters that empty when they are read.

`phases` are its inputs: lists [mv, ma, mw] for A, B, C, milliwatts signed. `pass_ms` lets energy flow.
"""

_RESETS = {0x30: 0x6886, 0x31: 0x0861, 0x32: 0xC468, 0x33: 0x0087, 0x40: 0x6886, 0x50: 0x6886, 0x60: 0x6886, 0x3B: 0x421C}
_BLOCKS = ((0x30, 0x31, 0x3A, 0x3B, 14), (0x40, 0x41, 0x4C, 0x4D, 12), (0x60, 0x61, 0x6E, 0x6F, 8))  # start, first, last, CS, error bit


class Atm90e36:
    """`dead` holds its line at a level; `noise(word)` may spoil a word on its way out."""

    def __init__(self):
        self.phases = [[230000, 0, 0], [230000, 0, 0], [230000, 0, 0]]
        self.mhz = 50000
        self.factor_milli = 1000  # of each phase
        self.factor_all_milli = 1000
        self.dead = None
        self.noise = lambda word: word
        self.reset()

    def reset(self):
        self._r = [0] * 256
        for register, value in _RESETS.items():
            self._r[register] = value
        self._mws = [0] * 6  # milliwatt-seconds in the counters: imported, exported
        self._last = 0

    def pass_ms(self, ms):
        """Time passes: what the inputs show flows."""
        for i, (_, _, mw) in enumerate(self.phases):
            self.count(i if mw > 0 else 3 + i, abs(mw) * ms // 1000)

    def count(self, i, mws):
        """Milliwatt-seconds into counter i, import A to C, export A to C; it counts only when it runs."""
        if self._r[0x30] == 0x8765:
            self._mws[i] += mws

    def transfer(self, write, read):
        """One select of four bytes: an address, its highest bit for reading, and a word."""
        if self.dead is not None:
            read[:] = bytes((self.dead,)) * len(write)
            return
        register = (write[0] & 0x7F) << 8 | write[1]
        if len(write) != 4 or register > 0xFF:
            return
        if write[0] & 0x80:
            if register != 0x0F:
                self._last = self._read(register)
            word = self.noise(self._last)
            read[2] = word >> 8
            read[3] = word & 0xFF
        else:
            self._last = write[2] << 8 | write[3]
            self._write(register, self._last)

    def _read(self, register):
        if register in (0x81, 0x82, 0x83, 0x85, 0x86, 0x87):
            return self._energy((register - 0x81) % 4 + 3 * (register > 0x84))
        if 0xB1 <= register <= 0xB3:
            return _rounded(self.phases[register - 0xB1][2]) & 0xFFFF
        if 0xBC <= register <= 0xBF:
            milli = self.factor_milli if register > 0xBC else self.factor_all_milli
            return 0x8000 | -milli if milli < 0 else milli
        if 0xD9 <= register <= 0xDB:
            return self.phases[register - 0xD9][0] // 10
        if 0xDD <= register <= 0xDF:
            return self.phases[register - 0xDD][1]
        if register == 0xF8:
            return self.mhz // 10
        if register == 0x01:
            return self._status()
        for _, first, last, check, _ in _BLOCKS:
            if register == check:
                return self._checksum(first, last)
        return self._r[register]

    def _write(self, register, word):
        if register == 0x00:
            if word == 0x789A:
                self.reset()
            return
        for start, first, _, check, _ in _BLOCKS:
            if first <= register <= check and self._r[start] != 0x5678:
                return  # locked
        if register < 0x80:
            self._r[register] = word

    def _checksum(self, first, last):
        words = self._r[first : last + 1]
        total = sum((word >> 8) + (word & 0xFF) for word in words) & 0xFF
        mixed = 0
        for word in words:
            mixed ^= word >> 8 ^ word & 0xFF
        return mixed << 8 | total

    def _status(self):
        wrong = 0
        for start, first, last, check, bit in _BLOCKS:
            if self._r[start] == 0x8765 and self._r[check] != self._checksum(first, last):
                wrong |= 1 << bit
        return wrong

    def _energy(self, i):
        """Tenths of a pulse of 450e9 / PLconst per kWh; reading takes them away, what is left of one stays."""
        pulses = 450_000_000_000 // (self._r[0x31] << 16 | self._r[0x32])
        one = 3_600_000_000 // (10 * pulses)  # mWs of a tenth
        count = min(self._mws[i] // one, 0xFFFF)
        self._mws[i] -= count * one
        return count


def _rounded(mw):
    return (mw + 500) // 1000
