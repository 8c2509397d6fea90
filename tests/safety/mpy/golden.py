"""The golden timing table: one row for each row of the transition and timing tables, over real pilot physics.

A row begins from a moment that was reached once (`golden_bases`), goes on for a random while so that tick, PWM period and
event have any phase, with a noise seed of its own, does its event and measures. `limit_us` is what the row promises.
"""

from golden_bases import LONG_US, Bases, wire
from worldbench import TICK_US

OPEN_US = 43000                         # physical event -> command to open
STALLED_US = 103000                     # the same with a stall of 60 ms
STALL_US = 60000

__all__ = ("CAUSES", "Bases", "measure", "names", "table", "worst")


# What happens, and what is measured from then: each returns microseconds.


def _opens(act):
    """From the event, which may fall into a burst of conversions, to the command to open."""

    def measured(b):
        return b.until_open(b.happen(lambda: act(b)))

    return measured


def unplug(b):
    b.do("unplug")


def stop_asking(b):
    b.do("vehicle", ready=False)


def short(b):
    b.fault("pilot_short")


def cut_wire(b):
    b.fault("pilot_open")


def between_letters(b):
    b.fault("pilot_offset", mv=-1620)


def dead_converter(b):
    b.truth.pilot.offset_mv = -30000
    b.truth.pilot.refresh()


def lose_diode(b):
    b.do("vehicle", diode=False)


def want_ventilation(b):
    b.do("vehicle", ventilation=True)


def trip(b):
    b.fault("rcd_stuck")


def leak_dc(b):
    """300 mA, which the monitor tells after 10 ms."""
    b.fault("rcd_dc")


def press_stop(b):
    b.fault("estop")


def open_door(b):
    b.fault("door")


def tilt(b):
    b.fault("tilt")


def lose_earth(b):
    b.do("mains", earth=False)


def unplug_to_contacts(b):
    since_us = b.happen(lambda: unplug(b))
    b.until(b.apart, 1000, since_us)
    return b.closed_us - since_us


def stop_obeyed(b):
    """From the vehicle's S2 to the command, after a stop."""
    b.stop()
    vehicle = b.truth.vehicle
    while vehicle.asking:
        b.tick()
    return b.until_open(vehicle.stopped_us)


def stop_ignored(b):
    """Six seconds from the x1 on the wire, most of which the base has spent."""
    return b.until_open(b.edge_us, 9000)


def unplug_while_stopping(b):
    b.at(b.now_us() + b.dice.below(400000))
    return b.until_open(b.happen(lambda: unplug(b)))


def _says(duty, act):
    def measured(b):
        return wire(b, duty, b.happen(lambda: act(b)))

    return measured


def revoke(b):
    b.stop()


def permit(b):
    """As `charging` does: between ticks."""
    b.allow()
    b.unit.permit.grant(b.permit_ma)


def less(b):
    b.allow(10000)
    b.unit.permit.grant(10000)


def hang(b):
    b.permit_ma = None


def offered_again(b):
    """Three seconds of x1 between two offers, most of which the base has spent."""
    return wire(b, 34952, b.edge_us)


def second_increase(b):
    """Five seconds after the first, most of which the base has spent."""
    return wire(b, 21845, b.edge_us)


def plug(b):
    return b.until(b.plugged, 1000, b.happen(lambda: b.do("plug")))


def ask(b):
    return b.until_closed(b.happen(lambda: b.do("vehicle", ready=True, reaction_s=0)))


def straight_to_c(b):
    """A simplified vehicle: C from the first moment, at x1 too. From the offer to the closing."""
    vehicle = b.truth.vehicle

    def arrive():
        vehicle.reaction_us = LONG_US
        vehicle.plug("car", b.now_us())
        vehicle.ready = vehicle.asking = True
        b.world.changed()

    b.until(b.offered, 9000, b.happen(arrive))
    return b.until_closed(b.now_us())


def boot_in_c(b):
    """From power-on to closed, most of which the base has spent."""
    us = b.until_closed(b.edge_us, 20000)
    if b.unit.faults:
        raise AssertionError(str(b.names()))
    return us


def weld(b):
    b.fault("weld", pole="N" if b.dice.bits() & 64 else "L1")
    return b.until(lambda: "welded" in b.names(), 2000, b.happen(lambda: stop_asking(b)))


def stuck_open(b):
    """From the command to close to the command to open: the armature does not move."""
    b.fault("contactor_stuck_open")
    b.until_closed(b.happen(lambda: b.do("vehicle", ready=True, reaction_s=0)))
    return b.until_open(b.commanded_us)


def pulse(b):
    """How long F is on the wire after a fault, then x1."""
    wire(b, 0, b.happen(lambda: trip(b)))
    return wire(b, 65536, b.edge_us)


