"""What there is to see: the world's truth beside what the charger believes, as SIMULATOR.md has it."""

import gc

# Of a connector: what the world says, what the charger says.
_TRUTH = ("amps", "volts", "meter_wh", "power_w")
_BELIEF = ("letter", "offered", "pilot_high_mv", "pilot_low_mv", "duty", "limit_a", "limit_by", "phases", "locked", "session", "status",
           "error", "faults", "why")


class Absent(Exception):
    """A path leads nowhere; the text says where it ended."""


class Snapshot:
    """`state` is the part that outlives interpreters; `charger()` answers the firmware's report, None without supply."""

    def __init__(self, world, clock, state, network, heap):
        self._world = world
        self._clock = clock
        self._state = state
        self._network = network
        self._heap = heap
        self.charger = None  # a callable once firmware runs

    def whole(self):
        """The snapshot."""
        report = self._report()
        state = self._state
        whole = {"t": self._clock.now_us / 1000000, "board": self._world.board.name}
        for name in ("utc", "power", "boots", "reset_cause", "temperature_c", "led", "network", "ocpp", "heap", "tick", "flash"):
            whole[name] = self._field(name, report, state)
        whole["connectors"] = [self._connector(i, report) for i in range(len(self._world.connectors))]
        return whole

    def value(self, path):
        """The value at a path like ("connectors", "0", "letter"); raises Absent."""
        first = path[0]
        rest = 1
        if first == "connectors":
            if len(path) == 1:
                report = self._report()
                return [self._connector(i, report) for i in range(len(self._world.connectors))]
            i = _index(path[1], len(self._world.connectors), "connectors")
            if len(path) == 2:
                return self._connector(i, self._report())
            found = self._part(i, path[2])
            rest = 3
        elif first == "t":
            found = self._clock.now_us / 1000000
        elif first == "board":
            found = self._world.board.name
        else:
            report = None if first in ("power", "boots", "reset_cause", "temperature_c", "network", "heap", "flash") else self._report()
            found = self._field(first, report, self._state)
        for n in range(rest, len(path)):
            found = _step(found, path[n], ".".join(path[:n]))
        return found

    def _part(self, i, name):
        """One part of a connector, with no more asked than it needs."""
        if name in _TRUTH:
            return self._world.truth(i)[name]
        if name == "id":
            return self._world.connectors[i].spec.id
        connector = self._connector(i, self._report())
        return _step(connector, name, "connectors.%d" % i)

    def _report(self):
        return self.charger() if self.charger and self._world.powered else None

    def _connector(self, i, report):
        truth = self._world.truth(i)
        connector = {"id": self._world.connectors[i].spec.id}
        for name in _TRUTH:
            connector[name] = truth[name]
        belief = report["connectors"][i] if report else None
        for name in _BELIEF:
            connector[name] = belief.get(name) if belief else None
        if connector["phases"] is None and belief:
            connector["phases"] = self._world.connectors[i].spec.phases
        connector["contactor"] = {"command": belief["command"] if belief else None, "closed": truth["closed"]}
        return connector

    def _field(self, name, report, state):
        if name in ("utc", "led", "ocpp", "tick"):
            return report[name] if report else None
        if name == "power":
            return self._world.powered
        if name in ("boots", "reset_cause"):
            return state[name]
        if name == "temperature_c":
            return self._world.temperatures_c()
        if name == "network":
            return self._network["up"]
        if name == "flash":
            return {name: state["flash"].get(name, 0) for name in ("writes", "erases", "bytes")}
        if name == "heap":
            return self._heap.state() if self._world.powered else None
        raise Absent("a snapshot has no %r" % name)


class Heap:
    """The firmware's share of this interpreter's heap, in bytes of a 32-bit chip (whose objects are half the size).

    What the world and this hal hold when the firmware begins is theirs; what comes afterwards counts as the firmware's.
    """

    def __init__(self, size):
        self._size = size
        self._ours = 0

    def begin(self):
        """The firmware begins now."""
        gc.collect()
        self._ours = gc.mem_alloc()

    def ours(self, begin):
        """What is taken between ours(True) and ours(False) is not the firmware's."""
        gc.collect()
        self._ours += -gc.mem_alloc() if begin else gc.mem_alloc()

    def state(self):
        """{"free", "used"} after a collection: what is garbage is not told from what this hal throws away."""
        gc.collect()
        used = max(0, gc.mem_alloc() - self._ours) // 2
        return {"free": max(0, self._size - used), "used": used}


def _index(text, size, where):
    if not text.isdigit() or int(text) >= size:
        raise Absent("%s has no %r: it counts from 0 and there are %d" % (where, text, size))
    return int(text)


def _step(found, name, where):
    if isinstance(found, list) or isinstance(found, tuple):
        return found[_index(name, len(found), where)]
    if isinstance(found, dict):
        if name not in found:
            raise Absent("%s has no %r" % (where, name))
        return found[name]
    if found is None:
        return None  # a session that is not there (yet) has no parts: they are null
    raise Absent("%s is a single value, it has no %r" % (where, name))
