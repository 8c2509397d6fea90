"""What the safety core is told by settings, and what of it outlives a power cut: latches, trips, restless lives."""
from micropython import const

from firmware.safety import faults

_SHORT_LIFE_S = const(600)              # a life that the watchdog or a failed tick ends sooner than this counts ...
_SHORT_LIVES = const(3)                 # ... and so many of them in a row stop the charger
_REST = const(100)                      # steps before what could not be kept is tried again
_DAY_S = const(86400)
_NAMES = ("Ventilation", "AllowBenchGuard", "SimplifiedPilotMaxA", "WakeVehicles", "UnlockConnectorOnEVSideDisconnect",
          "OutletIdleMa", "OutletIdleS", "EarthMonitor")


class Upkeep:
    """Made before the first permit. `step` is called some ten times a second, also while a contactor is closed: what is
    to be kept then goes into the journal, whose append erases nothing (storage.settings).
    """

    def __init__(self, core, bench_only, settings, clock, log, reset_cause):
        self._core = core
        self._bench_only = bench_only
        self._settings = settings
        self._clock = clock
        self._log = log
        self._rest = 0
        self._lived = False
        self._undated = False           # of some trip the time is not known, or not how long ago that was
        for name in _NAMES:
            self._changed(name, settings.get(name))
        settings.watch(self._changed)
        self._restore(reset_cause)

    def step(self):
        """Keep what has changed."""
        if self._rest:
            self._rest -= 1
            return
        for i, unit in enumerate(self._core.units):
            if unit.book.latched != self._latched[i]:
                self._keep_latches()
            if unit.residual.trips != self._trips[i]:
                self._keep_trips()
        if self._undated and self._clock.utc_s() is not None:
            self._recall()
            self._keep_trips()
        self._flush()
        if not self._lived and self._clock.up_s() >= _SHORT_LIFE_S:
            self._lived = self._keep({"ShortLives": 0})

    def failed(self):
        """The tick has failed, and the controller is about to be restarted."""
        if not self._lived:
            self._keep({"ShortLives": self._settings.get("ShortLives") + 1})

    def _flush(self):
        try:
            self._settings.flush()
        except OSError as error:
            self._rest = _REST
            self._log.error("settings", "what was kept in the journal finds no slot: %s" % error)

    def _keep_latches(self):
        core = self._core
        masks = [unit.book.latched for unit in core.units]
        entries = ["%d.%s" % (unit.id, name) for unit in core.units for name in faults.names(unit.book.latched)]
        if self._keep({"Latched": tuple(entries)}):
            self._latched = masks

    def _keep_trips(self):
        units, now_s = self._core.units, self._clock.utc_s()
        trips = [unit.residual.trips for unit in units]
        times = ["%d.%s" % (unit.id, "/".join([str(now_s - age_ms // 1000 if now_s else 0) for age_ms in unit.book.trips_ms()]))
                 for unit in units if unit.book.trips_ms()]
        if self._keep({"ResidualTrips": tuple(["%d.%d" % (unit.id, unit.residual.trips) for unit in units]),
                       "TripTimes": tuple(times)}):
            self._trips = trips
            self._undated = now_s is None and len(times) > 0

    def _recall(self):
        """Trips before this life count for a day. While nobody knows how long ago one was, it was when this life began."""
        now_s, up_s = self._clock.utc_s(), self._clock.up_s()
        self._undated = False
        for connector, times in _pairs(self._settings.get("TripTimes")):
            unit = self._core.unit(connector)
            if unit and unit.residual.trips == self._begun[self._core.units.index(unit)]:     # of this life's the book knows better
                ages_s = [up_s if at == "0" or not now_s else max(0, now_s - int(at)) for at in times.split("/") if at.isdigit()]
                unit.book.recall([age_s * 1000 for age_s in ages_s if age_s < _DAY_S])
            self._undated = now_s is None

    def _keep(self, changes):
        try:
            self._settings.apply(changes, inside=True)
        except Exception as error:      # a full journal, a flash that does not answer: no reason to stop looking
            self._rest = _REST
            self._log.error("safety", "%s is not kept: %s" % (", ".join(changes), error))
            return False
        return True

    def _restore(self, reset_cause):
        core, get = self._core, self._settings.get
        latched = {}
        for connector, name in _pairs(get("Latched")):
            latched.setdefault(connector, []).append(name)
        core.restore(latched)
        for connector, trips in _pairs(get("ResidualTrips")):
            unit = core.unit(connector)
            if unit and trips.isdigit():
                unit.residual.trips = int(trips)
        self._latched = [unit.book.latched for unit in core.units]
        self._trips = self._begun = [unit.residual.trips for unit in core.units]
        self._recall()
        lives = get("ShortLives")
        if reset_cause == "watchdog":
            lives += 1
            self._keep({"ShortLives": lives})
        if lives >= _SHORT_LIVES:
            core.standing |= faults.RESET_LOOP
        if self._settings.lost:         # and the latches with them: kept before anything else is, or the loss is forgotten
            core.restore({unit.id: ("settings",) for unit in core.units})
            self._keep_latches()

    def _changed(self, name, value):
        core = self._core
        if name == "Ventilation":
            core.ventilated = value == "always"
            core.ventilation.wanted = value == "relay"
        elif name == "AllowBenchGuard":
            core.refused = self._bench_only and not value
        elif name == "SimplifiedPilotMaxA":
            core.simplified_ma = value * 1000
        elif name == "EarthMonitor":
            core.watch_earth(value)
            if value != "on":
                self._log.warning("safety", "protective earth is not watched as it must be: EarthMonitor is " + value)
        elif name in _NAMES:
            for unit in core.units:
                if name == "WakeVehicles":
                    unit.wake = value
                elif name == "UnlockConnectorOnEVSideDisconnect":
                    unit.keep_cable = not value
                elif name == "OutletIdleMa":
                    unit.idle_ma = value
                else:
                    unit.idle_ms = value * 1000


def _pairs(entries):
    """(connector, text) of members like "1.welded"; what is none is left out."""
    for entry in entries:
        connector, _, text = entry.partition(".")
        if connector.isdigit():
            yield int(connector), text
