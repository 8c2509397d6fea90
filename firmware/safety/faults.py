"""The one table of faults. Firmware, simulator, OCPP, console and documentation all read it.

Recovery: R by itself once it has been gone for `hold_ms`, at most `retries` times in a session, then it becomes U;
U until the vehicle is unplugged; L latched, survives a power cut, cleared by an authorised person.
Action: "open" opens at once and says F for 400 ms; "stop" withdraws the offer, the vehicle has 6 s; "refuse" forbids
to begin; "warn" reports only. `daily` occurrences in 24 h turn it into L. Vendor codes are ChargeX MRECs where one fits.
`status` is what a central system is told of the connector; None leaves the status as it is.
"""
from collections import namedtuple

_FIELDS = ("name", "action", "recovery", "hold_ms", "retries", "daily", "code", "vendor", "status", "text")
Fault = namedtuple("Fault", _FIELDS)

TABLE = (
    ("pilot_invalid", "open", "R", 30000, 3, 0, "EVCommunicationError", "CX014", "SuspendedEVSE", "pilot voltage fits no state"),
    ("pilot_short", "open", "R", 30000, 3, 0, "EVCommunicationError", "CX014", "SuspendedEVSE", "pilot is shorted to earth"),
    ("diode", "open", "R", 30000, 3, 0, "EVCommunicationError", "CX014", "SuspendedEVSE", "vehicle's pilot diode is missing"),
    ("pilot_blind", "open", "L", 0, 0, 0, "InternalError", "PILOT_SAMPLING", "Faulted", "pilot sampling is too slow to be trusted"),
    ("residual", "open", "U", 0, 0, 4, "GroundFailure", "CX002", "Faulted", "residual current"),
    ("residual_test", "open", "L", 0, 0, 0, "GroundFailure", "CX002", "Faulted", "residual-current monitor failed its test"),
    ("earth", "open", "R", 10000, 3, 0, "GroundFailure", "EARTH_OPEN", "Faulted", "protective earth is lost"),
    ("neutral", "open", "R", 300000, 3, 0, "OtherError", "NEUTRAL_FLOAT", "Faulted", "neutral is lost or floating"),
    ("welded", "open", "L", 0, 0, 0, "PowerSwitchFailure", "CX017", "Faulted", "contactor is welded: a pole stays live"),
    ("not_closed", "open", "R", 5000, 1, 0, "PowerSwitchFailure", "CX017", "Faulted", "contactor did not close"),
    ("chatter", "stop", "U", 0, 0, 0, "PowerSwitchFailure", "CX017", "Faulted", "contactor switched too often"),
    ("lock", "refuse", "R", 2000, 255, 0, "ConnectorLockFailure", "CX001", "Faulted", "plug lock does not close"),
    ("cable", "stop", "U", 0, 0, 0, "EVCommunicationError", "CX023", "SuspendedEVSE", "cable's proximity coding is wrong or changed"),
    ("over_current", "stop", "R", 5000, 1, 0, "OverCurrentFailure", "CX004", "Faulted", "vehicle draws more than it is offered"),
    ("over_voltage", "stop", "R", 60000, 255, 0, "OverVoltage", "CX005", "SuspendedEVSE", "supply voltage is too high"),
    ("under_voltage", "stop", "R", 60000, 255, 0, "UnderVoltage", "CX006", "SuspendedEVSE", "supply voltage is too low"),
    ("frequency", "stop", "R", 60000, 255, 0, "OtherError", "FREQ_RANGE", "SuspendedEVSE", "supply frequency is out of range"),
    ("temperature_derate", "warn", "R", 60000, 255, 0, "HighTemperature", "CX018", None, "hot: the current is reduced"),
    ("temperature", "stop", "R", 300000, 255, 0, "HighTemperature", "CX019", "Faulted", "too hot to charge"),
    ("temperature_sensor", "warn", "R", 5000, 255, 0, "HighTemperature", "SENSOR", None, "temperature sensor does not answer"),
    ("loose_terminal", "warn", "R", 600000, 255, 0, "HighTemperature", "LOOSE_TERMINAL", None, "contact heats too fast: loose terminal"),
    ("meter", "warn", "R", 5000, 255, 0, "PowerMeterFailure", "METER", None, "meter does not answer or is not plausible"),
    ("emergency_stop", "open", "L", 0, 0, 0, "OtherError", "CX008", "Faulted", "emergency stop is pressed"),
    ("door", "open", "L", 0, 0, 0, "OtherError", "DOOR_OPEN", "Faulted", "enclosure is open"),
    ("tilt", "open", "L", 0, 0, 0, "OtherError", "TILT", "Faulted", "charger is tilted"),
    ("lease", "stop", "R", 5000, 255, 0, "InternalError", "LEASE", "SuspendedEVSE", "charging logic stopped renewing its permit"),
    ("overrun", "open", "R", 30000, 255, 20, "InternalError", "TICK", "Faulted", "safety tick came late"),
    ("settings", "refuse", "L", 0, 0, 0, "InternalError", "SETTINGS", "Faulted", "settings are damaged or gone"),
    ("reset_loop", "refuse", "L", 0, 0, 0, "InternalError", "RESET_LOOP", "Faulted", "controller restarted too often"),
    ("guard", "refuse", "R", 0, 255, 0, "InternalError", "GUARD", "Unavailable", "guard is fit for the bench only"),
)

# A mask of more than 30 rows would be no small integer on the chip.
NAMES = tuple(row[0] for row in TABLE)

LOCAL_ONLY = ("welded", "residual_test", "earth")     # never cleared from afar: somebody must have looked


def fault(index):
    """The row as a `Fault`."""
    return Fault(*TABLE[index])


def bit(name):
    """The bit of that fault in a mask. ValueError for a name the table does not have."""
    return 1 << NAMES.index(name)


def mask(column, value):
    """The bits of all faults whose `column` (a field of Fault) is `value`."""
    at = _FIELDS.index(column)
    bits = 0
    for i, row in enumerate(TABLE):
        if row[at] == value:
            bits |= 1 << i
    return bits


def names(bits):
    """The names of the faults in a mask, in the table's order."""
    return [name for i, name in enumerate(NAMES) if bits >> i & 1]
