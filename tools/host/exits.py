"""How `rudved` ends: one table of exit codes, and which of them each code of an error means."""

EXITS = {
    0: "all was done",
    1: "it was tried and failed: a test, a step, a command of the charger",
    2: "the command line is wrong",
    3: "no charger was found, or several: name one with --port",
    4: "the line: the charger is gone, does not answer, or noise won",
    5: "the role is not allowed to, or the secret is wrong",
    6: "a value, a file or a row is wrong; nothing changed",
    7: "not while this runs: a session, a test, another change",
    8: "the charger does not have that: no such command, part or thing",
    9: "only a part was done; the same command goes on from there",
    130: "stopped by Ctrl-C",
}

# The charger's own codes (firmware/console/answers.py) come first, then the host's.
_EXIT_OF = {
    "UNKNOWN": 8, "USAGE": 2, "DENIED": 5, "WRONG": 5, "WAIT": 5, "SETTING": 6, "IMPORT": 6, "NOTHING": 8, "BUSY": 7, "ABSENT": 8,
    "TIMEOUT": 1, "CANCELLED": 1, "LONG": 6, "NOISE": 4, "LOST": 4, "FAILED": 1, "INSIDE": 1,
    "PORT": 3,          # none found, or several
    "GONE": 4,          # pulled, switched off, or taken by another program
    "SILENT": 4,        # nothing answers
    "STRANGE": 4,       # something answers that is no console of ours
    "UNSURE": 4,        # the answer to something that must not be done twice was lost
    "FILE": 6,          # a file on this machine cannot be read, or says what cannot be
    "DIFFERS": 1,       # what was written is not what is read back
    "PARTLY": 9,
    "STOPPED": 130,
}  # fmt: skip


class Trouble(Exception):
    """Something did not go as asked. `code` is stable and for programs, the text a whole sentence for people.

    `data` is what was done before, where that is of use.
    """

    def __init__(self, code, text, data=None):
        super().__init__(text)
        self.code = code
        self.data = data

    @property
    def exit(self):
        """A charger of a later firmware may know codes that we do not: it said no."""
        return _EXIT_OF.get(self.code, 1)
