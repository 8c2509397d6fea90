"""What may be asked of the simulated board: SIMULATOR.md's table. World commands go to the world, the others are here."""

import json

from hal.sim.desk import Promise
from hal.sim.network import CONDITIONS
from hal.sim.snapshot import Absent
from hal.sim.world import WorldError, commands
from hal.sim.world.fields import REQUIRED, choice, flag, number, only, whole

_CAUSES = ("watchdog", "hard", "soft", "brownout")
_YEARS_S = 1000000000


class Commands:
    """`table` maps names to callable(request). A request is {"seq", "do", "fields"}, with "until_us" when taken over.

    `life` does what ends an interpreter or begins one: cut(), start(), reset(cause). `configure` is the app's, or None.
    """

    def __init__(self, machine, world, snapshot, network, flash_meter, rtc, life):
        self._machine = machine
        self._clock = machine.clock
        self._world = world
        self._snapshot = snapshot
        self._network = network
        self._flash_meter = flash_meter
        self._rtc = rtc
        self._life = life
        self.configure = None
        self.table = dict.fromkeys(commands.NAMES, self._do_world)
        self.table.update({
            "state": self._state, "network": self._do_network, "power": self._power, "power_cut_at": self._power_cut_at,
            "reset": self._reset, "stall": self._stall, "config": self._config, "advance": self._advance, "wait": self._wait,
            "pass": self._pass, "refuse": self._refuse,
        })

    def _do_world(self, request):
        fields = request["fields"]
        result = self._world.do(request["do"], fields)
        if request["do"] == "fault" and self._world.clock_lost:
            self._rtc["zero_us"] = None
        self._machine.moved()
        return result

    def _state(self, request):
        only("state", request["fields"], ())
        return self._snapshot.whole()

    def _do_network(self, request):
        fields = request["fields"]
        only("network", fields, CONDITIONS)
        new = {}
        for name in ("up", "half_open"):
            if name in fields:
                new[name] = flag("network", fields, name)
        for name in ("latency_ms", "tls_ms"):
            if name in fields:
                new[name] = whole("network", fields, name, 0, 60000)
        if "drop" in fields:
            new["drop"] = number("network", fields, "drop", 0, 1)
        return self._network.change(new)

    def _power(self, request):
        fields = request["fields"]
        only("power", fields, ("on",))
        if "on" not in fields:
            raise WorldError("power: on is missing; allowed: true or false")
        on = flag("power", fields, "on")
        if on and not self._world.powered:
            self._life.start()
        elif not on and self._world.powered:
            self._life.cut("power")

    def _power_cut_at(self, request):
        fields = request["fields"]
        only("power_cut_at", fields, ("flash_write", "flash_erase", "byte"))
        if ("flash_write" in fields) == ("flash_erase" in fields):
            raise WorldError("power_cut_at: give flash_write or flash_erase, the number of the operation from now")
        what = "flash_write" if "flash_write" in fields else "flash_erase"
        n = whole("power_cut_at", fields, what, 1, 1000000)
        byte = whole("power_cut_at", fields, "byte", 0, 1000000, 0)
        self._flash_meter.arm("writes" if what == "flash_write" else "erases", n, byte)

    def _reset(self, request):
        only("reset", request["fields"], ("cause",))
        cause = choice("reset", request["fields"], "cause", _CAUSES, "hard")
        self._needs_supply("reset")
        self._life.reset(cause)

    def _stall(self, request):
        only("stall", request["fields"], ("ms",))
        ms = number("stall", request["fields"], "ms", 0, 3600000, REQUIRED)
        self._needs_supply("stall")
        us = int(ms * 1000 + 0.5)
        self._world.declare_stall(us)
        self._machine.stall_until_us = max(self._machine.stall_until_us, self._clock.now_us + us)

    def _config(self, request):
        fields = request["fields"]
        only("config", fields, ("set", "get"))
        changes, names = fields.get("set"), fields.get("get")
        if changes is None and names is None:
            raise WorldError("config: give set {key: value}, or get [keys]")
        if changes is not None and not isinstance(changes, dict):
            raise WorldError("config: set is %s; allowed: an object {key: value}" % json.dumps(changes)[:80])
        if names is not None and not (isinstance(names, list) and all([isinstance(name, str) for name in names])):
            raise WorldError("config: get is %s; allowed: a list of keys" % json.dumps(names)[:80])
        self._needs_supply("config")
        if self.configure is None:
            raise WorldError("config: the firmware does not run")
        result = {}
        try:
            if changes:
                result.update(self.configure(changes, None))
            if names is not None:
                result.update(self.configure(None, names))
        except KeyError as error:
            raise WorldError("config: unknown key %s" % error.args[0])
        except ValueError as error:
            raise WorldError("config: %s" % error)
        return result

    def _advance(self, request):
        only("advance", request["fields"], ("s",))
        seconds = number("advance", request["fields"], "s", 0, _YEARS_S, REQUIRED)
        return Promise(request["seq"], self._until_us(request, seconds))

    def _wait(self, request):
        fields = request["fields"]
        only("wait", fields, ("for", "timeout_s"))
        wanted = fields.get("for")
        if not isinstance(wanted, dict) or not wanted:
            raise WorldError("wait: for is %s; allowed: an object {field path: value}" % json.dumps(wanted)[:80])
        seconds = number("wait", fields, "timeout_s", 0, _YEARS_S, 30)
        wishes = [(path, tuple(path.split(".")), wanted[path]) for path in sorted(wanted)]
        look = self._snapshot.value

        def shown():
            for _, parts, value in wishes:
                if look(parts) != value:
                    return False
            return True

        def shows():
            return {path: look(parts) for path, parts, _ in wishes}

        try:
            shows()
        except Absent as error:
            raise WorldError("wait: %s" % error)
        return Promise(request["seq"], self._until_us(request, seconds), shown, shows)

    def _until_us(self, request, seconds):
        if "until_us" in request:
            return request["until_us"]
        return self._clock.now_us + int(seconds * 1000000 + 0.5)

    def _needs_supply(self, command):
        if not self._world.powered:
            raise WorldError("%s: the charger has no supply" % command)

    def _pass(self, request):
        """The parent's own affair; it only wants its turn and the time."""

    def _refuse(self, request):
        raise WorldError(request["fields"]["error"])
