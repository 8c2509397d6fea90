"""The hot loops of the world: a burst of converter codes from a pilot waveform, in native code.

The text is plain Python but for the decorator: see `hal.sim.native`.
"""

import micropython


@micropython.viper
def burst(codes: ptr16, settle: ptr16, a: ptr32, first: int, count: int):
    """codes[first:first + count] (array "H") become conversions `interval` apart.

    `a` is an array("I"): noise state, phase of the first one, period, high time, high and low level (codes times 256),
    interval, noise (codes times 65536 per unit of hiss), jitter; times in nanoseconds. The noise state moves on.
    `settle[k]` is what is left of an edge k microseconds after it, of 256.
    """
    # On 32 bits the state is a signed word, so what is shifted down is masked, and 32 ones do not fit into one number.
    ones = 0xFFFF
    ones = ones << 16 | ones
    state = int(a[0])
    phase = int(a[1])
    period = int(a[2])
    on = int(a[3])
    high = int(a[4])
    low = int(a[5])
    interval = int(a[6])
    noise = int(a[7])
    jitter = int(a[8])
    swing = high - low
    edges = on > 0 and on < period
    i = first
    last = first + count
    while i < last:
        state ^= state << 13 & ones
        state ^= state >> 17 & 0x7FFF
        state ^= state << 5 & ones
        if edges:
            at = phase + ((state >> 7) & 0xFFFF) * 2 * jitter // 65536 - jitter
            if at < 0:
                at += period
            elif at >= period:
                at -= period
            if at < on:
                level = high
                if at < 15000:
                    level -= swing * int(settle[at // 1000]) // 256
            else:
                level = low
                at -= on
                if at < 15000:
                    level += swing * int(settle[at // 1000]) // 256
            phase += interval
            while phase >= period:
                phase -= period
        elif on:
            level = high
        else:
            level = low
        hiss = (state & 255) + ((state >> 8) & 255) + ((state >> 16) & 255) + ((state >> 24) & 255) - 510
        code = (level * 256 + hiss * noise + 32768) >> 16
        if code < 0:
            code = 0
        elif code > 4095:
            code = 4095
        codes[i] = code
        i += 1
    a[0] = state


@micropython.viper
def pass_by(a: ptr32, count: int):
    """Move the noise state a[0] on as `count` conversions would."""
    ones = 0xFFFF
    ones = ones << 16 | ones
    state = int(a[0])
    while count > 0:
        state ^= state << 13 & ones
        state ^= state >> 17 & 0x7FFF
        state ^= state << 5 & ones
        count -= 1
    a[0] = state
