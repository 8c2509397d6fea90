"""The module `machine` of the virtual chip: pins, converter, timers and what is the chip's own.

`chip` is the one chip there is, set by `Chip.install`.
"""

from hal.sim.chip import calendar
from hal.sim.chip.buses import SPI, UART  # noqa: F401 - part of this module's face
from hal.sim.chip.pads import FALLING, PULL_DOWN, PULL_UP, RISING
from hal.sim.chip.pwm import PWM  # noqa: F401
from hal.sim.chip.softi2c import SoftI2C  # noqa: F401
from hal.sim.heap import relock, unlocked
from hal.sim.world.part import NEVER

chip = None

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = range(1, 6)


def reset_cause():
    return chip.reset_cause


def reset():
    """Does not return."""
    chip.restart()


def soft_reset():
    raise SystemExit


def unique_id():
    return chip.unique_id


def freq(hz=None):
    if hz is None:
        return chip.hz
    if hz not in (20000000, 40000000, 80000000, 160000000, 240000000):
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")
    chip.hz = hz


def idle():
    pass


class _Memory:
    """Words of the RTC domain, the only ones anybody needs."""

    def __getitem__(self, address):
        return chip.ulp.memory[address]

    def __setitem__(self, address, value):
        depth = unlocked()
        now_us = chip.clock.now_us
        if now_us > chip.world.now_us:
            chip.world.advance(now_us)
        if chip.beside.running():
            chip.beside.look(now_us)
        chip.ulp.memory[address] = value
        if chip.beside.running() and chip.beside.look(now_us):
            chip.world.changed()
        relock(depth)


mem32 = _Memory()


class Pin:
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = PULL_DOWN, PULL_UP
    IRQ_RISING, IRQ_FALLING = RISING, FALLING
    DRIVE_0, DRIVE_1, DRIVE_2, DRIVE_3 = range(4)

    def __init__(self, id, *args, **options):
        self.pad = chip.pad(id)
        if args or options:
            self.init(*args, **options)

    def init(self, mode=None, pull=-1, *, value=None, drive=None, hold=None):
        pad = self.pad
        if value is not None:
            pad.level = 1 if value else 0
        if mode is not None:
            if chip.ulp is not None:
                chip.take(pad.number)
            if mode != Pin.IN and pad.number in chip.inputs_only:
                raise ValueError("pin can only be input")
            pad.set_mode(mode)
        elif value is not None:
            pad.put(pad.level)
        if pull != -1 and pad.number not in chip.inputs_only:
            pad.pull = pull             # an input-only pin has none: the port asks for it and nobody says no

    def value(self, level=None):
        if level is None:
            return self.pad.read()
        self.pad.put(1 if level else 0)

    def __call__(self, level=None):
        return self.value(level)

    def on(self):
        self.pad.put(1)

    def off(self):
        self.pad.put(0)

    def toggle(self):
        self.pad.put(1 - self.pad.level)

    def irq(self, handler=None, trigger=RISING | FALLING, wake=None):
        """Soft only: the port knows no `hard`."""
        self.pad.handler = handler
        self.pad.trigger = trigger if handler is not None else 0
        return self


class Signal:
    def __init__(self, pin, *args, invert=False, **options):
        self._pin = pin if isinstance(pin, Pin) else Pin(pin, *args, **options)
        self._invert = 1 if invert else 0

    def value(self, level=None):
        if level is None:
            return self._pin.pad.read() ^ self._invert
        self._pin.pad.put((1 if level else 0) ^ self._invert)

    def __call__(self, level=None):
        return self.value(level)

    def on(self):
        self._pin.pad.put(1 ^ self._invert)

    def off(self):
        self._pin.pad.put(self._invert)


class ADC:
    """ADC2 belongs to the radio while that is on: the port takes no notice, and a conversion gives nothing at all."""

    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = range(4)

    def __init__(self, pin, *, atten=ATTN_11DB):
        self._pad = chip.pad(pin)
        self._second = self._pad.number in chip.adc2
        if not self._second and self._pad.number not in chip.adc1:
            raise ValueError("invalid pin")
        self.atten(atten)

    def atten(self, atten):
        if atten not in range(4):
            raise ValueError("invalid attenuation")
        self._floor, self._top = chip.adc_uv[atten]

    def read_uv(self):
        uv = 0 if self._pad.analog is None or self._second and chip.radio_on() else self._pad.analog()
        if uv > self._top:
            return self._top
        return uv if uv > self._floor else self._floor

    def read_u16(self):
        return min(65535, self.read_uv() * 8 // 379)        # 65535 at 3.1 V, before any calibration


class Timer:
    """The chip's own four. (Newer ports have timers of the system too, in steps of 10 ms; 1.26 has not.)"""

    ONE_SHOT, PERIODIC = 0, 1

    def __init__(self, id, **options):
        if not 0 <= id < 4:
            raise ValueError("invalid Timer number")
        self.number = id
        self._entry = None
        chip.timers.append(self)
        if options:
            self.init(**options)

    def init(self, *, mode=PERIODIC, callback=None, period=0xFFFFFFFF, tick_hz=1000, freq=None, hard=False):
        if hard:
            raise ValueError("hard Timers are not implemented")
        self.deinit()
        period_us = int(1000000 / freq) if freq is not None else period * 1000000 // tick_hz
        for other in chip.timers:
            if other is not self and other.number == self.number:
                other.deinit()          # one timer, however many objects name it
        self._callback = callback
        self._mode = mode
        self._entry = [chip.clock.now_us + period_us, period_us, self._alarm]
        chip.machine.timers.append(self._entry)

    def _alarm(self):
        """The machine calls when the interpreter runs again; alarms that came meanwhile wait in the queue of eight."""
        due_us, period_us, _ = self._entry
        count = 1
        if self._mode == Timer.ONE_SHOT:
            self._entry[0] = NEVER
        else:
            count += (chip.clock.now_us - due_us) // period_us
        chip.scheduler.schedule_all(self._callback, self, count)

    def deinit(self):
        if self._entry is not None:
            self._entry[0] = NEVER
            if self._entry in chip.machine.timers:
                chip.machine.timers.remove(self._entry)
            self._entry = None


class WDT:
    """The task watchdog: no program stops it; a second one only sets another time."""

    def __init__(self, id=0, timeout=5000):
        if id != 0:
            raise ValueError
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        chip.world.watchdog.timeout_us = timeout * 1000
        self.feed()

    def feed(self):
        depth = unlocked()
        chip.ports.watchdog.feed()
        relock(depth)


class RTC:
    def datetime(self, when=None):
        if when is None:
            year, month, day, hour, minute, second, weekday = calendar.gmtime()[:7]
            return (year, month, day, weekday, hour, minute, second, chip.clock.now_us % 1000000)
        self._set(when, 4)

    def init(self, when):
        """The same but for the weekday, which has no place here: so what follows stands one before."""
        self._set(when, 3)

    def _set(self, when, hour):
        if len(when) != 8:
            raise ValueError("requested length 8 but object has length %d" % len(when))
        calendar.set_time(calendar.mktime(tuple(when[:3]) + tuple(when[hour : hour + 3]) + (0, 0)))

    def memory(self, data=None):
        """2048 bytes that survive every reset but the loss of the supply."""
        if data is None:
            return bytes.fromhex(chip.kept["rtc"])
        if len(data) > 2048:
            raise ValueError("buffer too long")
        chip.kept["rtc"] = bytes(data).hex()
