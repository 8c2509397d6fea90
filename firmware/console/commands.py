"""The one table of the console's commands, and how a line finds its row."""
from firmware.console import access, config, looking, sessions
from firmware.console.access import ROLES
from firmware.console.answers import Answer, Refusal
from firmware.console.editor import columns

# A row is name~least role~function~words it takes~help~example; one text, read in place, as the settings' table is.
# Of the words, small letters are to be typed as they are.
TABLE = (
    b"help~v~this.help_~[COMMAND]...~the commands, or one of them~help config set\n"
    b"status~v~looking.status~~what this charger is and does~status --json\n"
    b"why~v~looking.why~[CONNECTOR]~why it does not charge, the first thing first~why\n"
    b"live~v~looking.live~[TIMES]~pilot, cable, contactor, meter, heat, each second until a key~live\n"
    b"scope~v~looking.scope~[CONNECTOR]~one period of the pilot, drawn~scope 1\n"
    b"faults~v~looking.faults~~what is wrong and how it recovers~faults\n"
    b"ocpp~v~looking.ocpp~~the central system and the way to it~ocpp\n"
    b"ocpp set~i~network.ocpp_set~URL [NAME]~stage the central system's address, and the charger's name there~"
    b"ocpp set wss://csms.example/ocpp\n"
    b"wifi~v~network.status~~the Wi-Fi network~wifi\n"
    b"wifi scan~i~network.scan~~networks in the air, the strongest first~wifi scan\n"
    b"wifi join~i~network.join~NAME~join a network; the password is asked for~wifi join Depot\n"
    b"wifi leave~i~network.leave~~be in no network~wifi leave\n"
    b"wifi ap~i~network.access_point~on|off~a network of the charger's own; its password is the installer secret~wifi ap on\n"
    b"log~v~looking.log~[HOW_MANY|off|debug|info|warning|error]~kept log lines; with a level, what is shown as it comes~log info\n"
    b"session list~v~sessions.list_~[HOW_MANY]~charging sessions, the newest last~session list 3\n"
    b"session show~v~sessions.show~ID~one session with all its turns~session show 12\n"
    b"config get~v~config.get~[PART_OF_NAME]~settings, or all about one~config get MaxCurrentA\n"
    b"config set~i~config.set_~KEY [VALUE]~put a change aside; nothing happens before the commit~config set MaxCurrentA 16\n"
    b"config diff~v~config.diff~~what is staged, checked as a whole~config diff\n"
    b"config commit~i~config.commit~~make what is staged so, all or nothing~config commit\n"
    b"config confirm~i~config.confirm~~keep a change that would be taken back~config confirm\n"
    b"config rollback~i~config.rollback~[N]~drop what is staged, else take back; N: stage what undoes change N~config rollback\n"
    b"config history~v~history.history~~changes made at this console~config history\n"
    b"config export~v~transfer.export~[changed|all|secrets]~settings as text to keep or to give to others~config export\n"
    b"config import~i~transfer.import_~~stage an export, after telling what each line would do~config import\n"
    b"meter read~v~looking.meter_read~[CONNECTOR]~what the meter says~meter read\n"
    b"meter scan~i~service.meter_scan~[all]~find the meters on the line; never guesses~meter scan\n"
    b"meter identify~i~service.meter_identify~[CONNECTOR]~whether the meter is what the board says~meter identify\n"
    b"card list~v~cards.list_~[BEGINNING]~cards this charger knows: its own, the central system's list, the cache~card list\n"
    b"card learn~i~cards.learn~~what the next card is called; starts nothing~card learn\n"
    b"card add~i~cards.add~[CARD]~to the charger's own list; without one: the next that is tapped~card add 04A1B2C3\n"
    b"card remove~i~cards.remove~CARD~from the charger's own list~card remove 04A1B2C3\n"
    b"test~i~service.test~contactor|lock|led|meter|pilot|rcd|reader [CONNECTOR]~try one part, by the ways charging uses~test rcd\n"
    b"commission~i~commission.wizard~~from a charger on the wall to a signed record; goes on where it stopped~commission\n"
    b"commission status~v~commission.status~~the steps and what they found~commission status\n"
    b"commission begin~i~commission.begin~[force]~a new record; force gives up one that is open~commission begin\n"
    b"commission step~i~commission.step~STEP~one step, again too~commission step mains\n"
    b"commission skip~i~commission.skip~STEP REASON...~leave a step out, and say why~commission skip lock no lock at this site\n"
    b"commission record~v~commission.record~[last]~what was found, its hash and signature; last: of the one before~commission record\n"
    b"clear~i~service.clear~NAME [CONNECTOR]~a fault that waits for a person~clear residual_test\n"
    b"trace ocpp~i~looking.trace_ocpp~~frames to and from the central system until a key~trace ocpp\n"
    b"support-bundle~i~this.bundle~~everything the maker asks for, without secrets~support-bundle\n"
    b"update status~v~updating.status~~which firmware runs, and what lies ready~update status\n"
    b"update fetch~i~updating.fetch~URL~download and check a firmware~update fetch http://192.168.1.2/app.rud\n"
    b"update apply~i~updating.apply~~run what lies ready as soon as no session runs~update apply\n"
    b"update back~i~updating.back~~run the firmware before this one~update back\n"
    b"update cancel~i~updating.cancel~~drop what was received~update cancel\n"
    b"update begin~i~updating.begin~[anew]~for programs: receive a firmware over this line~update begin\n"
    b"update data~i~updating.data~AT CRC32 BASE64~for programs: the next piece of it~update data 0 2f8cb1a3 UlVE\n"
    b"reboot~i~this.reboot~[force]~restart in order~reboot\n"
    b"factory-reset~i~service.factory_reset~[SERIAL]~all settings to their defaults; sessions stay~factory-reset R0000001\n"
    b"login~v~access.login~[installer|factory]~by secret, or by the maker's answer to `code`~login installer\n"
    b"logout~v~access.logout~~be a viewer again~logout\n"
    b"code~v~secrets.code~[installer|factory]~a challenge for the maker, good once for 72 h~code installer\n"
    b"secret~i~secrets.secret~[installer|factory]~set the secret of a role~secret installer\n"
    b"machine~v~this.machine~on|off~for programs: no echo, no prompt, no log, answers in JSON~machine on\n"
)
# What works while a vehicle charges is always there; the other modules are loaded for a command, with every contactor open.
_THERE = {"access": access, "config": config, "looking": looking, "sessions": sessions}
_KEYED = ("config get", "config set")