def woken(b):
    """From the offer that a vehicle sleeps through to the F that wakes it, most of which the base has spent."""
    began_us = b.edge_us
    wire(b, 0, b.now_us())
    return b.edge_us - began_us


def wake_pulse(b):
    """How long that F lasts; then x1, and the offer again."""
    wire(b, 0, b.now_us())
    us = wire(b, 65536, b.edge_us)
    b.until(b.offered, 2000)
    return us


def told_short(b):
    return b.until(lambda: "pilot_short" in b.names(), 2000, b.happen(lambda: short(b)))


def unlock_shorted(b):
    """From the short, two seconds and a half of which the base has spent."""
    return b.until(lambda: not b.truth.lock.closed(b.now_us()), 9000, b.edge_us)


def reclose(b):
    """A vehicle that toggles S2: from the opening, most of a pause after which the base has spent, to the next closing."""
    return b.until_closed(b.edge_us, 20000)


def wake_toggle(b):
    """The vehicle wakes the charger: B-C-B pulses of 150 to 450 ms close nothing and are no fault."""
    for ready in (True, False, True, False):
        b.happen(lambda: b.do("vehicle", ready=ready, reaction_s=0))
        b.at(b.now_us() + 150000 + b.dice.below(300000 - TICK_US))
        if b.commanded or b.unit.faults:
            raise AssertionError("closed or faulted on a toggle")
    return 0


def stalled(act):
    """The event at any instant of a stall of 60 ms, or in the tick before it."""

    def measured(b):
        if b.dice.bits() & 64:
            b.stall(STALL_US)
            return b.until_open(b.happen(lambda: act(b), STALL_US))
        since_us = b.happen(lambda: act(b))
        if b.commanded:
            b.stall(STALL_US)
        return b.until_open(since_us)

    return measured


def crash(b):
    """The interpreter stops for good at this instant: until the contacts are apart, without its help."""
    began = b.now_us()
    b.clock.run_to(began + 900000)
    return b.closed_us - began if not b.closed else 900000


# name, base, event, at least, limit (microseconds)
ROWS = (
    ("T1 A->B1, plug believed", "empty", plug, 40000, 100000),
    ("T2 A->C1->C2, simplified vehicle: offer to close", "empty", straight_to_c, 480000, 3000000),
    ("T3 B1->B2, permit to PWM on the wire", "waiting", _says(34952, permit), 0, 43000),
    ("T3 x1 between two offers", "withdrawn", offered_again, 2950000, 3100000),
    ("T4 B2->B1, stop to x1 on the wire", "offered", _says(65536, revoke), 0, 43000),
    ("T5 B2->C2, C to close", "offered", ask, 500000, 700000),
    ("T5 toggles of 150 to 450 ms close nothing", "offered", wake_toggle, 0, 0),
    ("T5 opened to closed again", "toggled", reclose, 5000000, 12000000),
    ("T6 C2->B2, vehicle opens S2, 32 A", "charging", _opens(stop_asking), 0, OPEN_US),
    ("T6 C2->B2, vehicle opens S2, 6 A", "charging 6 A", _opens(stop_asking), 0, OPEN_US),
    ("T6 right after closing, within the relay's mask", "just closed", _opens(stop_asking), 0, 100000),
    ("T7 C2->C1, stop obeyed: S2 to open", "charging", stop_obeyed, 0, OPEN_US),
    ("T7 C2->C1, stop ignored: opens under load", "ignoring", stop_ignored, 5900000, 6100000),
    ("T7 lease lost to x1", "charging", _says(65536, hang), 1400000, 2050000),
    ("T9 C2->D, no ventilation", "charging", _opens(want_ventilation), 0, OPEN_US),
    ("T9 D->A, ventilated", "ventilated", _opens(unplug), 0, OPEN_US),
    ("T10 unplug, 32 A", "charging", _opens(unplug), 0, OPEN_US),
    ("T10 unplug, 6 A", "charging 6 A", _opens(unplug), 0, OPEN_US),
    ("T10 unplug right after closing, never masked", "just closed", _opens(unplug), 0, OPEN_US),
    ("T10 unplug while the vehicle has its six seconds", "ignoring", unplug_while_stopping, 0, OPEN_US),
    ("T10 unplug to contacts apart", "charging", unplug_to_contacts, 0, 100000),
    ("T10 pilot wire cut", "charging", _opens(cut_wire), 0, OPEN_US),
    ("T11 pilot shorted to earth", "charging", _opens(short), 0, OPEN_US),
    ("T11 shorted right after closing, never masked", "just closed", _opens(short), 0, OPEN_US),
    ("T11 short told as a fault", "charging", told_short, 500000, 600000),
    ("T11 plug unlocked", "shorted 3", unlock_shorted, 2900000, 5000000),
    ("T12 residual-current monitor's output", "charging", _opens(trip), 0, OPEN_US),
    ("T12 residual current of 300 mA", "charging", _opens(leak_dc), 0, OPEN_US),
    ("T12 emergency stop", "charging", _opens(press_stop), 0, OPEN_US),
    ("T12 door", "charging", _opens(open_door), 0, 100000),
    ("T12 tilt", "charging", _opens(tilt), 900000, 1100000),
    ("T12 earth lost", "charging", _opens(lose_earth), 0, 100000),
    ("T12 length of F", "charging", pulse, 300000, 500000),
    ("T12 diode lost in C", "charging", _opens(lose_diode), 0, 250000),
    ("T12 weld named", "charging 3", weld, 0, 1000000),
    ("T12 contactor that does not close is dropped", "offered", stuck_open, 148000, 200000),
    ("T13 voltage between the letters", "charging", _opens(between_letters), 0, OPEN_US),
    ("T13 converter fails", "charging", _opens(dead_converter), 0, OPEN_US),
    ("T15 power back, vehicle in C, to closed", "rebooted", boot_in_c, 1000000, 12000000),
    ("1.7 wake-up: offer to F", "sleeping", woken, 74900000, 90000000),
    ("1.7 wake-up: length of F", "sleeping", wake_pulse, 3900000, 4100000),
    ("1.6 decrease on the wire", "charging", _says(10922, less), 0, 43000),
    ("1.6 between two increases", "raised", second_increase, 4900000, 5600000),
    ("stall 60 ms: unplug", "charging", stalled(unplug), 0, STALLED_US),
    ("stall 60 ms: vehicle opens S2", "charging", stalled(stop_asking), 0, STALLED_US),
    ("stall 60 ms: pilot shorted", "charging", stalled(short), 0, STALLED_US),
    ("stall 60 ms: residual-current monitor's output", "charging", stalled(trip), 0, STALLED_US),
    ("stall 60 ms: emergency stop", "charging", stalled(press_stop), 0, STALLED_US),
    ("stall 60 ms: pilot wire cut", "charging", stalled(cut_wire), 0, STALLED_US),
    ("stall 60 ms: no ventilation", "charging", stalled(want_ventilation), 0, STALLED_US),
    ("stall 60 ms: voltage between the letters", "charging", stalled(between_letters), 0, STALLED_US),
    ("stall 60 ms: earth lost", "charging", stalled(lose_earth), 0, 160000),
    ("stall 60 ms: door", "charging", stalled(open_door), 0, 160000),
    ("dead interpreter to contacts apart (pump)", "charging", crash, 0, 140000),
)  # fmt: skip


