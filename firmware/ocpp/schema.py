"""Every message of OCPP 1.6 a charger receives, as one compact table, and the check of a payload against it.

A line is `Name fields`; a field is `name`, `!` when required or `?` when not, then its type:
`i` integer, `n` number with one decimal, `s20` string of at most 20, `s` any string, `t` date-time, `u` URI,
`=A,B` one of these words, `@Type` an object of another line, `[type` a list of at least one or `(type` of any number.
A CALL's answer stands as `Name.conf`. The table is a string so that frozen code keeps it in flash.
"""
from firmware.ocpp.frames import CallError
from firmware.support.clock import parse_iso8601

_TABLE = """
CancelReservation reservationId!i
CertificateSigned certificateChain!s10000
ChangeAvailability connectorId!i type!=Inoperative,Operative
ChangeConfiguration key!s50 value!s500
ClearCache
ClearChargingProfile id?i connectorId?i stackLevel?i \
chargingProfilePurpose?=ChargePointMaxProfile,TxDefaultProfile,TxProfile
DataTransfer vendorId!s255 messageId?s50 data?s
DeleteCertificate certificateHashData!@CertificateHashData
ExtendedTriggerMessage requestedMessage!=BootNotification,LogStatusNotification,FirmwareStatusNotification,Heartbeat,\
MeterValues,SignChargePointCertificate,StatusNotification connectorId?i
GetCompositeSchedule connectorId!i duration!i chargingRateUnit?=A,W
GetConfiguration key?(s50
GetDiagnostics location!u retries?i retryInterval?i startTime?t stopTime?t
GetInstalledCertificateIds certificateType!=CentralSystemRootCertificate,ManufacturerRootCertificate
GetLocalListVersion
GetLog log!@LogParameters logType!=DiagnosticsLog,SecurityLog requestId!i retries?i retryInterval?i
InstallCertificate certificateType!=CentralSystemRootCertificate,ManufacturerRootCertificate certificate!s5500
RemoteStartTransaction connectorId?i idTag!s20 chargingProfile?@ChargingProfile
RemoteStopTransaction transactionId!i
ReserveNow connectorId!i expiryDate!t idTag!s20 parentIdTag?s20 reservationId!i
Reset type!=Hard,Soft
SendLocalList listVersion!i localAuthorizationList?(@AuthorizationData updateType!=Differential,Full
SetChargingProfile connectorId!i csChargingProfiles!@ChargingProfile
SignedUpdateFirmware retries?i retryInterval?i requestId!i firmware!@Firmware
TriggerMessage requestedMessage!=BootNotification,DiagnosticsStatusNotification,FirmwareStatusNotification,Heartbeat,\
MeterValues,StatusNotification connectorId?i
UnlockConnector connectorId!i
UpdateFirmware location!u retries?i retrieveDate!t retryInterval?i
AuthorizationData idTag!s20 idTagInfo?@IdTagInfo
CertificateHashData hashAlgorithm!=SHA256,SHA384,SHA512 issuerNameHash!s128 issuerKeyHash!s128 serialNumber!s40
ChargingProfile chargingProfileId!i transactionId?i stackLevel!i \
chargingProfilePurpose!=ChargePointMaxProfile,TxDefaultProfile,TxProfile \
chargingProfileKind!=Absolute,Recurring,Relative recurrencyKind?=Daily,Weekly validFrom?t validTo?t chargingSchedule!@ChargingSchedule
ChargingSchedule duration?i startSchedule?t chargingRateUnit!=A,W chargingSchedulePeriod!(@ChargingSchedulePeriod \
minChargingRate?n
ChargingSchedulePeriod startPeriod!i limit!n numberPhases?i
Firmware location!s512 retrieveDateTime!t installDateTime?t signingCertificate!s5500 signature!s800
IdTagInfo expiryDate?t parentIdTag?s20 status!=Accepted,Blocked,Expired,Invalid,ConcurrentTx
LogParameters remoteLocation!s512 oldestTimestamp?t latestTimestamp?t
Authorize.conf idTagInfo!@IdTagInfo
BootNotification.conf status!=Accepted,Pending,Rejected currentTime!t interval!i
DataTransfer.conf status!=Accepted,Rejected,UnknownMessageId,UnknownVendorId data?s
Heartbeat.conf currentTime!t
SignCertificate.conf status!=Accepted,Rejected
StartTransaction.conf idTagInfo!@IdTagInfo transactionId!i
StopTransaction.conf idTagInfo?@IdTagInfo
"""


