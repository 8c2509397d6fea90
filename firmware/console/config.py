"""`config`: settings are staged, looked at, committed together, and taken back unless confirmed where they can cut one off."""
import json

from micropython import const

from firmware.console.answers import Answer, Refusal, table, words
from firmware.storage import records
from firmware.storage.values import SettingError, text_of
from firmware.support import ondemand

CONFIRM_S = const(120)
SOURCE = "config"                       # of its notes in the journal


class Changes:
    """What the console changes: noted in the journal, and taken back where it waits to be confirmed and nobody does.

    A change of settings marked "cutting" is committed together with what was before (setting Unconfirmed), so that it
    can be taken back even by the next boot, whose clock begins anew.
    """

    def __init__(self, app):
        self._app = app
        self._settings = app.settings
        self._clock = app.clock
        self._was = _unconfirmed(app.settings)                  # {name: text before} of the change that waits
        self._by_boot = bool(app.settings.get("Unconfirmed"))   # in force since the start: taking it back takes a restart
        self._deadline_s = app.clock.up_s() + CONFIRM_S
        self._restart = False

    def waits(self):
        """Seconds left to confirm, None where nothing waits."""
        if not self._settings.get("Unconfirmed"):
            return None
        return max(0, self._deadline_s - self._clock.up_s())

    def commit(self, by):
        """Commit what is staged; the keys that changed. Refusal, SettingError or OSError: nothing changed."""
        keys = self.make(self._settings.staged(), by)
        self._settings.rollback()
        return keys

    def make(self, changes, by):
        """The same for `changes` (typed), whatever is staged."""
        settings = self._settings
        if self.waits() is not None:
            raise Refusal("BUSY", "an earlier change waits: `config confirm` or `config rollback` first")
        was = {name: text_of(settings.get(name)) for name in changes if changes[name] != settings.get(name)}
        if not was:
            return []
        keys = [settings.key(name) for name in was]
        cutting = bool([key for key in keys if key.cutting])
        if cutting:
            changes["Unconfirmed"] = json.dumps(was)
        settings.apply(changes, inside=True)
        if cutting:
            self._was, self._by_boot = was, False
            self._deadline_s = self._clock.up_s() + CONFIRM_S
        self._note({key.name: None if key.secret else was[key.name] for key in keys}, by)
        return keys

    def confirm(self):
        """Keep the change that would be taken back."""
        if self.waits() is None:
            raise Refusal("NOTHING", "nothing waits to be confirmed")
        self._settings.set("Unconfirmed", "", inside=True)

    def undo(self, by):
        """Take the unconfirmed change back, now; the names."""
        settings, was = self._settings, self._was
        back = {name: was[name] for name in was if name in settings.names()}
        keys = [settings.key(name) for name in back]
        now = {key.name: None if key.secret else settings.text(key.name) for key in keys}
        back["Unconfirmed"] = ""
        settings.apply(back, inside=True)
        self._note(now, by)
        self._restart = self._by_boot and bool([key for key in keys if key.reboot])
        return [key.name for key in keys]

    def step(self):
        """To be called each second."""
        if self.waits() == 0:
            try:
                names = self.undo("nobody confirmed")
            except (SettingError, OSError) as error:
                self._app.log.error("console", "the unconfirmed change cannot be taken back: %s" % error)
                self._settings.set("Unconfirmed", "", inside=True)
            else:
                self._app.log.warning("console", "nobody confirmed: taken back: " + ", ".join(names))
        if self._restart and not [one for one in self._app.charger.connectors if one.session]:
            self._restart = False
            self._app.restart("soft")

    def _note(self, was, by):
        text = json.dumps({"by": by, "was": was})
        try:
            self._app.journal.append(records.NOTE, records.encode_note(SOURCE, text))
        except Exception as error:      # full or broken: the change itself stands
            self._app.log.warning("console", "the change is not in the history: %s" % error)


def _unconfirmed(settings):
    """{name: text before} of a change that nobody confirmed before the restart, as today's settings."""
    try:
        was = json.loads(settings.get("Unconfirmed") or "{}")
    except ValueError:
        return {}
    if not was:
        return was
    ondemand.load("firmware.storage.migrations").migrate(was, 1)    # whichever firmware noted it down
    ondemand.release("firmware.storage.migrations")
    return was


def find(settings, name):
    """The `Key` of a name in any case; Refusal where there is none for people."""
    for one in settings.names():
        if one.lower() == name.lower():
            key = settings.key(one)
            if not key.hidden:
                return key
    raise Refusal("SETTING", "%s: there is no such setting; `config get` lists them" % name)


def shown(key, text):
    return "(secret)" if key.secret else words(text)


# Commands

