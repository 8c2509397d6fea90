"""Runs inside MicroPython: the firmware's master reads a meter at the end of a terminal and says what it found, as JSON.

usage: meter_reader.py TERMINAL PROFILE ADDRESS PHASES ROUNDS [ORDER]
"""

import asyncio
import json
import sys
import time

from firmware.metering import profiles
from firmware.metering.meter import Meter
from firmware.metering.modbus import Master
from firmware.support.clock import Clock
from hal.sim.line import PtyLine


class Ticks:
    ticks_ms = staticmethod(time.ticks_ms)
    diff = staticmethod(time.ticks_diff)
    add = staticmethod(time.ticks_add)


class Spec:
    def __init__(self, phases, order):
        self.rating_ma = 32000
        self.phases = phases
        self.meter = {"side": "supply", "order": order}


async def main(path, name, address, phases, rounds, order=None):
    clock = Clock(Ticks())
    master = Master(PtyLine(path), clock)
    meter = Meter(master, profiles.load(name), int(address), Spec(int(phases), order), clock)
    for _ in range(int(rounds)):
        await meter.poll()
    facts = ("energy_wh", "export_wh", "power_w", "volts_mv", "amps_ma", "frequency_mhz", "power_factor_milli", "order",
             "state", "reason", "failures")  # fmt: skip
    sys.stdout.write(json.dumps({fact: getattr(meter, fact) for fact in facts}))


asyncio.run(main(*sys.argv[1:]))
