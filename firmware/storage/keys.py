"""The one table of settings: every OCPP 1.6 key and every local one, with type, range, unit and a line of help.

A row is (name, kind, default, low, high, unit, marks, choices, help).

kind      "int"   low..high, whole numbers; `choices` are single values allowed besides
          "bool"  "true" or "false"
          "str"   low..high is the length; with `choices` only those (an empty text must be listed to be allowed)
          "csl"   comma separated members out of `choices` (any text without it), at most `high` of them
marks     "R" read only (the firmware itself may set it), "RW", "W" write only; then letters:
          b  takes effect after a reboot        s  secret: never shown, never logged
          o  seen by the central system         h  hidden: the firmware's own memory, not for people
          i  identity: never the same on two chargers
          c  can cut off whoever sets it from afar: at the console, confirmed within two minutes or taken back
A default or bound that begins with "@" comes from the board: "@rating_a", "@connectors", "@rotations" (one for each
connector and one for the charger).
"""

MEASURANDS = (
    "Energy.Active.Import.Register", "Energy.Active.Export.Register", "Energy.Active.Import.Interval",
    "Power.Active.Import", "Power.Offered", "Power.Factor", "Current.Import", "Current.Offered", "Voltage", "Frequency",
    "Temperature",
)
_N_MEASURANDS = len(MEASURANDS)
_REGISTER = "Energy.Active.Import.Register"
_SAMPLED = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"
_YEAR_S = 31536000
# OCPP 1.6 9.1.7: which phase of the grid stands first, second, third
_ROTATIONS = ("NotApplicable", "Unknown", "RST", "RTS", "SRT", "STR", "TRS", "TSR")

