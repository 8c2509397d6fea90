"""GetConfiguration and ChangeConfiguration: the settings' table as a central system sees it."""
from firmware.storage.values import SettingError

_VALUE_LIMIT = 500  # OCPP 1.6 7.29 KeyValue


class Configuration:
    """Keys are found whatever their case (CiString50Type) and shown as the table writes them.

    `access` changes the keys that may lock the charger out.
    """

    def __init__(self, settings, access=None):
        self._access = access
        self._settings = settings

    def read(self, wanted):
        """(configurationKey, unknownKey) for a list of names; all keys for an empty one."""
        known, unknown = [], []
        for name in wanted or self._visible():
            key = self._find(name)
            if key is None:
                if name not in unknown:
                    unknown.append(name)
            else:
                entry = self._entry(key)
                if entry not in known:
                    known.append(entry)
        return known, unknown

    def change(self, name, value):
        """The status of ChangeConfiguration."""
        key = self._find(name)
        if key is None:
            return "NotSupported"
        if key.access == "R" or key.local:
            return "Rejected"
        if self._access and key.name in self._access.WAYS:
            return self._access.change(key.name, value)
        try:
            self._settings.set(key.name, value)
        except (SettingError, OSError):
            return "Rejected"
        return "RebootRequired" if key.reboot else "Accepted"

    def keep(self, name, value):
        """Set one of the keys from inside, whatever its access; a value it cannot take is left."""
        try:
            self._settings.set(name, value, True)
        except (SettingError, OSError):
            pass

    def _visible(self):
        return [name for name in self._settings.names() if self._settings.key(name).ocpp]

    def _find(self, name):
        wanted = name.lower()
        for one in self._settings.names():
            if one.lower() == wanted:
                key = self._settings.key(one)
                return key if key.ocpp else None
        return None

    def _entry(self, key):
        entry = {"key": key.name, "readonly": key.access == "R" or key.local}
        if key.access != "W" and not key.secret:  # what may only be written is shown without its value
            entry["value"] = self._settings.text(key.name)[:_VALUE_LIMIT]
        return entry
