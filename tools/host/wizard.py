"""Driving the charger's `commission`: step by step, with a person who answers, or with answers given beforehand.

The charger keeps the record; a pulled cable, a restart or Ctrl-C costs the step that ran, and the same command goes on there.
"""

from tools.host.charger import ANSWER_S
from tools.host.exits import Trouble
from tools.host.lasting import LOST

_STEP_S = 900  # between two words of a running step: it waits ten minutes for a person
_RECORD_S = 20
_IN_A_ROW = 5  # so often it may be lost, back, and lost again with nothing done
SIGN_OFF = "signoff"


class Wizard:
    """`person` answers: `answer(step, key, text)` -> a line, `choose(step, text, failed)` -> ("do", ""), ("skip", reason) or
    ("stop", ""); `told(step, text)` hears what happens, `lost(step, text)` that the charger is waited for, up to `wait_s`,
    `refused(step, error)` that a step could not be done now, `event(message)` what comes of it. `curves` fills as steps run."""

    def __init__(self, charger, person, wait_s=120):
        self._charger, self._person, self._wait_s = charger, person, wait_s
        self.curves = {}
        self._lost = 0

    def run(self, anew=False):
        """Until it is signed, or the person stops: the last `commission status`."""
        state = self.ask("commission status")
        over = state["number"] if anew or state["state"] != "open" else None
        while state["number"] == over:
            self._try("", "commission begin force" if state["state"] == "open" else "commission begin")
            state = self.ask("commission status")
        while state["state"] == "open":
            row = _next(state["steps"])
            place = [one["step"] for one in state["steps"]].index(row["step"]) + 1
            what, reason = self._person.choose(row["step"], f"{place} of {len(state['steps'])}: {row['title']}", row["verdict"] == "FAIL")
            if what == "stop":
                return state
            self._one(row["step"], what, reason)
            state = self.ask("commission status")
        return state

    def record(self):
        """The record as it stands."""
        return self.ask("commission record", _RECORD_S)

    def ask(self, command, within_s=ANSWER_S):
        """The result of a command that may be asked again, however often the charger is lost over it."""
        while True:
            told = self._try("", command, within_s)
            if told is not None:
                return told

    def _one(self, step, what, reason):
        try:
            if what == "skip":
                told = self._try(step, f"commission skip {step} {reason}")
            else:
                told = self._try(
                    step, f"commission step {step}", _STEP_S, on_event=self._event, on_ask=lambda ask: self._answer(step, ask)
                )
        except Trouble as error:
            if error.code not in ("FAILED", "BUSY", "CANCELLED", "TIMEOUT"):
                raise
            self._person.refused(step, error)  # nothing was booked: it is asked again
            return
        if told:
            self._person.event({"event": "step"} | told)

    def _try(self, step, command, within_s=ANSWER_S, **how):
        """The result; None when the charger was lost over it, and is back: it was done or was not, `commission status` tells."""
        try:
            told = self._charger.ask(command, within_s, **how)
        except Trouble as error:
            self._lost += error.code in LOST
            if error.code not in LOST or self._lost > _IN_A_ROW:
                raise
            self._person.lost(step, f"{error}; waiting for the charger")
            self._charger.reopen(self._wait_s)
            return None
        self._lost = 0
        return told

    def _answer(self, step, ask):
        return self._person.answer(step, ask.get("key", ""), ask["ask"])

    def _event(self, message):
        step = message.get("step", "")
        if "say" in message:
            self._person.told(step, message["say"])
        elif "mv" in message:
            self.curves[step] = {"interval_us": message["interval_us"], "mv": message["mv"]}
        elif "t_s" in message:
            points = self.curves.setdefault(step, [])
            if points and message["t_s"] <= points[-1]["t_s"]:
                points.clear()  # the step was begun anew
            points.append({name: message[name] for name in ("t_s", "power_w", "wh")})
            self._person.event(message)


def _next(steps):
    """The row to do now: the first that was not done; before signing off, the first that failed."""
    todo = [row for row in steps if row["verdict"] is None]
    failed = [row for row in steps if row["verdict"] == "FAIL"]
    return failed[0] if failed and todo and todo[0]["step"] == SIGN_OFF else todo[0]
