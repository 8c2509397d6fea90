"""The one table of faults. Firmware, simulator, OCPP, console and documentation all read it.

It is one text, read in place: as objects it would hold five kilobytes of the chip's heap. A row is

    name|action|recovery|hold_ms|retries|daily|code|vendor|status|text

Recovery: R by itself once it has been gone for `hold_ms`, at most `retries` times in a session, then it becomes U;
U until the vehicle is unplugged; L latched, survives a power cut, cleared by an authorised person.
Action: "open" opens at once and says F for 400 ms; "stop" withdraws the offer, the vehicle has 6 s; "refuse" forbids
to begin; "warn" reports only. `daily` occurrences in 24 h turn it into L. Vendor codes are ChargeX MRECs where one fits.
`status` is what a central system is told of the connector; none leaves the status as it is.
"""
from micropython import const

TABLE = (
    b"pilot_invalid|open|R|30000|3|0|EVCommunicationError|CX014|SuspendedEVSE|pilot voltage fits no state\n"
    b"pilot_short|open|R|30000|3|0|EVCommunicationError|CX014|SuspendedEVSE|pilot is shorted to earth\n"
    b"diode|open|R|30000|3|0|EVCommunicationError|CX014|SuspendedEVSE|vehicle's pilot diode is missing\n"
    b"pilot_blind|open|L|0|0|0|InternalError|PILOT_SAMPLING|Faulted|pilot sampling is too slow to be trusted\n"
    b"residual|open|U|0|0|4|GroundFailure|CX002|Faulted|residual current\n"
    b"residual_test|open|L|0|0|0|GroundFailure|CX002|Faulted|residual-current monitor failed its test\n"
    b"earth|open|R|10000|3|0|GroundFailure|EARTH_OPEN|Faulted|protective earth is lost\n"
    b"neutral|open|R|300000|3|0|OtherError|NEUTRAL_FLOAT|Faulted|neutral is lost or floating\n"
    b"welded|open|L|0|0|0|PowerSwitchFailure|CX017|Faulted|contactor is welded: a pole stays live\n"
    b"not_closed|open|R|5000|1|0|PowerSwitchFailure|CX017|Faulted|contactor did not close\n"
    b"chatter|stop|U|0|0|0|PowerSwitchFailure|CX017|Faulted|contactor switched too often\n"
    b"lock|refuse|R|2000|255|0|ConnectorLockFailure|CX001|Faulted|plug lock does not close\n"
    b"cable|stop|U|0|0|0|EVCommunicationError|CX023|SuspendedEVSE|cable's proximity coding is wrong or changed\n"
    b"over_current|stop|R|5000|1|0|OverCurrentFailure|CX004|Faulted|vehicle draws more than it is offered\n"
    b"over_voltage|stop|R|60000|255|0|OverVoltage|CX005|SuspendedEVSE|supply voltage is too high\n"
    b"under_voltage|stop|R|60000|255|0|UnderVoltage|CX006|SuspendedEVSE|supply voltage is too low\n"
    b"frequency|stop|R|60000|255|0|OtherError|FREQ_RANGE|SuspendedEVSE|supply frequency is out of range\n"
    b"temperature_derate|warn|R|60000|255|0|HighTemperature|CX018||hot: the current is reduced\n"
    b"temperature|stop|R|300000|255|0|HighTemperature|CX019|Faulted|too hot to charge\n"
    b"temperature_sensor|warn|R|5000|255|0|HighTemperature|SENSOR||temperature sensor does not answer\n"
    b"loose_terminal|warn|R|600000|255|0|HighTemperature|LOOSE_TERMINAL||contact heats too fast: loose terminal\n"
    b"meter|warn|R|5000|255|0|PowerMeterFailure|METER||meter does not answer or is not plausible\n"
    b"emergency_stop|open|L|0|0|0|OtherError|CX008|Faulted|emergency stop is pressed\n"
    b"door|open|L|0|0|0|OtherError|DOOR_OPEN|Faulted|enclosure is open\n"
    b"tilt|open|L|0|0|0|OtherError|TILT|Faulted|charger is tilted\n"
    b"lease|stop|R|5000|255|0|InternalError|LEASE|SuspendedEVSE|charging logic stopped renewing its permit\n"
    b"overrun|open|R|30000|255|20|InternalError|TICK|Faulted|safety tick came late\n"
    b"settings|refuse|L|0|0|0|InternalError|SETTINGS|Faulted|settings or calibration are damaged or gone\n"
    b"reset_loop|refuse|L|0|0|0|InternalError|RESET_LOOP|Faulted|controller restarted too often\n"
    b"guard|refuse|R|0|255|0|InternalError|GUARD|Unavailable|guard is fit for the bench only\n"
)