# What opens a charging contactor, for the table of figures: cause -> (event, limit in microseconds without a stall).
CAUSES = (
    ("unplugged", unplug, OPEN_US), ("vehicle opens S2", stop_asking, OPEN_US), ("pilot wire cut", cut_wire, OPEN_US),
    ("pilot shorted", short, OPEN_US), ("voltage between the letters", between_letters, OPEN_US),
    ("ventilation asked for", want_ventilation, OPEN_US), ("residual-current monitor", trip, OPEN_US),
    ("emergency stop", press_stop, OPEN_US), ("door", open_door, 100000), ("earth lost", lose_earth, 100000),
    ("diode lost", lose_diode, 250000),
)  # fmt: skip


def worst(bases, act, trials, first_seed, with_stall):
    """Microseconds from `act`, at any instant, to the command to open: the worst of so many, with a stall of 60 ms in the way
    or without."""
    event = stalled(act) if with_stall else _opens(act)
    return max([event(bases.take("charging", seed)) for seed in range(first_seed, first_seed + trials)])


def names():
    return [row[0] for row in ROWS]


def measure(bases, name, trials, first_seed=1):
    """(best, worst, seed of the worst) of so many trials of a row, microseconds; AssertionError names the seed."""
    _, base, event, low_us, high_us = ROWS[names().index(name)]
    best, worst, at = 1 << 60, -1, 0
    for seed in range(first_seed, first_seed + trials):
        b = bases.take(base, seed)
        try:
            us = event(b)
        except AssertionError as error:
            raise AssertionError("%s, seed %d: %s" % (name, seed, error))
        if not low_us <= us <= high_us:
            raise AssertionError("%s, seed %d: %d us, allowed %d to %d" % (name, seed, us, low_us, high_us))
        if us > worst:
            worst, at = us, seed
        best = min(best, us)
    return best, worst, at


def table(rows):
    """Text of measured rows (name, best, worst, seed)."""
    lines = ["%-62s %9s %9s %9s  %s" % ("row", "best ms", "worst ms", "limit ms", "worst seed")]
    for name, best, worst, seed in rows:
        limit_us = ROWS[names().index(name)][4]
        lines.append("%-62s %9.1f %9.1f %9.1f  %d" % (name, best / 1000, worst / 1000, limit_us / 1000, seed))
    return "\n".join(lines)
