"""SmartCharging: profiles kept, put together each second, and set as the limit "profile" of their connectors."""
from micropython import const

from firmware.ocpp import composite
from firmware.ocpp.frames import CallError, Tenths
from firmware.ocpp.profile import CHARGE_POINT_MAX, TX, Profile, ProfileError, from_text
from firmware.support.clock import iso8601

_LONGEST_S = const(31622400)  # of a composite schedule: a year
_PREFIX = "profile."


class SmartChargingProfile:
    """`shelf` keeps profiles over power cuts. Rules are OCPP 1.6 3.13, 5.5, 5.7 and 5.16."""

    def __init__(self, central, shelf):
        self._central = central
        self._charger = central.charger
        self._clock = central.clock
        self._settings = central.settings
        self._shelf = shelf
        self._profiles = []
        self._waiting = {}
        self._begun = False
        for name in shelf.names():
            if name.startswith(_PREFIX):
                try:
                    self._profiles.append(from_text(shelf.get(name)))
                except (ValueError, TypeError) as error:
                    central.log.error("ocpp", "%s is lost: %s" % (name, error))
        self._charger.observe(self._event)

    # What a central system may ask

    def on_SetChargingProfile(self, payload):
        connector = payload["connectorId"]
        try:
            profile = self._accepted(connector, payload["csChargingProfiles"])
            if profile.purpose == TX:
                self._bind(profile)
            self._install(profile)
        except (ProfileError, OSError) as error:
            self._central.log.info("ocpp", "profile rejected: %s" % error)
            return {"status": "Rejected"}
        self.apply()
        return {"status": "Accepted"}

    def on_ClearChargingProfile(self, payload):
        gone = [profile for profile in self._profiles if _matches(profile, payload)]
        for profile in gone:
            self._remove(profile)
        self.apply()
        return {"status": "Accepted" if gone else "Unknown"}

    async def on_GetCompositeSchedule(self, payload):
        number, duration = payload["connectorId"], payload["duration"]
        unit = payload.get("chargingRateUnit", "A")
        now = self._clock.utc_s()
        if duration < 0:
            raise CallError("PropertyConstraintViolation", "duration is negative")
        if (number and not self._central.has(number)) or now is None:
            return {"status": "Rejected"}
        duration = min(duration, _LONGEST_S)
        connectors = [one for one in self._charger.connectors if number in (0, one.id)]
        began = {one.id: self._began(one) or now for one in connectors}
        profiles = [profile for profile in self._profiles if not profile.over(now)]

        def limit_of(at):
            limits = [self._limit(one, profiles, at, began[one.id]) for one in connectors]
            return limits[0] if number or len(limits) == 1 else self._total(limits, profiles, at)

        most = self._settings.get("ChargingScheduleMaxPeriods")
        periods, duration = await composite.schedule(limit_of, profiles, now, duration, min(began.values()), unit, most)
        return {
            "status": "Accepted",
            "connectorId": number,
            "scheduleStart": iso8601(now),
            "chargingSchedule": {
                "duration": duration,
                "startSchedule": iso8601(now),
                "chargingRateUnit": unit,
                "chargingSchedulePeriod": [_period(*one) for one in periods],
            },
        }

    # RemoteStartTransaction may bring a profile along

    def remote(self, id_tag, payload):
        """Take the profile of a remote start: it is the TxProfile of the session that begins. False: it cannot be."""
        try:
            profile = self._accepted(1, payload)
            if profile.purpose != TX or profile.transaction is not None:
                raise ProfileError("a remote start brings a TxProfile without a transactionId")
        except ProfileError as error:
            self._central.log.info("ocpp", "profile rejected: %s" % error)
            return False
        self._waiting[id_tag] = profile
        return True

    def _event(self, event):
        if event.what == "session.started":
            profile = self._waiting.pop(event.session.id_tag, None)
            if profile:
                profile.connector = event.connector.id
                self._install(profile)
            self.apply()
        elif event.what == "session.ended":
            self._forget_session(event.connector.id)
        elif event.what == "card.expired":
            self._waiting.pop(event.reason, None)

    # Keeping

    def _accepted(self, connector, payload):
        """A `Profile` that may stand on that connector; ProfileError."""
        get = self._settings.get
        profile = Profile(connector, payload, get("ChargingScheduleMaxPeriods"))
        if profile.stack > get("ChargeProfileMaxStackLevel"):
            raise ProfileError("stackLevel %d; at most %d" % (profile.stack, get("ChargeProfileMaxStackLevel")))
        if connector and not self._central.has(connector):
            raise ProfileError("no connector %d" % connector)
        if profile.purpose == CHARGE_POINT_MAX and connector:
            raise ProfileError("the charge point's maximum belongs on connector 0")
        if {"A": "Current", "W": "Power"}[profile.unit] not in get("ChargingScheduleAllowedChargingRateUnit"):
            raise ProfileError("unit %s is not supported" % profile.unit)
        if profile.purpose == CHARGE_POINT_MAX and profile.start is None:
            profile.start = self._clock.utc_s() or 0  # there is no session that it could count from
        return profile

    def _bind(self, profile):
        """3.13.1: a TxProfile is only for the transaction that runs on its connector."""
        connector = self._charger.connector(profile.connector)
        if connector is None or connector.session is None:
            raise ProfileError("no transaction runs on connector %d" % profile.connector)
        running = self._central.transactions.transaction_of(connector.session.id)
        if profile.transaction is not None and profile.transaction != running:
            raise ProfileError("transaction %d does not run on connector %d" % (profile.transaction, profile.connector))

    def _install(self, profile):
        for other in list(self._profiles):
            if other.id == profile.id or (other.purpose == profile.purpose and other.stack == profile.stack
                                          and other.connector == profile.connector):
                self._remove(other, other.id != profile.id)
        if len(self._profiles) >= self._settings.get("MaxChargingProfilesInstalled"):
            raise ProfileError("no room for another profile")
        self._shelf.put(_PREFIX + str(profile.id), profile.text())
        self._profiles.append(profile)

    def _remove(self, profile, forget=True):
        self._profiles.remove(profile)
        if forget:
            try:
                self._shelf.put(_PREFIX + str(profile.id), None)
            except OSError as error:
                self._central.log.error("ocpp", "profile %d may come back: %s" % (profile.id, error))

    def _forget_session(self, connector):
        for profile in list(self._profiles):
            if profile.purpose == TX and profile.connector == connector:
                self._remove(profile)

    # Taking effect

    def step(self):
        """Apply what changes with time, and clean up."""
        if not self._begun:
            self._begun = True
            for connector in self._charger.connectors:
                if connector.session is None and connector.found is None:
                    self._forget_session(connector.id)
        self.apply()
        now = self._clock.utc_s()
        for profile in list(self._profiles):
            if now is not None and profile.over(now):
                self._remove(profile)

    def apply(self):
        """Set the limits as they are now."""
        now = self._clock.utc_s()
        running = [connector for connector in self._charger.connectors if connector.session]
        for connector in self._charger.connectors:
            if not self._profiles:
                connector.limits.set("profile", None)
            elif now is None:
                connector.limits.set("profile", self._timeless(connector))
            else:
                connector.limits.set("profile", self._share(connector, now, running))

    def _share(self, connector, now, running):
        """Milliamperes of one connector: its own limit, and its share of the charge point's maximum."""
        began = self._began(connector) or now
        own = self._limit(connector, self._profiles, now, began)
        ma = own.ma
        if len(running) > 1 and connector in running:
            whole = composite.stacked(self._profiles, CHARGE_POINT_MAX, 0, None, now, None)
            if whole:
                limit = composite.Limit(whole[1][0], whole[0].unit, 0, connector.spec.phases)
                ma = min(ma, limit.ma // len(running))
        return ma if ma >= own.floor_ma else 0

    def _timeless(self, connector):
        """Nobody knows the time: of the charge point's maximum the least of all its limits counts, the others wait."""
        ma = None
        for profile in self._profiles:
            if profile.purpose == CHARGE_POINT_MAX:
                one = composite.Limit(profile.least_limit(), profile.unit, 0, connector.spec.phases).ma
                ma = one if ma is None else min(ma, one)
        return ma

    def _limit(self, connector, profiles, at, began):
        session = connector.session
        transaction = self._central.transactions.transaction_of(session.id) if session else None
        rating = min(connector.spec.rating_ma, self._settings.get("MaxCurrentA") * 1000)
        return composite.limit_at(profiles, connector.spec, transaction, at, began, session is not None, rating)

    def _total(self, limits, profiles, at):
        """Of the whole charge point: what its connectors may take together, and never more than its maximum."""
        spec = self._charger.connectors[0].spec
        board = self._central.board
        ma = min(sum(limit.ma for limit in limits), board.rating_ma)
        total = composite.Limit(ma // 100, "A", 0, board.phases)
        whole = composite.stacked(profiles, CHARGE_POINT_MAX, 0, None, at, None)
        if whole:
            limit = composite.Limit(whole[1][0], whole[0].unit, whole[1][1], spec.phases)
            if limit.ma < total.ma:
                return limit
        return total

    def _began(self, connector):
        """UTC seconds when the session on that connector began; None without one."""
        if connector.session is None:
            return None
        boot, up_s, utc_s = connector.session.began
        return utc_s or self._central.journal.utc_at(boot, up_s)


def _period(start, tenths, phases):
    limit = Tenths(tenths) if tenths % 10 else tenths // 10
    period = {"startPeriod": start, "limit": limit}
    if phases:
        period["numberPhases"] = phases
    return period


def _matches(profile, wanted):
    """5.4: an id alone decides; without one all the other fields that are there must fit."""
    if "id" in wanted:
        return profile.id == wanted["id"]
    for field, value in (("connectorId", profile.connector), ("chargingProfilePurpose", profile.purpose),
                         ("stackLevel", profile.stack)):
        if field in wanted and wanted[field] != value:
            return False
    return True
