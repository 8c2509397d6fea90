"""The control pilot: what a burst says, and how a current is said (IEC 61851-1 Annex A)."""
from micropython import const

from firmware.safety import limits

A = const(0)
B = const(1)
C = const(2)
D = const(3)
E = const(4)
INVALID = const(5)
LETTERS = ("A", "B", "C", "D", "E", "INVALID")

_WINDOWS = (limits.PILOT_A, limits.PILOT_B, limits.PILOT_C, limits.PILOT_D, limits.PILOT_E)


def classify(pilot, letter, pwm):
    """The letter that the burst in `pilot` shows; `letter` is today's, whose window is the wider "stay" one.

    With `pwm` the positive peak counts (two conversions at least must have met it); E needs both peaks near 0 V.
    Anything between the windows, above them, or spread over more than 1 V is INVALID, a class of its own.
    """
    if pilot.spread_mv > limits.PILOT_SPREAD_MV or pilot.n_high < limits.PILOT_MIN_SAMPLES:
        return INVALID
    high_mv = pilot.high_mv
    if letter < INVALID and _inside(_WINDOWS[letter], 2, high_mv):
        found = letter
    else:
        found = _entered(high_mv)
    if found == E and (not _inside(limits.PILOT_E, 2, pilot.low_mv)):
        return INVALID
    if not pwm and found < D and pilot.low_mv < high_mv - 2 * limits.PILOT_SPREAD_MV:
        return INVALID                  # steady +12 V was asked for and something pulls it down now and then
    return found


def _inside(window, at, mv):
    return window[at] <= mv <= window[at + 1]


def _entered(mv):
    for letter in range(5):
        if _inside(_WINDOWS[letter], 0, mv):
            return letter
    return INVALID


def duty_of(current_ma):
    """Duty in 1/65536 of the period that offers `current_ma`, never more; DUTY_X1 for anything below 6 A.

    Between 51 A and 52.5 A the two lines of Table A.7 do not meet: 51 A is offered. Above 80 A: 80 A.
    Every intermediate stays below 2**30.
    """
    if current_ma < limits.OFFER_MIN_MA:
        return limits.DUTY_X1
    if current_ma > limits.OFFER_MAX_MA:
        current_ma = limits.OFFER_MAX_MA
    if current_ma > 51000:
        if current_ma >= 52600:
            return current_ma * 4096 // 15625 + 41943
        current_ma = 51000
    return current_ma * 4096 // 3750