TABLE = (
    # OCPP 1.6, 9.1 Core profile
    ("AllowOfflineTxForUnknownId", "bool", False, None, None, "", "RW o", None,
     "offline: charge cards that neither list nor cache knows"),
    ("AuthorizationCacheEnabled", "bool", False, None, None, "", "RW o", None,
     "remember cards the central system has answered for"),
    ("AuthorizeRemoteTxRequests", "bool", False, None, None, "", "RW o", None,
     "authorise the card of a remote start as if it had been tapped"),
    ("BlinkRepeat", "int", 2, 0, 60, "times", "RW o", None, "how often the light blinks to say something"),
    ("ClockAlignedDataInterval", "int", 0, 0, 86400, "s", "RW o", None,
     "meter values at whole multiples of this since midnight UTC; 0 none"),
    ("ConnectionTimeOut", "int", 60, 0, 3600, "s", "RW o", None, "from authorising to plugging in; 0 waits for ever"),
    ("ConnectorPhaseRotation", "csl", "", 0, "@rotations", "", "RW o", None,
     "order of phases per connector: 0.RST,1.RST"),
    ("ConnectorPhaseRotationMaxLength", "int", "@rotations", 0, 16, "", "R o", None,
     "members of ConnectorPhaseRotation"),
    ("GetConfigurationMaxKeys", "int", 64, 1, 256, "", "R o", None, "keys one GetConfiguration may ask for"),
    ("HeartbeatInterval", "int", 300, 0, 86400, "s", "RW o", None, "between two heartbeats when nothing else is sent"),
    ("LightIntensity", "int", 100, 0, 100, "%", "RW o", None, "brightness of the light"),
    ("LocalAuthorizeOffline", "bool", True, None, None, "", "RW o", None,
     "offline: charge cards that list or cache knows as accepted"),
    ("LocalPreAuthorize", "bool", False, None, None, "", "RW o", None,
     "online: start at once for cards that list or cache knows, without asking"),
    ("MaxEnergyOnInvalidId", "int", 0, 0, 100000, "Wh", "RW o", None,
     "energy a card may still take after the central system refused it; 0 none"),
    ("MeterValuesAlignedData", "csl", _REGISTER, 0, _N_MEASURANDS, "", "RW o", MEASURANDS,
     "measurands at clock-aligned times"),
    ("MeterValuesAlignedDataMaxLength", "int", _N_MEASURANDS, 0, 99, "", "R o", None,
     "members of MeterValuesAlignedData"),
    ("MeterValuesSampledData", "csl", _SAMPLED, 0, _N_MEASURANDS, "", "RW o", MEASURANDS, "measurands while charging"),
    ("MeterValuesSampledDataMaxLength", "int", _N_MEASURANDS, 0, 99, "", "R o", None,
     "members of MeterValuesSampledData"),
    ("MeterValueSampleInterval", "int", 60, 0, 86400, "s", "RW o", None, "between two samples while charging; 0 none"),
    ("MinimumStatusDuration", "int", 1, 0, 300, "s", "RW o", None, "a status must last so long before it is reported"),
    ("NumberOfConnectors", "int", "@connectors", 1, 16, "", "R o", None, "connectors of this charger"),
    ("ResetRetries", "int", 3, 0, 10, "times", "RW o", None, "attempts of a reset that does not succeed"),
    ("StopTransactionOnEVSideDisconnect", "bool", True, None, None, "", "RW o", None,
     "unplugging at the vehicle ends the session; otherwise it waits for the plug to return"),
    ("StopTransactionOnInvalidId", "bool", True, None, None, "", "RW o", None,
     "end a session whose card the central system refuses later; otherwise it is suspended"),
    ("StopTxnAlignedData", "csl", "", 0, _N_MEASURANDS, "", "RW o", MEASURANDS,
     "clock-aligned measurands in the stop message"),
    ("StopTxnAlignedDataMaxLength", "int", _N_MEASURANDS, 0, 99, "", "R o", None, "members of StopTxnAlignedData"),
    ("StopTxnSampledData", "csl", "", 0, _N_MEASURANDS, "", "RW o", MEASURANDS,
     "sampled measurands in the stop message"),
    ("StopTxnSampledDataMaxLength", "int", _N_MEASURANDS, 0, 99, "", "R o", None, "members of StopTxnSampledData"),
    ("SupportedFeatureProfiles", "csl", "Core", 0, 8, "", "R o", None, "OCPP profiles of this firmware"),
    ("SupportedFeatureProfilesMaxLength", "int", 8, 0, 16, "", "R o", None, "members of SupportedFeatureProfiles"),
    ("TransactionMessageAttempts", "int", 3, 1, 100, "times", "RW o", None,
     "attempts for a transaction message the central system cannot process"),
    ("TransactionMessageRetryInterval", "int", 60, 0, 86400, "s", "RW o", None, "grows with each of those attempts"),
    ("UnlockConnectorOnEVSideDisconnect", "bool", True, None, None, "", "RW o", None,
     "unlock the socket when the cable leaves the vehicle"),
    ("WebSocketPingInterval", "int", 60, 0, 3600, "s", "RW o", None, "between two pings of the link; 0 none"),
    # OCPP 1.6, 9.2 LocalAuthListManagement, 9.3 Reservation, 9.4 SmartCharging, 5.19 FirmwareManagement
    ("LocalAuthListEnabled", "bool", True, None, None, "", "RW o", None, "use the local list of cards"),
    ("LocalAuthListMaxLength", "int", 500, 0, 10000, "", "R o", None, "cards the local list holds"),
    ("SendLocalListMaxLength", "int", 50, 0, 1000, "", "R o", None, "cards in one message"),
    ("ReserveConnectorZeroSupported", "bool", True, None, None, "", "R o", None, "reserving any connector is possible"),
    ("ChargeProfileMaxStackLevel", "int", 8, 0, 99, "", "R o", None, "highest stack level of a charging profile"),
    ("ChargingScheduleAllowedChargingRateUnit", "csl", "Current,Power", 0, 2, "", "R o", ("Current", "Power"),
     "units of charging profiles"),
    ("ChargingScheduleMaxPeriods", "int", 24, 1, 999, "", "R o", None, "periods in one charging profile"),
    ("ConnectorSwitch3to1PhaseSupported", "bool", False, None, None, "", "R o", None,
     "may change from three to one phase"),
    ("MaxChargingProfilesInstalled", "int", 16, 1, 999, "", "R o", None, "charging profiles the charger holds"),
    ("SupportedFileTransferProtocols", "csl", "HTTP,HTTPS", 0, 4, "", "R o", ("HTTP", "HTTPS", "FTP", "FTPS"),
     "for updates and logs"),
    # OCPP 1.6 security whitepaper, edition 3
    ("AdditionalRootCertificateCheck", "bool", False, None, None, "", "R o", None,
     "a new central system certificate must be signed by the one before"),
    ("AuthorizationKey", "str", "", 16, 40, "", "W soc", ("",), "password of the charger at the central system"),
    ("CertificateSignedMaxChainSize", "int", 10000, 0, 65536, "bytes", "R o", None, "largest certificate chain taken"),
    ("CertificateStoreMaxLength", "int", 8, 0, 64, "", "R o", None, "certificates the charger holds"),
    ("CpoName", "str", "", 0, 50, "", "RW o", None, "operator's name, the organisation in certificate requests"),
    ("SecurityProfile", "int", 0, 0, 3, "", "RW boc", None, "0 open, 1 password, 2 password and TLS, 3 TLS both ways"),
    # Local: the central system
    ("CsmsUrl", "str", "", 0, 200, "", "RW bc", None,
     "ws:// or wss:// of the central system, without the charger's name; empty none"),
    ("ChargePointId", "str", "", 0, 48, "", "RW bci", None,
     "the charger's name at the central system; empty: its serial number"),
    ("ReconnectBackoffMinS", "int", 2, 1, 3600, "s", "RW o", None, "first pause before connecting again"),
    ("ReconnectBackoffMaxS", "int", 120, 1, 86400, "s", "RW o", None, "longest pause before connecting again"),
    ("MessageTimeoutS", "int", 30, 5, 600, "s", "RW o", None, "the central system must answer within"),
    # Local: who may charge
    ("FreeVendActive", "bool", False, None, None, "", "RW o", None,
     "charge whoever plugs in, with or without a central system"),
    ("FreeVendIdTag", "str", "FREEVEND", 1, 20, "", "RW o", None, "the card such sessions are booked on"),
    ("CardFormat", "str", "hex", 0, 16, "", "RW", ("hex", "hex_rev", "dec10"),
     "how a card's number is written as an idTag"),
    # Local: charging
    ("MaxCurrentA", "int", "@rating_a", 6, "@rating_a", "A", "RW o", (0,), "a person's limit; 0 pauses"),
    ("Ventilation", "str", "none", 0, 8, "", "RW", ("none", "always", "relay"),
     "vehicles that ask for ventilation: refused, room is ventilated, or a relay turns the fan on"),
    ("ResumeAfterPowerLoss", "str", "stop", 0, 8, "", "RW o", ("stop", "resume"),
     "what becomes of a session when the supply returns"),
    ("MeterGrowthIntervalS", "int", 300, 10, 3600, "s", "RW o", None,
     "how often a session's meter value is kept against a power cut"),
    ("AllowWithoutMeter", "bool", False, None, None, "", "RW o", None,
     "charge although the meter does not answer (never for billing)"),
    ("SuspendedIdleMaxS", "int", 0, 0, _YEAR_S, "s", "RW o", None,
     "end a session whose vehicle takes nothing for so long; 0 never"),
    ("AllowBenchGuard", "bool", False, None, None, "", "RW", None,
     "charge although the guard under the firmware is fit for the bench only"),
    # Local: the console. These are set by its command `secret`, and when the charger is made
    ("InstallerSecret", "str", "", 8, 64, "", "W sh", ("",), "what an installer types at the console"),
    ("FactorySecret", "str", "", 8, 64, "", "W sh", ("",), "the maker's secret of this one charger"),
    # The firmware's own memory
    ("LoginFailures", "int", 0, 0, 1000000, "", "RW h", None, "wrong secrets in a row at the console"),
    ("Unconfirmed", "str", "", 0, 2000, "", "RW sh", None, "what the settings were before a change nobody has confirmed yet"),
    ("ShortLives", "int", 0, 0, 1000000, "", "RW h", None, "watchdog resets in a row, each within minutes of the last"),
    ("Latched", "csl", "", 0, 64, "", "RW h", None, "faults that wait for an authorised person: connector.fault"),
    ("Inoperative", "csl", "", 0, 17, "", "RW h", None, "connectors taken out of service; 0 is the whole charger"),
)


