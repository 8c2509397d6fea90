"""OCPP-J 1.6 frames: taken apart, and held against the official JSON schemas.

The schemas are those of the Open Charge Alliance as the `ocpp` package carries them. The draft they are written in
leaves "format": "date-time" to the reader, so that is checked here as well.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend
from ocpp.messages import get_validator

CALL, RESULT, ERROR = 2, 3, 4
MAX_ID_LENGTH = 36  # OCPP-J 1.6, 4.1.4: to hold a GUID


def _words(text):
    return frozenset(text.split())


FROM_CHARGE_POINT = _words(
    """Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat
    MeterValues StartTransaction StatusNotification StopTransaction
    LogStatusNotification SecurityEventNotification SignCertificate SignedFirmwareStatusNotification"""
)
FROM_CENTRAL_SYSTEM = _words(
    """CancelReservation ChangeAvailability ChangeConfiguration ClearCache ClearChargingProfile DataTransfer
    GetCompositeSchedule GetConfiguration GetDiagnostics GetLocalListVersion RemoteStartTransaction
    RemoteStopTransaction ReserveNow Reset SendLocalList SetChargingProfile TriggerMessage UnlockConnector
    UpdateFirmware CertificateSigned DeleteCertificate ExtendedTriggerMessage GetInstalledCertificateIds GetLog
    InstallCertificate SignedUpdateFirmware"""
)

# OCPP-J 1.6, 4.2.3, with the two spellings the errata sheet keeps.
ERROR_CODES = _words(
    """NotImplemented NotSupported InternalError ProtocolError SecurityError FormationViolation
    PropertyConstraintViolation OccurenceConstraintViolation TypeConstraintViolation GenericError"""
)

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class BadFrame(ValueError):
    """A frame that breaks OCPP-J or the schema of its action. `code` is the CALLERROR code that answers it;
    `unique_id` is the message id where one could be read."""

    def __init__(self, reason, code="FormationViolation", unique_id=None):
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.unique_id = unique_id


@dataclass
class Frame:
    """One frame taken apart. `action` of an answer is empty until the caller pairs it with its CALL."""

    kind: int
    unique_id: str
    action: str = ""
    payload: dict = field(default_factory=dict)
    error_code: str = ""
    error_text: str = ""

    @property
    def name(self):
        """A reader's name for it: `BootNotification`, `BootNotification.conf`, `BootNotification error`."""
        return {CALL: self.action, RESULT: f"{self.action}.conf", ERROR: f"{self.action} error"}[self.kind]


def moment(text):
    """A date-time of a frame as an aware datetime. ValueError names the text that is none."""
    if not isinstance(text, str) or not _DATE_TIME.fullmatch(text):
        raise ValueError(f"{text!r} is not an RFC 3339 date-time")
    return datetime.fromisoformat(text).astimezone(UTC)


def stamp(when):
    """A datetime as OCPP writes it, to the millisecond."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def parse(text):
    """Take one text frame apart; raises BadFrame. The payload is not yet held against a schema: see `validate`."""
    if not isinstance(text, str):
        raise BadFrame("a binary frame; OCPP-J is text")
    try:
        message = json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_duplicate_names
        )
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"not JSON: {error}") from None
    if not isinstance(message, list) or not message:
        raise BadFrame("not a JSON array")
    kind, *rest = message
    lengths = {CALL: 4, RESULT: 3, ERROR: 5}
    if isinstance(kind, bool) or kind not in lengths:
        raise BadFrame(f"message type {kind!r}; known are 2, 3 and 4", "PropertyConstraintViolation")
    unique_id = rest[0] if rest else None
    if not isinstance(unique_id, str) or not 0 < len(unique_id) <= MAX_ID_LENGTH:
        raise BadFrame(f"message id {unique_id!r}; wanted a string of 1 to {MAX_ID_LENGTH} characters")
    if len(message) != lengths[kind]:
        raise BadFrame(f"{len(message)} elements; type {kind} has {lengths[kind]}", "ProtocolError", unique_id)
    if kind == CALL:
        frame = Frame(kind, unique_id, rest[1], rest[2])
        if not isinstance(frame.action, str):
            raise BadFrame(f"action {frame.action!r} is not a string", "TypeConstraintViolation", unique_id)
    elif kind == RESULT:
        frame = Frame(kind, unique_id, "", rest[1])
    else:
        frame = Frame(kind, unique_id, "", rest[3], rest[1], rest[2])
        _check_error(frame)
    if not isinstance(frame.payload, dict):
        raise BadFrame("the payload is not a JSON object", "TypeConstraintViolation", unique_id)
    return frame


def validate(frame, from_charge_point):
    """Hold a CALL, or an answer paired with its action, against the official schema; raises BadFrame."""
    if frame.kind == ERROR:
        return
    # An answer travels against the direction of its CALL.
    caller_is_charge_point = from_charge_point == (frame.kind == CALL)
    if frame.action not in (FROM_CHARGE_POINT if caller_is_charge_point else FROM_CENTRAL_SYSTEM):
        side = "charge point" if caller_is_charge_point else "central system"
        known = frame.action in FROM_CHARGE_POINT | FROM_CENTRAL_SYSTEM
        raise BadFrame(
            f"{frame.action!r} is no action of a {side}", "NotSupported" if known else "NotImplemented", frame.unique_id
        )
    error = best_match(_validator(frame.kind, frame.action).iter_errors(frame.payload))
    if error is not None:
        where = ".".join(str(step) for step in error.absolute_path)
        raise BadFrame(
            f"{frame.name}{'.' + where if where else ''}: {error.message}",
            _CODE_OF.get(error.validator, "PropertyConstraintViolation"),
            frame.unique_id,
        )


_CODE_OF = {
    "type": "TypeConstraintViolation",
    "maxLength": "TypeConstraintViolation",
    "required": "ProtocolError",
    "additionalProperties": "FormationViolation",
    "minItems": "OccurenceConstraintViolation",
    "maxItems": "OccurenceConstraintViolation",
}


def _check_error(frame):
    if frame.error_code not in ERROR_CODES:
        raise BadFrame(f"CALLERROR code {frame.error_code!r} is not one of OCPP-J 1.6", unique_id=frame.unique_id)
    if not isinstance(frame.error_text, str) or len(frame.error_text) > 255:
        raise BadFrame("the CALLERROR description is not a string of at most 255 characters", unique_id=frame.unique_id)


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


def _no_duplicate_names(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a name stands twice in one object: {', '.join(names)}")
    return dict(pairs)


def _date_time(validator, wanted, instance, schema):
    if wanted == "date-time" and isinstance(instance, str):
        try:
            moment(instance)
        except ValueError as error:
            yield ValidationError(str(error))


_Strict = extend(Draft4Validator, {"format": _date_time})
_validators = {}


def _validator(kind, action):
    key = kind, action
    if key not in _validators:
        official = get_validator(kind, action, "1.6", parse_float=Decimal)
        _validators[key] = _Strict(official.schema)
    return _validators[key]
