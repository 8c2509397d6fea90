"""A charger on a bench: the real charging and storage, under them a small safety core, vehicle and meter of fakes, in
time that moves by hand."""
import asyncio
import gc
import io
import unittest

import vfs

from firmware.charging.charger import Charger
from firmware.safety import faults
from firmware.safety.permit import Permit
from firmware.safety.unit import BLOCKING
from firmware.storage import records
from firmware.storage.journal import Journal
from firmware.storage.settings import Settings
from firmware.support.log import Log
from tests.storage.ramflash import FakeClock, RamFlash

UTC = 1795341600
FOLDER = "/charging_test"


class Spec:
    pilot = True
    lock = True
    phases = 1
    rating_ma = 32000

    def __init__(self, number):
        self.id = number


class Board:
    rating_ma = 32000
    inputs = ("earth",)

    def __init__(self, connectors):
        self.connectors = [Spec(i + 1) for i in range(connectors)]


class RamFiles:
    """A file system of a dict, for the settings' slots; it outlives the charger's supply."""

    def __init__(self):
        self.files = {}

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def open(self, path, mode):
        if "w" in mode:
            return _Written(self.files, path)
        if path not in self.files:
            raise OSError(2)
        return io.BytesIO(self.files[path])


class _Written:
    def __init__(self, files, path):
        self._files, self._path = files, path

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        pass

    def write(self, data):
        self._files[self._path] = data


class Outside:
    """What lives on when the supply is cut: one connector's vehicle, and the true register in mWh."""

    def __init__(self):
        self.plugged = False
        self.ready = True
        self.power_w = 7000
        self.register_mwh = 1000000
        self.answers = True
        self.drawn_mwh = 0


class FakeBook:
    active = unplug = latched = 0


class FakeUnit:
    """Safety as charging sees it: the permit decides, the vehicle follows, faults open at once."""

    floor_ma = 6000
    limit_by = "board"
    locked = kept = False

    def __init__(self, spec, outside):
        self.id = spec.id
        self.spec = spec
        self.outside = outside
        self.permit = Permit()
        self.book = FakeBook()
        self.plugged = outside.plugged
        self.command = self.closed = self.offered = False
        self.welded = False
        self.begun = self.released = 0
        self._withdrawn_ms = self._wanted_ms = 0

    @property
    def faults(self):
        return faults.those(self.book.active)

    @property
    def energy_wanted(self):
        return self.plugged and self.outside.ready

    @property
    def limit_ma(self):
        return self.permit.current_ma if self.permit.live else 0

    @property
    def offered_ma(self):
        return self.limit_ma

    why = "fake"

    def begin_session(self):
        self.begun += 1
        self.locked = True

    def end_session(self, why=""):
        self.permit.revoke(why)

    def release_plug(self):
        self.released += 1
        self.locked = False

    def fault(self, name, on=True):
        """Raise a fault, or let it go as time, an unplug or an authorised person does."""
        bit, book = faults.bits([name]), self.book
        recovery = faults.those(bit)[0].recovery
        for kind, attribute in (("RUL", "active"), ("U", "unplug"), ("L", "latched")):
            if recovery in kind:
                mask = getattr(book, attribute)
                setattr(book, attribute, mask | bit if on else mask & ~bit)

    def tick(self, ms):
        self.permit.tick(ms)
        self.plugged = self.outside.plugged
        blocked = any(row.action != "warn" for row in self.faults)
        self.offered = (self.plugged and self.permit.live and self.permit.current_ma >= self.floor_ma and not blocked)
        self._withdrawn_ms = 0 if self.offered else self._withdrawn_ms + ms
        self._wanted_ms = self._wanted_ms + ms if self.offered and self.energy_wanted else 0
        if self.command and (not self.plugged or not self.outside.ready or blocked or self._withdrawn_ms > 1000):
            self.command = False
        elif self._wanted_ms >= 500:
            self.command = True
        self.closed = self.command or self.welded


class FakeMeter:
    """Reads the true register about each second."""

    side = "supply"

    def __init__(self, clock, outside):
        self.outside = outside
        self.energy_wh = None
        self.export_wh = None
        self.rebased_wh = 0
        self.power_w = 0
        self.volts_mv = [230000, 0, 0]
        self.amps_ma = [0, 0, 0]
        self.frequency_mhz = 50000
        self.power_factor_milli = 990
        self.reason = None
        self._clock = clock
        self._read = None
        self._left_ms = 1000

    @property
    def state(self):
        age_ms = self.age_ms()
        return "ok" if age_ms is not None and age_ms < 10000 else "stale"

    def age_ms(self):
        return None if self._read is None else self._clock.since(self._read)

    def tick(self, ms, power_w):
        self._left_ms -= ms
        if self._left_ms <= 0 and self.outside.answers:
            self._left_ms = 1000
            self._read = self._clock.ticks_ms()
            self.energy_wh = self.outside.register_mwh // 1000 + self.rebased_wh
            self.power_w = power_w
            self.amps_ma[0] = power_w * 1000 // 230


class Core:
    dead = False
    blocking = BLOCKING

    class thermal:
        hottest_dc = 305

    def __init__(self, units):
        self.units = units

    def unit(self, connector_id):
        return self.units[connector_id - 1]


