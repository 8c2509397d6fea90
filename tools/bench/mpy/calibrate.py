# The yardstick: other figures mean something only beside it.
import json
import time


def loop(n):
    total = 0
    for i in range(n):
        total = (total + i * 3) & 0xFFFF
    return total


best_us = 1 << 30
for _ in range(7):
    began = time.ticks_us()
    loop(100000)
    best_us = min(best_us, time.ticks_diff(time.ticks_us(), began))
print(json.dumps({"loop_us": best_us}))
