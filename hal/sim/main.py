"""The simulated board's program: takes a world and a cause from the parent, and is the charger in it until it ends.

Started by `rudved sim` as `micropython -m hal.sim.main FD_IN FD_OUT`.
"""

import sys

import micropython

from hal.sim import flash, vtime
from hal.sim.clock import ChargerClock, Clock
from hal.sim.link import Link
from hal.sim.machine import Machine

CLOCK = Clock()
MACHINE = Machine(CLOCK)
MACHINE.core = vtime.install(CLOCK, MACHINE.turn)

# From here on asyncio and time are ours, whoever imports them.
import asyncio  # noqa: E402
import binascii  # noqa: E402
import gc  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402

import boards  # noqa: E402
from boards.fields import GUARD_PROMISE_MS  # noqa: E402
from hal.boot.slots import BUILT_IN, Slots  # noqa: E402
from hal.sim.commands import Commands  # noqa: E402
from hal.sim.console import Console  # noqa: E402
from hal.sim.desk import Desk  # noqa: E402
from hal.sim.hal import Hal, Random  # noqa: E402
from hal.sim.life import Life, fresh, refuse  # noqa: E402
from hal.sim.network import Network  # noqa: E402
from hal.sim.snapshot import Heap, Snapshot  # noqa: E402
from hal.sim.world import World  # noqa: E402
from hal.sim.world.prng import Prng  # noqa: E402

_FILES = "/fs"
_RESERVE = 32768  # for the world to go on with when the firmware has died of a full heap


