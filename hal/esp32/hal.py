"""The hal of a real board: the contract of hal/__init__.py over the chip's peripherals and the board's pins."""

import os
import sys

from esp32 import ULP
from machine import SPI, Pin, mem32

from firmware.support import ondemand
from hal.esp32 import flash, lamp, reader, reset
from hal.esp32.clock import Clock
from hal.esp32.connector import Connector
from hal.esp32.console import terminal
from hal.esp32.device import Device
from hal.esp32.guard import Controller, Guard, Pump
from hal.esp32.net import Network
from hal.esp32.ntc import Ntc
from hal.esp32.pins import Pins
from hal.esp32.rs485 import Rs485
from hal.esp32.switches import Button, Input, Ventilation
from hal.esp32.timer import Timers
from hal.esp32.watchdog import Watchdog
from hal.esp32.wifi import Wifi

_UART_RS485 = 1
_UART_OTHER = 2                         # a guard's or a reader's
_EXPAND_MS = 20
_HOLD_US = 200                          # an expander never does: a line that hangs must not hold up a tick
_SPI_METER = 2                          # SPI3; the reader has the other
_SPI_HZ = 1000000
_KEY = 32                               # so many random bytes are a key


class Hal:
    """`files` is the folder for files, `version` what the firmware calls itself. `jobs` are coroutines to run beside it."""

    def __init__(self, board, files, version, console=None):
        self.board = board
        self.reset_cause = reset.cause()
        self.reset = reset.reset
        device = Device()
        self.boots = device.boots()
        self.identity = {"vendor": board.vendor, "model": board.model, "serial": device.serial(), "firmware": version,
                         "iccid": None, "imsi": None}
        self.clock = Clock()
        self.wifi = None
        self.jobs = []
        self.slots = None               # of the selector, given by who was started by one
        self.every = Timers().every
        pins = Pins(board)
        self._expanders = pins.expanders = self._expand(board, pins)
        # Relays first, and the guard before anything that could take time.
        self.guard, relays = self._guard(board, pins)
        self.connectors = [Connector(spec, pins, board.circuit, relay) for spec, relay in zip(board.connectors, relays)]
        self.inputs = {name: Input(pins.input("input_" + name, alarm=True)) for name in board.inputs}
        self.temperatures = self._temperatures(board, pins)
        self.buttons = {name: Button(pins.input("button_" + name)) for name in board.buttons}
        self.indicator = self._lamp(board, pins)
        self.buzzer = None if pins.number("buzzer") is None else ondemand.load("hal.esp32.buzzer").Buzzer(pins.number("buzzer"))
        self.ventilation = Ventilation(pins.output("fan"), pins.input("fan_vane")) if board.fan else None
        self.rs485 = None
        if board.rs485:
            self.rs485 = Rs485(_UART_RS485, pins.number("rs485_tx"), pins.number("rs485_rx"), pins.output("rs485_de"), board.rs485)
        self.energy = self._metering(pins) if board.metering_chip else None
        self.reader = reader.make(board.reader, pins, _UART_OTHER, self.clock) if board.reader else None
        if self._expanders:
            for expander in self._expanders:
                for _ in range(3):      # all of its set-up
                    expander.poll()
            self.every(_EXPAND_MS, self._move)
        self.watchdog = Watchdog()
        self.files = flash.folder(files)
        self.flash = flash.journal() or ondemand.load("hal.esp32.pages").Pages(self.files + "/journal")
        self.console = console or terminal()
        self.wifi = self._radio()
        links = [self.wifi] if self.wifi else []
        if board.modem is not None:
            links.append(ondemand.load("hal.esp32.modem").Modem(_UART_OTHER, pins, board.modem["apn"], self.identity))
        if board.ethernet:
            links.insert(0, ondemand.load("hal.esp32.ethernet").Ethernet(pins))
        self.network = Network(links, self.clock, self.watchdog)
        self.jobs += [link.run for link in links]

    def random(self, n):
        """n random bytes."""
        return self.wifi.noise(n) if self.wifi and n >= _KEY else os.urandom(n)

    def busy(self):
        """A contactor is commanded closed."""
        for connector in self.connectors:
            if connector.contactor.commanded:
                return True
        return False

    def _radio(self):
        """None where the port cannot start it: a charger without a network charges."""
        try:
            return Wifi(self.identity["serial"], self.busy, self.watchdog)
        except (OSError, RuntimeError) as error:
            sys.stdout.write("Wi-Fi: %s\n" % error)
            return None

    def _expand(self, board, pins):
        """The board's port expanders, moved just before each tick."""
        if not board.expanders:
            return ()
        bus = pins.bus("i2c", _HOLD_US)
        driver = ondemand.load("hal.drivers.mcp23017")
        return [driver.Expander(bus, address) for address in board.expanders]

    def _move(self):
        for expander in self._expanders:
            expander.poll()

    def _guard(self, board, pins):
        """The guard, and for each connector what its contactor's command goes to."""
        if board.guard.make == "ulp":   # it owns the relays' pins: no output is made of them
            numbers = [pins.number("contactor_%d" % spec.id) for spec in board.connectors]
            guard = ondemand.load("hal.esp32.ulp").Ulp(board.guard, numbers, ULP(), mem32)
            return guard, guard.relays
        relays = [pins.output("contactor_%d" % spec.id) for spec in board.connectors]
        spec = board.guard
        if spec.make == "watchdog":
            return Guard(spec), relays
        wires = [pins.number(name) for name in (("guard",) if spec.make == "pump" else ("guard", "guard_rx"))]
        if None in wires:
            raise ValueError("guard %s: the board names no pin for it" % spec.make)
        return (Pump(spec, *wires) if spec.make == "pump" else Controller(spec, _UART_OTHER, *wires)), relays

    def _metering(self, pins):
        """The board's own metering chip, on a bus of its own."""
        driver = ondemand.load("hal.drivers.atm90e36")
        sck, mosi, miso, cs = [Pin(pins.number("meter_" + name)) for name in ("sck", "mosi", "miso", "cs")]
        spi = SPI(_SPI_METER, baudrate=_SPI_HZ, polarity=1, phase=1, sck=sck, mosi=mosi, miso=miso)
        cs.init(Pin.OUT, value=1)
        return driver.Chip(spi, cs)

    def _temperatures(self, board, pins):
        found: dict = {}
        for name in board.temperatures:
            if pins.number("temperature_" + name) is not None:
                found[name] = Ntc(pins.number("temperature_" + name), board.circuit)
        wired = [name for name in board.temperatures if name not in found]
        if wired:
            wire = ondemand.load("hal.esp32.ds18b20").Wire(pins.number("onewire"), len(wired))
            for name, sensor in zip(wired, wire.sensors):
                found[name] = sensor
            self.jobs.append(wire.run)
        return found

    def _lamp(self, board, pins):
        if board.indicator is None:
            return None
        if board.indicator == "ws2812":
            put = lamp.ws2812(pins.number("lamp"))
        else:
            put = lamp.plain(pins, ("lamp_red", "lamp_green", "lamp_blue"))
        light = lamp.Lamp(put)
        self.jobs.append(light.run)
        return light
