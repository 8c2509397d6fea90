"""Safe mode: no firmware is fit to run. A console and nothing else; no contactor's pin is touched.

Nobody there: each hour the firmware gets another chance.
"""
import select
import sys

HOUR_MS = 3600000
HELP = """help      this
status    slots, and the traceback of the last death
again     try the firmware anew
use a|b   try the firmware of that slot, on trial
prompt    MicroPython's prompt, to put a firmware here (make deploy)
"""


def run(slots, source=None, say=None):
    """Until something is to be tried (returns: start anew) or `prompt` (KeyboardInterrupt). `source` is for tests."""
    source = source or sys.stdin
    say = say or sys.stdout.write
    poll = select.poll()
    poll.register(source, select.POLLIN)
    say("\r\nSAFE MODE: no firmware is fit to run. `help` lists the commands.\r\n> ")
    while poll.poll(HOUR_MS):
        line = source.readline()
        if not line:
            break
        try:
            if _do(slots, line.split(), say):
                return
        except (OSError, ValueError) as error:
            say("ERR %s\r\n" % error)
        say("> ")
    slots.again()


def _do(slots, words, say):
    """One command; true when the chip is to start anew."""
    if words == ["status"]:
        for name in ("a", "b"):
            say("slot %s: %s\r\n" % (name, "whole" if slots.whole(name) else "empty or torn"))
        try:
            with open(slots.root + "/crash") as f:
                for line in f:
                    say(line.rstrip() + "\r\n")
        except OSError:
            say("no death is on the books\r\n")
    elif words == ["again"]:
        slots.again()
        return True
    elif len(words) == 2 and words[0] == "use":
        slots.activate(words[1])
        return True
    elif words == ["prompt"]:
        raise KeyboardInterrupt
    elif words:
        say(HELP.replace("\n", "\r\n"))
    return False
