"""RemoteTrigger: the central system asks for a message."""
import asyncio

from firmware.ocpp import metervalues


class TriggerProfile:
    """Answers TriggerMessage and its like of the security whitepaper; the message asked for is sent behind the answer."""

    def __init__(self, central):
        self._central = central

    def on_TriggerMessage(self, payload):
        central = self._central
        wanted = payload["requestedMessage"]
        connector = payload.get("connectorId")
        if connector is not None and connector != 0 and not central.has(connector):
            return {"status": "Rejected"}
        if wanted == "BootNotification":
            return {"status": "Accepted"}, central.registration.boot_soon
        if wanted == "Heartbeat":
            return {"status": "Accepted"}, central.registration.beat_soon
        if wanted == "StatusNotification":
            return {"status": "Accepted"}, lambda: central.statuses.again(connector)
        if wanted == "MeterValues":
            return {"status": "Accepted"}, lambda: asyncio.create_task(self._meter_values(connector))
        if wanted == "DiagnosticsStatusNotification":
            return {"status": "Accepted"}, lambda: asyncio.create_task(central.uploads.tell_diagnostics())
        return {"status": "Accepted"}, lambda: asyncio.create_task(central.maintenance.tell_again(False))

    def on_ExtendedTriggerMessage(self, payload):
        central, wanted = self._central, payload["requestedMessage"]
        if wanted == "LogStatusNotification":
            return {"status": "Accepted"}, lambda: asyncio.create_task(central.uploads.tell_log())
        if wanted == "FirmwareStatusNotification":
            return {"status": "Accepted"}, lambda: asyncio.create_task(central.maintenance.tell_again(True))
        if wanted == "SignChargePointCertificate":
            return {"status": "Accepted"}, central.certificates.sign_soon
        return self.on_TriggerMessage(payload)

    async def _meter_values(self, wanted):
        for connector in self._central.charger.connectors:
            if not wanted or connector.id == wanted:
                await self._central.sampler.send(connector, metervalues.TRIGGERED, "MeterValuesSampledData")
