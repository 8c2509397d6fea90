"""The one table of settings: every OCPP 1.6 key and every local one, with type, range, unit and a line of help.

It is one text, read in place: as objects it would hold sixteen kilobytes of the chip's heap. A row is

    name|kind|default|low|high|unit|marks|choices|help

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
    b"AllowOfflineTxForUnknownId|bool|false||||RW o||offline: charge cards that neither list nor cache knows\n"
    b"AuthorizationCacheEnabled|bool|false||||RW o||remember cards the central system has answered for\n"
    b"AuthorizeRemoteTxRequests|bool|false||||RW o||authorise the card of a remote start as if it had been tapped\n"
    b"BlinkRepeat|int|2|0|60|times|RW o||how often the light blinks to say something\n"
    b"ClockAlignedDataInterval|int|0|0|86400|s|RW o||meter values at whole multiples of this since midnight UTC; 0 none\n"
    b"ConnectionTimeOut|int|60|0|3600|s|RW o||from authorising to plugging in; 0 waits for ever\n"
    b"ConnectorPhaseRotation|csl||0|@rotations||RW o||order of phases per connector: 0.RST,1.RST\n"
    b"ConnectorPhaseRotationMaxLength|int|@rotations|0|16||R o||members of ConnectorPhaseRotation\n"
    b"GetConfigurationMaxKeys|int|80|1|256||R o||keys one GetConfiguration may ask for\n"
    b"HeartbeatInterval|int|300|0|86400|s|RW o||between two heartbeats; 0 one a day\n"
    b"LightIntensity|int|100|0|100|%|RW o||brightness of the light\n"
    b"LocalAuthorizeOffline|bool|true||||RW o||offline: charge cards that list or cache knows as accepted\n"
    b"LocalPreAuthorize|bool|false||||RW o||online: start at once for cards that list or cache knows, without asking\n"
    b"MaxEnergyOnInvalidId|int|0|0|100000|Wh|RW o||energy a card may still take after the central system refused it; 0 none\n"
    b"MeterValuesAlignedData|csl|Energy.Active.Import.Register|0|@measurands||RW o|@measurands|measurands at clock-aligned times\n"
    b"MeterValuesAlignedDataMaxLength|int|@measurands|0|99||R o||members of MeterValuesAlignedData\n"
    b"MeterValuesSampledData|csl|Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage|0|@measurands||RW o|@measurands|"
    b"measurands while charging\n"
    b"MeterValuesSampledDataMaxLength|int|@measurands|0|99||R o||members of MeterValuesSampledData\n"
    b"MeterValueSampleInterval|int|60|0|86400|s|RW o||between two samples while charging; 0 none\n"
    b"MinimumStatusDuration|int|1|0|300|s|RW o||a status must last so long before it is reported\n"
    b"NumberOfConnectors|int|@connectors|1|16||R o||connectors of this charger\n"
    b"ResetRetries|int|3|0|10|times|RW o||attempts of a reset that does not succeed\n"
    b"StopTransactionOnEVSideDisconnect|bool|true||||RW o||"
    b"unplugging at the vehicle ends the session; otherwise it waits for the plug to return\n"
    b"StopTransactionOnInvalidId|bool|true||||RW o||end a session whose card the central system refuses later; otherwise it is suspended\n"
    b"StopTxnAlignedData|csl||0|@measurands||RW o|@measurands|clock-aligned measurands in the stop message\n"
    b"StopTxnAlignedDataMaxLength|int|@measurands|0|99||R o||members of StopTxnAlignedData\n"
    b"StopTxnSampledData|csl||0|@measurands||RW o|@measurands|sampled measurands in the stop message\n"
    b"StopTxnSampledDataMaxLength|int|@measurands|0|99||R o||members of StopTxnSampledData\n"
    b"SupportedFeatureProfiles|csl|Core|0|8||R o||OCPP profiles of this firmware\n"
    b"SupportedFeatureProfilesMaxLength|int|8|0|16||R o||members of SupportedFeatureProfiles\n"
    b"TransactionMessageAttempts|int|3|1|100|times|RW o||attempts for a transaction message the central system cannot process\n"
    b"TransactionMessageRetryInterval|int|60|0|86400|s|RW o||grows with each of those attempts\n"
    b"UnlockConnectorOnEVSideDisconnect|bool|true||||RW o||unlock the socket when the cable leaves the vehicle\n"
    b"WebSocketPingInterval|int|60|0|3600|s|RW o||between two pings of the link; 0 none\n"
    # OCPP 1.6, 9.2 LocalAuthListManagement, 9.3 Reservation, 9.4 SmartCharging, 5.19 FirmwareManagement
    b"LocalAuthListEnabled|bool|true||||RW o||use the local list of cards\n"
    b"LocalAuthListMaxLength|int|500|0|10000||R o||cards the local list holds\n"
    b"SendLocalListMaxLength|int|50|0|1000||R o||cards in one message\n"
    b"ReserveConnectorZeroSupported|bool|true||||R o||reserving any connector is possible\n"
    b"ChargeProfileMaxStackLevel|int|8|0|99||R o||highest stack level of a charging profile\n"
    b"ChargingScheduleAllowedChargingRateUnit|csl|Current,Power|0|2||R o|Current,Power|units of charging profiles\n"
    b"ChargingScheduleMaxPeriods|int|24|1|999||R o||periods in one charging profile\n"
    b"ConnectorSwitch3to1PhaseSupported|bool|false||||R o||may change from three to one phase\n"
    b"MaxChargingProfilesInstalled|int|16|1|999||R o||charging profiles the charger holds\n"
    b"SupportedFileTransferProtocols|csl|HTTP,HTTPS|0|4||R o|HTTP,HTTPS,FTP,FTPS|for updates and logs\n"
    # OCPP 1.6 security whitepaper, edition 3
    b"AdditionalRootCertificateCheck|bool|false||||RW ol||a new central system certificate must be signed by the one before\n"
    b"AuthorizationKey|str||16|40||W soce||password of the charger at the central system\n"
    b"CertificateSignedMaxChainSize|int|10000|0|65536|bytes|R o||largest certificate chain taken\n"
    b"CertificateStoreMaxLength|int|8|0|64||R o||certificates the charger holds\n"
    b"CertSigningRepeatTimes|int|3|0|10|times|RW o||a certificate is asked for again so often\n"
    b"CertSigningWaitMinimum|int|60|5|86400|s|RW o||for a certificate asked for; twice as long each time\n"
    b"CpoName|str||0|50||RW o||operator's name, the organisation in certificate requests\n"
    b"SecurityProfile|int|0|0|3||RW oc||0 open, 1 password, 2 password and TLS, 3 TLS both ways\n"
    # Local: the central system
    b"CsmsUrl|str||0|200||RW bc||ws:// or wss:// of the central system, without the charger's name; empty none\n"
    b"ChargePointId|str||0|48||RW bci||the charger's name at the central system; empty: its serial number\n"
    b"ReconnectBackoffMinS|int|2|1|3600|s|RW o||first pause before connecting again\n"
    b"ReconnectBackoffMaxS|int|120|1|86400|s|RW o||longest pause before connecting again\n"
    b"AllowMissingSubprotocol|bool|false||||RW o||talk to a central system that does not confirm the subprotocol ocpp1.6\n"
    b"MessageTimeoutS|int|30|5|600|s|RW o||the central system must answer within\n"
    # Local: the network
    b"WifiSsid|str||0|32||RW c||the Wi-Fi network to be in; empty none\n"
    b"WifiPassword|str||8|63||W sce||its password; empty for an open network\n"
    # Local: who may charge
    b"FreeVendActive|bool|false||||RW o||charge whoever plugs in, with or without a central system\n"
    b"FreeVendIdTag|str|FREEVEND|1|20||RW o||the card such sessions are booked on\n"
    b"KnownCards|csl||0|32||RW||cards that may charge here, beside those the central system knows (`card add`)\n"
    b"CardFormat|str|hex|0|16||RW|hex,hex_rev,dec10,dec10_rev,w26|how a card's number is written as an idTag\n"
    # Local: charging
    b"MaxCurrentA|int|@rating_a|6|@rating_a|A|RW o|0|a person's limit; 0 pauses\n"
    b"Ventilation|str|none|0|8||RW|none,always,relay|"
    b"vehicles that ask for ventilation: refused, room is ventilated, or a relay turns the fan on\n"
    b"EarthMonitor|str|@earth|0|8||RW oil|@earth|"
    b"protective earth lost: on stops, warn tells, off asks no monitor; a supply without a reference (IT) alone may want less than on\n"
    b"SimplifiedPilotMaxA|int|0|6|@rating_a|A|RW|0|"
    b"offered at most to a vehicle that goes straight to state C, which may not read the offer; 0 no such cap\n"
    b"WakeVehicles|bool|true||||RW o||once in a plug-in, wake a vehicle that sleeps through the offer\n"
    b"OutletIdleMa|int|250|50|5000|mA|RW o||an outlet without a pilot: less than this is a vehicle that takes nothing\n"
    b"OutletIdleS|int|60|10|3600|s|RW o||... once it has lasted so long: the session is suspended\n"
    b"OutletEndS|int|600|0|31536000|s|RW o||... and so long: the session ends; 0 never\n"
    b"ResumeAfterPowerLoss|str|stop|0|8||RW o|stop,resume|what becomes of a session when the supply returns\n"
    b"MeterGrowthIntervalS|int|300|10|3600|s|RW o||how often a session's meter value is kept against a power cut\n"
    b"AllowWithoutMeter|bool|false||||RW o||charge although the meter does not answer (never for billing)\n"
    b"SuspendedIdleMaxS|int|0|0|31536000|s|RW o||end a session whose vehicle takes nothing for so long; 0 never\n"
    b"AllowBenchGuard|bool|false||||RW||charge although the guard under the firmware is fit for the bench only\n"
    # Local: the console. These are set by its command `secret`, and when the charger is made
    b"InstallerSecret|str||8|64||W she||what an installer types at the console\n"
    b"FactorySecret|str||8|64||W she||the maker's secret of this one charger\n"
    # Local: updates
    b"FirmwareKey|str||130|130||RW e||the maker's public key, in hex (`make firmware KEY=` says it): only firmware signed by it is taken\n"
    # The firmware's own memory
    b"LoginFailures|int|0|0|1000000||RW h||wrong secrets in a row at the console\n"
    b"AccessBefore|str||0|200||RW sh||security profile and password before the ones that have not proven good yet\n"
    b"Unconfirmed|str||0|2000||RW sh||what the settings were before a change nobody has confirmed yet\n"
    b"ShortLives|int|0|0|1000000||RW h||lives in a row that the watchdog or a failed tick ended within minutes\n"
    b"Latched|csl||0|64||RW h||faults that wait for an authorised person: connector.fault\n"
    b"ResidualTrips|csl||0|17||RW h||residual-current trips of all time: connector.count\n"
    b"TripTimes|csl||0|17||RW h||those of the last day: connector.UTC seconds/..., 0 not known\n"
    b"Inoperative|csl||0|17||RW h||connectors taken out of service; 0 is the whole charger\n"
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
        self.name, self.kind, self.default, low, high, self.unit, self.marks, choices, self.help = row.split("|")
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
