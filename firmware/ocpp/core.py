"""What a central system may ask in the Core profile. A method answers one CALL whose payload has been checked."""
from firmware.ocpp.frames import CallError

_VENDOR_LIMIT = 255


class CoreProfile:
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
        if connector and not self._central.has(connector):
            return {"status": "Rejected"}
        return {"status": self._charger.set_availability(connector, payload["type"] == "Operative")}

    async def on_UnlockConnector(self, payload):
        connector = payload["connectorId"]
        if not self._central.has(connector):
            return {"status": "NotSupported"}
        return {"status": await self._charger.unlock(connector)}

    def on_ClearCache(self, payload):
        # 4.4: a charger without a cache says Rejected.
        return _accepted(self._charger.authorisation.clear_cache())

    def on_DataTransfer(self, payload):
        return {"status": "UnknownVendorId"}


def _accepted(yes):
    return {"status": "Accepted" if yes else "Rejected"}
