"""The control pilot circuit: PWM source, 1 kOhm, cable, diode and resistor in the vehicle, and the converter that looks at it.

The waveform is evaluated only at the instants at which a conversion happens (IEC 61851-1 Annex A).
"""

from array import array

from micropython import const

from hal.sim.native import native
from hal.sim.world.part import NEVER, Part
from hal.sim.world.prng import Prng, sprout
from hal.sim.world.vehicle import GONE, OHM, X1, F, decode_ma

_burst = native("hal.sim.world.burst", "burst")
_pass_by = native("hal.sim.world.burst", "pass_by")

STEADY_HIGH = const(65536)
STEADY_LOW = const(0)

RAIL_MV = const(12000)
SOURCE_OHM = const(1000)
DIODE_MV = const(700)
PERIOD_NS = const(1000000)

# The converter: -12 V..+12 V arrive as 0.15 V..2.45 V, 12 bits over 3.1 V.
ADC_CENTRE_MV = const(1300)
ADC_SPAN_MV = const(1150)
ADC_FULL_MV = const(3100)
ADC_CODES = const(4096)

INTERVAL_US = const(60)                 # one conversion, as a native loop on the chip makes them
_JITTER_NS = const(2000)                # to either side
_NOISE_MV = const(12)                   # standard deviation at the pin
_DRIFT_PPM = const(50)                  # the PWM timer and the program's clock share no crystal

# Arguments of burst(), in its order: the state of the noise generator first.
_STATE, _PHASE, _PERIOD, _ON, _HIGH, _LOW, _INTERVAL, _NOISE, _JITTER = range(9)

_HISS = const(510)                      # burst()'s noise never has more of its units than this

# What is left of an edge k microseconds after it, of 256: the pin's 1 kOhm into cable and filter, 2.5 us.
SETTLE = array("H", [256, 172, 115, 77, 52, 35, 23, 16, 10, 7, 5, 3, 2, 1, 1, 0])


def pin_mv(source_mv, ohm, diode, source_ohm=SOURCE_OHM, diode_mv=DIODE_MV):
    """Millivolts at the pilot pin for a source voltage behind 1 kOhm and a vehicle of `ohm` (None: none)."""
    if ohm is None or (diode and source_mv <= diode_mv):
        return source_mv
    drop_mv = diode_mv if diode else 0
    return drop_mv + (source_mv - drop_mv) * ohm // (ohm + source_ohm)


