"""What a connector is in OCPP's words, and the telling of it: StatusNotification."""
import asyncio
from collections import namedtuple

from micropython import const

from firmware.charging import session as sessions
from firmware.ocpp.exchange import Unanswered
from firmware.ocpp.frames import CallError
from firmware.support.clock import iso8601

_LOOK_MS = const(200)
_TEXT_LIMIT = const(50)
_CHARGEX = "https://chargex.inl.gov"  # whose minimum required error codes begin with CX
_OWN = "rudved"

# Of the faults that are there the one with the gravest effect is told; with the same effect, the first of the table.
_GRAVITY = ("Faulted", "Unavailable", "SuspendedEVSE", None)
# What the charger as a whole suffers from is told of connector 0 too.
_WHOLE = ("emergency_stop", "door", "tilt", "earth", "temperature", "settings", "reset_loop", "guard")
_WORDS = {
    "available": "Available",
    "preparing": "Preparing",
    sessions.CHARGING: "Charging",
    sessions.SUSPENDED_VEHICLE: "SuspendedEV",
    sessions.SUSPENDED_CHARGER: "SuspendedEVSE",
    "finishing": "Finishing",
    "reserved": "Reserved",
    "unavailable": "Unavailable",
}

# status and code (errorCode) as OCPP 1.6 spells them, info and vendor (vendorErrorCode) "" where there is nothing to say
Said = namedtuple("Said", ("status", "code", "info", "vendor"))


def of(connector):
    """`Said` of one connector of `charging`."""
    rows = connector.unit.faults if connector.unit and connector.unit.book.active else ()
    status = _WORDS.get(connector.status) or _between(connector)
    worst = _worst(rows)
    if worst is not None:
        info = connector.unit.told(worst)
    else:
        info = "" if status in ("Available", "Charging") else connector.why
    return _said(status, info, worst, status in ("Charging", "SuspendedEV", "SuspendedEVSE"))


def of_charger(charger):
    """`Said` of connector 0: Available, Unavailable or Faulted."""
    rows = ()
    for connector in charger.connectors:
        if connector.unit and connector.unit.book.active:
            rows = [row for row in connector.unit.faults if row.name in _WHOLE]
            break
    worst = _worst(rows)
    return _said("Available" if charger.operative(0) else "Unavailable", worst.text if worst else "", worst, False)


def _between(connector):
    """The fault has gone and charging has not yet looked again: Faulted would want an errorCode."""
    if connector.session:
        return "SuspendedEVSE"
    if connector.plugged:
        return "Finishing" if connector.spent else "Preparing"
    return "Available"


def _worst(rows):
    worst = None
    for row in rows:
        if worst is None or _GRAVITY.index(row.status) < _GRAVITY.index(worst.status):
            worst = row
    return worst


def _said(status, info, worst, under_way):
    if worst is None:
        return Said(status, "NoError", info[:_TEXT_LIMIT], "")
    # 4.9: a connector where nobody charges, or nobody charges yet, is not suspended by what would suspend a session.
    if worst.status and (worst.status != "SuspendedEVSE" or under_way):
        status = worst.status
    return Said(status, worst.code, info[:_TEXT_LIMIT], worst.vendor)


class _Telling:
    """One connector: what was told last, and what is true since when."""

    def __init__(self):
        self.told = None
        self.seen = None
        self.since_ms = 0
        self.asked = False


class StatusReporter:
    """Tells connectors 0..N: all after registration, later what has changed and lasted for MinimumStatusDuration."""

    def __init__(self, central):
        self._central = central
        self._clock = central.clock
        self._connectors = [None] + list(central.charger.connectors)
        self._tellings = [_Telling() for _ in self._connectors]
        self._look = asyncio.Event()
        self._conflict = False

    def conflict(self):
        """A card's status contradicts the local list: connector 0 says so once (3.5.3), so that the list is sent anew."""
        self._conflict = True
        self._look.set()

    def look(self):
        """Something may have changed."""
        self._look.set()

    def again(self, connector=None):
        """Tell that connector anew, or all."""
        for i, telling in enumerate(self._tellings):
            if connector is None or connector == i:
                telling.asked = True
        self._look.set()

    async def run(self):
        """For ever: tell what has lasted long enough."""
        while True:
            for i, telling in enumerate(self._tellings):
                said = self._see(i, telling)
                if self._due(telling, said):
                    await self._tell(i, telling, said)
            try:
                await asyncio.wait_for_ms(self._look.wait(), _LOOK_MS)
            except asyncio.TimeoutError:
                pass
            self._look.clear()

    def _see(self, i, telling):
        said = of_charger(self._central.charger) if i == 0 else of(self._connectors[i])
        if i == 0 and self._conflict and said.code == "NoError":
            said = Said(said.status, "LocalListConflict", said.info, "")
        if telling.seen is None or _differ(said, telling.seen):
            telling.since_ms = self._clock.ticks_ms()
        telling.seen = said
        return said

    def _due(self, telling, said):
        if telling.asked:
            return self._central.may_answer()
        if not self._central.ready.is_set():
            return False
        if telling.told is None:
            return True
        if not _differ(said, telling.told):
            return False
        lasted_ms = self._clock.since(telling.since_ms)
        return lasted_ms >= self._central.settings.get("MinimumStatusDuration") * 1000

    async def _tell(self, i, telling, said):
        payload = {"connectorId": i, "errorCode": said.code, "status": said.status}
        utc_s = self._clock.utc_s()
        if utc_s is not None:
            payload["timestamp"] = iso8601(utc_s - max(0, self._clock.since(telling.since_ms)) // 1000)
        if said.info:
            payload["info"] = said.info
        if said.vendor:
            payload["vendorId"] = _CHARGEX if said.vendor.startswith("CX") else _OWN
            payload["vendorErrorCode"] = said.vendor[:_TEXT_LIMIT]
        try:
            await self._central.call("StatusNotification", payload)
        except Unanswered:
            return  # not told: again when there is somebody to tell
        except CallError as error:
            self._central.log.warning("ocpp", "StatusNotification refused: " + error.code)
        telling.told = said
        telling.asked = False
        if said.code == "LocalListConflict":
            self._conflict = False


def _differ(a, b):
    return a.status != b.status or a.code != b.code or a.vendor != b.vendor
