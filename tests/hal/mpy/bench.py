"""Both hals over a world of their own, in one interpreter: `Rig("sim")` and `Rig("esp32")`, the latter on the virtual chip.

Virtual time is put in place when this is imported, so it comes before anything that imports asyncio.
"""

import os
import socket

from hal.sim import vtime
from hal.sim.clock import ChargerClock, Clock
from hal.sim.world.part import NEVER

CLOCK = Clock()
_STEP_US = 50


class Machine:
    """Clock and timers as hal.sim.machine has them, without desk, pace and host."""

    def __init__(self):
        self.clock = CLOCK
        self.timers = []
        self.stalled_until_us = 0
        self.core = None
        self.resets = []
        self.errors = []

    def alive(self):
        return CLOCK.now_us >= self.stalled_until_us

    def every(self, ms, callback):
        self.timers.append([CLOCK.now_us + ms * 1000, ms * 1000, callback])

    def report(self, where, error):
        self.errors.append((where, error))

    def reset(self, cause):
        self.resets.append(cause)
        raise Reset(cause)

    def owe(self, times=1):
        pass

    def ring(self, limit_us=NEVER):
        for timer in list(self.timers):
            if timer[0] <= CLOCK.now_us and self.alive():
                timer[2]()
                if timer[0] < NEVER:
                    timer[0] += (CLOCK.now_us - timer[0]) // timer[1] * timer[1] + timer[1]

    def run_to(self, us):
        """Time passes, with its timers."""
        while CLOCK.now_us < us:
            due_us = min([us, CLOCK.world.due_us] + [timer[0] for timer in self.timers])
            CLOCK.run_to(max(due_us, min(us, self.stalled_until_us), CLOCK.now_us + 1))
            self.ring()

    def turn(self, io, ms):
        """Asyncio's question."""
        if ms == 0:
            self.run_to(CLOCK.now_us + _STEP_US)
        else:
            task = self.core._task_queue.peek()
            late_ms = 1000 if task is None else vtime.diff(task.ph_key, CLOCK.ticks_ms())
            self.run_to(CLOCK.now_us + max(_STEP_US, late_ms * 1000))
        io.serve(0)


class Reset(Exception):
    """The chip starts anew."""


MACHINE = Machine()
MACHINE.core = vtime.install(CLOCK, MACHINE.turn)

import asyncio  # noqa: E402

import boards  # noqa: E402
from hal.sim import flash  # noqa: E402
from hal.sim.chip import chip as chips  # noqa: E402
from hal.sim.hal import Hal  # noqa: E402
from hal.sim.world import World  # noqa: E402

KINDS = ("sim", "esp32")
BOARDS = ("rudved_ac7", "rudved_ac22", "rudved_ac001", "rudved_bench")
FIRMWARE = "1.2.3"


_IMAGE = bytearray(8 * flash.PAGE)


class RamFlash:
    """hal.sim.flash.Partition without a file."""

    page_size = flash.PAGE

    def __init__(self, pages=8):
        self.pages = pages
        self.image = _IMAGE
        for page in range(pages):
            self.erase(page)

    def read(self, address, buf):
        buf[:] = self.image[address : address + len(buf)]

    def program(self, address, data):
        for i, byte in enumerate(data):
            self.image[address + i] &= byte

    def erase(self, page):
        self.image[page * flash.PAGE : (page + 1) * flash.PAGE] = b"\xff" * flash.PAGE


class Net:
    """hal.network where nobody connects."""

    def __init__(self):
        self.conditions = {"up": True}

    def up(self):
        return self.conditions["up"]

    def rssi_dbm(self):
        return -61 if self.conditions["up"] else None

    async def connect(self, host, port, tls=None):
        raise OSError(113)


class Terminal:
    """hal.console."""

    async def read(self, n):
        return b"x"

    def write(self, data):
        pass


class Rig:
    """`hal` of that kind for `board` (a name, or a `boards.Board`). `kept` and `rtc` come from the life before, if any.

    `ethernet`: whether its W5500 answers, where it has one; `radio`: whether the port can start it.
    """

    def __init__(self, kind, board="rudved_ac7", cause="power_on", kept=None, rtc=None, world=None, ethernet=True, radio=True):
        self.kind = kind
        self.events = []
        MACHINE.timers = []
        MACHINE.errors = []
        MACHINE.resets = []
        MACHINE.stalled_until_us = 0
        self.board = boards.load(board) if isinstance(board, str) else board
        if world is None:
            CLOCK.world, CLOCK.now_us, CLOCK.boot_us = None, 0, 0
            world = World(self.board, 1, self._emit)
            world.power_on()
        CLOCK.boot_us = CLOCK.now_us
        CLOCK.world = self.world = world
        CLOCK.after = self._moved
        self.kept = chips.fresh() if kept is None else kept
        self.rtc = {"zero_us": None} if rtc is None else rtc
        self.flash = RamFlash()
        self.chip = None
        self.ethernet = ethernet
        self.radio = radio
        self.hal = self._sim(cause) if kind == "sim" else self._esp32(cause)

    def _sim(self, cause):
        hal = Hal(MACHINE, ChargerClock(CLOCK, self.rtc), self.world, 1, "R0000001", 1, cause, None)
        hal.identity["firmware"] = FIRMWARE
        hal.flash, hal.files, hal.network, hal.console = self.flash, "/tmp", Net(), Terminal()
        return hal

    def _esp32(self, cause):
        self.chip = chips.Chip(MACHINE, self.world, self.kept, cause, self._restart, {"up": True}, self.rtc, {"journal": self.flash})
        if not self.ethernet:
            self.chip.ethernet = None
        if not self.radio:
            self.chip.radio = None
        self.chip.install()
        hal = module("hal.esp32.life").build(self.board, "/tmp", FIRMWARE, Terminal())
        hal.watchdog.widen()
        return hal

    def _restart(self):
        MACHINE.reset(module("hal.esp32.reset").intended(bytes.fromhex(self.kept["rtc"])))

    def again(self, cause):
        """The same world and chip after a reset of that cause."""
        self.world.reset_outputs()
        return Rig(self.kind, self.board, cause, self.kept, self.rtc, self.world)

    def _moved(self):
        pass

    def _emit(self, name, t_us, **fields):
        self.events.append((name, t_us, fields))

    def do(self, command, **fields):
        return self.world.do(command, fields)

    def fault(self, name, **fields):
        fields["name"] = name
        return self.world.do("fault", fields)

    def quiet(self, ms):
        """So much time without a program, but for its timers."""
        MACHINE.run_to(CLOCK.now_us + int(ms * 1000))

    def run(self, ms):
        """So much time with a token every 20 ms, as a healthy program gives them."""
        end_us = CLOCK.now_us + int(ms * 1000)
        while CLOCK.now_us < end_us:
            self.hal.guard.token()
            self.quiet(min(20, (end_us - CLOCK.now_us) / 1000))

    def wait(self, coroutine):
        """The result of a coroutine, in virtual time."""
        return asyncio.run(coroutine)


def bound():
    """(a socket of this host that is bound, its port): one that nobody else has, below those that the host gives away."""
    while True:
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = 20000 + int.from_bytes(os.urandom(2), "big") % 10000
        try:
            server.bind(socket.getaddrinfo("127.0.0.1", port)[0][-1])
            return server, port
        except OSError:
            server.close()


def module(name):
    return __import__(name, None, None, ("*",))


def each(board="rudved_ac7"):
    """A rig of each kind, one after the other: there is one chip."""
    for kind in KINDS:
        yield Rig(kind, board)


