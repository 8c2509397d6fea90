"""Settings: typed, staged, validated as a whole, kept in two slots with a CRC each, so that a cut leaves old or new.

Generation n stands in slot n % 2, a file; the higher whole one counts. A slot is one line "RUDVED-SETTINGS generation
crc32 length" and a JSON object of what differs from the defaults. Keys this firmware does not know (a newer one wrote
them) are carried along; what an older one wrote is migrated as it is read.

While a contactor is closed no file may be written (an erase stalls the interpreter): a commit then goes to the journal,
whose append erases nothing, takes effect at once, and reaches its slot with `flush`.
"""
import binascii
import errno
import json

from firmware.storage import keys, migrations, records
from firmware.storage.values import SettingError, parse, text_of

_MAGIC = "RUDVED-SETTINGS"


class Settings:
    """`files_path` is the folder of the two slots; `board` decides some bounds; `table` as in keys.py.

    `damage` is "" or a sentence that tells what was lost at start; `lost`: nothing was left of what there had been.
    """

    def __init__(self, files_path, board=None, table=keys.TABLE, checks=keys.CHECKS):
        self._path = files_path
        self._board = board
        self._table = table
        self._checks = checks
        self._watchers = []
        self._staged = {}
        self._unknown = {}
        self._journal = None
        self._may_write = None
        self._dirty = False
        self._version = migrations.VERSION
        self.damage = ""
        self.lost = False
        self.generation = 0
        self._values = dict(self._defaults())
        self._load()

    # Reading

    def get(self, name):
        """The typed value: int, bool, str, or a tuple of str. KeyError for an unknown name."""
        return self._values[name]

    def text(self, name):
        """The value as text; None for a secret. KeyError for an unknown name."""
        return None if self.key(name).secret else text_of(self._values[name])

    def names(self):
        """All names in the table's order."""
        return [row[: row.index("|")] for row in keys.rows(self._table)]

    def key(self, name):
        """The `keys.Key` of a name: kind, bounds, access. KeyError for an unknown name."""
        key = keys.find(name, self._board, self._table)
        if key is None:
            raise KeyError(name)
        return key

    # Changing

    def stage(self, name, value):
        """Put a change aside; who commits applies what is `staged`. SettingError changes nothing."""
        self._staged[name] = self._parse(name, value, False)

    def staged(self):
        """name -> typed value of what waits."""
        return dict(self._staged)

    def diff(self):
        """What a commit would change: (name, text now, text then), secrets as None."""
        return [(name, self.text(name), None if self.key(name).secret else text_of(value))
                for name, value in self._staged.items() if value != self._values[name]]

    def rollback(self):
        """Forget what waits."""
        self._staged = {}

    def set(self, name, value, inside=False):
        """One change, at once; the list of names that changed. What is staged goes on waiting. `inside`: also a read-only key.

        SettingError from a check, or OSError from the files: nothing changed.
        """
        return self._commit({name: self._parse(name, value, inside)})

    def apply(self, changes, inside=False):
        """Several changes (a dict), all or none, checked as a whole."""
        return self._commit({name: self._parse(name, changes[name], inside) for name in changes})

    def verify(self, changes):
        """Whether `changes` (typed, as `staged` gives them) would pass as a whole; SettingError where not."""
        self._together(changes)

    def watch(self, callback):
        """Have `callback(name, value)` called for each value that changes."""
        self._watchers.append(callback)

    # Keeping

    def attach(self, journal, may_write):
        """From now on, commits while `may_write()` is false go to `journal`; takes in those of the last boot first.

        A charger has a slot from its first boot on: one without, whose journal tells of a life before, has lost its files.
        """
        self._journal = journal
        self._may_write = may_write
        in_slot = self.generation
        if not in_slot and not self.lost:
            self._begin(journal.next_seq == 1)
        for record in journal.records(journal.kept("settings")):
            if record.kind == records.SETTING:
                generation, changes = records.decode_setting(record.payload)
                if generation > in_slot:
                    self._take_all(changes)
                    self.generation = generation
                    self._dirty = True
        if self._dirty:
            self._fit()
        else:
            journal.keep("settings", None)

    def _begin(self, first):
        if not first:
            self.lost = True
            self._tell("no settings are left, and the journal tells of a life before")
            return
        try:
            self._write(self._values)
        except OSError as error:
            self._tell("settings cannot be kept: %s" % error)

    def lose(self, damage):
        """What is kept beside the settings is damaged, which a person must look at as if they were."""
        self.lost = True
        if damage not in self.damage:
            self._tell(damage)

    def flush(self):
        """Bring late commits into their slot once files may be written; True when nothing waits any more. OSError."""
        if self._dirty and self._may_write():
            self._write(self._values)
        return not self._dirty

    def _parse(self, name, value, inside):
        key = keys.find(name, self._board, self._table)
        if key is None:
            raise SettingError(name, value, "", "unknown")
        if key.access == "R" and not inside:
            raise SettingError(name, value, "", "read_only")
        return parse(key, value)

    def _together(self, changes):
        """All values as they would become, once every check has passed."""
        values = dict(self._values)
        values.update(changes)
        for fn in self._checks:
            wrong = fn(values.get)
            if wrong:
                name, allowed = wrong
                raise self._refusal(self.key(name), allowed, values[name])
        return values

    def _commit(self, changes):
        values = self._together(changes)
        changed = [name for name in changes if changes[name] != self._values[name]]
        if changed:
            if self._may_write is None or self._may_write():
                self._write(values)
            else:
                self._write_late(values, changed)
            self._values = values
            for name in changed:
                for callback in self._watchers:
                    callback(name, values[name])
        return changed

    def _write_late(self, values, changed):
        # One record for the whole commit: a cut keeps all of it or nothing.
        payload = records.encode_setting(self.generation + 1, {name: text_of(values[name]) for name in changed})
        seq = self._journal.append(records.SETTING, payload)
        if not self._dirty:
            self._journal.keep("settings", seq)
        self._dirty = True
        self.generation += 1

    def _write(self, values):
        generation = self.generation + 1
        kept = {name: text_of(values[name]) for name, default in self._defaults() if values[name] != default}
        kept.update(self._unknown)
        migrations.mark(kept)
        body = json.dumps(kept).encode()
        head = "%s %d %08x %d\n" % (_MAGIC, generation, _crc(generation, body), len(body))
        with open(self._slot(generation), "wb") as f:
            f.write(head.encode() + body)
        if self._read(self._slot(generation)) != (generation, kept):
            raise OSError("settings slot %d does not keep what is written" % (generation % 2))
        self.generation = generation
        if self._dirty:
            self._dirty = False
            self._journal.keep("settings", None)

    def _load(self):
        best, bad = None, []
        for number in (0, 1):
            try:
                slot = self._read(self._slot(number))
            except ValueError as error:
                bad.append("slot %d: %s" % (number, error))
                continue
            if slot and (best is None or slot[0] > best[0]):
                best = slot
        if bad:
            self.lost = best is None
            self.damage = "; ".join(bad) + ("" if best else "; all settings are back at their defaults")
        if best:
            self.generation = best[0]
            self._version = migrations.unmark(best[1])
            self._take_all(best[1])
            self._fit()

    def _take_all(self, texts):
        migrations.migrate(texts, self._version)
        for name in texts:
            if name not in self._values:
                self._unknown[name] = texts[name]
                continue
            try:
                self._values[name] = parse(self.key(name), texts[name])
            except SettingError as error:
                self._tell("%s; the value before it stays" % error)

    def _fit(self):
        """What was kept and fits together no more would stand in the way of every commit: it goes back to its default."""
        for fn in self._checks:
            wrong = fn(self._values.get)
            if wrong:
                key = self.key(wrong[0])
                self._tell("%s; the default is back" % self._refusal(key, wrong[1], self._values[key.name]))
                self._values[key.name] = parse(key, key.default)

    def _refusal(self, key, allowed, value):
        return SettingError(key.name, "(secret)" if key.secret else text_of(value), allowed)

    def _tell(self, damage):
        self.damage += ("; " if self.damage else "") + damage

    def _read(self, path):
        """(generation, {name: text}) of a slot, None where there is no file; ValueError tells what is wrong with it."""
        try:
            with open(path, "rb") as f:
                data = f.read()
        except OSError as error:
            if error.errno == errno.ENOENT:
                return None
            raise ValueError("cannot be read (%s)" % error)
        if not data:                    # made, and the supply was cut before it was written
            return None
        head, _, body = data.partition(b"\n")
        try:
            magic, generation, crc, length = head.decode().split(" ")
            generation, whole = int(generation), int(length) == len(body)
            if magic != _MAGIC or not whole or int(crc, 16) != _crc(generation, body):
                raise ValueError
            kept = json.loads(body)
        except (ValueError, UnicodeError):
            raise ValueError("its content is damaged")
        return generation, kept

    def _slot(self, generation):
        return "%s/settings.%d" % (self._path, generation % 2)

    def _defaults(self):
        for row in keys.rows(self._table):
            key = keys.Key(row, self._board)
            yield key.name, parse(key, key.default)


def _crc(generation, body):
    return binascii.crc32(body, generation & 0xFFFFFFFF)
