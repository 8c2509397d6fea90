"""One charging profile of OCPP 1.6: what it limits at a moment, and when that changes next.

Limits are whole tenths of the profile's unit (ampere per phase, or watt), times are UTC seconds. A moment is judged with
`began`: when the session began it belongs to, which Relative schedules and those without a start are counted from.
"""
import json
import struct

from firmware.support.clock import parse_iso8601

CHARGE_POINT_MAX, TX_DEFAULT, TX = "ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"
_DAY_S = 86400
_PERIOD = "<IIB"
_PERIOD_SIZE = struct.calcsize(_PERIOD)


class ProfileError(ValueError):
    """A profile that passes the schema and makes no sense; the text says why."""


class Profile:
    """connector (0: the charge point), id, transaction (None: whichever runs), stack, purpose, kind, every (seconds, of a Recurring one),
    valid_from, valid_to, start, duration (None where there is none), unit ("A" or "W"), least (minChargingRate, tenths).
    """

    def __init__(self, connector, payload, max_periods):
        """From a csChargingProfiles or chargingProfile that has passed the schema; ProfileError. Empty for `from_text`."""
        if payload is None:
            return
        schedule = payload["chargingSchedule"]
        self.connector = connector
        self.id = payload["chargingProfileId"]
        self.transaction = payload.get("transactionId")
        self.stack = payload["stackLevel"]
        self.purpose = payload["chargingProfilePurpose"]
        self.kind = payload["chargingProfileKind"]
        self.every = {None: None, "Daily": _DAY_S, "Weekly": 7 * _DAY_S}[payload.get("recurrencyKind")]
        self.valid_from = _time(payload, "validFrom")
        self.valid_to = _time(payload, "validTo")
        self.start = _time(schedule, "startSchedule")
        self.duration = schedule.get("duration")
        self.unit = schedule["chargingRateUnit"]
        self.least = _tenths(schedule.get("minChargingRate", 0))
        self._periods = _pack(schedule["chargingSchedulePeriod"], max_periods)
        self._check()

    def _check(self):
        if self.kind == "Recurring" and (self.every is None or self.start is None):
            raise ProfileError("a Recurring profile needs recurrencyKind and startSchedule")
        if self.kind == "Relative" and self.purpose == CHARGE_POINT_MAX:
            raise ProfileError("the charge point's maximum cannot be relative to a transaction")
        if self.valid_from is not None and self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ProfileError("validTo is not after validFrom")
        if self.duration is not None and self.duration < 0:
            raise ProfileError("the duration is negative")
        if self.stack < 0:
            raise ProfileError("the stackLevel is negative")
        if self.kind == "Relative":
            self.start = None
        if self.kind != "Recurring":
            self.every = None

    def limit(self, at, began):
        """(tenths, numberPhases or 0) at that moment, None where the profile says nothing."""
        since = self._since(at, began)
        if since is None:
            return None
        periods = self._periods
        found = None
        for offset in range(0, len(periods), _PERIOD_SIZE):
            start, tenths, phases = struct.unpack_from(_PERIOD, periods, offset)
            if start > since:
                break
            found = tenths, phases
        return found

    def least_limit(self):
        """The smallest of all limits, for when nobody knows the time."""
        periods = self._periods
        return min(struct.unpack_from(_PERIOD, periods, offset)[1] for offset in range(0, len(periods), _PERIOD_SIZE))

    def change(self, at, began):
        """The first moment after `at` when what `limit` says may be another; None when there is none."""
        origin = self._origin(at, began)
        best = None
        for edge in (self.valid_from, self.valid_to, self.start):
            best = _sooner(best, edge, at)
        if origin is None:
            return best
        if self.every:
            best = _sooner(best, origin + self.every, at)
        if self.duration is not None:
            best = _sooner(best, origin + self.duration, at)
        periods = self._periods
        for offset in range(0, len(periods), _PERIOD_SIZE):
            best = _sooner(best, origin + struct.unpack_from(_PERIOD, periods, offset)[0], at)
        return best

    def over(self, at):
        """True when it will never say anything again."""
        return self.valid_to is not None and self.valid_to <= at

    def _origin(self, at, began):
        """When the schedule that counts at this moment began, None before it."""
        start = self.start if self.start is not None else began
        if start is None or at < start:
            return None
        return start + (at - start) // self.every * self.every if self.every else start

    def _since(self, at, began):
        if (self.valid_from is not None and at < self.valid_from) or (self.valid_to is not None and at >= self.valid_to):
            return None
        origin = self._origin(at, began)
        if origin is None or (self.duration is not None and at - origin >= self.duration):
            return None
        return at - origin

    # Kept as text

    def text(self):
        """Short JSON that `from_text` reads."""
        periods = [struct.unpack_from(_PERIOD, self._periods, i) for i in range(0, len(self._periods), _PERIOD_SIZE)]
        return json.dumps([getattr(self, name) for name in _KEPT] + [list(one) for one in periods], separators=(",", ":"))


_KEPT = ("connector", "id", "transaction", "stack", "purpose", "kind", "every", "valid_from", "valid_to", "start", "duration",
         "unit", "least")


def from_text(text):
    """The `Profile` of a text written by `text`; ValueError for anything else."""
    values = json.loads(text)
    if not isinstance(values, list) or len(values) <= len(_KEPT):
        raise ValueError("not a profile")
    profile = Profile(0, None, 0)
    for name, value in zip(_KEPT, values):
        setattr(profile, name, value)
    profile._periods = b"".join([struct.pack(_PERIOD, *one) for one in values[len(_KEPT):]])
    return profile


def _pack(periods, most):
    if not periods:
        raise ProfileError("a schedule needs a period")
    if len(periods) > most:
        raise ProfileError("%d periods; at most %d" % (len(periods), most))
    packed = b""
    before = -1
    for period in periods:
        start, phases = period["startPeriod"], period.get("numberPhases", 0)
        if start <= before or (before < 0 and start != 0) or start > 0x7FFFFFFF:
            raise ProfileError("periods begin at 0 and follow one another")
        if not 0 <= phases <= 3 or not 0 <= period["limit"] <= 1000000:
            raise ProfileError("a limit or a number of phases makes no sense")
        packed += struct.pack(_PERIOD, start, _tenths(period["limit"]), phases)
        before = start
    return packed


def _tenths(number):
    return int(number * 10 + 0.5)


def _time(payload, name):
    return parse_iso8601(payload[name]) if name in payload else None


def _sooner(best, moment, at):
    if moment is None or moment <= at:
        return best
    return moment if best is None or moment < best else best
