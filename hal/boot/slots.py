"""The two slots of the firmware and which of them runs: `hal.slots`, and all that the selector knows.

    ROOT/a/  ROOT/b/        a firmware each, laid out like the checkout, as .mpy
    ROOT/a/manifest         stands there once the slot is whole; comes last, goes first
    ROOT/boot.0  boot.1     the state, in turns, so that a power cut leaves the old or the new:
                            "RUDVED-BOOT generation slot back left fails crc32"
    ROOT/crash              how the last one died, a traceback; the firmware that comes after takes it into its log

`slot` is to run, `back` what to fall back to ("-": the built-in firmware, "." none). `left` counts the starts that a new
firmware still has to prove itself, -1 once it has. `fails` counts a proved one's deaths in a row. This file is the
selector's, which no update replaces, and speaks for the format to every firmware that comes after: do not change it.
"""
import binascii
import errno
import os
import sys

TRIES = 3           # starts of a new firmware before it is given up
FAILS = 3           # deaths in a row, before it was well, of a proved one
BUILT_IN = "-"
NONE = "."
_PROVED = -1
_NAMES = ("a", "b", BUILT_IN, NONE)


class Slots:
    """`root` is the folder. `built_in`: a firmware is there without a slot (frozen; the simulator's checkout).

    `chip` names what the code must be made for. After `choose`: `running` is "a", "b", "-" or None (nothing is fit to
    run), `trial` tells that it has yet to prove itself.
    """

    def __init__(self, root, chip, built_in=False):
        self.root = root
        self.chip = chip
        self.running = None
        self.trial = False
        self._built_in = built_in
        self._generation = 0
        self._state = self._load()

    def path(self, name):
        """The folder of a slot."""
        return self.root + "/" + name

    @property
    def other(self):
        """The slot that an update is written to."""
        return "b" if self.running == "a" else "a"

    @property
    def back(self):
        """The proved firmware that would run instead: "a", "b", "-", or None."""
        for name in self._proved()[1:]:
            return name
        return None

    @property
    def fails(self):
        """Deaths in a row that are on the books."""
        return self._state[3]

    def whole(self, name):
        """All of a firmware is there."""
        if name == BUILT_IN:
            return self._built_in
        return name != NONE and _is_there(self.path(name) + "/manifest")

    # What the selector asks

    def choose(self, bitten=False, cold=False):
        """The slot to run now, None for safe mode. `bitten`: the watchdog ended the last run; `cold`: power has come on.

        A new firmware's start is counted before it begins. A proved one that dies again and again makes room for the
        one before it, and that for safe mode; then each power-on is a fresh beginning.
        """
        slot, back, left, fails = self._state
        try:
            if left >= 0 and (left == 0 or not self.whole(slot)):
                slot, back, left, fails = back, NONE, _PROVED, 0
            elif left > 0:
                left -= 1
            elif bitten and (slot != BUILT_IN or back != NONE):
                fails += 1
            if left < 0 and cold and fails >= FAILS * len(self._proved()):
                fails = 0
            self._keep(slot, back, left, fails)
        except OSError:
            if left >= 0:  # flash that takes no count must not try for ever
                self._state = (back, NONE, _PROVED, 0)
        slot, back, left, fails = self._state
        self.trial = left >= 0
        if self.trial:
            self.running = slot
        else:
            proved = self._proved()
            turn = fails // FAILS
            self.running = proved[turn] if turn < len(proved) else None
        return self.running

    def crashed(self, error):
        """What ran has died of `error`. OSError: flash does not take it."""
        slot, back, left, fails = self._state
        if left < 0:
            self._keep(slot, back, left, fails + 1)
        with open(self.root + "/crash", "w") as f:
            sys.print_exception(error, f)

    def again(self):
        """Forget the deaths: what is proved is tried anew."""
        slot, back, left, _ = self._state
        self._keep(slot, back, left, 0)

    # What an update asks; each may raise OSError. Flash is written: with contactors open only.

    def clear(self, name):
        """Make a slot empty, one file a step (a generator): first of all it is no longer whole."""
        if name == self.running or name not in ("a", "b"):
            raise ValueError("slot %s is in use" % name)
        for path in (self.path(name) + "/manifest", self.path(name)):
            yield from _remove(path)
        for path in (self.root, self.path(name)):
            if not _is_there(path):
                os.mkdir(path)
            yield
        if self.running and not self._generation:  # from now on it takes more than being whole to be run
            state, self._state = self._state, None
            self._keep(*state)

    def finish(self, name):
        """All files of a slot have been checked: it is whole."""
        os.rename(self.path(name) + "/manifest.new", self.path(name) + "/manifest")

    def activate(self, name):
        """Run `name` from the next start on, on trial. ValueError while it cannot be."""
        if self.trial:
            raise ValueError("the firmware that runs has yet to prove itself")
        if not self.whole(name) or name == self.running:
            raise ValueError("there is no other firmware in slot %s" % name)
        self._keep(name, self.running or NONE, TRIES, 0)

    def confirm(self):
        """What runs is well."""
        slot, back, left, _ = self._state
        if self.running not in (slot, None):
            slot, back = self.running, NONE
        self._keep(slot, back, _PROVED, 0)
        self.trial = False

    def give_up(self):
        """What runs is on trial and not well: the next start runs the one before it."""
        slot, back, left, fails = self._state
        if left >= 0:
            self._keep(slot, back, 0, fails)

    def _proved(self):
        slot, back, _, _ = self._state
        found = []
        for name in (slot, back, BUILT_IN):
            if name not in found and self.whole(name):
                found.append(name)
        return found

    def _load(self):
        best = None
        for number in (0, 1):
            found = _read(self._file(number))
            if found and (best is None or found[0] > best[0]):
                best = found
        if best:
            self._generation = best[0]
            return best[1:]
        for name in ("a", "b", BUILT_IN):  # as it left the factory
            if self.whole(name):
                return name, NONE, _PROVED, 0
        return NONE, NONE, _PROVED, 0

    def _keep(self, *state):
        if state != self._state:
            generation = self._generation + 1
            text = "RUDVED-BOOT %d %s %s %d %d" % ((generation,) + state)
            if not _is_there(self.root):
                os.mkdir(self.root)
            with open(self._file(generation % 2), "wb") as f:
                f.write(("%s %08x\n" % (text, binascii.crc32(text.encode()))).encode())
            if _read(self._file(generation % 2)) != (generation,) + state:
                raise OSError("%s does not keep what is written" % self._file(generation % 2))
            self._generation, self._state = generation, state

    def _file(self, number):
        return "%s/boot.%d" % (self.root, number)


def _read(path):
    """(generation, slot, back, left, fails) of a file; None where there is none or it is damaged."""
    try:
        with open(path, "rb") as f:
            text, crc = f.read(120).rsplit(b" ", 1)
        word, generation, slot, back, left, fails = text.decode().split(" ")
        if word == "RUDVED-BOOT" and int(crc, 16) == binascii.crc32(text) and slot in _NAMES and back in _NAMES:
            return int(generation), slot, back, int(left), int(fails)
    except (OSError, ValueError, UnicodeError):
        pass
    return None


def _remove(path):
    """Remove a file, or a folder with all in it, one a step."""
    try:
        if os.stat(path)[0] & 0x4000:
            for name in os.listdir(path):
                yield from _remove(path + "/" + name)
            os.rmdir(path)
        else:
            os.remove(path)
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise
    yield


def _is_there(path):
    try:
        os.stat(path)
    except OSError:
        return False
    return True
