"""Kinds of events the safety core puts into the ring: (kind, connector, a, b)."""
from micropython import const

LETTER = const(1)                       # a = letter (pilot.A ..)
OFFER = const(2)                        # a = duty in 1/65536, b = milliamperes
CONTACTOR = const(3)                    # a = 1 close, 0 open command; b = why, a code of reasons.py
FAULT = const(4)                        # a = index into faults.TABLE, b = 1 raised, 0 gone
PLUG = const(5)                         # a = 1 in, 0 out
SELF_TEST = const(6)                    # a = 1 passed, 0 failed; b = milliseconds to the trip
LOCK = const(7)                         # a = 1 locked, 0 unlocked
