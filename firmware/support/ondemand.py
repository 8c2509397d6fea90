"""Modules that are wanted now and then: loaded when they are first wanted, dropped when nobody needs them any more.

What is done once a month would fill the heap for ever. Such a module keeps nothing of its own from one load to the next, and
holds no native code, which the chip never gives back.

Loading reads flash and keeps everything else waiting: never while a contactor is closed. The program has one gate for that.
"""
import gc
import sys

_held = []          # [name, how many want it, the modules that came with it], in the order of loading
_may_load = None


class Busy(Exception):
    """Nothing may be loaded now; the text tells a person why."""


def gate(may_load):
    """From now on `may_load()` is asked before each load; without a gate everything may be."""
    global _may_load
    _may_load = may_load


def load(name):
    """The module of that dotted name. It stays until as many `release` as `load` have named it, or for good without any.

    Busy where it is not there and may not be loaded; ImportError, OSError or MemoryError leave nothing behind.
    """
    for one in _held:
        if one[0] == name:
            one[1] += 1
            return sys.modules[name]
    if name not in sys.modules and _may_load and not _may_load():
        raise Busy("a vehicle charges: this is loaded only while every contactor is open")
    gc.collect()
    before = set(sys.modules)
    try:
        module = __import__(name, None, None, ("*",))
    except BaseException:
        _drop(_new(before))
        raise
    _held.append([name, 1, _new(before)])
    return module


def release(name):
    """`name` is not wanted any more by one who had loaded it. What was loaded later may use what an earlier load brought:
    that goes when both are released. The memory comes back with the next collection, once nothing of the module is held."""
    for one in _held:
        if one[0] == name:
            one[1] -= 1
    while _held and _held[-1][1] <= 0:
        _drop(_held.pop()[2])


def _new(before):
    return [name for name in sys.modules if name not in before]


def _drop(names):
    for name in names:
        del sys.modules[name]
        parent, _, leaf = name.rpartition(".")
        if hasattr(sys.modules.get(parent), leaf):
            delattr(sys.modules[parent], leaf)
