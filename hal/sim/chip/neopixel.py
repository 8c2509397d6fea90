"""The module `neopixel` of the virtual chip: what was written last is what the lamps show."""

chip = None


class NeoPixel:
    def __init__(self, pin, n, bpp=3, timing=1):
        self.pin = pin
        self.n = n
        self._pixels = [(0,) * bpp] * n

    def __setitem__(self, i, colour):
        self._pixels[i] = tuple(colour)

    def __getitem__(self, i):
        return self._pixels[i]

    def fill(self, colour):
        self._pixels = [tuple(colour)] * self.n

    def write(self):
        chip.shown[self.pin.pad.number] = list(self._pixels)
