"""`help COMMAND`, and the Tab key: what a person who types wants to know of commands."""
from firmware.console.answers import Answer
from firmware.console.commands import role, rows

# name~help~example, a row for each of commands.py
TABLE = (
    b"help~the commands, or one of them~help config set\n"
    b"status~what this charger is and does~status --json\n"
    b"why~why it does not charge, the first thing first~why\n"
    b"live~pilot, cable, contactor, meter, heat, each second until a key~live\n"
    b"scope~one period of the pilot, drawn~scope 1\n"
    b"faults~what is wrong and how it recovers~faults\n"
    b"ocpp~the central system and the way to it~ocpp\n"
    b"ocpp set~stage the central system's address, and the charger's name there~ocpp set wss://csms.example/ocpp\n"
    b"wifi~the Wi-Fi network~wifi\n"
    b"wifi scan~networks in the air, the strongest first~wifi scan\n"
    b"wifi join~join a network; the password is asked for~wifi join Depot\n"
    b"wifi leave~be in no network~wifi leave\n"
    b"wifi ap~a network of the charger's own; its password is the installer secret~wifi ap on\n"
    b"clock~set the clock, where no central system does~clock 2026-11-25T10:00:00Z\n"
    b"log~kept log lines; with a level, what is shown as it comes~log info\n"
    b"session list~charging sessions, the newest last~session list 3\n"
    b"session show~one session with all its turns~session show 12\n"
    b"config get~settings, or all about one~config get MaxCurrentA\n"
    b"config set~put a change aside; nothing happens before the commit~config set MaxCurrentA 16\n"
    b"config diff~what is staged, checked as a whole~config diff\n"
    b"config commit~make what is staged so, all or nothing~config commit\n"
    b"config confirm~keep a change that would be taken back~config confirm\n"
    b"config rollback~drop what is staged, else take back; N: stage what undoes change N~config rollback\n"
    b"config history~changes made at this console~config history\n"
    b"config export~settings as text to keep or to give to others~config export\n"
    b"config import~stage an export, after telling what each line would do~config import\n"
    b"meter read~what the meter says~meter read\n"
    b"meter scan~find the meters on the line; never guesses~meter scan\n"
    b"meter identify~whether the meter is what the board says~meter identify\n"
    b"card list~cards this charger knows: its own, the central system's list, the cache~card list\n"
    b"card learn~what the next card is called; starts nothing~card learn\n"
    b"card add~to the charger's own list; without one: the next that is tapped~card add 04A1B2C3\n"
    b"card remove~from the charger's own list~card remove 04A1B2C3\n"
    b"test~try one part, by the ways charging uses~test rcd\n"
    b"commission~from a charger on the wall to a signed record; goes on where it stopped~commission\n"
    b"commission status~the steps and what they found~commission status\n"
    b"commission begin~a new record; force gives up one that is open~commission begin\n"
    b"commission step~one step, again too~commission step mains\n"
    b"commission skip~leave a step out, and say why~commission skip lock no lock at this site\n"
    b"commission record~what was found, its hash and signature; last: of the one before~commission record\n"
    b"calibrate~how readings of this charger's pilot and sensors are corrected~calibrate\n"
    b"calibrate pilot~measure it, nothing plugged in; volts as an instrument shows them~calibrate pilot 1 12.05 -11.96\n"
    b"calibrate sensor~what a thermometer beside it shows~calibrate sensor board 31.5\n"
    b"calibrate forget~back to nominal readings~calibrate forget\n"
    b"clear~a fault that waits for a person~clear residual_test\n"
    b"trace ocpp~frames to and from the central system until a key~trace ocpp\n"
    b"support-bundle~everything the maker asks for, without secrets~support-bundle\n"
    b"update status~which firmware runs, and what lies ready~update status\n"
    b"update fetch~download and check a firmware~update fetch http://192.168.1.2/app.rud\n"
    b"update apply~run what lies ready as soon as no session runs~update apply\n"
    b"update back~run the firmware before this one~update back\n"
    b"update cancel~drop what was received~update cancel\n"
    b"update begin~for programs: receive a firmware over this line~update begin\n"
    b"update data~for programs: the next piece of it~update data 0 2f8cb1a3 UlVE\n"
    b"reboot~restart in order~reboot\n"
    b"factory-reset~all settings to their defaults; sessions stay~factory-reset R0000001\n"
    b"login~by secret, or by the maker's answer to `code`~login installer\n"
    b"logout~be a viewer again~logout\n"
    b"code~a challenge for the maker, good once for 72 h~code installer\n"
    b"secret~set the secret of a role~secret installer\n"
    b"machine~for programs: no echo, no prompt, no log, answers in JSON~machine on\n"
)
_KEYED = ("config get", "config set")


def texts(name):
    """(help, example) of the command of that name."""
    for line in str(TABLE, "utf-8").split("\n"):
        if line.startswith(name + "~"):
            return line.split("~")[1:]
    return "", ""


def told(name, found):
    """The answer for rows of the table: the command `name` and those that begin so."""
    takes = [(row[0] + " " + row[3]).rstrip() for row in found]
    lines, data, wide = [], {"commands": [row[0] for row in found]}, max([len(one) for one in takes])
    for i, row in enumerate(found):
        about, example = texts(row[0])
        if row[0] == name:
            lines = [takes[i] + "   (%s)" % role(row), "  " + about, "  e.g. " + example]
            data = {"command": name, "takes": row[3], "role": role(row), "help": about, "example": example}
        else:
            lines.append(takes[i] + " " * (wide - len(takes[i])) + "  " + about)
    return Answer(data, lines)


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
