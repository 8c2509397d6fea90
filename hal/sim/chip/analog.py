"""What the converter sees: the pilot behind its divider, the cable's coding resistor, NTCs. Each conversion takes its time.

The pilot's conversions come from the world's own circuit, a block ahead: as long as nothing changes in the world and they
follow each other without a pause, a conversion costs no more than a look into the block.
"""

from array import array
from math import exp

from micropython import const

from hal.sim.heap import relock, unlocked
from hal.sim.world.pilot import ADC_CENTRE_MV, ADC_CODES, ADC_FULL_MV, ADC_SPAN_MV

_BLOCK = const(64)
_PLAIN_US = const(45)                   # a conversion that nobody hurries
_SUPPLY_MV = const(3300)
_FULL_UV = const(3100000)
_R25_OHM = const(10000)


class PilotSense:
    """One connector's pilot. A conversion takes `pilot.interval_us`, the program's loop around it included.

    The world's circuit is the default of boards; what another brings to the converter is computed from that.
    """

    def __init__(self, clock, world, connector):
        circuit = world.board.circuit
        self._zero_mv, self._span_mv = circuit["pilot_zero_mv"], circuit["pilot_span_mv"]
        self._clock = clock
        self._world = world
        self._pilot = connector.pilot
        self._codes = array("H", [0] * _BLOCK)
        self._next = self._count = 0
        self._at_us = -1
        self._changes = -1

    def read_uv(self):
        clock = self._clock
        if self._next == self._count or clock.now_us != self._at_us or self._world.changes != self._changes:
            depth = unlocked()
            self._ahead(clock.now_us)
            relock(depth)
        code = self._codes[self._next]
        self._next += 1
        self._at_us = clock.now_us + self._pilot.interval_us
        clock.run_to(self._at_us)
        mv = code * ADC_FULL_MV // ADC_CODES
        if self._span_mv != ADC_SPAN_MV or self._zero_mv != ADC_CENTRE_MV:
            mv = max(0, self._zero_mv + (mv - ADC_CENTRE_MV) * self._span_mv // ADC_SPAN_MV)
        return mv * 1000

    def _ahead(self, now_us):
        """Conversions up to the next event of the world."""
        world, pilot = self._world, self._pilot
        if now_us > world.now_us:
            world.advance(now_us)
        interval_us = pilot.interval_us
        count = _BLOCK
        if world.due_us < now_us + count * interval_us:
            count = max(1, (world.due_us - now_us + interval_us - 1) // interval_us)
        pilot.convert(self._codes, 0, count, now_us)
        self._next = 0
        self._count = count
        self._changes = world.changes


def slow(clock, millivolts):
    """A conversion of what `millivolts()` says, in microvolts; it may cost memory."""

    def read_uv():
        depth = unlocked()
        uv = max(0, min(_FULL_UV, int(millivolts()) * 1000))
        clock.run_to(clock.now_us + _PLAIN_US)
        relock(depth)
        return uv

    return read_uv


def proximity(port, circuit):
    """Millivolts under the pull-up for what `port.ohm()` says."""
    pullup_ohm = circuit["proximity_pullup_ohm"]

    def millivolts():
        ohm = port.ohm()
        return _SUPPLY_MV * ohm // (ohm + pullup_ohm)

    return millivolts


def ntc(port, circuit):
    """Millivolts of an NTC at the temperature that `port.read_dc()` says; a dead one is an open wire."""

    def millivolts():
        dc = port.read_dc()
        if dc is None:
            return _SUPPLY_MV
        ohm = _R25_OHM * exp(circuit["ntc_beta"] * (1 / (dc / 10 + 273.15) - 1 / 298.15))
        return round(_SUPPLY_MV * ohm / (ohm + circuit["ntc_pullup_ohm"]))

    return millivolts
