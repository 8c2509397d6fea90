"""The one table of the console's commands, and how a line finds its row."""
from firmware.console import access, config, looking, sessions
from firmware.console.access import ROLES
from firmware.console.answers import Answer, Refusal
from firmware.console.editor import LONG, TEXT, columns
from firmware.support import ondemand

# A row is name~least role~function~words it takes; one text, read in place, as the settings' table is. Of the words, small
# letters are to be typed as they are. What a person wants to know of a command besides stands in helping.py.
TABLE = (
    b"help~v~this.help_~[COMMAND]...\n"
    b"status~v~looking.status~\n"
    b"why~v~looking.why~[CONNECTOR]\n"
    b"live~v~looking.live~[TIMES]\n"
    b"scope~v~looking.scope~[CONNECTOR]\n"
    b"faults~v~looking.faults~\n"
    b"ocpp~v~looking.ocpp~\n"
    b"ocpp set~i~network.ocpp_set~URL [NAME]\n"
    b"wifi~v~network.status~\n"
    b"wifi scan~i~network.scan~\n"
    b"wifi join~i~network.join~NAME\n"
    b"wifi leave~i~network.leave~\n"
    b"wifi ap~i~network.access_point~on|off\n"
    b"clock~i~network.clock~UTC\n"
    b"log~v~looking.log~[HOW_MANY|off|debug|info|warning|error]\n"
    b"session list~v~sessions.list_~[HOW_MANY]\n"
    b"session show~v~sessions.show~ID\n"
    b"config get~v~config.get~[PART_OF_NAME]\n"
    b"config set~i~config.set_~KEY [VALUE]\n"
    b"config diff~v~config.diff~\n"
    b"config commit~i~config.commit~\n"
    b"config confirm~i~config.confirm~\n"
    b"config rollback~i~config.rollback~[N]\n"
    b"config history~v~history.history~\n"
    b"config export~v~transfer.export~[changed|all|secrets]\n"
    b"config import~i~transfer.import_~\n"
    b"meter read~v~looking.meter_read~[CONNECTOR]\n"
    b"meter scan~i~service.meter_scan~[all]\n"
    b"meter identify~i~service.meter_identify~[CONNECTOR]\n"
    b"card list~v~cards.list_~[BEGINNING]\n"
    b"card learn~i~cards.learn~\n"
    b"card add~i~cards.add~[CARD]\n"
    b"card remove~i~cards.remove~CARD\n"
    b"test~i~service.test~contactor|lock|led|meter|pilot|rcd|reader [CONNECTOR]\n"
    b"commission~i~commission.wizard~\n"
    b"commission status~v~commission.status~\n"
    b"commission begin~i~commission.begin~[force]\n"
    b"commission step~i~commission.step~STEP\n"
    b"commission skip~i~commission.skip~STEP REASON...\n"
    b"commission record~v~commission.record~[last]\n"
    b"calibrate~v~calibrate.show~\n"
    b"calibrate pilot~i~calibrate.pilot~[CONNECTOR] [HIGH_V] [LOW_V]\n"
    b"calibrate sensor~i~calibrate.sensor~NAME DEGREES\n"
    b"calibrate forget~i~calibrate.forget~\n"
    b"clear~i~service.clear~NAME [CONNECTOR]\n"
    b"trace ocpp~i~looking.trace_ocpp~\n"
    b"support-bundle~i~this.bundle~\n"
    b"update status~v~updating.status~\n"
    b"update fetch~i~updating.fetch~URL\n"
    b"update apply~i~updating.apply~\n"
    b"update back~i~updating.back~\n"
    b"update cancel~i~updating.cancel~\n"
    b"update begin~i~updating.begin~[anew]\n"
    b"update data~i~updating.data~AT CRC32 BASE64\n"
    b"reboot~i~this.reboot~[force]\n"
    b"factory-reset~i~service.factory_reset~[SERIAL]\n"
    b"login~v~access.login~[installer|factory]\n"
    b"logout~v~access.logout~\n"
    b"code~v~secrets.code~[installer|factory]\n"
    b"secret~i~secrets.secret~[installer|factory]\n"
    b"machine~v~this.machine~on|off\n"
)
# What works while a vehicle charges is always there; the other modules are loaded for a command, with every contactor open.
_THERE = {"access": access, "config": config, "looking": looking, "sessions": sessions}


def rows():
    """Each row as a list of its four texts."""
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


def text(line):
    """The text of what the editor gave. Refusal LONG or NOISE for what is none."""
    how, text = line
    if how == LONG:
        raise Refusal("LONG", "the line was too long; nothing was done")
    if how != TEXT:
        raise Refusal("NOISE", "the line held bytes that are no text (noise, wrong baud rate); nothing was done")
    return text


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
    if words[0] == "?":
        words = ["help"] + words[1:]
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


# Commands

def help_(console, args):
    """All commands, those of one family, or one with its example."""
    names = [row[0] for row in rows()]
    if not args:
        return Answer({"commands": names}, columns(names) + [
            "", "New here? `status`, `why`, `commission`. `help COMMAND` tells more, with an example.",
            "Tab completes, the arrows bring lines back, Ctrl-C stops.",
            "--json after a command: one line for programs. You are %s." % console.access.role])
    name = " ".join(args)
    found = [row for row in rows() if row[0] == name or row[0].startswith(name + " ")]
    if not found:
        raise Refusal("UNKNOWN", "%s: no such command; `help` lists them" % name)
    try:
        return console.load("helping").told(name, found)
    except ondemand.Busy as error:
        return Answer({"commands": [row[0] for row in found]}, [row[0] + " " + row[3] for row in found] + [str(error)])


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
