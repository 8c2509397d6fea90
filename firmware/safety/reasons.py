"""Why the contactor may not close: codes in the order in which the proofs are asked, and their words."""
from micropython import const

NONE = const(0)
# what forbids to offer energy (x1)
FAULT = const(1)
UNPLUGGED = const(2)
LETTER = const(3)
PERMIT = const(4)
LIMIT = const(5)
GUARD = const(6)
PROXIMITY = const(7)
LOCK = const(8)
SELF_TEST = const(9)
FAULT_PAUSE = const(10)
PAUSE = const(11)
X1_STEP = const(12)
LATE = const(13)
WAKING = const(14)
LAST_OF_OFFER = const(14)
# offered (x2): what still forbids to close
VEHICLE = const(15)
VENTILATION = const(16)
FILTER = const(17)
DIODE = const(18)
NOT_OPEN = const(19)
RECLOSE = const(20)
VENTILATING = const(21)
# only as the reason of an opening
UNDER_LOAD = const(22)

# In the order of the codes, one text, each word ended by a bar: read in place, it costs the heap nothing
_WORDS = (
    b"ready|"
    b"fault|"
    b"no vehicle is plugged in|"
    b"pilot shows no legal state|"
    b"waiting for authorisation|"
    b"current limit is below 6 A|"
    b"guard is fit for the bench only|"
    b"cable is being read|"
    b"plug is not locked|"
    b"residual-current monitor is being tested|"
    b"pause after a fault|"
    b"pause after opening|"
    b"pause before offering again|"
    b"vehicle asked too long ago, asking again|"
    b"sleeping vehicle is being woken|"
    b"vehicle does not ask for energy|"
    b"vehicle asks for ventilation|"
    b"vehicle's request is being confirmed|"
    b"vehicle's pilot diode is being checked|"
    b"contactor is not proven open|"
    b"pause between two closings|"
    b"waiting for the fan|"
    b"vehicle kept drawing after the stop|"
)


def words(code):
    """What a code says."""
    at = 0
    for _ in range(code):
        at = _WORDS.find(b"|", at) + 1
    return str(_WORDS[at : _WORDS.find(b"|", at)], "utf-8")


def text(unit):
    """The answer to "why is it not charging?" for one connector, the first failing proof; "charging" when closed."""
    if unit.contactor.command:
        return "charging" if unit.offered else "stopping: " + _cause(unit)
    return _cause(unit)


def _cause(unit):
    code = unit.cause
    if code == FAULT:
        blocking = [unit.told(row) for row in unit.faults if row.action != "warn"]
        return blocking[0] if blocking else "fault"
    if code == PERMIT:
        return unit.permit.why
    if code == LIMIT:
        return "%s limits the current to %d mA, below %d A" % (unit.limit_by, unit.limit_ma, unit.floor_ma // 1000)
    return words(code)
