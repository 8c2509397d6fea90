"""One unit of `rudved clone`: which row of the list it is, its settings, read back, its secret, its label."""

import contextlib
import threading

from tools.host import label, settings
from tools.host.charger import Charger
from tools.host.exits import Trouble
from tools.host.exported import Exported
from tools.host.output import secret_of

_TRIES = 3  # of a unit whose line is bad; one that is gone waits for the next run
_AGAIN = ("UNSURE", "NOISE", "LOST", "STRANGE")
_QR = "SN={serial};CP={name};EVSE={evse_id}"


class Job:
    """All that the units have in common. `claim` gives each charger its row; workers on several ports share it.

    `qr`: the label's code, with {serial}, {name}, {evse_id}, {location}, {note} and {model} filled in.
    """

    def __init__(self, template, units, book, labels, qr=None, central_s=0):
        self.template, self.units, self.book, self.labels = template, units, book, labels
        self.qr = qr or _QR
        self.central_s = central_s
        self._lock = threading.Lock()
        self._taken = {}  # row -> serial, of the units under way

    def left(self):
        """Units that are not done."""
        return [unit for unit in self.units if not self.book.done(unit, self.template)]

    def claim(self, serial):
        """The unit of a charger: the row with its serial number, the row it was begun as, or the next free one.

        None where it is done already; Trouble NOTHING where there is no row for it.
        """
        with self._lock:
            mine = [unit for unit in self.units if serial in (unit.serial, self.book.serial(unit)) and unit.serial in ("", serial)]
            for unit in mine:
                if self.book.done(unit, self.template):
                    return None
            free = mine or [
                unit for unit in self.left() if not unit.serial and not self.book.serial(unit) and unit.row not in self._taken
            ]
            if not free:
                raise Trouble("NOTHING", f"{serial} is in no row of the list, and no row without a serial number is free")
            self._taken[free[0].row] = serial
            return free[0]

    def release(self, unit):
        with self._lock:
            self._taken.pop(unit.row, None)


def clone(job, device, baud, told):
    """Do the unit at `device`: its line in the book, None where it is done already. Trouble: nothing at all could be begun.

    `told(text)` hears what is being done.
    """
    secret = [None]

    def secret_for(role):
        return secret[0] or secret_of(role)

    with Charger(device, baud, secret_for, told) as charger:
        status = charger.status()
        serial = status["serial"]
        unit = job.claim(serial)
        if unit is None:
            return None
        try:
            held, secret[0] = job.book.fill(unit, serial)
            job.book.write(unit, serial, "begun", job.template, device)
            what = _attempts(job, charger, unit, held, secret[0], told)
            if what is None:
                _label(job, unit, status, held, secret[0])
            result = "failed" if what else "done"
            return job.book.write(unit, serial, result, job.template, device, what or "", status["firmware"])
        finally:
            job.release(unit)


def _attempts(job, charger, unit, held, secret, told):
    """None when all is as it must be, else what went wrong."""
    wanted = Exported(_merged(job.template.settings, held), job.template.version, job.template.board)
    for attempt in range(_TRIES):
        try:
            return _push(job, charger, wanted, secret, told)
        except Trouble as error:
            if error.code not in _AGAIN or attempt == _TRIES - 1:
                return f"{error.code}: {error}"
            told(f"{unit.name}: {error}; again")
            with contextlib.suppress(Trouble):
                charger.reopen(20)


def _merged(template, own):
    """The template with the unit's own settings over it, whatever case their names are written in."""
    names = {name.lower(): name for name in template}
    return template | {names.get(name.lower(), name): value for name, value in own.items()}


def _push(job, charger, wanted, secret, told):
    def check():
        told("reading back")
        different = settings.differing(charger, wanted)
        if different:
            raise Trouble("DIFFERS", f"read back and found different: {', '.join(different)}")

    with settings.dropping(charger):
        told("settings")
        lines = settings.stage(charger, wanted)
        if any(line["result"] == "change" for line in lines):
            try:
                settings.commit(charger, central_s=job.central_s, check=check)
            except Trouble as error:
                if error.code != "BUSY":
                    raise
                # an earlier run was cut off before it confirmed: as before it, then again
                settings.drop(charger)
                settings.undo(charger)
                raise Trouble("UNSURE", "an unconfirmed change of an earlier run was in the way") from None
        else:
            settings.confirm(charger)
            check()
    if secret:
        told("secret")
        charger.ask("secret installer", on_ask=lambda message: secret)
        charger.login("installer")  # proves that it is what we think
    return None


def _label(job, unit, status, held, secret):
    if not job.labels:
        return
    serial, name = status["serial"], held.get("ChargePointId") or status["serial"]
    facts = {"serial": serial, "name": name, "model": status["model"], **unit.label}
    lines = [name, f"{status['model']}  S/N {serial}", facts["evse_id"], facts["location"], facts["note"]]
    label.write(job.labels, serial, job.qr.format(**facts), lines)
    if secret:
        label.write(job.labels, f"{serial}-sealed", secret, [secret, "installer secret: keep sealed", f"S/N {serial}"], private=True)
