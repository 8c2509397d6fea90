"""The chip's pads: what each can do, the level it drives, and what of the world lies behind it.

A pad's level outlives a soft reset, as on the chip: only its interrupt and its PWM end with the interpreter.
"""

from hal.sim.heap import relock, unlocked

_OUTPUT_MODES = (3, 7)                   # GPIO_MODE_INPUT_OUTPUT, and the same with open drain
PULL_DOWN, PULL_UP = 1, 2
RISING, FALLING = 1, 2

# Microvolts that a calibrated reading lies between, for each attenuation: the line of the ESP32 does not begin at 0.
_FLAT_UV = ((0, 950000), (0, 1250000), (0, 1750000), (0, 3100000))
_LINE_UV = ((75000, 950000), (78000, 1250000), (107000, 1750000), (142000, 3100000))

# module -> (pads, pads that are inputs only, pads of ADC1, pads of ADC2, PWM channels, PWM timers, bits of such a timer,
# converter's ends)
CHIPS = {
    "esp32s3": (tuple(range(22)) + tuple(range(26, 49)), (), tuple(range(1, 11)), tuple(range(11, 21)), 8, 4, 14, _FLAT_UV),
    "esp32": (tuple(n for n in range(40) if n not in (20, 24, 28, 29, 30, 31)), (34, 35, 36, 37, 38, 39), tuple(range(32, 40)),
              (0, 2, 4, 12, 13, 14, 15, 25, 26, 27), 16, 8, 20, _LINE_UV),
}


class Pad:
    """`source()` is the level the world puts on it, `sink(level)` hears the level it drives, `analog()` gives microvolts.

    `wave(duty)` hears a PWM, 0..65536; without it a PWM counts as a level where it is steady.
    """

    OUTPUT = 3

    def __init__(self, number):
        self.number = number
        self.mode = 0
        self.pull = None
        self.level = 0
        self.source = None
        self.sink = None
        self.analog = None
        self.wave = None
        self.pwm = None                 # the frequency of one
        self.handler = None
        self.trigger = 0

    def drives(self):
        return self.mode in _OUTPUT_MODES

    def read(self):
        """What a program reads: an output reads itself, as every output of this port is an input too."""
        if self.drives():
            return self.level
        if self.source is not None:
            return 1 if self.source() else 0
        return 1 if self.pull == PULL_UP else 0

    def put(self, level):
        """Set the level it drives, now or once it is an output. TICK: in the world it may cost memory."""
        self.level = level
        if self.drives() and self.sink is not None:
            depth = unlocked()
            self.sink(level)
            relock(depth)

    def set_mode(self, mode):
        """The latch is set before the mode, so a new output begins with its level."""
        self.mode = mode
        self.pwm = None
        if self.drives() and self.sink is not None:
            self.sink(self.level)

    def duty(self, duty):
        """A PWM of so many of 65536."""
        if self.wave is not None:
            self.wave(duty)
        elif self.sink is not None and duty in (0, 65536):
            self.sink(1 if duty else 0)

    def end_of_interpreter(self):
        """A soft reset: the PWM stops at low, the interrupt is gone, a level stays."""
        self.handler = None
        if self.pwm is not None:
            self.pwm = None
            self.duty(0)
