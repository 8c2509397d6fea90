"""The one table of settings: every OCPP 1.6 key and every local one, with type, range and unit; what each is for
stands in keyhelp.py.

It is one text, read in place: as objects it would hold sixteen kilobytes of the chip's heap. A row is

    name|kind|default|low|high|unit|marks|choices

kind      int   low..high, whole numbers; `choices` are single values allowed besides
          bool  true or false
          str   low..high is the length; with `choices` only those
          csl   comma separated members out of `choices` (any text without them), low..high of them
marks     R read only (the firmware itself may set it), RW, W write only; then letters:
          b  takes effect after a reboot        s  secret: never shown, never logged
          o  seen by the central system         h  hidden: the firmware's own memory, not for people
          i  identity: never the same on two chargers
          c  can cut off whoever sets it from afar: at the console, confirmed within two minutes or taken back
          e  may also be empty                  l  the central system may only read it
A default, bound or choice that begins with "@" stands for: @rating_a and @connectors, what the board has; @rotations, one
for each connector and one for the charger; @measurands, `MEASURANDS` or how many these are; @earth, on, warn and off where
the board has an earth monitor, else off alone.
"""

MEASURANDS = (
    "Energy.Active.Import.Register", "Energy.Active.Export.Register", "Energy.Active.Import.Interval",
    "Power.Active.Import", "Power.Active.Export", "Power.Offered", "Power.Factor", "Current.Import", "Current.Offered",
    "Voltage", "Frequency", "Temperature",
)
# OCPP 1.6 9.1.7: which phase of the grid stands first, second, third
ROTATIONS = ("NotApplicable", "Unknown", "RST", "RTS", "SRT", "STR", "TRS", "TSR")