class Board:
    """Everything of one simulated board in this interpreter. `told` is the parent's first message."""

    def __init__(self, link, told, board):
        self.told = told
        self.link = link
        self.reserve = bytearray(_RESERVE)
        self.indicator = None           # of the hal, where it tells for itself what it shows
        self.live_on = _live
        state = self.state = told["state"] or fresh()
        CLOCK.now_us = CLOCK.boot_us = state["now_us"]
        self.world = CLOCK.world = MACHINE.world = World(board, told["seed"], self._emit, state["world"])
        CLOCK.after = MACHINE.moved
        MACHINE.link = link
        MACHINE.speed = told["speed"]
        MACHINE.grace_us = told["grace_ms"] * 1000
        MACHINE.core._io_queue.poller.register(link.stream, vtime.READ)
        self.slots = None
        self.commands = {}
        self.desk = MACHINE.desk = Desk(link, CLOCK, self.commands, told["speed"] is None)
        self.life = Life(MACHINE, self.world, link, self.desk, state, told["lenient"])
        self.world.violation = self.life.violated
        self.desk.report = MACHINE.report = self.life.report
        self.desk.end = self.life.end
        MACHINE.reset = self.life.reset
        self.heap = Heap(told["heap"])
        self.flash_meter = flash.Meter(state["flash"], self.life.cut_in_flash)
        prng = Prng(told["seed"], "network")
        if state["network_prng"]:
            prng.state = state["network_prng"]
        self.network = self.life.network = Network(MACHINE, state["network"], prng)
        self.snapshot = Snapshot(self.world, CLOCK, state, self.network.conditions, self.heap)
        self.front = Commands(MACHINE, self.world, self.snapshot, self.network, self.flash_meter, state["rtc"], self.life)
        self.commands.update(self.front.table)

    def live(self, cause):
        """Be off until the supply comes back where `cause` is "off"; then run the firmware for ever."""
        self.desk.fetch()  # what came together with the parent's first message
        if cause == "off":
            MACHINE.alone(lambda: self.world.powered)
            cause = "power_on"
        elif cause == "power_on":
            self.world.power_off("end")  # where the last run was killed
            self.world.power_on()
        else:
            self._emit("power", CLOCK.now_us, on=True, cause=cause)
        try:
            self._boot(cause)
        except ValueError as error:
            if self.told["preset"]:  # a bad --set is the caller's fault, not the charger's
                refuse(self.link, str(error))
            self._died("boot", error)
        except (Exception, KeyboardInterrupt) as error:  # the latter: it hung, and was broken into
            self._died("boot", error)
        else:
            self._run()
        MACHINE.dead = True
        self.reserve = None
        MACHINE.alone(lambda: False)

    def _boot(self, cause):
        state, told = self.state, self.told
        state["boots"] += 1
        state["reset_cause"] = cause
        state["now_us"], state["world"] = CLOCK.now_us, self.world.dump()
        self.link.send({"boot": state["boots"], "state": state})
        CLOCK.boot_us = CLOCK.now_us
        if self.world.clock_lost:
            state["rtc"]["zero_us"] = None
        self._mount()
        self._choose(cause)
        hal = self._hal(cause)
        hal.slots = self.slots
        self.heap.begin()  # what the firmware imports is its own, so nothing of it was imported before
        hal.identity["firmware"] = _module("firmware.version").VERSION
        keys = _module("firmware.storage.keys")
        self.link.send({"secrets": [key.name for key in map(keys.Key, keys.rows()) if key.secret]})
        self.app = _module(told["app"]).App(hal, told["preset"])
        self.app.observe(self._observe)
        self.snapshot.charger = self.app.report
        self.front.configure = self.app.configure
        if hasattr(self.app, "core"):  # a program of a test need not have one
            self.world.invariants.view = _module("hal.sim.view").View(self.app, CLOCK)
            self._rest(hal)

    def _hal(self, cause):
        state, told = self.state, self.told
        journal = flash.Partition(told["journal"], flash.JOURNAL_PAGES, self.flash_meter)
        console = Console(told["console"])
        if told["hal"] == "esp32":
            start = _module("hal.sim.chip.start")
            start.power_up(MACHINE, self.world, state, cause, self.network, {"journal": journal}, told["serial"], told["meter"])
            self.live_on = start.live
            console = _module("hal.esp32.console").Console(console.file, console)
            hal = _module("hal.esp32.life").build(self.world.board, _FILES, None, console)
            hal.random = Random(told["seed"], state["boots"])   # all chance comes from the seed
            hal.network.dial = self.network.dial                # ... and all connections go through the weather
            return hal
        clock = ChargerClock(CLOCK, state["rtc"])
        hal = Hal(MACHINE, clock, self.world, told["seed"], told["serial"], state["boots"], cause, told["meter"])
        hal.files = _FILES
        hal.flash = journal
        hal.network, hal.wifi = self.network, self.network.wifi
        hal.console = console
        self.indicator = hal.indicator
        return hal

    def _rest(self, hal):
        """At full speed ticks that change nothing are not run."""
        if self.told["ticks"] == "run" or self.told["speed"] is not None or self.told["hal"] == "esp32":
            return
        self.heap.ours(True)
        rest = _module("hal.sim.rest").begin(MACHINE, self.app, hal, self.told["ticks"], self.life.violated)
        self.heap.ours(False)
        if rest is None:
            return
        MACHINE.rest = rest
        self.desk.before = rest.disturb

        def report():
            rest.show()
            return self.app.report()

        self.snapshot.charger = report

    def _run(self):
        MACHINE.powered = True
        try:
            asyncio.run(self.live_on(self.app.hal, self.app))
            raise RuntimeError("the firmware's program has come to its end")
        except (Exception, KeyboardInterrupt, asyncio.CancelledError) as error:
            self._died("firmware", error)

    def _died(self, where, error):
        """The program has ended. One out of a slot is booked and restarted, as by the chip's selector."""
        self.life.report(where, error)
        if self.slots and self.slots.running != BUILT_IN:
            try:
                self.slots.crashed(error)
            except OSError as full:
                self.life.report(where, full)
            self.life.reset("hard")

    def _mount(self):
        """The file system; what the parent puts into the certificate store is there before the charger is switched on."""
        factory = flash.Meter(fresh()["flash"], None)
        path = self.told["files"]
        partition = flash.Partition(path, flash.pages_of(path, flash.FILES_PAGES), factory)
        made = flash.mount(partition, _FILES)
        if made and self.state["boots"] == 1:
            _calibrate(self.world.board)
        elif made:
            self._observe("log", {"level": "error", "source": "flash", "text": "the file system was beyond repair and has been made anew"})
        if self.told["certificates"]:
            self._store(self.told["certificates"])
        partition.wears(self.flash_meter)

    def _choose(self, cause):
        """The firmware of this checkout is built in; one that was brought by an update lies in a slot and goes before it."""
        self.slots = Slots(_FILES + "/slots", "sim", True)
        name = self.slots.choose(cause == "watchdog", cause == "power_on")
        if name != BUILT_IN:
            for module in list(sys.modules):
                if module.split(".")[0] == "firmware":
                    del sys.modules[module]  # what the world measures by; it keeps its own
            sys.path.insert(0, self.slots.path(name))

    def _store(self, certificates):
        folder = _FILES + "/certs"
        try:
            os.mkdir(folder)
        except OSError:
            pass
        for name in certificates:
            with open(folder + "/" + name, "wb") as f:
                f.write(bytes.fromhex(certificates[name]))

    def _emit(self, name, t_us, **fields):
        self.link.send({"event": name, "t": t_us, "fields": fields})

    def _observe(self, name, fields):
        # An outside meter counts what it likes: only the world's own can be held against a session.
        if name == "session" and fields["what"] == "ended" and self.told["meter"] is None:
            self.world.invariants.session_ended(fields["id"], fields["wh"])
        if name != "led" or self.indicator is None:
            self.life.event(name, fields)


def _calibrate(board):
    """As it leaves the factory: its readings are as right as the nominal ones."""
    body = json.dumps({"pilot": {str(one.id): (0, 4096) for one in board.connectors if one.pilot}}).encode()
    with open(_FILES + "/calibration", "wb") as f:
        f.write(("%08x " % binascii.crc32(body)).encode() + body)


def _live(hal, app):
    return app.run()


def _module(name):
    return __import__(name, None, None, ("*",))


def main():
    micropython.kbd_intr(3)  # whoever breaks in is heard (a KeyboardInterrupt) whatever the port does by itself
    link = Link(int(sys.argv[1]), int(sys.argv[2]))
    told = link.await_first()
    try:
        board = boards.load(told["board"])
        if board.pins:
            _module("boards.wiring").check(board)
            del sys.modules["boards.wiring"], boards.wiring
    except boards.BoardError as error:
        refuse(link, str(error))
    if told["guard"]:
        bench = told["guard"] == "watchdog"
        board.guard = boards.GuardSpec({"make": told["guard"], "promise_ms": GUARD_PROMISE_MS[told["guard"]], "bench_only": bench})
    simulated = Board(link, told, board)
    gc.collect()
    simulated.live(told["cause"])


main()
