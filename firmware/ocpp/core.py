"""What a central system may ask in the Core profile. A method answers one CALL whose payload has been checked."""
from firmware.ocpp.frames import CallError

_AVAILABILITY = {"accepted": "Accepted", "scheduled": "Scheduled", "rejected": "Rejected"}
_UNLOCK = {"unlocked": "Unlocked", "failed": "UnlockFailed", "unsupported": "NotSupported"}


class CoreProfile:
    """Answers the Core profile's CALLs, each by `on_ACTION(payload)`: a payload that was checked in, the answer's payload out."""

    def __init__(self, central):
        self._central = central
        self._charger = central.charger

    def on_GetConfiguration(self, payload):
        wanted = payload.get("key", ())
        limit = self._central.settings.get("GetConfigurationMaxKeys")
        if len(wanted) > limit:
            raise CallError("OccurenceConstraintViolation", "key has %d members; at most %d" % (len(wanted), limit))
        known, unknown = self._central.configuration.read(wanted)
        answer = {"configurationKey": known}
        if unknown:
            answer["unknownKey"] = unknown
        return answer

    def on_ChangeConfiguration(self, payload):
        return {"status": self._central.configuration.change(payload["key"], payload["value"])}

    def on_RemoteStartTransaction(self, payload):
        connector = payload.get("connectorId")
        if not self._central.accepted or (connector is not None and not self._central.has(connector)):
            return {"status": "Rejected"}  # 4.2: not while Pending; 5.11: never on connector 0
        profile = payload.get("chargingProfile")
        if profile and not self._central.smart.remote(payload["idTag"], profile):
            return {"status": "Rejected"}
        return _accepted(self._charger.remote_start(payload["idTag"], connector))

    def on_RemoteStopTransaction(self, payload):
        session = self._central.transactions.session_of(payload["transactionId"])
        if not self._central.accepted or session is None:
            return {"status": "Rejected"}
        return _accepted(self._charger.remote_stop(session))

    def on_Reset(self, payload):
        cause = payload["type"].lower()
        return {"status": "Accepted"}, lambda: self._central.reset(cause)

    def on_ChangeAvailability(self, payload):
        connector = payload["connectorId"]
        done = self._charger.set_availability(connector, payload["type"] == "Operative")
        return {"status": _AVAILABILITY[done]}

    async def on_UnlockConnector(self, payload):
        return {"status": _UNLOCK[await self._charger.unlock(payload["connectorId"])]}

    def on_ClearCache(self, payload):
        cache = self._charger.authorisation.cache
        if cache is None or not self._central.settings.get("AuthorizationCacheEnabled"):
            return {"status": "Rejected"}
        cache.clear()
        return {"status": "Accepted"}

    def on_DataTransfer(self, payload):
        return {"status": "UnknownVendorId"}


def _accepted(yes):
    return {"status": "Accepted" if yes else "Rejected"}
