"""Small texts that survive power cuts, by name: each in a file, and in the journal while no file may be written.

With a contactor closed a file's erase would stall the interpreter; the journal's append erases nothing. What was put
there moves into its file once it may. A file says after which journal record it was written, so that an older record
found again at boot does not count.
"""
import os

from micropython import const

from firmware.storage import records
from firmware.storage.journal import JournalFull

_SOURCE = "shelf."
_PIECE = const(240)  # characters in one record


class Shelf:
    """`folder` is made if need be; `may_write()` tells whether files may be written now."""

    def __init__(self, folder, journal, may_write):
        self._folder = folder
        self._journal = journal
        self.may_write = may_write
        self._waiting = {}
        self._needed = None
        try:
            os.mkdir(folder)
        except OSError:
            pass  # it is there
        self._restore()

    @property
    def needed(self):
        """Journal sequence from which records are needed for what waits for its file; None when nothing does."""
        return self._needed

    def names(self):
        """The names that have a text, sorted."""
        found = [name for name in os.listdir(self._folder) if not name.endswith(".new")]
        for name in self._waiting:
            if name not in found:
                found.append(name)
        return sorted(name for name in found if self.get(name) is not None)

    def get(self, name):
        """The text of that name, None without one."""
        if name in self._waiting:
            return self._waiting[name]
        kept = self._read(name)
        return kept and kept[1]

    def put(self, name, text):
        """Keep `text` (None: nothing any more) under `name`. OSError when it cannot be kept: then the old one stays."""
        if self.may_write():
            self._write(name, text)
            self._waiting.pop(name, None)
        else:
            self._append(name, text)
            self._waiting[name] = text
        self._settle()

    def flush(self):
        """Write what waits, if files may be written."""
        while self._waiting and self.may_write():
            name = next(iter(self._waiting))
            self._write(name, self._waiting[name])
            del self._waiting[name]
        self._settle()

    def _settle(self):
        if not self._waiting:
            self._needed = None

    def _append(self, name, text):
        data = "-" if text is None else "+" + text
        pieces = [data[i:i + _PIECE] for i in range(0, len(data), _PIECE)]
        try:
            for i, piece in enumerate(pieces):
                source = "%s%s.%d.%d" % (_SOURCE, name, i, len(pieces))
                seq = self._journal.append(records.NOTE, records.encode_note(source, piece))
                if self._needed is None:
                    self._needed = seq
        except JournalFull as error:
            raise OSError(str(error))

    def _restore(self):
        parts = {}
        for record in self._journal.records(self._journal.kept("ocpp")):
            if record.kind != records.NOTE:
                continue
            source, piece = records.decode_note(record.payload)
            if not source.startswith(_SOURCE):
                continue
            name, index, count = source[len(_SOURCE):].rsplit(".", 2)
            parts[name] = parts.get(name, "") + piece if int(index) else piece
            if int(index) + 1 == int(count):
                self._found(name, parts.pop(name), record.seq)

    def _found(self, name, data, seq):
        kept = self._read(name)
        if kept and kept[0] >= seq:
            return
        self._waiting[name] = data[1:] if data[0] == "+" else None
        if self._needed is None:
            self._needed = self._journal.kept("ocpp")

    def _read(self, name):
        """(journal sequence, text or None) of a file; None where there is no good one."""
        try:
            with open(self._folder + "/" + name) as f:
                seq, mark, text = f.read().split("\n", 2)
            return int(seq), text if mark == "+" else None
        except (OSError, ValueError):
            return None

    def _write(self, name, text):
        path = self._folder + "/" + name
        with open(path + ".new", "w") as f:
            f.write("%d\n%s\n%s" % (self._journal.next_seq - 1, "-" if text is None else "+", text or ""))
        os.rename(path + ".new", path)
