"""Driving the charger's `commission`: step by step, with a person who answers, or with answers given beforehand.

The charger keeps the record; a pulled cable, a restart or Ctrl-C costs the step that ran, and the same command goes on there.
"""

from tools.host.exits import Trouble
from tools.host.lasting import LOST

_STEP_S = 900  # between two words of a running step: it waits ten minutes for a person
_BACK_S = 120
SIGN_OFF = "signoff"


class Wizard:
    """`person` answers: `answer(step, key, text)` -> a line, `choose(step, text, failed)` -> ("do", ""), ("skip", reason) or
    ("stop", ""); `told(step, text)` hears what happens, `event(message)` what comes of it. `curves` fills as steps run."""

    def __init__(self, charger, person, curves):
        self._charger, self._person, self.curves = charger, person, curves

    def run(self, anew=False):
        """Until it is signed, or the person stops: the last `commission status`."""
        state = self._charger.ask("commission status")
        if anew and state["state"] == "open":
            state = self._charger.ask("commission begin force")
        elif state["state"] != "open":
            state = self._charger.ask("commission begin")
        while state["state"] == "open":
            row = _next(state["steps"])
            place = [one["step"] for one in state["steps"]].index(row["step"]) + 1
            what, reason = self._person.choose(row["step"], f"{place} of {len(state['steps'])}: {row['title']}", row["verdict"] == "FAIL")
            if what == "stop":
                return state
            self._one(row["step"], what, reason)
            state = self._charger.ask("commission status")
        return state

    def _one(self, step, what, reason):
        try:
            if what == "skip":
                told = self._charger.ask(f"commission skip {step} {reason}")
            else:
                told = self._charger.ask(
                    f"commission step {step}", _STEP_S, on_event=self._event, on_ask=lambda ask: self._answer(step, ask)
                )
        except Trouble as error:
            if error.code in LOST:
                self._person.told(step, f"{error}; waiting for the charger")
                self._charger.reopen(_BACK_S)
            elif error.code in ("FAILED", "BUSY", "CANCELLED", "TIMEOUT"):  # nothing was booked: it is asked again
                self._person.refused(step, error)
            else:
                raise
            return
        self._person.event({"event": "step"} | told)

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
