"""Every state the real connector can reach, breadth first: the objects themselves are saved, driven and put back.

A state is what is done to the connector (letter shown, permit, faults present, what the contacts do) with what it makes of
it (letter seen, pilot, contactor, fault classes, self-test, the reason it gives). From each, every input changes once, for
a short and a long while.
"""

from bench import Bench
from snapshot import Snapshot

from firmware.safety import pilot
from firmware.safety.unit import BLOCKING, OPEN

_SHORT_MS, _LONG_MS = 60, 1200

LETTERS = ("A", "B", "C", "D", "E", "X")


def _letter(letter):
    def apply(b):
        b.pilot.letter = letter

    return apply


def _permit(current_ma):
    def apply(b):
        if current_ma:
            b.allow(current_ma)
        else:
            b.stop()

    return apply


def _hang(b):
    b.permit = None


def _input(name, on):
    def apply(b):
        b.inputs[name].on = on

    return apply


def _leak(on):
    def apply(b):
        b.residual.leak = on

    return apply


def _dead(on):
    def apply(b):
        b.residual.dead = on

    return apply


def _contacts(stuck):
    def apply(b):
        b.contactor.stuck = stuck

    return apply


def _diode(whole):
    def apply(b):
        b.pilot.diode = whole

    return apply


def _clear(b):
    for name in b.core.latched().get(1, ()):
        b.unit.clear(name)


def _nothing(b):
    pass


def troubles(b):
    """How many things are wrong with the connector's surroundings; one at a time, and the contacts beside it."""
    return b.inputs["earth"].on + b.inputs["estop"].on + b.residual.leak + b.residual.dead + (not b.pilot.diode)


# name, act, can a person bring it about to get out, milliseconds (None: short and long)
TINY = (
    ("unplug", _letter("A"), True, (60,)), ("letter C", _letter("C"), True, (60,)), ("letter X", _letter("X"), False, (60,)),
    ("permit", _permit(32000), True, (60,)), ("stop", _permit(0), False, (60,)), ("leak", _leak(True), False, (60,)),
    ("no leak", _leak(False), True, (60,)), ("cleared by a person", _clear, True, (60,)), ("wait", _nothing, True, (1200, 32000)),
)  # fmt: skip
ALL = (
    ("unplug", _letter("A"), True, (60,)), ("letter B", _letter("B"), True, (60,)), ("letter C", _letter("C"), True, (60,)),
    ("letter D", _letter("D"), False, (60,)), ("letter E", _letter("E"), False, (60,)), ("letter X", _letter("X"), False, (60,)),
    ("permit", _permit(32000), True, (60,)), ("stop", _permit(0), False, (60,)),
    ("earth lost", _input("earth", True), False, (100,)), ("earth back", _input("earth", False), True, (60,)),
    ("leak", _leak(True), False, (60,)), ("no leak", _leak(False), True, (60,)),
    ("stop pressed", _input("estop", True), False, (60,)), ("stop released", _input("estop", False), True, (60,)),
    ("weld", _contacts(1), False, (300,)), ("contacts do not close", _contacts(0), False, (60,)),
    ("contacts mended", _contacts(None), True, (300,)), ("cleared by a person", _clear, True, (60,)),
    ("wait", _nothing, True, (1200, 32000)),
)  # fmt: skip
PILOT = TINY + (
    ("letter B", _letter("B"), True, None), ("diode lost", _diode(False), False, None), ("diode whole", _diode(True), True, (60,)),
    ("monitor dead", _dead(True), False, (60,)), ("monitor alive", _dead(False), True, (60,)), ("supervisor hangs", _hang, False, None),
    ("permit of 5 A", _permit(5000), False, (60,)),
)  # fmt: skip


def _classes(book):
    """Which recovery classes are active: "" or some of RUL."""
    active = book.active & BLOCKING
    latched = active & book.latched
    unplug = active & book.unplug & ~latched
    return ("R" if active & ~latched & ~unplug else "") + ("U" if unplug else "") + ("L" if latched else "")


def key(b):
    """The abstract state."""
    unit = b.unit
    inputs = (b.pilot.letter, b.permit or 0, b.inputs["earth"].on, b.inputs["estop"].on, b.residual.leak, b.residual.dead)
    pilot_says = 0 if b.pilot.duty == 0 else 2 if unit.offered else 1
    made_of_it = (unit.seen, pilot_says, unit.command, _classes(unit.book), unit.residual.passed, unit.cause)
    return inputs + (b.contactor.stuck, b.pilot.diode) + made_of_it