# The bit of each row in a mask. More than 30 rows would be no small integer on the chip.
PILOT_INVALID = const(1 << 0)
PILOT_SHORT = const(1 << 1)
DIODE = const(1 << 2)
PILOT_BLIND = const(1 << 3)
RESIDUAL = const(1 << 4)
RESIDUAL_TEST = const(1 << 5)
EARTH = const(1 << 6)
NEUTRAL = const(1 << 7)
WELDED = const(1 << 8)
NOT_CLOSED = const(1 << 9)
CHATTER = const(1 << 10)
LOCK = const(1 << 11)
CABLE = const(1 << 12)
OVER_CURRENT = const(1 << 13)
OVER_VOLTAGE = const(1 << 14)
UNDER_VOLTAGE = const(1 << 15)
FREQUENCY = const(1 << 16)
TEMPERATURE_DERATE = const(1 << 17)
TEMPERATURE = const(1 << 18)
TEMPERATURE_SENSOR = const(1 << 19)
LOOSE_TERMINAL = const(1 << 20)
METER = const(1 << 21)
EMERGENCY_STOP = const(1 << 22)
DOOR = const(1 << 23)
TILT = const(1 << 24)
LEASE = const(1 << 25)
OVERRUN = const(1 << 26)
SETTINGS = const(1 << 27)
RESET_LOOP = const(1 << 28)
GUARD = const(1 << 29)

LOCAL_ONLY = WELDED | RESIDUAL_TEST | EARTH     # never cleared from afar: somebody must have looked


class Fault:
    """A row: its columns as attributes; `hold_ms`, `retries` and `daily` are numbers, `status` may be None."""

    def __init__(self, row):
        (self.name, self.action, self.recovery, hold_ms, retries, daily, self.code, self.vendor, status,
         self.text) = str(row, "utf-8").split("|")
        self.hold_ms, self.retries, self.daily = int(hold_ms), int(retries), int(daily)
        self.status = status or None


def rows():
    """Each row of the table as a `Fault`, in its order: the place of a row is its index."""
    at = 0
    while at < len(TABLE):
        end = TABLE.find(b"\n", at)
        yield Fault(TABLE[at:end])
        at = end + 1


def fault(index):
    """The row of that index as a `Fault`."""
    at = 0
    for _ in range(index):
        at = TABLE.find(b"\n", at) + 1
    return Fault(TABLE[at : TABLE.find(b"\n", at)])


def bits(named):
    """The mask of the faults of those names; a name the table does not have has no bit."""
    found = 0
    for i, row in enumerate(rows()):
        if row.name in named:
            found |= 1 << i
    return found


def mask(column, value):
    """The bits of all faults whose `column` (an attribute of Fault) is `value`."""
    found = 0
    for i, row in enumerate(rows()):
        if getattr(row, column) == value:
            found |= 1 << i
    return found


def those(mask, tolerated=0):
    """The faults in a mask as `Fault`s, in the table's order; those of the mask `tolerated` only warn."""
    found, at = [], 0
    while mask:                         # asked all the time while a fault lasts: only rows that are wanted are taken apart
        end = TABLE.find(b"\n", at)
        if mask & 1:
            row = Fault(TABLE[at:end])
            if tolerated & 1:
                row.action, row.status = "warn", None
            found.append(row)
        at = end + 1
        mask >>= 1
        tolerated >>= 1
    return found


def names(mask):
    """Their names."""
    return [row.name for row in those(mask)]
