"""Reservation where there is one connector: loaded when something is first reserved. Many central systems never do that.

A lone connector whose contactor is closed is occupied, so nothing has to be loaded then. Where there are several, and where a
reservation is kept from before, it is there from the start.
"""
from firmware.support import ondemand


class LateReservations:
    """Answers until something is reserved; `central.serve(profile)` then takes in the one who answers from then on."""

    def __init__(self, central):
        self._central = central
        kept = [name for name in central.shelf.names() if name.startswith("reservation.")]
        if kept or len(central.board.connectors) > 1:
            self._load()

    def on_ReserveNow(self, payload):
        if self._central.charger.connectors[0].session:
            return {"status": "Occupied" if payload["connectorId"] in (0, 1) else "Rejected"}
        try:
            return self._load().on_ReserveNow(payload)
        except ondemand.Busy:               # no session, and yet closed: welded
            return {"status": "Faulted"}

    def on_CancelReservation(self, payload):
        return {"status": "Rejected"}

    def _load(self):
        profile = ondemand.load("firmware.ocpp.reservations").ReservationProfile(self._central, self._central.shelf)
        self._central.serve(profile)
        return profile