def name(b):
    """What a person would call the state."""
    unit = b.unit
    says = "F" if b.pilot.duty == 0 else "2" if unit.offered else "1"
    contacts = "closed" if unit.command else "welded" if unit.contactor.poles else "open"
    return "%s%s %s: %s" % (unit.letter, says, contacts, unit.why)


class Unproven(Exception):
    """A closed contactor without one of its proofs."""


def _prove_closed(b, was_closed):
    """While closed: asked, permitted or within the six seconds, nothing that opens; at closing: every proof."""
    unit = b.unit
    if unit.seen != pilot.C:
        raise Unproven("letter " + unit.letter)
    if unit.book.active & OPEN or unit.book.latched & BLOCKING:
        raise Unproven(unit.why)
    if was_closed:
        return
    if not (unit.permit.live and unit.offered and unit.residual.passed and b.pilot.diode and b.pilot.letter == "C"):
        raise Unproven("permit, offer, self-test or diode: " + unit.why)
    if b.contactor.stuck or b.residual.leak or b.inputs["estop"].on or b.inputs["earth"].on or unit.book.active & BLOCKING:
        raise Unproven("a fault is present")
    if unit.limit_ma < unit.floor_ma:
        raise Unproven("limit")


def _drive(b, ms):
    """Ticks for so long; after each the proofs of a closed contactor are asked for."""
    was = [b.unit.command]

    def look():
        if b.unit.command:
            _prove_closed(b, was[0])
        was[0] = b.unit.command
        return False

    if ms <= _LONG_MS:
        b.run(ms, look)
        return
    while ms > 0:                       # a long while with open contacts passes in gaps, as in a stall
        gap_ms = 20 if b.unit.command else 1000
        b.clock.us += gap_ms * 1000 - 20000
        b._next_us = b.clock.us + 20000
        b.run(20, look)
        ms -= gap_ms


def explore(alphabet, most=1000000):
    """(states: key -> name, edges: key -> [(key, by a person)], transitions) from power-on; raises Unproven with the way."""
    b = Bench()
    b.run(1500)
    first = key(b)
    states = {first: name(b)}
    came = {first: None}
    edges = {}
    queue = [(first, Snapshot(b))]
    at = transitions = 0
    while at < len(queue) and len(states) < most:
        here, snapshot = queue[at]
        queue[at] = None
        at += 1
        edges[here] = []
        for what, act, person, times in alphabet:
            for ms in times or (_SHORT_MS, _LONG_MS):
                snapshot.restore()
                act(b)
                if troubles(b) > 1:
                    continue
                try:
                    _drive(b, ms)
                except Unproven as error:
                    raise Unproven("%s after %s" % (error, _way(came, here) + [what, ms]))
                transitions += 1
                there = key(b)
                edges[here].append((there, person))
                if there not in states:
                    states[there] = name(b)
                    came[there] = (here, what, ms)
                    queue.append((there, Snapshot(b)))
    return states, edges, transitions


def _way(came, here):
    way = []
    while came[here]:
        here, what, ms = came[here]
        way.insert(0, (what, ms))
    return way


def dead_ends(states, edges):
    """Names of states from which nothing a person does leads to a closed contactor."""
    back = {}
    for here in edges:
        for there, person in edges[here]:
            if person:
                back.setdefault(there, []).append(here)
    alive = {}
    waiting = [one for one in states if states[one].endswith("closed: charging")]
    while waiting:
        one = waiting.pop()
        if one not in alive:
            alive[one] = True
            waiting += back.get(one, [])
    return [states[one] for one in states if one in edges and one not in alive]


def summary(states, transitions):
    """The figures, and each name with how many states bear it."""
    names = {}
    for one in states:
        names[states[one]] = names.get(states[one], 0) + 1
    lines = ["%d states by %d names, %d transitions" % (len(states), len(names), transitions)]
    lines += ["%6d  %s" % (names[one], one) for one in sorted(names)]
    return "\n".join(lines)


__all__ = ("ALL", "PILOT", "TINY", "Unproven", "dead_ends", "explore", "summary")
