"""The virtual chip itself: what its modules share, and how it is put in place of the port's own."""

import sys

from boards.wiring import MODULES
from hal.sim.chip import buses, calendar, esp32, machine, neopixel, network, onewire, pwm, select, softi2c
from hal.sim.chip.pads import CHIPS, Pad
from hal.sim.chip.scheduler import Scheduler
from hal.sim.chip.wiring import Wiring
from hal.sim.native import plain
from hal.sim.ports import Ports

_UNTOLD = {"power_on": machine.PWRON_RESET, "brownout": machine.PWRON_RESET, "watchdog": machine.WDT_RESET,
           "soft": machine.HARD_RESET, "hard": machine.HARD_RESET}

# Modules of hal/esp32 and hal/drivers with native code, which a build without an emitter reads as plain Python.
_NATIVE = ("hal.drivers.peaks", "hal.esp32.burst")


def fresh():
    """What outlives an interpreter on the chip: RTC memory (bytes as hex), NVS."""
    return {"rtc": "", "nvs": {}}


class _Module:
    """Stands in for a module that has no file the interpreter could read."""


class Chip:
    """machine     clock, timers, alive(), report(where, error) of `hal.sim.machine`
    kept        as `fresh()`; it outlives interpreters
    cause       why this interpreter began, as SIMULATOR.md names it
    restart()   what machine.reset() does; does not return
    conditions  of the network: {"up", ...}
    rtc         the calendar: {"zero_us": UTC of the world's 0, or None}
    partitions  label -> hal.sim.flash.Partition
    outside     an outside meter's line, None for the world's own meters
    """

    def __init__(self, machine_, world, kept, cause, restart, conditions, rtc, partitions, outside=None):
        module = "esp32" if world.board.module.startswith("esp32_") else "esp32s3"
        pads, self.inputs_only, self.adc1, self.adc2, self.pwm_channels, self.pwm_timers, self.pwm_bits, self.adc_uv = CHIPS[module]
        self.memories = MODULES[world.board.module]["flash"] + MODULES[world.board.module]["psram"]
        self.repl_uart = 0 if module == "esp32" else None        # the S3 has its terminal on USB
        self.machine = machine_
        self.clock = machine_.clock
        self.world = world
        self.kept = kept
        self.reset_cause = _UNTOLD[cause]
        self.restart = restart
        self.conditions = conditions
        self.partitions = partitions
        self.hz = 240000000
        self.unique_id = bytes((0x24, 0x0A, 0xC4, world.seed >> 16 & 255, world.seed >> 8 & 255, world.seed & 255))
        self.hostname = "esp32"
        self.name_server = "0.0.0.0"
        self.air = [("Rudved", "commissioned")]
        # The station and the access point, None: there is no radio. `reason`: why the station is not in, as the port numbers it.
        self.radio = [{"active": False, "since_us": None, "ssid": None, "key": None, "reason": 0,
                       "config": {"pm": 1, "reconnects": 0, "ssid": "", "security": 0, "key": ""}} for _ in range(2)]
        # None: no W5500 answers. `since_us`: when it was switched on.
        self.ethernet = {"cable": True, "since_us": None} if world.board.ethernet else None
        self.modem = None
        self.shown = {}
        self.no_pulses = None
        self.wire = []                  # ports of the sensors on one wire
        self.serial = {}
        self.spi = {}
        self.i2c = {}                   # clock's pin -> {address: model}
        self.timers = []
        self.uarts = {}
        self.spis = {}
        self.ulp = self.beside = None   # the coprocessor, and what moves it
        self.pads = {number: Pad(number) for number in pads}
        self.ports = Ports(world, machine_.clock)
        self.scheduler = Scheduler(machine_.alive, machine_.report)
        self.wiring = Wiring(self, outside)
        self.rtc = rtc
        self._up_us = 0
        if cause == "power_on":
            kept["rtc"] = ""

    def install(self):
        """Put the modules in place. Only then may `hal.esp32` be imported."""
        for module in (machine, buses, pwm, softi2c, esp32, network, neopixel, onewire, calendar):
            module.chip = self
        names = {"machine": machine, "esp32": esp32, "network": network, "neopixel": neopixel, "onewire": onewire, "ds18x20": onewire,
                 "select": select}
        for name in names:
            sys.modules[name] = names[name]
        calendar.put(sys.modules["time"])
        for name in _NATIVE:
            names = plain(name)
            if names is not None:
                module = sys.modules[name] = _Module()
                for key in names:
                    setattr(module, key, names[key])

    # The radio

    def radio_on(self):
        return self.radio is not None and (self.radio[0]["active"] or self.radio[1]["active"])

    def up_since_us(self):
        """When the network came up, as far as anybody has looked; None while it is down."""
        up = self.conditions["up"]
        if up and self._up_us is None:
            self._up_us = self.clock.now_us
        elif not up:
            self._up_us = None
        return self._up_us

    def pad(self, id):
        """The pad of a machine.Pin or of a number."""
        if isinstance(id, machine.Pin):
            return id.pad
        if type(id) is not int or id not in self.pads:
            raise ValueError("invalid pin")
        return self.pads[id]

    def take(self, number):
        """A pad becomes the program's own: the coprocessor no longer has it."""
        if self.ulp.owns(number):
            self.ulp.digital(number)

    def claim(self, number, drives, pull=machine.Pin.PULL_UP):
        """A peripheral takes a pad: as an output, or as an input with that pull. Pins of the memories are the chip's death."""
        pad = self.pad(number)
        if pad.number in self.memories:
            raise RuntimeError("GPIO%d is the memories': the chip has crashed" % pad.number)
        if drives:
            pad.mode = machine.Pin.OUT      # its level at rest is the peripheral's business
        else:
            pad.set_mode(machine.Pin.IN)
            pad.pull = pull

    def edge(self, number, level):
        """The world changed the level on an input: its interrupt is scheduled."""
        pad = self.pads[number]
        if pad.handler is not None and pad.trigger & (1 if level else 2):
            self.scheduler.schedule(pad.handler, machine.Pin(number))

    def soft_reset(self):
        """The interpreter ends and begins again: timers and PWM end, levels stay."""
        for timer in self.timers:
            timer.deinit()
        self.timers = []
        self.uarts = {}
        self.scheduler.clear()
        for pad in self.pads.values():
            pad.end_of_interpreter()