def get(console, args):
    settings = console.app.settings
    wanted = args[0].lower() if args else ""
    names = [name for name in settings.names() if wanted in name.lower() and not settings.key(name).hidden]
    if not names:
        raise Refusal("SETTING", "%s: there is no such setting; `config get` lists them" % args[0])
    exact = [name for name in names if name.lower() == wanted]
    if exact or len(names) == 1:
        return _one(settings, settings.key((exact or names)[0]))
    staged = settings.staged()
    rows = []
    for name in names:
        key = settings.key(name)
        mark = "staged" if name in staged else "read only" if key.access == "R" else ""
        if key.secret and not settings.get(name):
            mark = (mark + " not set").strip()
        rows.append([name, shown(key, settings.text(name)), key.unit, mark])
    return Answer({name: settings.text(name) for name in names}, table([["key", "value", "unit", ""]] + rows))


def _one(settings, key):
    value = None if key.secret else settings.text(key.name)
    data = {"key": key.name, "value": value, "default": None if key.secret else text_of(key.default), "allowed": key.allowed(),
            "unit": key.unit, "writable": key.access != "R", "reboot": key.reboot, "help": _help(key.name),
            "set": bool(settings.get(key.name))}
    marks = [data["help"]] if data["help"] else []
    marks.append("read only" if key.access == "R" else "allowed: " + key.allowed())
    if key.secret:
        marks.append("set" if data["set"] else "not set")
    if key.reboot:
        marks.append("takes effect after a restart")
    if key.cutting:
        marks.append("must be confirmed within %d s of the commit" % CONFIRM_S)
    return Answer(data, ["%s = %s" % (key.name, shown(key, value))] + ["  " + mark for mark in marks])


def _help(name):
    """What a setting is for; None beside a charging vehicle, as nothing is loaded then."""
    try:
        told = ondemand.load("firmware.storage.keyhelp").of(name)
    except ondemand.Busy:
        return None
    ondemand.release("firmware.storage.keyhelp")
    return told


def set_(console, args):
    """A secret's value is asked for, so that it stands on no screen and in no history."""
    key = find(console.app.settings, args[0])
    if key.secret:
        if len(args) > 1:
            raise Refusal("USAGE", "%s is secret: give no value here, it is asked for" % key.name)
        return _set_secret(console, key)
    if len(args) == 1:
        raise Refusal("USAGE", "config set %s VALUE; \"\" for none" % key.name)
    return _stage(console, key, args[1])


async def _set_secret(console, key):
    return _stage(console, key, await console.ask("%s: " % key.name))


def _stage(console, key, value):
    settings = console.app.settings
    settings.stage(key.name, value)
    count = len(settings.diff())
    return Answer({"staged": count}, ["staged; %d to commit: `config diff`, `config commit`" % count])


def diff(console, args):
    settings = console.app.settings
    rows = [{"key": name, "now": now, "then": then} for name, now, then in settings.diff()]
    if not rows:
        return Answer([], ["nothing is staged"])
    lines = []
    for row in rows:
        key = settings.key(row["key"])
        lines.append("%s: %s -> %s" % (key.name, shown(key, row["now"]), shown(key, row["then"])))
    settings.verify(settings.staged())
    return Answer(rows, lines)


def commit(console, args):
    return committed(console, console.changes.commit(console.access.role))


def committed(console, keys):
    """The answer to a commit that changed `keys`."""
    left_s = console.changes.waits()
    reboot = bool([key for key in keys if key.reboot])
    data = {"changed": [key.name for key in keys], "confirm_s": left_s, "reboot": reboot}
    if not keys:
        return Answer(data, ["nothing to change"])
    lines = ["changed: " + ", ".join(data["changed"])]
    if reboot:
        lines.append("takes effect after `reboot`")
    if left_s is not None:
        after = ", or so soon after the restart" if reboot else ""
        lines.append("taken back unless you `config confirm` within %d s%s" % (left_s, after))
    return Answer(data, lines)


def confirm(console, args):
    console.changes.confirm()
    return Answer(None, ["confirmed"])


def rollback(console, args):
    """Drops what is staged; else takes back what waits to be confirmed; with a number, stages what undoes that change."""
    settings, changes = console.app.settings, console.changes
    if args:
        return console.load("history").undo(console, args[0])
    if settings.staged():
        count = len(settings.staged())
        settings.rollback()
        return Answer({"dropped": count}, ["dropped what was staged (%d)" % count])
    if changes.waits() is None:
        raise Refusal("NOTHING", "nothing is staged and nothing waits; `config history` has earlier changes")
    names = changes.undo(console.access.role)
    return Answer({"changed": names}, ["taken back: " + ", ".join(names)])
