"""Stepping out of the heap lock: the safety tick allocates nothing, the physics behind its pins does."""

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
