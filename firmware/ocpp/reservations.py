"""Reservation: a connector, or any one of them, kept for a card until a moment."""
import json

from firmware.charging.tokens import Reservation
from firmware.support.clock import parse_iso8601

_PREFIX = "reservation."
_STATUS = {"faulted": "Faulted", "unavailable": "Unavailable"}


class Kept(Reservation):
    """A reservation until `expiry`. `connector` 0 is any; `held` is the one it holds now."""

    def __init__(self, id, connector, id_tag, parent, expiry):
        super().__init__(id, id_tag, parent)
        self.connector = connector
        self.expiry = expiry
        self.held = None

    def text(self):
        return json.dumps([self.connector, self.id_tag, self.parent, self.expiry])


class ReservationProfile:
    """Keeps reservations on the shelf, holds connectors for them, and lets them go when their time is over."""

    def __init__(self, central, shelf):
        self._central = central
        self._charger = central.charger
        self._clock = central.clock
        self._shelf = shelf
        self._kept = []
        for name in shelf.names():
            if name.startswith(_PREFIX):
                try:
                    self._kept.append(Kept(int(name[len(_PREFIX):]), *json.loads(shelf.get(name))))
                except (ValueError, TypeError) as error:
                    central.log.error("ocpp", "%s is lost: %s" % (name, error))
        self._charger.observe(self._event)

    def on_ReserveNow(self, payload):
        number = payload["connectorId"]
        expiry = parse_iso8601(payload["expiryDate"])
        now = self._clock.utc_s()
        if now is None or expiry <= now or (number and not self._central.has(number)):
            return {"status": "Rejected"}
        if number == 0 and not self._central.settings.get("ReserveConnectorZeroSupported"):
            return {"status": "Rejected"}
        new = Kept(payload["reservationId"], number, payload["idTag"], payload.get("parentIdTag", ""), expiry)
        old = self._find(new.id)
        if old:
            self._let_go(old)
            self._kept.remove(old)
        status = self._place(new)
        if status == "Accepted":
            self._kept.append(new)
            self._keep(new.id, new.text())
        elif old:
            self._kept.append(old)
            self._hold()
        return {"status": status}

    def on_CancelReservation(self, payload):
        kept = self._find(payload["reservationId"])
        if kept is None:
            return {"status": "Rejected"}
        self._drop(kept)
        return {"status": "Accepted"}

    def step(self):
        """Each second: what has expired goes, what has become free is held."""
        now = self._clock.utc_s()
        for kept in list(self._kept):
            if now is not None and kept.expiry <= now:
                self._central.log.info("ocpp", "reservation %d has expired" % kept.id)
                self._drop(kept)
        self._hold()

    def _place(self, new):
        """The status of ReserveNow, 5.13. Accepted: the connector is held."""
        if new.connector:
            connector = self._charger.connector(new.connector)
            if self._take(connector, new):
                return "Accepted"
            return _STATUS.get(connector.status, "Occupied")
        states = [connector.status for connector in self._charger.connectors]
        promised = sum(1 for kept in self._kept if kept.connector == 0 and kept.held is None)
        if sum(1 for connector in self._charger.connectors if _free(connector)) > promised:
            self._kept.append(new)
            self._hold()
            self._kept.remove(new)
            return "Accepted"
        return _STATUS.get(states[0], "Occupied") if states.count(states[0]) == len(states) else "Occupied"

    def _hold(self):
        """What reserves any connector holds none while there are enough, and the last ones when there are not."""
        for kept in self._kept:
            if kept.connector == 0 and kept.held and not self._is_held(kept):
                kept.held = None
        floating = [kept for kept in self._kept if kept.connector == 0]
        for kept in self._kept:
            if kept.connector and not kept.held:
                self._take(self._charger.connector(kept.connector), kept)
        free = [connector for connector in self._charger.connectors if _free(connector)]
        holding = [kept for kept in floating if kept.held]
        if len(free) > len(floating) - len(holding):
            for kept in holding:  # another has become free: whoever comes may have it
                self._let_go(kept)
            return
        for kept in floating:
            if not kept.held and free:
                self._take(free.pop(), kept)

    def _take(self, connector, kept):
        if connector is None or not _free(connector) or not self._charger.reserve(connector.id, kept):
            return False
        kept.held = connector
        return True

    def _is_held(self, kept):
        return kept.held.reserved is kept

    def _let_go(self, kept):
        if kept.held and self._is_held(kept):
            self._charger.reserve(kept.held.id, None)
        kept.held = None

    def _drop(self, kept):
        self._let_go(kept)
        self._kept.remove(kept)
        self._keep(kept.id, None)

    def _keep(self, number, text):
        try:
            self._shelf.put(_PREFIX + str(number), text)
        except OSError as error:
            self._central.log.warning("ocpp", "reservation %d would not survive: %s" % (number, error))

    def _find(self, number):
        for kept in self._kept:
            if kept.id == number:
                return kept
        return None

    def _event(self, event):
        """5.13: a reservation ends with the transaction of its card."""
        if event.what != "session.started":
            return
        for kept in list(self._kept):
            if kept.held is event.connector or (kept.connector == 0 and kept.allows(event.session)):
                self._drop(kept)


def _free(connector):
    # One that was just given up still has the status "reserved".
    return connector.reserved is None and connector.status in ("available", "reserved")
