"""The one place where the parts are put together: `App(hal)` builds the charger, `run()` is its life.

The safety tick runs from the first moment, beside and above everything else here; nothing in this file can close a
contactor.
"""
import asyncio
import gc

from micropython import const

from firmware import report
from firmware.cards.cards import Cards
from firmware.charging.charger import Charger
from firmware.charging.upkeep import Upkeep
from firmware.console.console import Console
from firmware.light import Light
from firmware.metering.meters import Meters
from firmware.ocpp.client import Central
from firmware.safety import events, faults, limits
from firmware.safety.core import Core
from firmware.storage.credentials import Credentials
from firmware.storage.journal import Journal
from firmware.storage.securitylog import SecurityLog
from firmware.storage.settings import Settings
from firmware.storage.shelf import Shelf
from firmware.support import ondemand
from firmware.support.clock import Clock
from firmware.support.log import Log
from firmware.support.ring import Ring
from firmware.support.wifi import Wifi
from firmware.update.updater import Updater

_PUMP_MS = const(100)
_BEEP_MS = const(80)                    # a card was read
_HOUSE_MS = const(1000)
_GC_ROUNDS = const(10)                  # of them from one planned collection to the next
_ALMOST_FULL = const(3)                 # scarcity of the journal's pages
_DAY_S = const(86400)
_TAMPER = ("door", "tilt")
_GUARDED = ("AuthorizationKey", "SecurityProfile", "CpoName", "CsmsUrl", "InstallerSecret", "FactorySecret", "FirmwareKey",
            "AdditionalRootCertificateCheck", "EarthMonitor")
_FLUSH_S = const(10)                    # how long a restart waits for what is still to be written or said