def code_x256(pilot_mv):
    """The converter's code for a voltage at the pin, times 256, before noise, rounding and clipping."""
    return (pilot_mv * ADC_SPAN_MV * 256 // RAIL_MV + ADC_CENTRE_MV * 256) * ADC_CODES // ADC_FULL_MV


# From the sum of three codes to millivolts at the pin, within 31 bits: sum * GAIN // 10000 - ZERO_MV.
GAIN = ADC_FULL_MV * RAIL_MV * 10000 // (3 * ADC_CODES * ADC_SPAN_MV)
ZERO_MV = (ADC_CENTRE_MV * RAIL_MV + ADC_SPAN_MV // 2) // ADC_SPAN_MV


def pin_of_codes(code):
    """Millivolts that the charger finds at the pin where three conversions gave that code."""
    return 3 * code * GAIN // 10000 - ZERO_MV


def noise_codes(circuit):
    """The furthest that noise and rounding can carry a conversion from its level, in codes. `circuit` is Pilot.circuit()."""
    return (_HISS * circuit[_NOISE - _PERIOD] >> 16) + 2


class Pilot(Part):
    """One connector's pilot. `duty` is what the source makes now, `next_duty` what it makes from the next period on."""

    kept = ("powered", "duty", "next_duty", "due_us", "origin_ns", "period_ns", "short", "open", "noise_mv", "offset_mv", "interval_us",
            "high_rail_mv", "low_rail_mv", "source_ohm", "diode_mv", "leak_ohm", "gain_permille", "noise_state")

    def __init__(self, seed, stream):
        prng = Prng(seed, stream + "/timer")
        self.powered = False
        self.duty = STEADY_LOW
        self.next_duty = STEADY_LOW
        self.origin_ns = prng.below(PERIOD_NS)
        self.period_ns = prng.about(PERIOD_NS, _DRIFT_PPM)
        self.short = False              # pin to protective earth
        self.open = False               # wire cut between charger and vehicle
        self.noise_mv = 0               # added to the converter's own
        self.offset_mv = 0
        self.high_rail_mv, self.low_rail_mv = RAIL_MV, -RAIL_MV
        self.source_ohm = SOURCE_OHM
        self.diode_mv = DIODE_MV
        self.leak_ohm = None            # moisture between the wire and protective earth
        self.gain_permille = 1000       # of the converter
        self.settle = SETTLE
        self.interval_us = INTERVAL_US
        self.offered_ma = 0             # what the wire offers, 0 where it says nothing
        self.passed = 0                 # conversions that nobody made, and which the noise has still to be moved by
        self._arguments = array("I", [0] * 9)
        self._arguments[_JITTER] = _JITTER_NS
        self.noise_state = sprout(seed, stream + "/noise")
        self.set_vehicle(None, True)

    @property
    def noise_state(self):
        self._pass(0)
        return self._arguments[_STATE]

    @noise_state.setter
    def noise_state(self, state):
        self._arguments[_STATE] = state
        self.passed = 0

    def _pass(self, but):
        """Move the noise on by the conversions that nobody made, but for the last ones."""
        _pass_by(self._arguments, self.passed - but)
        self.passed = but

    def reset(self, powered):
        """A pin that nobody drives is low: steady -12 V; without supply there is nothing on the wire."""
        self.powered = powered
        self.duty = self.next_duty = STEADY_LOW
        self.due_us = NEVER
        self.refresh()

    def drive(self, duty, now_us):
        """Set the duty; as in the chip's timer it takes effect with the next period."""
        if duty == self.next_duty or not self.powered:
            return
        self.next_duty = duty
        if duty == self.duty:
            self.due_us = NEVER
        else:
            phase_ns = (now_us * 1000 - self.origin_ns) % self.period_ns
            self.due_us = now_us + (self.period_ns - phase_ns + 999) // 1000

    def step(self, now_us):
        self.due_us = NEVER
        self.duty = self.next_duty
        self.refresh()

    def offer(self):
        """What the vehicle's end of the wire says: milliamperes, X1, F or GONE."""
        if not self.powered or self.short or self.open:
            return GONE
        if self.duty == STEADY_HIGH:
            return X1
        if self.duty == STEADY_LOW:
            return F
        return self.offered_ma

    def set_vehicle(self, letter, diode):
        """The vehicle's resistor and diode at the far end of the wire."""
        self._ohm = OHM.get(letter)
        self._diode = diode
        self.refresh()

    def refresh(self):
        """Work out both levels of the waveform and put them where the burst finds them."""
        if self.short or not self.powered:
            high_mv = low_mv = 0
        else:
            high_mv = self._pin_mv(self.high_rail_mv)
            low_mv = self._pin_mv(self.low_rail_mv)
        steady = not self.powered or self.duty in (STEADY_LOW, STEADY_HIGH)
        self.offered_ma = 0 if steady else decode_ma(self.duty)
        a = self._arguments
        a[_PERIOD] = self.period_ns
        a[_ON] = self.duty * self.period_ns // STEADY_HIGH
        a[_HIGH] = max(0, code_x256(high_mv + self.offset_mv) * self.gain_permille // 1000)
        a[_LOW] = max(0, code_x256(low_mv + self.offset_mv) * self.gain_permille // 1000)
        a[_INTERVAL] = self.interval_us * 1000
        noise_mv = int((_NOISE_MV**2 + self.noise_mv**2) ** 0.5 + 0.5)
        # burst()'s noise has a standard deviation of 147.8 of its units; it wants codes times 65536 for one.
        a[_NOISE] = noise_mv * ADC_SPAN_MV * ADC_CODES * 65536 // (RAIL_MV * ADC_FULL_MV * 148)

    def _pin_mv(self, rail_mv):
        source_ohm = self.source_ohm
        if self.leak_ohm is not None:
            rail_mv = rail_mv * self.leak_ohm // (self.leak_ohm + source_ohm)
            source_ohm = source_ohm * self.leak_ohm // (self.leak_ohm + source_ohm)
        return pin_mv(rail_mv, None if self.open else self._ohm, self._diode, source_ohm, self.diode_mv)

    def convert(self, codes, first, count, now_us):
        """Put `count` conversions, the first of them at `now_us`, into codes[first:]. Allocates nothing but big times."""
        if self.passed:
            self._pass(0)
        self._arguments[_PHASE] = (now_us * 1000 - self.origin_ns) % self.period_ns
        _burst(codes, self.settle, self._arguments, first, count)

    def circuit(self):
        """All that the codes of a burst depend on, beside its instant and the noise: period, high time, two levels, interval,
        noise and jitter, as `burst` has them."""
        return self._arguments[_PERIOD:]

    def reconvert(self, codes, count, now_us, circuit):
        """The last of the conversions that nobody made: those that would have begun at `now_us`, with the circuit of then."""
        self._pass(count)
        then = array("I", [self._arguments[_STATE], (now_us * 1000 - self.origin_ns) % self.period_ns])
        then.extend(circuit)
        _burst(codes, self.settle, then, 0, count)

    def load(self, state):
        super().load(state)
        self.refresh()
