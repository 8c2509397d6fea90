"""What must be so that a tick which changed nothing changes nothing the next time either: for `hal.sim.rest`."""

from micropython import const

import firmware.safety.limits as limits
from hal.sim.world.pilot import ADC_CODES, INTERVAL_US, noise_codes, pin_of_codes

_SETTLED_NS = const(20000)              # after an edge: settling and jitter
DAY_MS = const(86400000)
_NOT_IN_LIMITS = (0, 1000, 30000, 3600000, DAY_MS, 518400000)    # seconds, heat that trips, hours, days, where ages stop


def edges():
    """Every time of the limits, and those that stand in the modules: values that an age may be compared with."""
    found = set(_NOT_IN_LIMITS)
    found.add(limits.WAKE_PULSE_MS + limits.WAKE_X1_MS)
    for name, value in limits.__dict__.items():
        if name.endswith("_MS") or name == "OVER_CURRENT":
            _collect(value, found)
    return sorted(found)


def edges_of_pilot():
    """The millivolts at which a burst means something else."""
    found = set()
    for name, value in limits.__dict__.items():
        if name.startswith(("PILOT_", "DIODE_")) and name != "PILOT_MIN_SAMPLES":
            _collect(value, found)
    return sorted(found)


def _collect(value, found):
    if isinstance(value, int):
        found.add(value)
    elif isinstance(value, tuple):
        for one in value:
            _collect(one, found)


def silent(core, world):
    """Nothing is under way that no list shows: contacts and bolts at rest, no patience running out."""
    if core.dead or not world.powered or not world.guard.holds or world.wants_reset or not world.invariants.calm():
        return False
    for connector in world.connectors:
        if connector.contactor.steady_lines() < 0 or (connector.lock is not None and connector.lock.direction):
            return False
    for unit in core.units:
        # Without feedback a current while open is weighed against two ages at once.
        if not unit.spec.feedback and not unit.command and unit.supply.peak_ma > limits.WELD_CURRENT_MA:
            return False
    return True


def clear(circuit, edges_mv, pin_of_codes=pin_of_codes):
    """No burst of this circuit can say two different things: the noise reaches none of `edges_mv` from either level."""
    period_ns, on_ns, high, low, interval_ns = circuit[:5]
    noise = noise_codes(circuit)
    ranges = []
    if on_ns:
        ranges.append((high // 256 - noise, high // 256 + noise))
    if on_ns < period_ns:
        ranges.append((low // 256 - noise, low // 256 + noise))
    if len(ranges) == 2 and min(on_ns, period_ns - on_ns) < interval_ns + _SETTLED_NS:
        return False                    # fewer than one settled conversion in each period: three are wanted of a burst
    if interval_ns != INTERVAL_US * 1000:
        return False
    mv = []
    for first, last in ranges:
        if first <= 0 or last >= ADC_CODES - 1:
            return False
        mv.append((pin_of_codes(first), pin_of_codes(last)))
    if len(mv) == 2:
        mv.append((mv[0][0] - mv[1][1], mv[0][1] - mv[1][0]))   # what lies between the two levels
    spread_mv = mv[0][1] - mv[0][0]
    for edge in edges_mv:
        for first, last in mv:
            if first <= edge <= last:
                return False
    apart = len(mv) < 3 or not mv[2][0] <= 2 * limits.PILOT_SPREAD_MV <= mv[2][1]
    return apart and spread_mv < limits.PILOT_SPREAD_MV
