"""The indicator: a chain of WS2812 or three plain lamps, and its blinking."""

import asyncio

import neopixel
from machine import PWM, Pin
from micropython import const

# Percent of red, green, blue.
_COLOURS = {
    "off": (0, 0, 0), "red": (100, 0, 0), "green": (0, 100, 0), "blue": (0, 0, 100), "yellow": (100, 60, 0), "white": (100, 100, 100),
}
_PIXELS = const(8)                      # a ring; a shorter chain lets the rest fall off its end
_HZ = const(1000)                       # as the pilot's: they share a timer
_STEADY_MS = const(200)


class Lamp:
    """`put(red, green, blue)`, each 0..100, shows a colour."""

    def __init__(self, put):
        self._put = put
        self._colour = (0, 0, 0)
        self._blink_ms = 0
        self._on = False
        self.show("off")

    def show(self, colour, blink_ms=0, percent=100):
        """`blink_ms`: so long on, so long off; 0 is steady."""
        self._colour = tuple([part * percent // 100 for part in _COLOURS[colour]])
        self._blink_ms = blink_ms
        self._set(True)

    def _set(self, on):
        self._on = on
        red, green, blue = self._colour if on else _COLOURS["off"]
        self._put(red, green, blue)

    async def run(self):
        """Blinks, for ever."""
        while True:
            await asyncio.sleep_ms(self._blink_ms or _STEADY_MS)
            if self._blink_ms:
                self._set(not self._on)


def ws2812(pin):
    """`put` for a chain of WS2812."""
    chain = neopixel.NeoPixel(Pin(pin, Pin.OUT, value=0), _PIXELS)

    def put(red, green, blue):
        chain.fill((red * 255 // 100, green * 255 // 100, blue * 255 // 100))
        try:
            chain.write()
        except OSError:
            pass                        # the port's pulse generator needs memory of its own; no lamp is worth a restart

    return put


class _Dimmed:
    """A lamp on a pin of the chip."""

    def __init__(self, number, low):
        self._low = low
        self._pwm = PWM(Pin(number), freq=_HZ, duty_u16=65535 if low else 0)

    def put(self, percent):
        self._pwm.duty_u16(65535 * (100 - percent if self._low else percent) // 100)


class _Switched:
    """A lamp on an expander, which knows only on and off."""

    def __init__(self, output):
        self._output = output

    def put(self, percent):
        if percent:
            self._output.on()
        else:
            self._output.off()


def plain(pins, names):
    """`put` for three lamps of their own, by the names of their pins."""
    lamps = []
    for name in names:
        number = pins.number(name)
        lamps.append(_Dimmed(number, pins.inverted(name)) if isinstance(number, int) else _Switched(pins.output(name)))

    def put(*percents):
        for lamp, percent in zip(lamps, percents):
            lamp.put(percent)

    return put
