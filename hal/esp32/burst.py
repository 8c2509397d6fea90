"""One burst of conversions, as fast as the converter allows: native code, because bytecode would take twice as long.

The text is plain Python but for the decorator; where there is no native emitter a build may leave that line out.
"""

import micropython


@micropython.native
def fill(read_uv, millivolts, count, wait_us, pad_us):
    """millivolts[:count] (array "H") become conversions by `read_uv()`, at least `pad_us` apart. Allocates nothing."""
    i = 0
    while i < count:
        millivolts[i] = read_uv() // 1000
        if pad_us:
            wait_us(pad_us)
        i += 1
