"""Stepping out of the heap lock: the safety tick allocates nothing, the physics behind its pins does."""

import sys

from micropython import heap_lock, heap_unlock


def unlocked():
    """Step out of the heap lock; returns the depth for `relock`. This build does not tell the depth: a try finds it."""
    heap_lock()
    depth = heap_unlock()
    for _ in range(depth):
        heap_unlock()
    return depth


def relock(depth):
    """Back to that depth."""
    for _ in range(depth):
        heap_lock()


def outside(function):
    """`function(self)` called outside the heap lock where it needs that: on 32 bits, where microseconds soon are objects."""
    if sys.maxsize > 1 << 32:
        return function

    def call(it):
        depth = unlocked()
        result = function(it)
        relock(depth)
        return result

    return call