def rows():
    """Each row as a list of its six texts."""
    at = 0
    while at < len(TABLE):
        end = TABLE.find(b"\n", at)
        yield str(TABLE[at:end], "utf-8").split("~")
        at = end + 1


def role(row):
    return [one for one in ROLES if one[0] == row[1]][0]


def function(row, load):
    """What runs for a row; `load(name)` gives a module that is not there."""
    module, _, name = row[2].partition(".")
    return globals()[name] if module == "this" else getattr(_THERE.get(module) or load(module), name)


def split(text):
    """A line's words; "double quotes" keep spaces together and make an empty word."""
    out, word, quoted = [], None, False
    for c in text:
        if c == '"':
            quoted = not quoted
            word = word or ""
        elif c == " " and not quoted:
            if word is not None:
                out.append(word)
            word = None
        else:
            word = (word or "") + c
    if quoted:
        raise Refusal("USAGE", "a quote is not closed")
    if word is not None:
        out.append(word)
    return out


def find(words):
    """(row, arguments) of the words of a line. Refusal for none."""
    family, found = [], None
    for row in rows():
        name = row[0].split(" ")
        if words[:len(name)] == name and (found is None or len(found[0]) < len(row[0])):
            found = row
        if name[0] == words[0] and len(name) > 1:
            family.append(name[1])
    if found:
        return found, _arguments(found, words[found[0].count(" ") + 1:])
    if family:
        raise Refusal("USAGE", "%s what? %s" % (words[0], ", ".join(family)))
    raise Refusal("UNKNOWN", "%s: no such command; `help` lists them" % words[0][:40])


def _arguments(row, words):
    """The words after a command's name, as many as it takes: [OPTIONAL] ones may be missing, of the last... any number come."""
    takes = row[3].split(" ") if row[3] else []
    least = len([word for word in takes if word[0] != "["])
    if len(words) < least or (len(words) > len(takes) and not row[3].endswith("...")):
        quotes = "; in quotes what has spaces" if 0 < len(takes) < len(words) else ""
        raise Refusal("USAGE", "it is: %s%s" % ((row[0] + " " + row[3]).rstrip(), quotes))
    return tuple(words)


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
    begun = before + " " if before else ""
    words = []
    for row in rows():
        if row[0] == before:
            words += [word for word in row[3].split(" ")[0].strip("[]").split("|") if word and word == word.lower()]
        word = row[0][len(begun):].split(" ")[0]
        if row[0].startswith(begun) and word not in words:
            words.append(word)
    return words


# Commands

def help_(console, args):
    """All commands, those of one family, or one with its example."""
    if not args:
        names = [row[0] for row in rows()]
        lines = columns(names) + ["", "New here? `status`, `why`, `commission`. `help COMMAND` tells more, with an example.",
                                  "Tab completes, the arrows bring lines back, Ctrl-C stops.",
                                  "--json after a command: one line for programs. You are %s." % console.access.role]
        return Answer({"commands": names}, lines)
    name = " ".join(args)
    found = [row for row in rows() if row[0] == name or row[0].startswith(name + " ")]
    if not found:
        raise Refusal("UNKNOWN", "%s: no such command; `help` lists them" % name)
    lines, row = [], found[0]
    told = [(each[0] + " " + each[3]).rstrip() for each in found]
    if row[0] == name:
        lines = [told[0] + "   (%s)" % role(row), "  " + row[4], "  e.g. " + row[5]]
        found, told = found[1:], told[1:]
    wide = max([len(one) for one in told] + [0])
    lines += [told[i] + " " * (wide - len(told[i])) + "  " + each[4] for i, each in enumerate(found)]
    if row[0] != name:
        return Answer({"commands": [each[0] for each in found]}, lines)
    return Answer({"command": row[0], "takes": row[3], "role": role(row), "help": row[4], "example": row[5]}, lines)


def machine(console, args):
    if args not in (("on",), ("off",)):
        raise Refusal("USAGE", "machine on|off")
    console.for_people()
    if args == ("off",):
        return Answer(None, ["for people again"])
    console.machine, console.strict = True, console.sealed
    console.editor.echo = False
    return Answer()


def reboot(console, args):
    if args not in ((), ("force",)):
        raise Refusal("USAGE", "reboot [force]; force ends sessions first")
    if not args:
        looking.need_idle(console, "reboot")
    console.app.restart("soft")
    return Answer(None, ["restarting"])


def bundle(console, args):
    """What the maker wants to see: commands and their answers, one line of JSON each."""
    return console.run_each(("status", "live", "why", "faults", "meter read", "wifi", "session list", "config history",
                              "config export", "commission status", "log"))