def _backoff(get):
    if get("ReconnectBackoffMinS") > get("ReconnectBackoffMaxS"):
        return "ReconnectBackoffMinS", "at most ReconnectBackoffMaxS (%d s)" % get("ReconnectBackoffMaxS")
    return None


def _url(get):
    url = get("CsmsUrl")
    if url and not url.startswith(("ws://", "wss://")) or " " in url:
        return "CsmsUrl", "an address that begins with ws:// or wss://, or none"
    return None


def _rotation(get):
    for member in get("ConnectorPhaseRotation"):
        connector, _, rotation = member.partition(".")
        if not connector.isdigit() or int(connector) > get("NumberOfConnectors") or rotation not in _ROTATIONS:
            return "ConnectorPhaseRotation", "for connectors 0 to %d, separated by commas: 1. and one of %s" % (
                get("NumberOfConnectors"), ", ".join(_ROTATIONS))
    return None


# Each is asked with the values as they would become; it answers None, or the key at fault and what is allowed there.
CHECKS = (_backoff, _url, _rotation)

_FIELDS = ("name", "kind", "default", "low", "high", "unit", "marks", "choices", "help")


class Key:
    """One row, with what the board decides filled in.

    `access` is "R", "RW" or "W"; `reboot`, `secret`, `ocpp`, `hidden`, `identity`, `cutting` are booleans; the other
    attributes are columns.
    """

    def __init__(self, row, board=None):
        for i, field in enumerate(_FIELDS):
            setattr(self, field, _of_board(row[i], board))
        self.access, _, letters = self.marks.partition(" ")
        self.reboot = "b" in letters
        self.secret = "s" in letters
        self.ocpp = "o" in letters
        self.hidden = "h" in letters
        self.cutting = "c" in letters
        self.identity = "i" in letters

    def allowed(self):
        """What may stand in this key, for a person: "6 to 32 A or 0"."""
        if self.kind == "bool":
            return "true or false"
        unit = " " + self.unit if self.unit else ""
        if self.kind == "int":
            text = "a whole number from %d to %d%s" % (self.low, self.high, unit)
            return text + "".join(" or %d" % choice for choice in self.choices or ())
        if self.kind == "csl":
            return "at most %d, separated by commas%s" % (
                self.high, " out of " + ", ".join(self.choices) if self.choices else "")
        if self.choices and self.choices != ("",):
            return "one of " + ", ".join(choice or '""' for choice in self.choices)
        return "a text of %d to %d characters%s" % (self.low, self.high, " or none" if self.choices else "")


def _of_board(value, board):
    if not (isinstance(value, str) and value[:1] == "@"):
        return value
    if value == "@rating_a":
        return board.rating_ma // 1000 if board else 80
    if value == "@connectors":
        return len(board.connectors) if board else 1
    return len(board.connectors) + 1 if board else 2


def find(name, board=None, table=TABLE):
    """The `Key` of that name, None where the table has none."""
    for row in table:
        if row[0] == name:
            return Key(row, board)
    return None
