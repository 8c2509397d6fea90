"""May this card charge? The local list, the cache, the central system, and what holds when it cannot be asked."""


class Verdict:
    """accepted, how (a key of reasons.BEGAN, "" when refused), status ("Accepted", "Blocked", "Expired", "Invalid",
    "ConcurrentTx", or "Offline": nobody could be asked), parent (group of the card, "" none).
    """

    def __init__(self, accepted, how, status, parent=""):
        self.accepted = accepted
        self.how = how if accepted else ""
        self.status = status
        self.parent = parent or ""


class Authorisation:
    """`authority` is None or an object with `async authorise(id_tag) -> {"status", "parent", "expiry"} or None (offline)`.

    `local_list` and `cache` are None or objects with `find(id_tag) -> the same dict or None`; both have
    `entries()`, (id_tag, the same dict) of all; the cache also has `learn(id_tag, info)`.
    """

    OWN = {"status": "Accepted", "parent": "", "expiry": None}

    def __init__(self, settings, clock):
        self.authority = None
        self.local_list = None
        self.cache = None
        self._settings = settings
        self._clock = clock

    async def authorise(self, id_tag):
        """The `Verdict` on a card. Waits for the central system where it must be asked."""
        how, info = self.known(id_tag)
        if info and info["status"] == "Accepted" and self._settings.get("LocalPreAuthorize"):
            return Verdict(True, how, "Accepted", info["parent"])
        told = await self.authority.authorise(id_tag) if self.authority else None
        if told is not None:
            self.learn(id_tag, told)
            accepted = told["status"] == "Accepted"
            return Verdict(accepted, "server", told["status"], told["parent"])
        return self.offline(how, info)

    def offline(self, how, info):
        """The verdict when nobody can be asked; `how` and `info` as `known` found them."""
        if info is not None:
            accepted = info["status"] == "Accepted" and self._settings.get("LocalAuthorizeOffline")
            status = info["status"] if accepted or info["status"] != "Accepted" else "Offline"
            return Verdict(accepted, how, status, info["parent"])
        return Verdict(self._settings.get("AllowOfflineTxForUnknownId"), "offline_unknown", "Offline")

    def known(self, id_tag):
        """("list", "cache" or "own", info) where the charger itself knows the card, ("", None) where not. The list rules, and
        what the central system said of a card is worth more than the charger's own list of them (setting KnownCards)."""
        for how, key, source in (("list", "LocalAuthListEnabled", self.local_list),
                                 ("cache", "AuthorizationCacheEnabled", self.cache)):
            if source and self._settings.get(key):
                info = source.find(id_tag)
                if info:
                    return how, self._expired(info)
        if id_tag.upper() in self._settings.get("KnownCards"):
            return "own", self.OWN
        return "", None

    def learn(self, id_tag, info):
        """What the central system says of a card, in any answer."""
        if self.cache and self._settings.get("AuthorizationCacheEnabled"):
            self.cache.learn(id_tag, info)

    def _expired(self, info):
        now = self._clock.utc_s()
        if info["expiry"] is not None and now is not None and now >= info["expiry"]:
            return {"status": "Expired", "parent": info["parent"], "expiry": info["expiry"]}
        return info


def same_group(parent, other):
    """Two cards belong together when both have a parent and it is the same."""
    return bool(parent) and same_text(parent, other)


def same_text(one, other):
    """idTags and groups are the same whatever their case (OCPP 1.6 CiString20Type)."""
    return one.upper() == other.upper()
