"""The pilot's two levels out of one burst of conversions, without sorting: shared by every hal.

The text is plain Python but for the decorator; where there is no native emitter a build may leave that line out.
"""

import micropython

# Indexes of the result.
HIGH3 = 0                               # sum of the three highest codes
LOW3 = 1                                # sum of the three lowest
N_HIGH = 2                              # codes within `near` of the mean of the three highest
N_LOW = 3
SPREAD = 4                              # highest less third highest, or third lowest less lowest, whichever is more


@micropython.viper
def peaks(codes: ptr16, count: int, near: int, full: int, result: ptr32):
    """Find the three highest and lowest of codes[:count] (array "H") and write five numbers to `result` (array "i").

    A code of 0 or `full` is a converter that failed or ran into its end, not a voltage: such are left out. With fewer
    than three left every number is 0.
    """
    h1 = h2 = h3 = -1
    l1 = l2 = l3 = 0x7FFF * 2
    plausible = 0
    i = 0
    while i < count:
        x = int(codes[i])
        i += 1
        if x != 0 and x < full:
            plausible += 1
            if x > h3:
                if x > h2:
                    h3 = h2
                    if x > h1:
                        h2 = h1
                        h1 = x
                    else:
                        h2 = x
                else:
                    h3 = x
            if x < l3:
                if x < l2:
                    l3 = l2
                    if x < l1:
                        l2 = l1
                        l1 = x
                    else:
                        l2 = x
                else:
                    l3 = x
    if plausible < 3:
        i = 0
        while i < 5:
            result[i] = 0
            i += 1
        return
    high = h1 + h2 + h3
    low = l1 + l2 + l3
    floor = high // 3 - near
    ceiling = low // 3 + near
    n_high = n_low = 0
    i = 0
    while i < count:
        x = int(codes[i])
        i += 1
        if x != 0 and x < full:
            if x >= floor:
                n_high += 1
            if x <= ceiling:
                n_low += 1
    spread = h1 - h3
    if l3 - l1 > spread:
        spread = l3 - l1
    result[0] = high
    result[1] = low
    result[2] = n_high
    result[3] = n_low
    result[4] = spread