TABLE = (
    # OCPP 1.6, 9.1 Core profile
    b"AllowOfflineTxForUnknownId|bool|false||||RW o|\n"
    b"AuthorizationCacheEnabled|bool|false||||RW o|\n"
    b"AuthorizeRemoteTxRequests|bool|false||||RW o|\n"
    b"BlinkRepeat|int|2|0|60|times|RW o|\n"
    b"ClockAlignedDataInterval|int|0|0|86400|s|RW o|\n"
    b"ConnectionTimeOut|int|60|0|3600|s|RW o|\n"
    b"ConnectorPhaseRotation|csl||0|@rotations||RW o|\n"
    b"ConnectorPhaseRotationMaxLength|int|@rotations|0|16||R o|\n"
    b"GetConfigurationMaxKeys|int|80|1|256||R o|\n"
    b"HeartbeatInterval|int|300|0|86400|s|RW o|\n"
    b"LightIntensity|int|100|0|100|%|RW o|\n"
    b"LocalAuthorizeOffline|bool|true||||RW o|\n"
    b"LocalPreAuthorize|bool|false||||RW o|\n"
    b"MaxEnergyOnInvalidId|int|0|0|100000|Wh|RW o|\n"
    b"MeterValuesAlignedData|csl|Energy.Active.Import.Register|0|@measurands||RW o|@measurands\n"
    b"MeterValuesAlignedDataMaxLength|int|@measurands|0|99||R o|\n"
    b"MeterValuesSampledData|csl|Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage|0|@measurands||RW o|@measurands\n"
    b"MeterValuesSampledDataMaxLength|int|@measurands|0|99||R o|\n"
    b"MeterValueSampleInterval|int|60|0|86400|s|RW o|\n"
    b"MinimumStatusDuration|int|1|0|300|s|RW o|\n"
    b"NumberOfConnectors|int|@connectors|1|16||R o|\n"
    b"ResetRetries|int|3|0|10|times|RW o|\n"
    b"StopTransactionOnEVSideDisconnect|bool|true||||RW o|\n"
    b"StopTransactionOnInvalidId|bool|true||||RW o|\n"
    b"StopTxnAlignedData|csl||0|@measurands||RW o|@measurands\n"
    b"StopTxnAlignedDataMaxLength|int|@measurands|0|99||R o|\n"
    b"StopTxnSampledData|csl||0|@measurands||RW o|@measurands\n"
    b"StopTxnSampledDataMaxLength|int|@measurands|0|99||R o|\n"
    b"SupportedFeatureProfiles|csl|Core,RemoteTrigger,SmartCharging,LocalAuthListManagement,Reservation,FirmwareManagement|0|8||R o|\n"
    b"SupportedFeatureProfilesMaxLength|int|8|0|16||R o|\n"
    b"TransactionMessageAttempts|int|3|1|100|times|RW o|\n"
    b"TransactionMessageRetryInterval|int|60|0|86400|s|RW o|\n"
    b"UnlockConnectorOnEVSideDisconnect|bool|true||||RW o|\n"
    b"WebSocketPingInterval|int|60|0|3600|s|RW o|\n"
    # OCPP 1.6, 9.2 LocalAuthListManagement, 9.3 Reservation, 9.4 SmartCharging, 5.19 FirmwareManagement
    b"LocalAuthListEnabled|bool|true||||RW o|\n"
    b"LocalAuthListMaxLength|int|500|0|10000||R o|\n"
    b"SendLocalListMaxLength|int|50|0|1000||R o|\n"
    b"ReserveConnectorZeroSupported|bool|true||||R o|\n"
    b"ChargeProfileMaxStackLevel|int|8|0|99||R o|\n"
    b"ChargingScheduleAllowedChargingRateUnit|csl|Current,Power|0|2||R o|Current,Power\n"
    b"ChargingScheduleMaxPeriods|int|24|1|999||R o|\n"
    b"ConnectorSwitch3to1PhaseSupported|bool|false||||R o|\n"
    b"MaxChargingProfilesInstalled|int|16|1|999||R o|\n"
    b"SupportedFileTransferProtocols|csl|HTTP,HTTPS|0|4||R o|HTTP,HTTPS,FTP,FTPS\n"
    # OCPP 1.6 security whitepaper, edition 3
    b"AdditionalRootCertificateCheck|bool|false||||RW ol|\n"
    b"AuthorizationKey|str||16|40||W soce|\n"
    b"CertificateSignedMaxChainSize|int|10000|0|65536|bytes|R o|\n"
    b"CertificateStoreMaxLength|int|8|0|64||R o|\n"
    b"CertSigningRepeatTimes|int|3|0|10|times|RW o|\n"
    b"CertSigningWaitMinimum|int|60|5|86400|s|RW o|\n"
    b"CpoName|str||0|50||RW o|\n"
    b"SecurityProfile|int|0|0|3||RW oc|\n"
    # Local: the central system
    b"CsmsUrl|str||0|200||RW bc|\n"
    b"ChargePointId|str||0|48||RW bci|\n"
    b"ReconnectBackoffMinS|int|2|1|3600|s|RW o|\n"
    b"ReconnectBackoffMaxS|int|120|1|86400|s|RW o|\n"
    b"AllowMissingSubprotocol|bool|false||||RW o|\n"
    b"MessageTimeoutS|int|30|5|600|s|RW o|\n"
    # Local: the network
    b"WifiSsid|str||0|32||RW c|\n"
    b"WifiPassword|str||8|63||W sce|\n"
    # Local: who may charge
    b"FreeVendActive|bool|false||||RW o|\n"
    b"FreeVendIdTag|str|FREEVEND|1|20||RW o|\n"
    b"KnownCards|csl||0|32||RW|\n"
    b"CardFormat|str|hex|0|16||RW|hex,hex_rev,dec10,dec10_rev,w26\n"
    # Local: charging
    b"MaxCurrentA|int|@rating_a|6|@rating_a|A|RW o|0\n"
    b"Ventilation|str|none|0|8||RW|none,always,relay\n"
    b"EarthMonitor|str|@earth|0|8||RW oil|@earth\n"
    b"SimplifiedPilotMaxA|int|0|6|@rating_a|A|RW|0\n"
    b"WakeVehicles|bool|true||||RW o|\n"
    b"OutletIdleMa|int|250|50|5000|mA|RW o|\n"
    b"OutletIdleS|int|60|10|3600|s|RW o|\n"
    b"OutletEndS|int|600|0|31536000|s|RW o|\n"
    b"ResumeAfterPowerLoss|str|stop|0|8||RW o|stop,resume\n"
    b"MeterGrowthIntervalS|int|300|10|3600|s|RW o|\n"
    b"AllowWithoutMeter|bool|false||||RW o|\n"
    b"SuspendedIdleMaxS|int|0|0|31536000|s|RW o|\n"
    b"AllowBenchGuard|bool|false||||RW|\n"
    # Local: the console. These are set by its command `secret`, and when the charger is made
    b"InstallerSecret|str||8|64||W she|\n"
    b"FactorySecret|str||8|64||W she|\n"
    # Local: updates
    b"FirmwareKey|str||130|130||RW e|\n"
    # The firmware's own memory
    b"LoginFailures|int|0|0|1000000||RW h|\n"
    b"AccessBefore|str||0|200||RW sh|\n"
    b"Unconfirmed|str||0|2000||RW sh|\n"
    b"ShortLives|int|0|0|1000000||RW h|\n"
    b"Latched|csl||0|64||RW h|\n"
    b"ResidualTrips|csl||0|17||RW h|\n"
    b"TripTimes|csl||0|17||RW h|\n"
    b"Inoperative|csl||0|17||RW h|\n"
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
        if not connector.isdigit() or int(connector) > get("NumberOfConnectors") or rotation not in ROTATIONS:
            return "ConnectorPhaseRotation", "for connectors 0 to %d, separated by commas: 1. and one of %s" % (
                get("NumberOfConnectors"), ", ".join(ROTATIONS))
    return None


def _cards(get):
    for card in get("KnownCards"):
        if len(card) > 20 or card != card.upper():
            return "KnownCards", "idTags of 1 to 20 characters, in capitals, separated by commas"
    return None


def _key(get):
    text = get("FirmwareKey")
    if text and not (text.startswith("04") and all(c in "0123456789abcdef" for c in text)):
        return "FirmwareKey", "130 digits 0-9 a-f that begin with 04, or none"
    return None


# Each is asked with the values as they would become; it answers None, or the key at fault and what is allowed there.
CHECKS = (_backoff, _url, _rotation, _cards, _key)


class Key:
    """One row, with what the board decides filled in.

    `default`, `low`, `high` and the members of `choices` (a tuple or None) have the key's type, `low` and `high` are None
    for a bool. `access` is "R", "RW" or "W"; `reboot`, `secret`, `ocpp`, `hidden`, `identity`, `cutting`, `local` are booleans; the
    other attributes are columns.
    """

    def __init__(self, row, board=None):
        self.name, self.kind, self.default, low, high, self.unit, self.marks, choices = row.split("|")
        self.access, _, letters = self.marks.partition(" ")
        self.reboot = "b" in letters
        self.secret = "s" in letters
        self.ocpp = "o" in letters
        self.hidden = "h" in letters
        self.cutting = "c" in letters
        self.local = "l" in letters
        self.identity = "i" in letters
        self.low = _number(low, board) if low else None
        self.high = _number(high, board) if high else None
        self.default = _number(self.default, board) if self.kind == "int" else self.default
        self.choices = self._choices(choices, "e" in letters, board)
        if self.default == "@earth":
            self.default = self.choices[0]

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

    def _choices(self, choices, empty, board) -> "tuple | None":
        if choices == "@measurands":
            return MEASURANDS
        if choices == "@earth":
            return ("on", "warn", "off") if board is None or "earth" in board.inputs else ("off",)
        members = tuple(choices.split(",")) if choices else ()
        if self.kind == "int":
            members = tuple(int(member) for member in members)
        return members + ("",) if empty else members or None


def _number(text, board):
    if text == "@rating_a":
        return board.rating_ma // 1000 if board else 80
    if text == "@connectors":
        return len(board.connectors) if board else 1
    if text == "@rotations":
        return len(board.connectors) + 1 if board else 2
    return len(MEASURANDS) if text == "@measurands" else int(text)


def rows(table=TABLE):
    """Each row of the table, a str, in its order."""
    at = 0
    while at < len(table):
        end = table.find(b"\n", at)
        yield str(table[at:end], "utf-8")
        at = end + 1


def find(name, board=None, table=TABLE):
    """The `Key` of that name, None where the table has none."""
    head = name.encode() + b"|"
    at = 0 if table.startswith(head) else table.find(b"\n" + head) + 1
    if at == 0 and not table.startswith(head):
        return None
    return Key(str(table[at : table.find(b"\n", at)], "utf-8"), board)
