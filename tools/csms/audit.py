"""The conversation's rules that no schema can say: ids, turns, boot order, status steps, time."""

from dataclasses import dataclass

from tools.csms.frames import moment

# OCPP 1.6 edition 2, 4.9: from each status, the steps the table leaves open. Any status may come first after a boot or
# a gap in the connection, and a status may be told again.
STEPS = {
    "Available": "Preparing Charging SuspendedEV SuspendedEVSE Reserved Unavailable Faulted",
    "Preparing": "Available Charging SuspendedEV SuspendedEVSE Finishing Faulted",
    "Charging": "Available SuspendedEV SuspendedEVSE Finishing Unavailable Faulted",
    "SuspendedEV": "Available Charging SuspendedEVSE Finishing Unavailable Faulted",
    "SuspendedEVSE": "Available Charging SuspendedEV Finishing Unavailable Faulted",
    "Finishing": "Available Preparing Unavailable Faulted",
    "Reserved": "Available Preparing Unavailable Faulted",
    "Unavailable": "Available Preparing Charging SuspendedEV SuspendedEVSE Faulted",
    "Faulted": "Available Preparing Charging SuspendedEV SuspendedEVSE Finishing Reserved Unavailable",
}
STEPS = {status: frozenset(steps.split()) for status, steps in STEPS.items()}
MAIN_CONTROLLER = frozenset(("Available", "Unavailable", "Faulted"))
EARLIEST_YEAR = 2020


@dataclass(frozen=True)
class Violation:
    """A broken rule: whose, which, and the frame that broke it. `t` is the central system's clock."""

    t: object
    charge_point: str
    side: str  # "charge point" or "central system"
    reason: str
    frame: str

    def __str__(self):
        shown = self.frame if len(self.frame) <= 400 else self.frame[:400] + "…"
        return f"{self.t:%H:%M:%S} {self.side} {self.charge_point}: {self.reason}\n    {shown}"


class Conversation:
    """What one charge point has said so far, over all its connections. Methods return the rules that were broken."""

    def __init__(self):
        self.registration = None  # the last boot status given to it
        self.boot_due = None  # not before this moment may a refused one ask again
        self.status = {}  # connector -> the last status told
        self.triggered = 0  # TriggerMessages it may still answer with a message out of turn
        self._said = {}  # message id -> (action, payload), over all connections
        self._ids_here = set()
        self._waiting = None  # (message id, when it came) of the call not yet answered

    def connected(self):
        """A new connection: ids may be used again for a repetition, and statuses have moved on unseen."""
        self._ids_here = set()
        self._waiting = None
        self.boot_due = None  # the charge point may have started anew, which nobody can see from here
        self.status = {}

    def call(self, frame, now, patience_s):
        """Rules of the turn: a fresh id, and nobody speaks again before the answer."""
        broken = []
        if frame.unique_id in self._ids_here:
            broken.append(f"the message id {frame.unique_id!r} is used again on the same connection")
        elif self._said.get(frame.unique_id, (frame.action, frame.payload)) != (frame.action, frame.payload):
            broken.append(f"the message id {frame.unique_id!r} stood for another message before")
        self._ids_here.add(frame.unique_id)
        self._said[frame.unique_id] = frame.action, frame.payload
        if self._waiting and (now - self._waiting[1]).total_seconds() < patience_s:
            broken.append(f"{frame.action} while {self._waiting[0]!r} is not answered: two calls outstanding")
        self._waiting = frame.unique_id, now
        return broken + self._registered(frame, now)

    def answered(self, unique_id):
        """The central system has answered this call, or has let it go on purpose."""
        if self._waiting and self._waiting[0] == unique_id:
            self._waiting = None

    def _registered(self, frame, now):
        if frame.action == "BootNotification":
            self.status = {}
            early = self.boot_due and now < self.boot_due and not self.triggered
            return (
                [f"BootNotification {(self.boot_due - now).total_seconds():.1f} s before its interval"] if early else []
            )
        if self.registration == "Accepted":
            return []
        if self.registration == "Pending" and self.triggered:
            self.triggered -= 1
            return []
        how = "before any BootNotification" if self.registration is None else f"while {self.registration}"
        return [f"{frame.action} {how}"]

    def notification(self, payload):
        """Rules of one StatusNotification."""
        connector, status = payload["connectorId"], payload["status"]
        before, broken = self.status.get(connector), []
        if connector < 0:
            broken.append(f"connector {connector}")
        if connector == 0 and status not in MAIN_CONTROLLER:
            broken.append(f"connector 0 is {status}; it may be {', '.join(sorted(MAIN_CONTROLLER))}")
        elif before and status != before and status not in STEPS[before]:
            broken.append(f"connector {connector} goes from {before} to {status}")
        if status == "Faulted" and payload["errorCode"] == "NoError":
            broken.append(f"connector {connector} is Faulted with NoError")
        self.status[connector] = status
        return broken


def times(payload, now, ahead_s):
    """Broken rules of every timestamp anywhere in a payload: no 1970, no future."""
    broken = []
    for name, value in payload.items():
        if name == "timestamp":
            when = moment(value)
            if when.year < EARLIEST_YEAR:
                broken.append(f"the timestamp {value} is from before the charger was built")
            elif ahead_s is not None and (when - now).total_seconds() > ahead_s:
                broken.append(f"the timestamp {value} lies {(when - now).total_seconds():.0f} s ahead")
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                broken += times(inner, now, ahead_s)
    return broken
