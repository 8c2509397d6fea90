"""Why the chip started, what it should say of its next start, and the count of its starts.

The port knows no more than power-on, watchdog and the rest, and takes a brown-out for a power-on. RTC memory tells the
others apart: it survives everything but the loss of the supply.

Bytes of RTC memory: 0..3 magic, 4 the intended cause + 1 (0: none, the program was just running), 5 whether the calendar is
a guess (hal.esp32.clock). From 16 on it is free.
"""

import machine
from micropython import const

CAUSES = ("soft", "hard", "watchdog", "brownout", "power_on")

_MAGIC = b"RVD1"
_SIZE = const(16)
_INTENT = const(4)
_GUESS = const(5)


def intended(memory):
    """The cause that `reset` left in these bytes, None where there is none."""
    if memory[:4] != _MAGIC or len(memory) < 5 or not 0 < memory[4] <= len(CAUSES):
        return None
    return CAUSES[memory[4] - 1]


def cause():
    """One of CAUSES for this start; from here on a start nobody asked for is told apart."""
    rtc = machine.RTC()
    memory = rtc.memory()
    meant = intended(memory)
    told = machine.reset_cause()
    if told == machine.PWRON_RESET:
        found = "brownout" if memory[:4] == _MAGIC else "power_on"
    elif told == machine.WDT_RESET:
        found = "watchdog"
    else:
        found = meant or "hard"
    _write(rtc, memory, _INTENT, 0)
    return found


def reset(why):
    """Restart the chip; `cause` says `why` afterwards. Does not return."""
    rtc = machine.RTC()
    _write(rtc, rtc.memory(), _INTENT, CAUSES.index(why) + 1)
    machine.reset()


def is_guess():
    """Whether the calendar is a guess."""
    return machine.RTC().memory()[_GUESS : _GUESS + 1] == b"\x01"


def set_guess(on):
    """From now on it is one, or none."""
    rtc = machine.RTC()
    _write(rtc, rtc.memory(), _GUESS, int(on))


def _write(rtc, memory, at, value):
    kept = bytearray(max(_SIZE, len(memory)))
    kept[: len(memory)] = memory
    kept[:4] = _MAGIC
    kept[at] = value
    rtc.memory(kept)
