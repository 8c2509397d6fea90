"""`/main.py`: chooses a firmware, runs it, books how it ended. No update replaces this file; it knows nothing of charging.

Whatever ends the firmware, the contactors' pins fall first; then the chip starts anew, and `slots` decides what runs. Ctrl-C
while the firmware starts, before its console takes the line, ends at MicroPython's prompt (`make deploy`, rescue), but not
on a locked unit: there nobody gets it.
"""
import micropython

LOCKED = False  # whether nobody may have MicroPython's prompt
if LOCKED:  # as in boot.py: the port gives each file Ctrl-C anew
    try:
        micropython.kbd_intr(-1)
        for _ in "x":
            pass
    except KeyboardInterrupt:
        pass
import sys

import machine
from bootslots import Slots

CHIP = ""       # the build writes here for which chip
BOARD = ""      # and for which board this is
RELAYS = ()     # ((pin, the level at which no contactor closes), ...)
BUILT_IN = False  # whether a firmware is frozen beside this file
ROOT = "/slots"
START_MS = 60000        # the watchdog bites where a firmware hangs before it has set up its own
PROMPT_MS = 86400000    # ... and leaves whoever works at the prompt alone for a day: it cannot be stopped


def low():
    """No contactor closes."""
    for number, level in RELAYS:
        machine.Pin(number, machine.Pin.OUT, value=level)


def run(slots):
    """Run what is to run. Returns after Ctrl-C only, and only where nothing is locked: then the prompt is the operator's."""
    cause = machine.reset_cause()
    try:
        name = slots.choose(cause == machine.WDT_RESET, cause == machine.PWRON_RESET)
        if name is None:
            _module("bootsafe").run(slots)
        else:
            machine.WDT(timeout=START_MS)
            if name != "-":
                sys.path.insert(0, slots.path(name))
            _module("hal.esp32.main").run(BOARD, slots)
        raise RuntimeError("the firmware has come to its end")
    except KeyboardInterrupt:
        low()
        if not LOCKED:
            machine.WDT(timeout=PROMPT_MS)
            sys.stdout.write("stopped: no contactor closes. Ctrl-D starts anew\r\n")
            return
        sys.stdout.write("this unit is locked: there is no prompt\r\n")
    except BaseException as error:
        low()
        sys.print_exception(error)
        try:
            slots.crashed(error)
        except Exception as full:  # flash that takes nothing keeps nobody from starting anew
            sys.print_exception(full)
    machine.reset()


def _module(name):
    return __import__(name, None, None, ("*",))


run(Slots(ROOT, CHIP, BUILT_IN))
