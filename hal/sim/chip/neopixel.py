"""The module `neopixel` of the virtual chip: what was written last is what the lamps show.

`chip.no_pulses` is the error that the port's pulse generator is out of means for; None while it works.
"""

chip = None


class NeoPixel:
    def __init__(self, pin, n, bpp=3, timing=1):
        self.pin = pin
        pin.init(pin.OUT)
        self.n = n
        self._pixels = [(0,) * bpp] * n

    def __setitem__(self, i, colour):
        self._pixels[i] = tuple(bytes(colour))

    def __getitem__(self, i):
        return self._pixels[i]

    def fill(self, colour):
        self._pixels = [tuple(bytes(colour))] * self.n

    def write(self):
        if chip.no_pulses is not None:
            raise OSError(*chip.no_pulses)
        chip.shown[self.pin.pad.number] = list(self._pixels)