class App:
    """The charger. `preset`: settings to be made before anything runs, as {name: value} (SettingError names a bad one).

    `observe(callback)` has `callback(event, fields)` called for "pilot", "fault", "session", "ocpp", "led" and "log";
    `age_ms` in the fields, where it stands, tells how long ago the change was.
    """

    def __init__(self, hal, preset=None):
        gone = ondemand.load("hal.contract").missing(hal)
        ondemand.release("hal.contract")
        if gone:
            raise RuntimeError("this hal does not keep the contract: it lacks " + ", ".join(gone))
        self.hal = hal
        ondemand.gate(self._may_load)
        self.clock = Clock(hal.clock)
        self.log = Log(self.clock)
        self.ring = Ring(128, hal.clock.ticks_ms)
        self.core = Core(hal, self.ring)
        hal.every(limits.TICK_MS, self.core.tick)
        self.settings = Settings(hal.files, hal.board)
        self.journal = Journal(hal.flash, self.clock, hal.boots).open()
        self.settings.attach(self.journal, self._may_write)
        calibration = ondemand.load("firmware.charging.calibration")
        bare = calibration.install(hal, self.core, self.settings)
        self.upkeep = Upkeep(self.core, hal.board.guard.bench_only, self.settings, self.clock, self.log, hal.reset_cause)
        if preset:
            self.settings.apply(preset)
        self.security = SecurityLog(self.journal, self.clock, self.log, bool(self.settings.get("CsmsUrl")))
        self.settings.watch(self._changed)
        self.shelf = Shelf(hal.files + "/shelf", self.journal, self._may_write)
        self.credentials = Credentials(self.shelf, hal.files + "/certs", hal.random, self.settings.get("CertificateStoreMaxLength"))
        energy = getattr(hal, "energy", None)
        self.meters = Meters(hal.board, hal.rs485, self.clock, None, energy)
        if energy:
            ondemand.load("firmware.charging.recovery").go_on_counting(self.journal, hal.board, energy)
            ondemand.release("firmware.charging.recovery")
        self.cards = Cards(hal.reader, self.clock, self.settings)
        self.charger = Charger(hal.board, self.core, self.meters, self.journal, self.settings, self.clock, self.log, hal.random,
                               hal.reset_cause)
        calibration.narrow(self.charger, bare)
        ondemand.release("firmware.charging.calibration")
        self.central = None
        if self.settings.get("CsmsUrl"):
            self.central = Central(self.charger, self.settings, self.journal, hal.network, self.clock, self.log, hal.random,
                                   hal.identity, hal.board, self.restart, hal.files,
                                   self.credentials, self.security)
            self.central.observe(self._frame)
        self.light = Light(hal.indicator, self.settings, self.clock)
        self.wifi = Wifi(hal.wifi, self.settings, self.log) if hal.wifi else None
        self._observers = []
        self._fed = [0] * len(self.meters)
        self._pilots = {}
        self._restarting = None
        self.cards.on_card = self._card
        self.log.sink(self._logged)
        self.charger.observe(self._session)
        self.charger.observe(self.light.charger_event)
        self.updater = Updater(self, self._fetch, self._may_write) if getattr(hal, "slots", None) else None
        if self.central:
            self.central.maintenance.updater = self.updater
        self.console = Console(self) if hal.console else None

    def observe(self, callback):
        """Have `callback(event, fields)` called from now on: see the class."""
        self._observers.append(callback)

    def report(self):
        """The charger's half of the simulator's snapshot, as a dict; see `firmware.report`."""
        return report.build(self)

    def configure(self, changes=None, names=None):
        """As the technician's console: make `changes` (a dict, all or none; SettingError), or read `names` (a list).

        Returns {name: text}; a secret reads as None. KeyError for an unknown name.
        """
        if changes:
            self.settings.apply(changes)
            names = list(changes)
        return {name: self.settings.text(name) for name in names or self.settings.names()}

    def burst(self, connector_id):
        """(microseconds between, [millivolts]) of the pilot's last burst; None where the board keeps none."""
        for i, spec in enumerate(self.hal.board.connectors):
            pilot = self.hal.connectors[i].pilot
            if spec.id == connector_id and pilot is not None and hasattr(pilot, "burst"):
                return pilot.interval_us, pilot.burst()
        return None

    def restart(self, cause):
        """Restart soon: "soft" ends sessions first and lets their messages out, "hard" ends them and goes."""
        if self._restarting is None:
            self._restarting = cause
            self.log.info("app", "restart: " + cause)
            self.security.put("ResetOrReboot", cause)
            asyncio.create_task(self._restart(cause))

    async def run(self):
        """For ever. A task that ends by an error takes the charger down in order: contactors open, then a reset."""
        log = self.log
        log.info("app", "%s %s, boot %d (%s)" % (self.hal.board.name, self.hal.identity["firmware"], self.hal.boots, self.hal.reset_cause))
        if self.settings.damage:
            log.error("settings", self.settings.damage)
        self.security.put("StartupOfTheDevice", "firmware %s, %s" % (self.hal.identity["firmware"], self.hal.reset_cause))
        jobs = [self._pump(), self._house(), self.meters.run(), self.cards.run(), self.charger.run()]
        if self.central:
            jobs.append(self.central.run())
        if self.updater:
            jobs.append(self.updater.run())
        if self.console:
            jobs.append(self.console.run())
        if self.wifi:
            jobs.append(self.wifi.run())
        await asyncio.gather(*[asyncio.create_task(job) for job in jobs])

    async def _restart(self, cause):
        for _ in range(1 + (self.settings.get("ResetRetries") if cause == "soft" else 0)):
            if await self.charger.stop_all(cause):
                break
            self.log.warning("app", "a session does not end: restart waits")
        left = _FLUSH_S * 10 if cause == "soft" else 10
        while left and self.central and self.central.connected and self.central.queued:
            left -= 1
            await asyncio.sleep_ms(100)
        self.settings.flush()
        if self.central:
            await self.central.close()
        self.hal.reset(cause)

    async def _pump(self):
        """What the tick has put into the ring becomes events for whoever watches; what the meters say goes to the tick."""
        ring = self.ring
        while True:
            while ring.take():
                self._event(ring.kind, ring.connector, ring.a, ring.b, self.clock.since(ring.stamp_ms))
            self._show()
            self._feed()
            self.upkeep.step()
            if self.core.dead:
                self.upkeep.failed()
                self.log.error("safety", "tick failed: %r" % self.core.error)
                self.hal.reset("hard")
            await asyncio.sleep_ms(_PUMP_MS)

    def _feed(self):
        """Fresh meter facts go to the safety core."""
        for i, spec in enumerate(self.hal.board.connectors):
            meter = self.meters[i]
            if meter and meter.believed != self._fed[i]:
                unit = self.core.unit(spec.id)
                if unit and meter.state == "ok":
                    self._fed[i] = meter.believed
                    unit.measured(meter.volts_mv, meter.amps_ma, meter.frequency_mhz or 0)

    async def _house(self):
        """What must be done now and then, and never while a contactor is closed if flash is erased by it."""
        rounds = 0
        while True:
            if self._may_write():
                self.shelf.flush()
            self.journal.tidy(self._may_write())
            if self.journal.scarcity == _ALMOST_FULL:
                self.security.put("MemoryExhaustion", "journal", _DAY_S)
            if self.console:
                self.console.step()
            if not rounds:
                gc.collect()
            rounds = (rounds + 1) % _GC_ROUNDS
            await asyncio.sleep_ms(_HOUSE_MS)

    async def _fetch(self, network, url, at, take):
        await self.updater.opened()
        try:
            await ondemand.load("firmware.ocpp.download").get(network, self.credentials, self.charger.stall, url, at, take)
        finally:
            ondemand.release("firmware.ocpp.download")

    def _may_write(self):
        """Files may be written, and so flash erased: no contactor is closed."""
        for unit in self.core.units:
            if unit.command or unit.contactor.poles:
                return False
        return True

    def _may_load(self):
        """Code may be loaded: no contactor is told to be closed. One that is welded stays live, whoever waits for it."""
        return not [unit for unit in self.core.units if unit.command]

    def _changed(self, name, value):
        if name in _GUARDED:
            self.security.put("ReconfigurationOfSecurityParameters", name)

    def _event(self, kind, connector, a, b, age_ms):
        unit = self.core.unit(connector)
        if kind == events.LETTER or kind == events.OFFER:
            shown = (unit.letter, unit.offered, unit.duty)
            if unit.letter and shown != self._pilots.get(connector):
                self._pilots[connector] = shown
                self._tell("pilot", {"connector": connector, "letter": unit.letter, "offered": unit.offered,
                                     "duty": report.duty(unit.duty), "age_ms": age_ms})
        elif kind == events.FAULT:
            row = faults.fault(a)
            self.log.warning("safety", "connector %d: %s%s" % (connector, unit.told(row), "" if b else " (gone)"))
            if b and row.name in _TAMPER and unit is self.core.units[0] and self.hal.inputs[row.name].active():
                self.security.put("TamperDetectionActivated", row.name)
            self._tell("fault", {"connector": connector, "name": row.name, "on": bool(b), "class": row.recovery, "age_ms": age_ms})
        elif kind == events.SELF_TEST:
            self.log.info("safety", "connector %d: residual-current self-test %s" % (connector, "passed in %d ms" % b if a else "failed"))

    def _card(self, id_tag):
        if self.hal.buzzer:
            self.hal.buzzer.beep(_BEEP_MS)
        if self.console is None or not self.console.card(id_tag):
            self.charger.card(id_tag)

    def _session(self, event):
        fields = report.session_event(event)
        if fields:
            self._tell("session", fields)

    def _frame(self, direction, frame):
        self._tell("ocpp", {"dir": direction, "frame": frame})

    def _logged(self, level, source, text):
        self._tell("log", {"level": level, "source": source, "text": text})

    def _show(self):
        if self.light.step(*report.indicator(self)):
            colour, blink_ms, percent = self.light.shown
            self._tell("led", {"colour": colour, "blink_ms": blink_ms, "percent": percent})

    def _tell(self, event, fields):
        for callback in self._observers:
            callback(event, fields)