class Authority:
    """A central system's opinion: `answers` {id_tag: (status, parent)}; None for an id_tag is silence."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []
        self.delay = 0

    async def authorise(self, id_tag):
        self.asked.append(id_tag)
        for _ in range(self.delay):
            await asyncio.sleep(0)
        answer = self.answers.get(id_tag, ("Invalid", ""))
        return answer and {"status": answer[0], "parent": answer[1], "expiry": None}


class Bench:
    """`boot` makes a charger of whatever the flash holds; `run(s)` lets time pass in steps of `step_ms`; `cut` is a loss
    of supply."""

    step_ms = 100

    def __init__(self, connectors=1, pages=12, preset=None, flash=None):
        self.board = Board(connectors)
        self.flash = flash or RamFlash(pages)
        self.outsides = [Outside() for _ in range(connectors)]
        self.boots = 0
        self.log_lines = []
        self.utc = UTC
        self.preset = {"AllowOfflineTxForUnknownId": True, "MeterValueSampleInterval": 0}
        self.preset.update(preset or {})
        vfs.mount(RamFiles(), FOLDER)
        self.boot()
        self.settings.apply(self.preset)

    def close(self):
        vfs.umount(FOLDER)
        gc.collect()

    def boot(self, reset_cause="power_on", utc=True):
        self.boots += 1
        self.clock = FakeClock(utc=self.utc if utc else None)
        self.journal = Journal(self.flash, self.clock, self.boots).open()
        self.journal.keep("security", None)     # nobody listens for security events here
        self.settings = Settings(FOLDER, self.board)
        self.units = [FakeUnit(self.board.connectors[i], outside) for i, outside in enumerate(self.outsides)]
        self.settings.attach(self.journal, lambda: not any(unit.closed for unit in self.units))
        self.meters = [FakeMeter(self.clock, outside) for outside in self.outsides]
        log = Log(self.clock, 4)
        log.sink(lambda level, source, text: self.log_lines.append(text))
        self.charger = Charger(self.board, Core(self.units), self.meters, self.journal, self.settings, self.clock, log,
                               self._random, reset_cause)
        self.events = []
        self.charger.observe(lambda e: self.events.append((e.what, e.connector.id if e.connector else 0, e.reason)))

    def cut(self, reset_cause="power_on", utc=True, away_s=60):
        """The supply goes at this instant and comes back."""
        self.utc += away_s
        self.flash = RamFlash(self.flash.pages, self.flash.data)
        self.boot(reset_cause, utc)

    _seed = 7

    def _random(self, n):
        self._seed = (self._seed * 1103515245 + 12345) & 0x7FFFFFFF
        return bytes((self._seed >> (8 * (i % 3))) & 0xFF for i in range(n))

    @property
    def connector(self):
        return self.charger.connectors[0]

    @property
    def session(self):
        return self.connector.session

    @property
    def unit(self):
        return self.units[0]

    @property
    def outside(self):
        return self.outsides[0]

    def step(self):
        ms = self.step_ms
        self.clock.advance(ms)
        if self.clock.utc is not None:
            self.utc = self.clock.utc
        for i, outside in enumerate(self.outsides):
            unit, meter = self.units[i], self.meters[i]
            unit.tick(ms)
            power_w = outside.power_w if unit.command else 0
            drawn = power_w * ms // 3600       # W * ms / 3600 = mWh
            outside.register_mwh += drawn
            outside.drawn_mwh += drawn
            meter.tick(ms, power_w)
            if unit.command:
                self.check_permitted(unit)
        self.charger.step()

    def check_permitted(self, unit):
        """What is closed has a session whose BEGIN is in the journal."""
        session = self.charger.connectors[unit.id - 1].session
        assert session is not None, "closed without a session"

    def run(self, s):
        for _ in range(int(s * 1000) // self.step_ms):
            self.step()

    def plug(self, n=1):
        self.outsides[n - 1].plugged = True

    def unplug(self, n=1):
        self.outsides[n - 1].plugged = False

    async def tap(self, id_tag):
        await self.charger.present_card(id_tag)

    def seen(self, what):
        """(connector, reason) of the events of that kind."""
        return [(number, reason) for event, number, reason in self.events if event == what]

    def told(self):
        """[[Begin, End or None]] of everything in the journal, in order; each end belongs to one begin."""
        out = {}
        for record in self.journal.records():
            if record.kind == records.BEGIN:
                out[record.seq] = [records.decode_begin(record.payload), None]
            elif record.kind == records.END:
                end = records.decode_end(record.payload)
                assert out[end.session][1] is None, "ended twice"
                out[end.session][1] = end
        return [out[seq] for seq in sorted(out)]


class BenchTestCase(unittest.TestCase):
    """A test on a bench; `connectors` and `preset` (settings) may be set by the class."""

    connectors = 1
    preset = {}

    def setUp(self):
        self.bench = Bench(self.connectors, preset=self.preset)

    def tearDown(self):
        self.bench.close()

    def tap(self, id_tag):
        asyncio.run(self.bench.tap(id_tag))

    def charging(self, id_tag="CARD"):
        """A session on connector 1 that charges, begun by a card."""
        self.bench.plug()
        self.bench.run(3)
        self.tap(id_tag)
        self.bench.run(5)
        self.assertEqual(self.bench.connector.status, "charging")
        return self.bench.session
