"""The commissioning record: lines of JSON in a file, each chained to all before it by SHA-256, the whole signed at the end.

h0 = SHA-256(line 0), hn = SHA-256(hn-1 + line n), of the lines' bytes as they stand. Line 0 names the charger and the hash of
the record before. The last line, which is not chained, holds the last hash and its ECDSA signature by the charger's P-256
key. An append is one commit of littlefs: after a power cut a line is there or not.
"""
import binascii
import errno
import hashlib
import json
import os

_MOST_LINES = 200


class Damaged(Exception):
    """The record is not what was written; the text says what is wrong."""


class Record:
    """`folder` holds the open or newest record, and the signed one before it."""

    def __init__(self, folder):
        self.path = folder + "/commission.log"
        self.last = folder + "/commission.last"

    def read(self, path=None):
        """(lines as text, hash of them, closing line as a dict or None). ([], b"", None) where there is no record. Damaged."""
        lines, found, closing = [], b"", None
        try:
            with open(path or self.path, "rb") as f:
                for line in f:
                    line = line.rstrip(b"\n")
                    told = json.loads(line)
                    if closing or not isinstance(told, dict) or len(lines) == _MOST_LINES:
                        raise ValueError
                    if "hash" in told:
                        closing = told
                        continue
                    found = hashlib.sha256(found + line).digest()
                    lines.append(str(line, "utf-8"))
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
        except (ValueError, UnicodeError):
            raise Damaged("line %d of the record is damaged" % (len(lines) + 1))
        if closing and closing["hash"] != hexed(found):
            raise Damaged("the record's lines are not those that were signed")
        return lines, found, closing

    def begin(self, facts):
        """A new record with `facts` in its first line; a signed one becomes the one before."""
        number, previous = 0, None
        for path in (self.last, self.path):
            try:
                lines, found, closing = self.read(path)
            except Damaged:
                closing, lines = None, []
            if lines:
                number, previous = json.loads(lines[0])["number"], hexed(found)
            if closing and path == self.path:
                os.rename(path, self.last)
        first = {"record": "rudved-commission", "version": 1, "number": number + 1, "previous": previous}
        first.update(facts)
        self._write("wb", [json.dumps(first)])

    def append(self, *lines):
        """Lines as dicts."""
        self._write("ab", [json.dumps(line) for line in lines])

    def _write(self, mode, lines):
        with open(self.path, mode) as f:
            f.write(("\n".join(lines) + "\n").encode())


def chained(found, line):
    """The hash after one more line, a dict."""
    return hashlib.sha256(found + json.dumps(line).encode()).digest()


def hexed(data):
    return str(binascii.hexlify(data), "utf-8")
