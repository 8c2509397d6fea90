"""LocalAuthListManagement, and the authorisation cache: what the charger itself knows of cards."""
from micropython import const

from firmware.ocpp.cardfile import CardFile
from firmware.support.clock import parse_iso8601

_FLUSH_S = const(5)
_CACHE_MOST = const(200)
_CACHE_WAITING = const(16)  # cards in RAM while no file may be written


class AuthCache:
    """The cache as `charging.authorisation` wants it: `find` and `learn`."""

    def __init__(self, path, clock):
        self._file = CardFile(path, _CACHE_MOST)
        self._clock = clock
        self.damage = self._file.damage
        self.find = self._file.find
        self.entries = self._file.entries
        self.flush = self._file.flush

    def learn(self, id_tag, info):
        """Remember what the central system said of a card, if that is new."""
        if self._file.find(id_tag) == {"status": info["status"], "parent": info["parent"] or "", "expiry": info["expiry"]}:
            return
        if self._file.waiting < _CACHE_WAITING:
            try:
                self._file.change([(id_tag, info)], 0, False, self._clock.utc_s(), True)
            except ValueError:
                pass  # no card of ours: it is asked for again

    def clear(self):
        """Forget every card."""
        self._file.change([], 0, True, 0)


class LocalAuthProfile:
    """Keeps the local list and the cache in files below `folder`, and answers what is asked about them."""

    def __init__(self, central, folder):
        self._central = central
        self._settings = central.settings
        self._due_s = 0
        self.list = CardFile(folder + "/cards.list", central.settings.get("LocalAuthListMaxLength"))
        self.cache = AuthCache(folder + "/cards.cache", central.clock)
        for damage in (self.list.damage, self.cache.damage):
            if damage:
                central.log.error("ocpp", damage)
        central.charger.authorisation.local_list = self.list
        central.charger.authorisation.cache = self.cache

    def on_GetLocalListVersion(self, payload):
        if not self._settings.get("LocalAuthListEnabled"):
            return {"listVersion": -1}
        return {"listVersion": self._version()}

    def on_SendLocalList(self, payload):
        if not self._settings.get("LocalAuthListEnabled"):
            return {"status": "NotSupported"}
        version, full = payload["listVersion"], payload["updateType"] == "Full"
        entries = payload.get("localAuthorizationList", ())
        if not full and version <= self._version():
            return {"status": "VersionMismatch"}
        try:
            self._take(version, full, entries)
            if self._central.may_write():
                self.list.flush()
        except (ValueError, OSError) as error:
            self._central.log.warning("ocpp", "local list refused: %s" % error)
            return {"status": "Failed"}
        return {"status": "Accepted"}

    def _version(self):
        """0 is the version of every empty list (5.10), whatever it was emptied by."""
        return self.list.version if self.list.count else 0

    def _take(self, version, full, entries):
        """ValueError: nothing changed."""
        if version <= 0:
            raise ValueError("listVersion %d" % version)
        if len(entries) > self._settings.get("SendLocalListMaxLength"):
            raise ValueError("%d cards in one message" % len(entries))
        cards = []
        seen = set()
        for entry in entries:
            key = entry["idTag"].upper()
            info = entry.get("idTagInfo")
            if key in seen or (full and info is None):
                raise ValueError("%s twice, or without idTagInfo" % key)
            seen.add(key)
            cards.append((key, info and _known(info)))
        self.list.change(cards, version, full, self._central.clock.utc_s())

    def step(self):
        """Bring what waits into the files once they may be written."""
        now_s = self._central.clock.up_s()
        if now_s >= self._due_s and self._central.may_write():
            self._due_s = now_s + _FLUSH_S
            try:
                self.list.flush()
                self.cache.flush()
            except OSError as error:
                self._central.log.error("ocpp", "cards not written: %s" % error)


def _known(info):
    expiry = info.get("expiryDate")
    return {"status": info["status"], "parent": info.get("parentIdTag"), "expiry": parse_iso8601(expiry) if expiry else None}
