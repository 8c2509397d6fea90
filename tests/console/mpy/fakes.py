"""A charger's parts as the console sees them: real settings and journal, a line of lists, the rest as little as will do."""

import asyncio
import unittest

import vfs

from firmware.console.console import Console
from firmware.storage.journal import Journal
from firmware.storage.settings import Settings
from firmware.support.log import Log
from tests.charging.bench import RamFiles
from tests.storage.ramflash import FakeClock, RamFlash

FOLDER = "/console_test"


class Port:
    """A serial line: `given` is read again and again, `screen` is what was written."""

    def __init__(self):
        self.screen = self.given = b""

    async def read(self, n):
        await asyncio.sleep_ms(0)
        return self.given

    def write(self, data):
        self.screen += bytes(data)


class Spec:
    lock = pilot = feedback = False
    phases = 1
    rating_ma = 32000
    residual = "none"
    meter = None

    def __init__(self, number):
        self.id = number


class Board:
    name = "rudved_ac7"
    rating_ma = 32000
    rs485 = None
    inputs = ("estop", "earth")
    connectors = (Spec(1),)


class Hal:
    board = Board()
    identity = {"vendor": "Rudved", "model": "AC7", "serial": "R0000001", "firmware": "0.1.0"}
    boots = 1
    reset_cause = "power_on"
    rs485 = reader = indicator = wifi = None

    def __init__(self):
        self.console = Port()
        self._drawn = 0

    def random(self, n):
        self._drawn += 1
        return bytes([(7 * self._drawn + i) & 255 for i in range(n)])


class Security:
    """Keeps what is put."""

    def __init__(self):
        self.events = []

    def put(self, kind, tech="", pause_s=0):
        self.events.append((kind, tech))


class Charger:
    connectors = ()

    def connector(self, number):
        return None


class App:
    """`boot()` starts it anew on the same flash and files."""

    def __init__(self):
        self.flash = RamFlash(12)
        self.clock = FakeClock()
        self.hal = Hal()
        self.boots = 0
        self.boot()

    def boot(self):
        self.boots += 1
        self.clock = FakeClock()
        self.settings = Settings(FOLDER, self.hal.board)
        self.journal = Journal(self.flash, self.clock, self.boots).open()
        self.settings.attach(self.journal, lambda: True)
        self.log = Log(self.clock, 8)
        self.security = Security()
        self.charger = Charger()
        self.restarted = None
        if self.boots > 1:
            self.console.unload()
        self.console = Console(self)
        self.console._greet()

    def observe(self, callback):
        self.tell = callback

    def report(self):
        return {"connectors": [], "ocpp": {"connected": False, "accepted": False, "queued": 0}}

    def restart(self, cause):
        self.restarted = cause

    def type(self, data):
        """Type, as bytes or text; what came on the screen."""
        self.hal.console.screen = b""
        self.console._take(data.encode() if isinstance(data, str) else data)
        return self.hal.console.screen.decode()

    def later(self, seconds):
        self.clock.advance(seconds * 1000)
        self.console.step()


class ConsoleTestCase(unittest.TestCase):
    def setUp(self):
        vfs.mount(RamFiles(), FOLDER)
        self.app = App()

    def tearDown(self):
        self.app.console.unload()
        vfs.umount(FOLDER)

    def type(self, line):
        return self.app.type(line + "\r")

    def set(self, name, value):
        self.type("config set %s %s" % (name, value))

    def get(self, name):
        return self.app.settings.get(name)

    async def ask(self, *lines):
        """Type lines, each once the command before it had its turn; the whole screen."""
        screen = ""
        for line in lines:
            screen += self.type(line)
            self.app.hal.console.screen = b""
            for _ in range(8):
                await asyncio.sleep_ms(0)
            screen += self.app.hal.console.screen.decode()
        return screen
