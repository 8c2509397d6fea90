"""The one table of the console's commands: name, least role, what runs, what it takes, one line of help, an example."""
from collections import namedtuple

from firmware.console import access, config, looking, service, sessions, transfer
from firmware.console.answers import Answer, Refusal
from firmware.console.editor import columns
from firmware.support.log import LEVELS

_V, _I, _F = access.ROLES
Command = namedtuple("Command", ("name", "role", "run", "takes", "help", "example"))


def help_(console, args):
    """All commands, those of one family, or one with its example."""
    if not args:
        rows = [row[0] for row in TABLE]
        lines = columns(rows) + ["", "`help COMMAND` tells more. Tab completes, the arrows bring lines back, Ctrl-C stops.",
                                 "--json after a command: one line for programs. You are %s." % console.access.role]
        return Answer({"commands": rows}, lines)
    name = " ".join(args)
    found = [Command(*row) for row in TABLE if row[0] == name or row[0].startswith(name + " ")]
    if not found:
        raise Refusal("UNKNOWN", "%s: no such command; `help` lists them" % name)
    if len(found) == 1:
        row = found[0]
        return Answer({"command": row.name, "takes": row.takes, "role": row.role, "help": row.help, "example": row.example},
                      [(row.name + " " + row.takes).rstrip() + "   (%s)" % row.role, "  " + row.help, "  e.g. " + row.example])
    wide = max([len(row.name) for row in found])
    return Answer({"commands": [row.name for row in found]},
                  [row.name + " " * (wide - len(row.name)) + "  " + row.help for row in found])


def machine(console, args):
    if args not in (("on",), ("off",)):
        raise Refusal("USAGE", "machine on|off")
    console.for_people()
    if args == ("off",):
        return Answer(None, ["for people again"])
    console.machine, console.strict = True, console.sealed
    console.editor.echo = False
    return Answer()


def bundle(console, args):
    """What the maker wants to see: commands and their answers, one line of JSON each."""
    return console.run_each(("status", "live", "why", "faults", "session list", "config history", "config export", "log"))


TABLE = (
    ("help", _V, help_, "[COMMAND]", "the commands, or one of them", "help config set"),
    ("status", _V, looking.status, "", "what this charger is and does", "status --json"),
    ("why", _V, looking.why, "[CONNECTOR]", "why it does not charge, the first thing first", "why"),
    ("live", _V, looking.live, "[TIMES]", "pilot, cable, contactor, meter, heat, each second until a key", "live"),
    ("scope", _V, looking.scope, "[CONNECTOR]", "one period of the pilot, drawn", "scope 1"),
    ("faults", _V, looking.faults, "", "what is wrong and how it recovers", "faults"),
    ("ocpp", _V, looking.ocpp, "", "the central system and the way to it", "ocpp"),
    ("log", _V, looking.log, "[HOW MANY | off | LEVEL]", "kept log lines; with a level, what is shown as it comes", "log info"),
    ("session list", _V, sessions.list_, "[HOW MANY]", "charging sessions, the newest last", "session list 3"),
    ("session show", _V, sessions.show, "ID", "one session with all its turns", "session show 12"),
    ("config get", _V, config.get, "[PART OF A NAME]", "settings, or all about one", "config get MaxCurrentA"),
    ("config set", _I, config.set_, "KEY VALUE", "put a change aside; nothing happens before the commit", "config set MaxCurrentA 16"),
    ("config diff", _V, config.diff, "", "what is staged, checked as a whole", "config diff"),
    ("config commit", _I, config.commit, "", "make what is staged so, all or nothing", "config commit"),
    ("config confirm", _I, config.confirm, "", "keep a change that would be taken back", "config confirm"),
    ("config rollback", _I, config.rollback, "[N]", "drop what is staged, else take back; N: stage what undoes change N",
     "config rollback"),
    ("config history", _V, config.history, "", "changes made at this console", "config history"),
    ("config export", _V, transfer.export, "[changed|all|secrets]", "settings as text to keep or to give to others",
     "config export"),
    ("config import", _I, transfer.import_, "", "stage an export, after telling what each line would do", "config import"),
    ("meter read", _V, service.meter_read, "[CONNECTOR]", "what the meter says", "meter read"),
    ("meter scan", _I, service.meter_scan, "[all]", "find the meters on the line; never guesses", "meter scan"),
    ("card list", _V, service.card_list, "", "cards this charger knows", "card list"),
    ("card learn", _I, service.card_learn, "", "what the next card is called; starts nothing", "card learn"),
    ("test", _I, service.test, "|".join(service.TESTS) + " [CONNECTOR]", "try one part, by the ways charging uses", "test rcd"),
    ("clear", _I, service.clear, "NAME [CONNECTOR]", "a fault that waits for a person", "clear residual_test"),
    ("trace ocpp", _I, service.trace_ocpp, "", "frames to and from the central system until a key", "trace ocpp"),
    ("support-bundle", _I, bundle, "", "everything the maker asks for, without secrets", "support-bundle"),
    ("reboot", _I, service.reboot, "[force]", "restart in order", "reboot"),
    ("factory-reset", _I, service.factory_reset, "SERIAL", "all settings to their defaults; sessions stay", "factory-reset R0000001"),
    ("login", _V, access.login, "[installer|factory]", "by secret, or by the maker's answer to `code`", "login installer"),
    ("logout", _V, access.logout, "", "be a viewer again", "logout"),
    ("code", _V, access.code, "[installer|factory]", "a challenge for the maker, good once for 72 h", "code installer"),
    ("secret", _I, access.secret, "[installer|factory]", "set the secret of a role", "secret installer"),
    ("machine", _V, machine, "on|off", "for programs: no echo, no prompt, no log, answers in JSON", "machine on"),
)
_SECOND = {
    "log": ("off",) + LEVELS, "test": service.TESTS, "config export": ("changed", "all", "secrets"), "login": (_I, _F),
    "code": (_I, _F), "secret": (_I, _F), "machine": ("on", "off"), "meter scan": ("all",), "reboot": ("force",),
}
_KEYED = ("config get", "config set")


def find(words):
    """(Command, its arguments) of the words of a line. Refusal for none."""
    for count in (2, 1):
        name = " ".join(words[:count])
        for row in TABLE:
            if row[0] == name:
                return Command(*row), tuple(words[count:])
    family = [row[0] for row in TABLE if row[0].startswith(words[0] + " ")]
    if family:
        raise Refusal("USAGE", "%s what? %s" % (words[0], ", ".join([name[len(words[0]) + 1:] for name in family])))
    raise Refusal("UNKNOWN", "%s: no such command; `help` lists them" % words[0][:40])


def complete(app, line):
    """(candidates, how much of them is typed) for the last word of `line`."""
    before, _, typed = line.rpartition(" ")
    before = " ".join(before.split())
    if before.startswith("help"):
        before = before[5:]
    return [word for word in _next_words(app, before) if word.lower().startswith(typed.lower())], len(typed)


def _next_words(app, before):
    if before in _KEYED:
        settings = app.settings
        keys = [settings.key(name) for name in settings.names()]
        return [key.name for key in keys if not key.hidden and (before == _KEYED[0] or key.access != "R")]
    if before == "clear":
        return [row.name for one in app.charger.connectors for row in one.unit.faults]
    if before in _SECOND:
        return _SECOND[before]
    begun = before + " " if before else ""
    words = []
    for row in TABLE:
        word = row[0][len(begun):].split(" ")[0]
        if row[0].startswith(begun) and word not in words:
            words.append(word)
    return words