def line(name):
    """The fields of a message or type as their words, None for a name that is not in the table."""
    at = _TABLE.find("\n" + name) if name and "\n" not in name else -1
    while at >= 0:
        after = at + 1 + len(name)
        if _TABLE[after] in " \n":
            return _TABLE[after:_TABLE.find("\n", after)].split()
        at = _TABLE.find("\n" + name, after)
    return None


def known(action):
    """True for an action that a central system may call."""
    return "." not in action and " " not in action and action not in _TYPES and line(action) is not None


_TYPES = ("AuthorizationData", "CertificateHashData", "ChargingProfile", "ChargingSchedule", "ChargingSchedulePeriod",
          "Firmware", "IdTagInfo", "LogParameters")


def check(name, payload, path="", strict=True):
    """Hold `payload` against the line of `name`; raises CallError that names the field.

    Not `strict`: fields nobody knows are let pass, as they are in the answers of many central systems.
    """
    fields = line(name) or ()
    seen = 0
    for field in fields:
        mark = field.find("!")
        if mark < 0:
            mark = field.find("?")
        key = field[:mark]
        if key in payload:
            seen += 1
            _value(payload[key], field[mark + 1:], path + key, strict)
        elif field[mark] == "!":
            raise CallError("ProtocolError", path + key + " is missing")
    if strict and seen < len(payload):
        for key in payload:
            if not any(field[:len(key) + 1] in (key + "!", key + "?") for field in fields):
                raise CallError("FormationViolation", "%s%s is not a field of %s" % (path, key, name))


def _value(value, kind, path, strict):
    mark = kind[0]
    if mark == "i":
        if not isinstance(value, int) or isinstance(value, bool):
            _wrong_type(path, "an integer")
    elif mark == "n":
        _number(value, path)
    elif mark in "[(":
        if not isinstance(value, list):
            _wrong_type(path, "a list")
        if mark == "[" and not value:
            raise CallError("OccurenceConstraintViolation", path + " is empty")
        for i, member in enumerate(value):
            _value(member, kind[1:], "%s.%d" % (path, i), strict)
    elif mark == "@":
        if not isinstance(value, dict):
            _wrong_type(path, "an object")
        check(kind[1:], value, path + ".", strict)
    elif not isinstance(value, str):
        _wrong_type(path, "a string")
    elif mark == "s":
        if len(kind) > 1 and len(value) > int(kind[1:]):
            raise CallError("TypeConstraintViolation", "%s has %d characters, not %s" % (path, len(value), kind[1:]))
    elif mark == "=":
        if value not in kind[1:].split(","):
            raise CallError("PropertyConstraintViolation", "%s is not one of %s" % (path, kind[1:]))
    elif mark == "t":
        try:
            parse_iso8601(value)
        except ValueError:
            raise CallError("PropertyConstraintViolation", path + " is not a date and time")


def _number(value, path):
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        _wrong_type(path, "a number")
    if isinstance(value, float):
        tenths = value * 10
        if not -1e9 < tenths < 1e9 or abs(tenths - round(tenths)) > 1e-3:  # 32-bit floats are coarse on the chip
            raise CallError("PropertyConstraintViolation", path + " has more than one decimal, or is beyond 1e8")


def _wrong_type(path, wanted):
    raise CallError("TypeConstraintViolation", "%s is not %s" % (path, wanted))
