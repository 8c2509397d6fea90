# From a physical event at a random phase of the tick to the command to open, in hand-moved time.
import json
import random
import sys

from micropython import const

from tests.safety.mpy.bench import Bench

_GIVE_UP_US = const(1000000)
_BETWEEN_US = const(16000)  # from the end of one tick, which samples for 4 ms, to the next


def unplug(bench):
    bench.pilot.letter = "A"


def stop_asking(bench):
    bench.pilot.letter = "B"


def short(bench):
    bench.pilot.letter = "E"


def leak(bench):
    bench.residual.leak = True


def worst_ms(event, phases):
    """Milliseconds, the worst of `phases` events; the charger is taken back to charging after each."""
    worst = 0
    for _ in range(phases):
        bench = Bench().charge()
        bench.run(100)
        bench.clock.us = bench._next_us - random.getrandbits(20) % _BETWEEN_US
        event(bench)
        began = bench.clock.us
        while bench.contactor.on and bench.clock.us - began < _GIVE_UP_US:
            bench.run(1)
        worst = max(worst, bench.clock.us - began)
    return worst / 1000


random.seed(int(sys.argv[1]))
phases = int(sys.argv[2])
events = {"unplugged": unplug, "vehicle stops asking": stop_asking, "pilot shorted": short, "residual current": leak}
print(json.dumps({name: worst_ms(event, phases) for name, event in events.items()}))
