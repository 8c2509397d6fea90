"""All that a safety tick reads and writes, as one list of values: found by walking, so that nothing new is forgotten.

The list is the state of every object of `firmware/safety` that hangs on the core, and after it what the tick sees of the
world: circuits of the pilots, contacts, monitors, switches.
"""

import sys
from array import array

# Left out: what only the pass over the temperatures touches, which `hal.sim.rest` always lets run; what counts ticks, which
# it counts itself; and what is written anew before it is read.
_APART = {
    "Core": ("ticks", "_last_ms"),
    "Thermal": ("_rest_ms", "_found", "_probes", "hottest_dc", "board_dc"),
    "Proximity": ("_reads",),
    "Supply": ("_draw",),
}


class Mirror:
    """`read()` gives the list; `where[i]` names its i-th value, and `slots[i]` is (object, attribute) or (array, index) of it
    as far as it is the firmware's.
    """

    def __init__(self, core, world):
        self.where = []
        self.slots = []
        self._world = world
        self._classes = _safety_classes()
        self._objects = []
        self._numbers = []              # (object, attribute): arrays and lists of numbers
        self._apart = []                # indexes of what is left out
        paths = []
        self._walk(core, "core", paths)
        for it, path in paths:
            for name in it.__dict__.keys():
                if name in _APART.get(type(it).__name__, ()) or _has_numbers(getattr(it, name)):
                    self._apart.append(len(self.where))
                self.where.append(path + "." + name)
                self.slots.append((it, name))
        for it, path in paths:
            for name in it.__dict__.keys():
                numbers = getattr(it, name)
                if _has_numbers(numbers) and name not in _APART.get(type(it).__name__, ()):
                    self._numbers.append((it, name))
                    for i in range(len(numbers)):
                        self.where.append("%s.%s[%d]" % (path, name, i))
                        self.slots.append((numbers, i))
        for i in range(len(self.read()) - len(self.where)):
            self.where.append("world[%d]" % i)

    def _walk(self, it, path, paths):
        for found in self._objects:
            if found is it:
                return
        self._objects.append(it)
        paths.append((it, path))
        for name in it.__dict__.keys():
            value = getattr(it, name)
            if name in _APART.get(type(it).__name__, ()):
                continue
            if type(value) in self._classes:
                self._walk(value, path + "." + name, paths)
            elif isinstance(value, dict):
                raise TypeError("%s.%s is a dict, which the mirror cannot see change" % (path, name))
            elif isinstance(value, list):
                for i, one in enumerate(value):
                    if type(one) in self._classes:
                        self._walk(one, "%s.%s[%d]" % (path, name, i), paths)

    def read(self):
        values = []
        for it in self._objects:
            values.extend(it.__dict__.values())
        for i in self._apart:
            values[i] = None
        for it, name in self._numbers:
            values.extend(getattr(it, name))
        world = self._world
        values.append(world.mains.earth)
        values.append(world.fan.turning)
        for switch in world.inputs.values():
            values.append(switch.active)
        for connector in world.connectors:
            values.append(connector.vehicle.plugged)
            values.append(connector.contactor.steady_lines())
            if connector.pilot is not None:
                values.extend(connector.pilot.circuit())
            if connector.residual is not None:
                values.append(connector.residual.tripped)
            if connector.lock is not None:
                values.append(connector.lock.direction)
        return values


def _has_numbers(value):
    if isinstance(value, list):
        return len(value) > 0 and isinstance(value[0], int)
    return isinstance(value, (array, bytearray))


def _safety_classes():
    found = []
    for name, module in sys.modules.items():
        if name.startswith("firmware.safety."):
            found.extend([value for value in module.__dict__.values() if isinstance(value, type) and value is not array])
    return found
