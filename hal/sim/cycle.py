"""What one cycle of safety ticks changed, and up to where the next will do the same: for `hal.sim.rest`."""

from micropython import const

import firmware.safety.limits as limits
from hal.sim.quiet import DAY_MS, edges

CYCLE = 5                               # ticks from one judgement of the supply to the next
FAR = const(0x3FFFFFFF)

# Numbers that often begin anew are compared with these alone.
_COMPARED = (
    ("thermal._ms", (0,)),
    ("permit._left_ms", (0,)),
    ("proximity._ms", (0,)),
    ("residual._ms", (limits.TEST_TRIP_MIN_MS, limits.TEST_TRIP_MAX_MS, limits.TEST_RELEASE_MS)),
    ("residual._since_ms", (limits.TEST_AGE_MS,)),
    ("book._day_ms", (DAY_MS,)),
    ("supply._ages.ms[0]", (limits.METER_AGE_MS, limits.METER_LOST_MS)),
)
_EDGES = edges()


class Counter:
    """A number that goes with time: by `each` in a tick, by `more` in that of a judgement; it stays between `low` and `high`."""

    def __init__(self, index, each, more, low, high):
        self.index = index
        self.each = each
        self.more = more
        self.low = low
        self.high = high
        self.turns = each * CYCLE + more == 0       # in a circle that was watched whole

    def growth(self, ticks, judged):
        return self.each * ticks + self.more * judged

    def ticks_left(self, value, phase):
        """Ticks for which it stays there; `phase` is how many there were since the last judgement."""
        each, more = self.each, self.more
        if self.turns:
            return FAR
        if each:
            return (self.high - value - 1) // each if each > 0 else (value - self.low - 1) // -each
        room = (self.high - value - 1) // more if more > 0 else (value - self.low - 1) // -more
        return room * CYCLE + CYCLE - 1 - phase


def learn(watched, where, own, dt_ms):
    """(counters, ticks since the judgement) of a cycle that changed nothing else; None for any other.

    `watched` are the lists before it and after each of its ticks; `where` names their values, of which the first `own` are
    the firmware's.
    """
    counters = []
    judged = None
    a, b, c, d, e, f = watched
    for i in range(len(a)):
        x = a[i]
        if x == b[i] and x == c[i] and x == d[i] and x == e[i] and x == f[i]:
            continue
        values = [one[i] for one in watched]
        steps = _steps(values)
        if steps is None or i >= own:
            return None
        each, more, at = steps
        if each not in (0, dt_ms, -dt_ms) or each * CYCLE + more not in (0, CYCLE * dt_ms, -CYCLE * dt_ms):
            return None                 # it counts something else than time, and who knows up to what
        if more:
            if judged not in (None, at):
                return None
            judged = at
        low, high = (-1, FAR) if each * CYCLE + more == 0 else _around(where[i], values)
        if low is None:
            return None
        counters.append(Counter(i, each, more, low, high))
    return None if judged is None else (counters, CYCLE - 1 - judged)


def _steps(values):
    """(growth a tick, what is added once, at which tick) of numbers that grow evenly but for one tick; None of others."""
    for value in values:
        if type(value) is not int:
            return None
    steps = [values[k + 1] - values[k] for k in range(CYCLE)]
    each = sorted(steps)[CYCLE // 2]
    odd = [k for k in range(CYCLE) if steps[k] != each]
    if len(odd) > 1:
        return None
    return (each, steps[odd[0]] - each, odd[0]) if odd else (each, 0, 0)


def _around(name, values):
    """The two numbers between which these values, and those to come, may move without anything being decided otherwise."""
    numbers = _EDGES
    for end, compared in _COMPARED:
        if name.endswith(end):
            numbers = compared
    low, high = -FAR, FAR
    for number in numbers:
        if number in values:
            return None, None
        if number < values[0]:
            low = max(low, number)
        else:
            high = min(high, number)
    return (low, high) if low < min(values) and max(values) < high else (None, None)
