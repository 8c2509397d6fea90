"""The charger on the chip: `run(name)` builds the hal for that board and lives in the firmware until it restarts.

No way out of here leads to a prompt: whatever ends the program opens the contactors, and the chip restarts.
"""

import asyncio
import sys

import machine

import boards
from firmware.app import App
from firmware.version import VERSION
from hal.esp32.life import build, live, low, relays


def run(name, slots=None, files="/data"):
    """The program, for ever. `slots`: of the selector that started it, which is told how it ended by the exception.

    Whatever happens the contactors are open then. Without a selector the chip restarts.
    """
    board = boards.load(name)
    low(relays(board))
    try:
        hal = build(board, files, VERSION)
        hal.slots = slots
        asyncio.run(live(hal, App(hal)))
        raise RuntimeError("the firmware's program has come to its end")
    except BaseException as error:
        low(relays(board))
        if slots is not None:
            raise
        sys.print_exception(error)
        machine.reset()
