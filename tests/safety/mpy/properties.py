"""Random schedules against the lawbook: `check` runs one, `hunt` many; a failing one is made short and told as a script."""

import lawbook
import schedules
from worldbench import WorldBench

from hal.sim.world.prng import Prng

BOARDS = ("rudved_ac7", "rudved_ac22", "rudved_ac001")


def check(board, seed, events, exit_too=True):
    """None, or what broke, for these events on a new bench."""
    b = WorldBench(board, seed, jitter_us=10000)
    b.dice = Prng(seed, "bench")
    book = lawbook.Lawbook(b)
    b.watch = book.look
    at = 0
    try:
        schedules.act(b, "charge", 0)
        for gap_ms, name, value in events:
            at += 1
            schedules.act(b, name, value)
            b.at(b.now_us() + gap_ms * 1000)
        if exit_too:
            lawbook.prove_exit(b)
    except (lawbook.Broken, AssertionError) as error:
        return "%s (event %d, %s)" % (error, at, b.unit.why)
    return None


def hunt_in(board, seed, schedule):
    """AssertionError with the shortest script if this schedule breaks a rule."""
    broken = check(board, seed, schedule)
    if broken:
        rule = broken.split(" ")[0] + " "
        short = schedules.shorten(schedule, lambda some: (check(board, seed, some) or "").startswith(rule))
        told = check(board, seed, short) or broken
        raise AssertionError("%s, seed %d: %s\n%s\n%s" % (board, seed, told, short, schedules.script(board, short)))


def hunt(board, first_seed, runs, events):
    """So many schedules of so many events; the first that breaks a rule is told."""
    for seed in range(first_seed, first_seed + runs):
        hunt_in(board, seed, schedules.Dice(seed).schedule(events))


__all__ = ("BOARDS", "check", "hunt", "hunt_in")
