"""Changing a charger's settings from the host: stage, look, commit, restart where needed, read back, confirm."""

import contextlib
import time

from tools.host import exported
from tools.host.exits import Trouble

_IMPORT_S = 8
_COMMIT_S = 15
_TRIES = 5


def stage(charger, wanted):
    """Stage an `Exported` as a whole; a row {key, result, text} for each line. Trouble IMPORT has the rows in `data`."""
    for _ in range(_TRIES):
        try:
            return charger.ask("config import", _IMPORT_S, body=wanted.text())["lines"]
        except Trouble as error:  # perhaps it is staged
            if error.code != "UNSURE":
                raise
            unsure = error
            drop(charger)
    raise unsure


def drop(charger):
    """Forget what is staged, if anything is."""
    for _ in range(_TRIES):
        if not charger.ask("config diff"):
            return
        try:
            charger.ask("config rollback")
        except Trouble as error:  # the answer was lost: the diff tells
            if error.code != "UNSURE":
                raise
            unsure = error
    raise unsure


@contextlib.contextmanager
def dropping(charger):
    """What is staged before goes, and so does what an error leaves staged."""
    drop(charger)
    try:
        yield
    except BaseException:
        with contextlib.suppress(Trouble):
            drop(charger)
        raise


def differing(charger, wanted):
    """Names of settings that do not hold what `wanted` says: what can be read is read and compared here; of a secret the
    charger itself says whether it is the same."""
    rows = stage(charger, wanted)
    different = {row["key"] for row in rows if row["result"] != "same"}
    drop(charger)
    held = charger.ask("config get")
    for name, value in wanted.settings.items():
        if held.get(name) is not None and not same(held[name], value):
            different.add(name)
    return sorted(different)


def same(held, wanted):
    """As the charger writes a value: words of a list without spaces, true and false in any case."""
    return _plain(held) == _plain(wanted)


def _plain(text):
    text = ",".join(part.strip() for part in text.split(","))
    return text.lower() if text.lower() in ("true", "false") else text


def commit(charger, restart=True, central_s=0, check=None):
    """Make what is staged so. What counts only after a restart gets one, if `restart`. What must be confirmed is, when
    `check()` raises nothing and the central system has accepted the charger within `central_s`; else it is taken back.

    {changed, restarted, confirmed, central}; Trouble FAILED, or the check's own, when it was taken back.
    """
    done = _commit(charger)
    told = {"changed": done["changed"], "restarted": False, "confirmed": False, "central": None}
    try:
        if done["reboot"] and restart:
            _restart(charger, done["confirm_s"] is not None)
            told["restarted"] = True
        if central_s and (restart or not done["reboot"]):
            told["central"] = accepted(charger, central_s)
        if told["central"] is False:
            raise Trouble("FAILED", f"the central system did not accept the charger within {central_s:g} s: it is taken back")
        if check:
            check()
    except Trouble as error:
        if done["confirm_s"] is not None and error.code not in ("GONE", "SILENT"):
            undo(charger)
        raise
    if done["confirm_s"] is not None:
        told["confirmed"] = confirm(charger)
    return told


def _commit(charger):
    """The answer of `config commit`. Where it was lost the charger tells whether anything is still staged; then all that
    may be needed is done."""
    names = [row["key"] for row in charger.ask("config diff")]
    try:
        return charger.ask("config commit", _COMMIT_S)
    except Trouble as error:
        if error.code != "UNSURE" or charger.ask("config diff"):
            raise
    return {"changed": names, "confirm_s": 0, "reboot": True}


def confirm(charger):
    """Keep a change; False where none waits (any more)."""
    try:
        charger.ask("config confirm")
    except Trouble as error:
        if error.code != "NOTHING":
            raise
        return False
    return True


def _restart(charger, taken_back):
    try:
        charger.reboot()
    except Trouble as error:
        if error.code != "BUSY":
            raise
        then = "it is taken back" if taken_back else "it is committed, and counts after the next restart"
        raise Trouble("BUSY", f"the change wants a restart, and {error}: {then}") from None


def undo(charger):
    """Take back a change that nobody has confirmed, if there is one. The charger restarts by itself where that is needed
    for it to count."""
    try:
        charger.ask("config rollback")
    except Trouble as error:
        if error.code != "NOTHING":
            raise
        return
    time.sleep(2)
    charger.interrupt()


def accepted(charger, within_s):
    """Whether the central system accepts the charger within so long."""
    end = time.monotonic() + within_s
    while not charger.ask("ocpp")["accepted"]:
        if time.monotonic() >= end:
            return False
        time.sleep(0.5)
    return True


def take(charger, scope):
    """An `Exported`: scope "changed" (a template: no name, no secret), "all", or "secrets" (factory)."""
    return exported.of_answer(charger.ask(f"config export {scope}", role="factory" if scope == "secrets" else "installer"))
