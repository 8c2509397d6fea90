"""The beginning and the life of a charger on the chip, whatever program runs there: relays low, the hal, and its own tasks."""

import asyncio

import machine
import micropython
from machine import Pin
from micropython import const

from hal.esp32.hal import Hal

_ERROR_BYTES = const(100)               # words and place of an error in the tick, whose heap is locked


def low(numbers):
    """These GPIOs become outputs at low level, without a moment of high in between."""
    for number in numbers:
        Pin(number, Pin.OUT, value=0)


def relays(board):
    """The GPIOs of a board's contactors. Relays are driven by a high level: an undriven pin must be at rest."""
    return [board.pins["contactor_%d" % spec.id] for spec in board.connectors]


def build(board, files, version, console=None):
    """The hal of that `boards.Board`, contactors open."""
    low(relays(board))
    machine.freq(240000000)             # the plain ESP32 starts with 160 MHz
    room = getattr(micropython, "alloc_emergency_exception_buf", None)      # no port but the chip's asks for it
    if room:
        room(_ERROR_BYTES)
    return Hal(board, files, version, console)


async def live(hal, app):
    """The program and what the hardware needs beside it, until one of them ends (which none should)."""
    hal.watchdog.widen()                # it ticks: from here on a second without is too long
    await asyncio.gather(*[asyncio.create_task(job()) for job in hal.jobs], asyncio.create_task(app.run()))
