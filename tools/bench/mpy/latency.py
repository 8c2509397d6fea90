# From a physical event at any instant to the command to open, over the world's physics, with and without a stall of 60 ms.
import json
import sys

sys.path += ["build/deps", "tests/safety/mpy"]

import golden

seed, trials = int(sys.argv[1]), int(sys.argv[2])
bases = golden.Bases()
rows = []
for name, act, limit_us in golden.CAUSES:
    rows.append((name, limit_us, golden.worst(bases, act, trials, seed, False), golden.worst(bases, act, trials, seed, True)))
print(json.dumps({"rows": rows, "stall_us": golden.STALL_US}))
